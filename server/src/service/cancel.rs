//! Owns 申込を中止する: an open issue, or a token that was never activated, ends.
//! Refuses to end a token that is in use: that is 利用解除.
//! Invariant: what ends loses its record or its keys in the same write; cancelling twice changes nothing.

use warifu_core::ids::MemberId;
use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::{CancelRequest, IssueState, MemberStatus, TokenState};

use super::{question, status};
use crate::app::App;
use crate::edge::{Failure, Refused};
use crate::store::audit::{self, Entry};
use crate::store::institutions::Institution;
use crate::store::requests::{self, Earlier, Kept};
use crate::store::{StoreError, Tx, issues, tokens};

/// Cancels what a member has not finished.
pub(crate) async fn cancel(
    app: &App,
    institution: Institution,
    member_id: MemberId,
    request: CancelRequest,
) -> Result<MemberStatus, Failure> {
    let now = app.clock.now();
    let dek = app.store.read(|tx| app.keys.dek(tx, &institution, institution.dek_id))?;
    let asked = ["cancel".into(), member_id.as_str().into()];
    let question = question(app, &dek, &institution, &member_id, request.request_id, &asked)?;
    app.store
        .write(move |tx| {
            match requests::earlier(tx, &question, now)? {
                Some(Earlier::Done) => return status::read(tx, &institution, &member_id, now),
                Some(_) => return Err(Refused::CONFLICT.into()),
                None => {}
            }
            let token = tokens::current(tx, institution.no, &member_id)?;
            let state = token.map(|token| token.state_at(now));
            if matches!(state, Some(TokenState::Active | TokenState::Suspended))
                && !is_to_be_renewed(tx, &institution, &member_id, now)?
            {
                return Err(
                    Refused::wrong_state("The member's token is in use: it can only be released.").into()
                );
            }
            end_unfinished(tx, &institution, &member_id, "cancelled", now)?;
            requests::keep(tx, &question, Kept::Done, now)?;
            status::read(tx, &institution, &member_id, now)
        })
        .await
}

/// Whether anything is to follow the token in use.
fn is_to_be_renewed(
    tx: &Tx<'_>,
    institution: &Institution,
    member_id: &MemberId,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    let issue = issues::newest(tx, institution.no, member_id)?;
    let is_open = issue.is_some_and(|issue| issue.state_at(now) == IssueState::Open);
    Ok(is_open || tokens::waiting(tx, institution.no, member_id)?.is_some())
}

/// Ends the member's open issue, and the token that waits for 利用開始; one in use goes on.
pub(super) fn end_unfinished(
    tx: &Tx<'_>,
    institution: &Institution,
    member_id: &MemberId,
    why: &str,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let note = |action: &str, object: &str, outcome: &str| {
        audit::append(
            tx,
            institution,
            &Entry { at: now, actor: "bank", action, object, outcome, detail: why },
        )
    };
    if let Some(issue) = issues::newest(tx, institution.no, member_id)? {
        let end = match issue.state_at(now) {
            IssueState::Open => IssueState::Cancelled,
            ended => ended,
        };
        if issue.state == IssueState::Open && issues::end(tx, issue.no, end, now)? {
            note("cancel", &format!("issue:{}", issue.user_id), end.as_str())?;
        }
    }
    if let Some(token) = tokens::waiting(tx, institution.no, member_id)?
        && tokens::end(tx, token.no, token.state, TokenState::Void, now)?
    {
        note("cancel", &format!("token:{}", token.serial), TokenState::Void.as_str())?;
    }
    Ok(())
}
