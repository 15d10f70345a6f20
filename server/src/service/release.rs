//! Owns 利用解除 without a code: the phone is lost, or staff permit a new issue.
//! Refuses to judge the reason, and to wait: cooling-off is the institution's.
//! Invariant: a token in use or suspended ends and loses its keys in one write; the member gets a mail.

use warifu_core::ids::MemberId;
use warifu_core::wire::bank::{MemberStatus, ReleaseRequest, TokenState};

use super::cancel::end_unfinished;
use super::carry::{About, carry_out, check_reason, check_staff};
use crate::app::App;
use crate::edge::{Failure, Refused};
use crate::mail::Kind;
use crate::store::institutions::Institution;
use crate::store::{StoreError, Tx, tokens};

const NOT_IN_USE: Refused = Refused::wrong_state("The member has no token that is active or suspended.");

/// Ends a member's token.
pub(crate) async fn release(
    app: &App,
    institution: Institution,
    member_id: MemberId,
    request: ReleaseRequest,
) -> Result<MemberStatus, Failure> {
    let ReleaseRequest { request_id, staff, reason } = request;
    check_staff(&staff)?;
    check_reason(&reason)?;
    let actor = format!("staff:{staff}");
    let asked = ["release".into(), staff.as_str().into(), reason.as_str().into()];
    let said = reason.clone();
    let work = move |tx: &Tx<'_>, about: &About| {
        let token = tokens::current(tx, about.institution.no, &about.member_id)?.ok_or(NOT_IN_USE)?;
        if !matches!(token.state_at(about.now), TokenState::Active | TokenState::Suspended) {
            return Err(NOT_IN_USE.into());
        }
        if !tokens::end(tx, token.no, token.state, TokenState::Revoked, about.now)? {
            return Err(StoreError::Contended.into());
        }
        // What was to follow it may lie on the same lost phone.
        end_unfinished(tx, &about.institution, &about.member_id, "released", about.now)?;
        Ok(about.tell(tx, &token, (&actor, "release", "revoked", &said), Kind::Revoked)?)
    };
    carry_out(app, institution, member_id, request_id, &asked, work).await
}
