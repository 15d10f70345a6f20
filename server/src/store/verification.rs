//! Owns the one guarded write that decides about a code, and how a group of them is committed.
//! Refuses to know codes and keys: evaluation is done before, and reads only what never changes.
//! Invariant: of all copies of a right code one is accepted; of all guesses at most `limit` are answered as such.

use warifu_core::ids::MemberId;
use warifu_core::otp::Step;
use warifu_core::time::UnixMillis;
use warifu_core::verify::{self, Drift};
use warifu_core::wire::bank::{Answer, TokenState, Verdict};

use super::audit::{self, Entry};
use super::institutions::Institution;
use super::requests::{self, Earlier, Kept, Question};
use super::tokens::{self, Token};
use super::{StoreError, Tx, outbox, sqlite, values};
use crate::mail::{Facts, Kind, Letter};

/// What is to be written for one code.
pub(crate) struct Job {
    pub(crate) institution: Institution,
    pub(crate) member_id: MemberId,
    pub(crate) question: Question,
    /// The audit row's words for what was asked.
    pub(crate) action: &'static str,
    pub(crate) detail: String,
    pub(crate) act: Act,
    pub(crate) now: UnixMillis,
}

/// What evaluation asks the write to do.
pub(crate) enum Act {
    /// The token (if any) may not be evaluated: record the answer.
    Note { serial: Option<String>, verdict: Verdict },
    /// The code matched a step that is spent: record it, charge nothing.
    Spent { serial: String },
    /// The code matched a fresh step: spend it, moving the token from one state to another.
    Spend { token_no: i64, from: TokenState, to: TokenState, step: Step, drift: Drift },
    /// The code matched nothing: charge it; at the limit the token becomes `stopped`.
    Charge { token_no: i64, from: TokenState, stopped: TokenState },
}

/// What became of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    /// The answer, durable now.
    Answer(Answer),
    /// The request ID was used for another question.
    Conflict,
    /// The token's state changed since it was read: look again. Nothing was written.
    Again,
}

/// Settles each job by itself inside the open transaction: one that fails hurts no other.
pub(super) fn commit_group(db: &rusqlite::Connection, jobs: Vec<Job>) -> Vec<Result<Settled, StoreError>> {
    jobs.into_iter().map(|job| sqlite::apart(db, || settle(&Tx(db), &job))).collect()
}

fn settle(tx: &Tx<'_>, job: &Job) -> Result<Settled, StoreError> {
    match requests::earlier(tx, &job.question)? {
        None => {}
        Some(Earlier::Verdict(answer)) => return Ok(Settled::Answer(answer)),
        Some(_) => return Ok(Settled::Conflict),
    }
    let Some((answer, object)) = act(tx, job)? else { return Ok(Settled::Again) };
    requests::keep(tx, &job.question, Kept::Verdict(answer), job.now)?;
    let entry = Entry {
        at: job.now,
        actor: "bank",
        action: job.action,
        object: &object,
        outcome: answer.verdict.as_str(),
        detail: &job.detail,
    };
    audit::append(tx, &job.institution, &entry)?;
    Ok(Settled::Answer(answer))
}

fn plain(verdict: Verdict) -> Answer {
    Answer { verdict, wrong_left: None }
}

/// The answer and the audit row's object; nothing when the token has to be looked at again.
fn act(tx: &Tx<'_>, job: &Job) -> Result<Option<(Answer, String)>, StoreError> {
    let named = |serial: &str| format!("token:{serial}");
    Ok(match &job.act {
        Act::Note { serial, verdict } => {
            let object = serial.as_deref().map_or_else(|| format!("member:{}", job.member_id), named);
            Some((plain(*verdict), object))
        }
        Act::Spent { serial } => Some((plain(Verdict::Used), named(serial))),
        Act::Spend { token_no, from, to, step, drift } => {
            let spent = spend(tx, job, *token_no, (*from, *to), *step, *drift)?;
            let token = reread(tx, *token_no)?;
            let answer = if spent {
                if from != to {
                    mail_change(tx, job, &token, *to)?;
                }
                Some(plain(Verdict::Accepted))
            } else {
                lost(&token, job.now, Some(*step))
            };
            answer.map(|answer| (answer, named(token.serial.as_str())))
        }
        Act::Charge { token_no, from, stopped } => {
            let wrong = charge(tx, job, *token_no, *from, *stopped)?;
            let token = reread(tx, *token_no)?;
            let answer = if let Some(wrong) = wrong {
                if token.state != *from {
                    mail_change(tx, job, &token, token.state)?;
                }
                let wrong_left = Some(job.institution.wrong_limit.saturating_sub(wrong));
                // The code that suspends is answered as every one after it.
                let is_suspended = token.state == TokenState::Suspended;
                let wrong = Answer { verdict: Verdict::Wrong, wrong_left };
                Some(if is_suspended { plain(Verdict::Suspended) } else { wrong })
            } else {
                lost(&token, job.now, None)
            };
            answer.map(|answer| (answer, named(token.serial.as_str())))
        }
    })
}

