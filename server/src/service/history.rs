//! Owns 利用履歴: what a member's token was used for lately, for their institution.
//! Refuses to tell codes.
//! Invariant: results are the true ones, as they were answered.

use warifu_core::ids::MemberId;
use warifu_core::verify;
use warifu_core::wire::bank::{History, TokenUse};

use crate::app::App;
use crate::edge::Failure;
use crate::store::StoreError;
use crate::store::institutions::Institution;
use crate::store::tokens::{self, Token};

/// The last uses of the member's token; none without one.
pub(crate) fn history(
    app: &App,
    institution: &Institution,
    member_id: &MemberId,
) -> Result<History, Failure> {
    app.store.read(|tx| {
        let token = tokens::current(tx, institution.no, member_id)?;
        Ok(History { uses: token.as_ref().map_or(Ok(Vec::new()), uses)? })
    })
}

/// A token's last uses, newest first.
pub(super) fn uses(token: &Token) -> Result<Vec<TokenUse>, StoreError> {
    verify::read_uses(&token.uses).ok_or_else(|| StoreError::BadRow {
        table: "token",
        column: "uses",
        row: token.serial.to_string(),
        what: "malformed",
    })
}
