//! Owns 停止解除: staff lift a suspension, with a reason.
//! Refuses to judge the reason.
//! Invariant: only a suspended token is reinstated; who and why stand in the audit row, and the member gets a mail.

use warifu_core::ids::MemberId;
use warifu_core::wire::bank::{MemberStatus, ReinstateRequest};

use super::carry::{About, carry_out, check_reason, check_staff};
use crate::app::App;
use crate::edge::{Failure, Refused};
use crate::mail::Kind;
use crate::store::institutions::Institution;
use crate::store::{Tx, tokens};

const NOT_SUSPENDED: Refused = Refused::wrong_state("The member has no suspended token.");

/// Reinstates a member's suspended token.
pub(crate) async fn reinstate(
    app: &App,
    institution: Institution,
    member_id: MemberId,
    request: ReinstateRequest,
) -> Result<MemberStatus, Failure> {
    let ReinstateRequest { request_id, staff, reason } = request;
    check_staff(&staff)?;
    check_reason(&reason)?;
    let actor = format!("staff:{staff}");
    let asked = ["reinstate".into(), staff.as_str().into(), reason.as_str().into()];
    let said = reason.clone();
    let work = move |tx: &Tx<'_>, about: &About| {
        let token = tokens::current(tx, about.institution.no, &about.member_id)?.ok_or(NOT_SUSPENDED)?;
        if !tokens::reinstate(tx, token.no, about.now)? {
            return Err(NOT_SUSPENDED.into());
        }
        Ok(about.tell(tx, &token, (&actor, "reinstate", "active", &said), Kind::Reinstated)?)
    };
    carry_out(app, institution, member_id, request_id, &asked, work).await
}
