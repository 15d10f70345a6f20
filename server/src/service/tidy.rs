//! Owns what ends by time alone, and what is forgotten.
//! Refuses to end anything that a request could still win.
//! Invariant: each end is a guarded write with its audit row; what was ended before is left alone.

use std::time::Duration;

use tokio::sync::watch;
use warifu_core::issue::ENROL_TTL_S;
use warifu_core::time::{SECOND, UnixMillis};
use warifu_core::wire::bank::{IssueState, TokenState};

use super::remind;
use crate::app::App;
use crate::mail::{Facts, Kind, Letter};
use crate::store::audit::{self, Entry};
use crate::store::issues::{self, Issue};
use crate::store::tokens::{self, Token};
use crate::store::{
    StoreError, Tx, attempts, enrolments, institutions, outbox, rates, requests, transactions,
};

/// How often is tidied.
const EVERY: Duration = Duration::from_secs(5);
/// How many rows of a kind at a time, so that requests are not held up.
const SOME: i64 = 200;
/// How many questions are looked at each time, to find those that are too old: a thousand a second.
const LOOKED_AT: i64 = 5_000;
/// Before the first question of all.
const START: requests::Place = (0, [0; 16]);

/// Tidies until `stop` says so.
pub(crate) async fn tidy(app: &App, mut stop: watch::Receiver<bool>) {
    let mut place = START;
    loop {
        match once(app, place).await {
            Ok(next) => place = next,
            Err(StoreError::Busy) => tracing::debug!("too busy to tidy"),
            Err(why) => tracing::error!(%why, "tidying failed"),
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Ends and forgets some of what is due; questions from `place` on, and where to go on next time.
async fn once(app: &App, place: requests::Place) -> Result<requests::Place, StoreError> {
    let now = app.clock.now();
    // An answer to the last guess may still be on its way.
    let settled = now.plus(-i64::from(ENROL_TTL_S) * SECOND);
    let (issues, tokens) = app
        .store
        .read(|tx| Ok::<_, StoreError>((issues::ended(tx, settled, SOME)?, tokens::ended(tx, now, SOME)?)))?;
    let (old, next) = app.store.read(|tx| requests::too_old(tx, place, now, LOOKED_AT))?;
    let write = app.store.write(move |tx| {
        for issue in &issues {
            end_issue(tx, issue, now)?;
        }
        for token in &tokens {
            end_token(tx, token, now)?;
        }
        for question in &old {
            requests::forget(tx, *question, now)?;
        }
        let forgotten = old.len()
            + enrolments::forget(tx, now, SOME)?
            + rates::forget(tx, now, SOME)?
            + attempts::forget(tx, now, SOME)?
            + transactions::forget(tx, now, SOME)?;
        Ok::<_, StoreError>((forgotten, issues.len() + tokens.len()))
    });
    let (forgotten, ended) = write.await?;
    let reminded = remind::once(app).await?;
    if ended + reminded > 0 {
        app.bell.notify_one();
    }
    if forgotten + ended + reminded > 0 {
        tracing::debug!(forgotten, ended, reminded, "tidied");
    }
    Ok(next.unwrap_or(START))
}

fn end_issue(tx: &Tx<'_>, issue: &Issue, now: UnixMillis) -> Result<(), StoreError> {
    let end = issue.state_at(now);
    if end == IssueState::Open || !issues::end(tx, issue.no, end, now)? {
        return Ok(());
    }
    let Some(institution) = institutions::by_no(tx, issue.institution_no)? else { return Ok(()) };
    let object = format!("issue:{}", issue.user_id);
    let entry =
        Entry { at: now, actor: "centre", action: "end", object: &object, outcome: end.as_str(), detail: "" };
    audit::append(tx, &institution, &entry)?;
    let told = match end {
        IssueState::Exhausted => Some((Kind::Exhausted, now)),
        IssueState::Expired => Some((Kind::IssueExpired, issue.expires_at)),
        _ => None,
    };
    if let Some((kind, at)) = told {
        let letter = Letter::compose(kind, issue.mail.clone(), &Facts::of(&institution, at));
        outbox::post(tx, &institution, &issue.member_id, &letter, now)?;
    }
    Ok(())
}

fn end_token(tx: &Tx<'_>, token: &Token, now: UnixMillis) -> Result<(), StoreError> {
    let end = token.state_at(now);
    if !matches!(end, TokenState::Void | TokenState::Expired)
        || !tokens::end(tx, token.no, token.state, end, token.since(now))?
    {
        return Ok(());
    }
    let Some(institution) = institutions::by_no(tx, token.institution_no)? else { return Ok(()) };
    let object = format!("token:{}", token.serial);
    let entry =
        Entry { at: now, actor: "centre", action: "end", object: &object, outcome: end.as_str(), detail: "" };
    audit::append(tx, &institution, &entry)?;
    if end == TokenState::Void
        && let Some(mail_to) = tokens::mail_address(tx, token.issue_no)?
    {
        let facts = Facts::of_token(&institution, &token.serial, token.activate_by);
        let letter = Letter::compose(Kind::TokenLapsed, mail_to, &facts);
        outbox::post(tx, &institution, &token.member_id, &letter, now)?;
    }
    Ok(())
}
