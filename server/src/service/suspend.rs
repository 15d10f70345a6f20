//! Owns 利用停止 on request: by staff, by the member on the institution's pages, by the member's own app.
//! Refuses to judge the reason.
//! Invariant: only a token in use is stopped, and it keeps its keys; twice is as good as once.

use warifu_core::ids::MemberId;
use warifu_core::wire::bank::{MemberStatus, StoppedBy, SuspendRequest, TokenState};

use super::carry::{About, carry_out, check_reason, check_staff};
use crate::app::App;
use crate::edge::{Failure, Refused};
use crate::mail::Kind;
use crate::store::institutions::Institution;
use crate::store::tokens::Token;
use crate::store::{StoreError, Tx, states, tokens};

const NOT_IN_USE: Refused = Refused::wrong_state("The member has no token in use.");

/// Suspends a member's token.
pub(crate) async fn suspend(
    app: &App,
    institution: Institution,
    member_id: MemberId,
    request: SuspendRequest,
) -> Result<MemberStatus, Failure> {
    let SuspendRequest { request_id, by, staff, reason } = request;
    check_reason(&reason)?;
    let actor = match (by, &staff) {
        (StoppedBy::Staff, Some(staff)) => {
            check_staff(staff)?;
            format!("staff:{staff}")
        }
        (StoppedBy::Member, None) => "member".to_owned(),
        (StoppedBy::Staff, None) => return Err(Refused::malformed("by staff: staff says which").into()),
        (StoppedBy::Member, Some(_)) => {
            return Err(Refused::malformed("by the member: there is no staff").into());
        }
    };
    let (who, said) = (actor.clone(), reason.clone());
    let work = move |tx: &Tx<'_>, about: &About| {
        let token = tokens::current(tx, about.institution.no, &about.member_id)?.ok_or(NOT_IN_USE)?;
        match token.state_at(about.now) {
            TokenState::Suspended => Ok(()),
            TokenState::Active => Ok(stop(tx, about, &token, &who, &said)?),
            _ => Err(NOT_IN_USE.into()),
        }
    };
    carry_out(
        app,
        institution,
        member_id,
        request_id,
        &["suspend".into(), (&*actor).into(), (&*reason).into()],
        work,
    )
    .await
}

/// Stops a token that was just read as active.
pub(super) fn stop(
    tx: &Tx<'_>,
    about: &About,
    token: &Token,
    actor: &str,
    reason: &str,
) -> Result<(), StoreError> {
    if !states::suspend(tx, token.no, about.now)? {
        return Err(StoreError::Contended);
    }
    about.tell(tx, token, (actor, "suspend", "suspended", reason), Kind::Stopped)
}