fn spend(
    tx: &Tx<'_>,
    job: &Job,
    token_no: i64,
    (from, to): (TokenState, TokenState),
    step: Step,
    drift: Drift,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE token SET last_step = $1, wrong = 0, drift = $2, lean = $3, lean_run = $4,
        state_at = CASE WHEN state = $5 THEN state_at ELSE $6 END, state = $5,
        sealed = CASE WHEN $7 = 1 THEN sealed END
        WHERE no = $8 AND state = $9 AND last_step < $1 AND wrong < $10";
    let row = values![
        tokens::step_column(step),
        drift.steps,
        drift.lean,
        drift.run,
        to.as_str(),
        job.now,
        i64::from(to.is_living()),
        token_no,
        from.as_str(),
        job.institution.wrong_limit
    ];
    Ok(tx.execute(SQL, row)? == 1)
}

/// Charges one wrong code; how many there are now, or nothing when the guard was lost.
fn charge(
    tx: &Tx<'_>,
    job: &Job,
    token_no: i64,
    from: TokenState,
    stopped: TokenState,
) -> Result<Option<u8>, StoreError> {
    const SQL: &str = "UPDATE token SET wrong = wrong + 1,
        state = CASE WHEN wrong + 1 >= $1 THEN $2 ELSE state END,
        state_at = CASE WHEN wrong + 1 >= $1 THEN $3 ELSE state_at END,
        sealed = CASE WHEN wrong + 1 >= $1 AND $4 = 0 THEN NULL ELSE sealed END
        WHERE no = $5 AND state = $6 AND wrong < $1 RETURNING no, wrong";
    let row = values![
        job.institution.wrong_limit,
        stopped.as_str(),
        job.now,
        i64::from(stopped.is_living()),
        token_no,
        from.as_str()
    ];
    tx.row("token", SQL, row, |row| row.small("wrong"))
}

fn reread(tx: &Tx<'_>, token_no: i64) -> Result<Token, StoreError> {
    tokens::by_no(tx, token_no)?.ok_or(StoreError::Lost)
}

/// Why a guard was lost. A stopped token answers the same to right and wrong codes.
fn lost(token: &Token, now: UnixMillis, step: Option<Step>) -> Option<Answer> {
    let state = token.state_at(now);
    match step {
        _ if state == TokenState::Suspended => Some(plain(Verdict::Suspended)),
        Some(step) if token.last_step >= step => Some(plain(Verdict::Used)),
        _ if state == TokenState::Active => None,
        _ => verify::refusal(Some(state)).map(plain),
    }
}

/// Tells the member that the token's state changed, in the transaction that changed it.
fn mail_change(tx: &Tx<'_>, job: &Job, token: &Token, to: TokenState) -> Result<(), StoreError> {
    let kind = match to {
        TokenState::Active => Kind::Activated,
        TokenState::Suspended => Kind::Suspended,
        TokenState::Revoked => Kind::Revoked,
        TokenState::Void => Kind::TokenVoid,
        _ => return Ok(()),
    };
    let Some(mail_to) = tokens::mail_address(tx, token.issue_no)? else { return Ok(()) };
    let facts = Facts::of_token(&job.institution, &token.serial, job.now);
    outbox::post(tx, &job.institution, &token.member_id, &Letter::compose(kind, mail_to, &facts), job.now)
}
