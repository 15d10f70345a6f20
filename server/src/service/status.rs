//! Owns what an institution is told about a member's token.
//! Refuses to tell codes, keys, passwords, or anything of another institution.
//! Invariant: states are as they are now, whether or not the rows say so yet.

use warifu_core::ids::MemberId;
use warifu_core::issue::attempts_left;
use warifu_core::time::UnixMillis;
use warifu_core::token::registration;
use warifu_core::wire::bank::{
    IssueState, IssueStatus, MemberStatus, Renewal, TokenEnd, TokenState, TokenStatus,
};

use crate::app::App;
use crate::edge::Failure;
use crate::store::institutions::Institution;
use crate::store::issues::Issue;
use crate::store::tokens::Token;
use crate::store::{StoreError, Tx, attempts, channel, issues, outbox, tokens};

/// A member's status.
pub(crate) fn status(
    app: &App,
    institution: &Institution,
    member_id: &MemberId,
) -> Result<MemberStatus, Failure> {
    let now = app.clock.now();
    app.store.read(|tx| read(tx, institution, member_id, now))
}

pub(super) fn read(
    tx: &Tx<'_>,
    institution: &Institution,
    member_id: &MemberId,
    now: UnixMillis,
) -> Result<MemberStatus, Failure> {
    let issue = issues::newest(tx, institution.no, member_id)?;
    let (token, ended) = match counting(tx, institution, member_id, now)? {
        Some(token) if token.state_at(now).is_living() => (Some(token), None),
        // A newer issue is what matters then.
        ended => (None, ended.filter(|token| issue.as_ref().is_some_and(|issue| issue.no == token.issue_no))),
    };
    let token_state = token.as_ref().map(|token| token.state_at(now));
    let is_in_use = matches!(token_state, Some(TokenState::Active | TokenState::Suspended));
    let (issue, renewal) = match (issue, &token) {
        (Some(newest), Some(token)) if is_in_use && newest.no != token.issue_no => {
            let own = issues::by_no(tx, token.issue_no)?;
            (own, renewal(tx, institution, newest, now)?)
        }
        (issue, _) => (issue, None),
    };
    let issue_state = issue.as_ref().map(|issue| issue.state_at(now));
    // A used issue is told of only while the token that came of it lives.
    let is_over = issue_state == Some(IssueState::Used) && token.is_none();
    let issue = match issue.filter(|_| !is_over) {
        Some(issue) => Some(issue_status(tx, institution, issue, now)?),
        None => None,
    };
    Ok(MemberStatus {
        registration: registration(issue_state, token_state),
        issue,
        token: token.map(|token| token_status(tx, institution, token, now)).transpose()?,
        ended: ended.map(|token| token_end(token, now)),
        renewal,
        mail: outbox::newest(tx, institution.no, member_id)?,
    })
}

/// The token that counts now: beside one whose time is over, although its row does not say so yet, the one that waits.
fn counting(
    tx: &Tx<'_>,
    institution: &Institution,
    member_id: &MemberId,
    now: UnixMillis,
) -> Result<Option<Token>, StoreError> {
    let is_living = |token: &Token| token.state_at(now).is_living();
    let current = tokens::current(tx, institution.no, member_id)?;
    if current.as_ref().is_some_and(is_living) {
        return Ok(current);
    }
    let waiting = tokens::waiting(tx, institution.no, member_id)?;
    Ok(waiting.filter(is_living).or(current))
}

/// What is to follow the token in use; nothing when that was cancelled.
fn renewal(
    tx: &Tx<'_>,
    institution: &Institution,
    issue: Issue,
    now: UnixMillis,
) -> Result<Option<Renewal>, Failure> {
    if issue.state_at(now) == IssueState::Cancelled {
        return Ok(None);
    }
    let waiting = tokens::waiting(tx, institution.no, &issue.member_id)?;
    let waiting = waiting.filter(|token| token.state_at(now) == TokenState::Issued);
    Ok(Some(Renewal {
        token: waiting.map(|token| token_status(tx, institution, token, now)).transpose()?,
        issue: issue_status(tx, institution, issue, now)?,
    }))
}

fn issue_status(
    tx: &Tx<'_>,
    institution: &Institution,
    issue: Issue,
    now: UnixMillis,
) -> Result<IssueStatus, Failure> {
    Ok(IssueStatus {
        service_id: institution.service_id.clone(),
        state: issue.state_at(now),
        attempts_left: attempts_left(issue.attempts),
        expires_at: issue.expires_at,
        attempts: attempts::of_issue(tx, issue.no)?,
        user_id: issue.user_id,
        mail: issue.mail,
    })
}

fn token_end(token: Token, now: UnixMillis) -> TokenEnd {
    TokenEnd { state: token.state_at(now), at: token.since(now), serial: token.serial }
}

fn token_status(
    tx: &Tx<'_>,
    institution: &Institution,
    token: Token,
    now: UnixMillis,
) -> Result<TokenStatus, StoreError> {
    let state = token.state_at(now);
    Ok(TokenStatus {
        state,
        wrong_left: institution.wrong_limit.saturating_sub(token.wrong),
        vault: token.vault,
        drift: token.drift.steps,
        copy_suspected_at: channel::suspected_at(tx, token.no)?,
        started_on: token.started_on,
        expires_at: token.expires_at,
        activate_by: (state == TokenState::Issued).then_some(token.activate_by),
        serial: token.serial,
    })
}
