//! Owns the one guarded write that decides about a code, and what is written with it.
//! Refuses to know codes and keys: whoever asks brings the evaluation.
//! Invariant: of all copies of a right code one is accepted; of all guesses at most `limit` are answered as such.

use warifu_core::ids::Serial;
use warifu_core::otp::Step;
use warifu_core::time::UnixMillis;
use warifu_core::verify::{self, Drift};
use warifu_core::wire::bank::{Answer, TokenState, TokenUse, UsePurpose, Verdict};

use super::asked::{self, With};
use super::audit::{self, Entry};
use super::institutions::Institution;
use super::requests::{self, Earlier, Kept, Question, REMEMBER};
use super::tokens::{self, Token};
use super::{StoreError, Tx, outbox, values};
use crate::mail::{Facts, Kind, Letter};

/// Judges the code for the token as it stands now. Called once per look at the row, so more than once when a write
/// was lost to another centre.
pub(crate) type Evaluate = Box<dyn Fn(&Tx<'_>, Option<&Token>) -> Result<Act, StoreError> + Send>;

/// A code that is to be settled.
pub(crate) struct Job {
    pub(crate) institution: Institution,
    pub(crate) question: Question,
    /// What for.
    pub(crate) purpose: UsePurpose,
    pub(crate) evaluate: Evaluate,
    pub(crate) now: UnixMillis,
}

/// The audit row's words for what was asked: action and detail.
pub(crate) fn asked(purpose: UsePurpose) -> (&'static str, &'static str) {
    match purpose {
        UsePurpose::SignIn | UsePurpose::Transfer | UsePurpose::Change => ("verify", purpose.as_str()),
        UsePurpose::Signature => ("sign", ""),
        UsePurpose::Activate | UsePurpose::Revoke | UsePurpose::Resync => (purpose.as_str(), ""),
    }
}

/// What evaluation asks the write to do.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// The token (if any) may not be evaluated: record the answer.
    Note(Verdict),
    /// The code matched a step that is spent: record it, charge nothing.
    Spent,
    /// The code matched a fresh step: spend it, moving the token from one state to another.
    Spend { from: TokenState, to: TokenState, step: Step, drift: Drift },
    /// The code matched nothing: charge it; at the limit the token becomes `stopped`.
    Charge { from: TokenState, stopped: TokenState },
    /// What is asked makes no sense in the token's state: nothing is recorded.
    Decline,
}

/// What became of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    /// The answer, durable now; whether it queued a mail.
    Answer(Answer, Rings),
    /// The request ID was used for another question.
    Conflict,
    /// It makes no sense in the token's state.
    Declined,
}

/// Whether a mail was queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rings {
    Yes,
    No,
}

/// The write that decides, guarded by what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    Nothing,
    Spend { from: TokenState, to: TokenState, step: Step, drift: Drift },
    Charge { from: TokenState, to: TokenState, wrong: u8 },
}

/// Everything that follows from a job and the row of its token.
pub(super) struct Plan {
    pub(super) answer: Answer,
    pub(super) object: String,
    pub(super) write: Write,
    /// The token's last uses with this one; nothing when there is no living token to remember it.
    pub(super) uses: Option<Vec<u8>>,
    /// The token's last questions with this one; nothing when no token is in use, and the answer stands elsewhere.
    pub(super) asked: Option<With>,
}

impl Plan {
    /// The last questions as the token's row is to hold them; as they were when the answer stands elsewhere.
    pub(super) fn asked_column<'p>(&'p self, token: &'p Token) -> Option<&'p [u8]> {
        let kept = self.asked.as_ref().map_or(&token.asked, |asked| &asked.kept);
        (!kept.is_empty()).then_some(kept.as_slice())
    }

    /// The state that the write moves the token to, when it is another one.
    pub(super) fn moves_to(&self) -> Option<TokenState> {
        match self.write {
            Write::Spend { from, to, .. } | Write::Charge { from, to, .. } => (from != to).then_some(to),
            Write::Nothing => None,
        }
    }
}

/// What was answered before to the same request ID.
pub(super) fn repeated(earlier: Earlier) -> Settled {
    match earlier {
        Earlier::Verdict(answer) => Settled::Answer(answer, Rings::No),
        Earlier::Issue(_) | Earlier::Done | Earlier::Conflict => Settled::Conflict,
    }
}

/// Decides from the row as it was just read; nothing when there is nothing to decide.
pub(super) fn plan(job: &Job, token: Option<&Token>, act: &Act) -> Option<Plan> {
    let object = match token {
        Some(token) => format!("token:{}", token.serial),
        None => format!("member:{}", job.question.member_id),
    };
    let (answer, write) = match (act, token) {
        (Act::Decline, _) => return None,
        (Act::Note(verdict), _) => (plain(*verdict), Write::Nothing),
        (Act::Spent, _) => (plain(Verdict::Used), Write::Nothing),
        (Act::Spend { .. } | Act::Charge { .. }, None) => (plain(Verdict::NotRegistered), Write::Nothing),
        (Act::Spend { from, to, step, drift }, Some(token)) => match lost(token, *from, job.now, Some(*step))
        {
            Some(answer) => (answer, Write::Nothing),
            None => {
                let write = Write::Spend { from: *from, to: *to, step: *step, drift: *drift };
                (plain(Verdict::Accepted), write)
            }
        },
        (Act::Charge { from, stopped }, Some(token)) => match lost(token, *from, job.now, None) {
            Some(answer) => (answer, Write::Nothing),
            None => charge(token, job.institution.wrong_limit, *from, *stopped),
        },
    };
    let uses = token.filter(|token| token.state.is_living()).map(|token| {
        let new = TokenUse { at: job.now, purpose: job.purpose, result: answer.verdict };
        verify::with_use(&token.uses, &new)
    });
    let in_use = token.filter(|token| token.state == TokenState::Active);
    let asked = in_use.map(|token| asked::with(&token.asked, &job.question, &answer, job.now));
    Some(Plan { answer, object, write, uses, asked })
}

fn charge(token: &Token, limit: u8, from: TokenState, stopped: TokenState) -> (Answer, Write) {
    let wrong = token.wrong.saturating_add(1);
    let to = if wrong >= limit { stopped } else { from };
    let answer = if to == TokenState::Suspended {
        // The code that suspends is answered as every one after it.
        plain(Verdict::Suspended)
    } else {
        Answer { verdict: Verdict::Wrong, wrong_left: Some(limit.saturating_sub(wrong)), clock_off_s: None }
    };
    (answer, Write::Charge { from, to, wrong: token.wrong })
}

/// Why the write would be lost. A stopped token answers the same to right and wrong codes.
fn lost(token: &Token, from: TokenState, now: UnixMillis, step: Option<Step>) -> Option<Answer> {
    let state = token.state_at(now);
    match step {
        _ if state == TokenState::Suspended => Some(plain(Verdict::Suspended)),
        Some(step) if token.last_step >= step => Some(plain(Verdict::Used)),
        _ if state == from => None,
        _ => Some(plain(verify::refusal(Some(state)).unwrap_or(Verdict::NotRegistered))),
    }
}

fn plain(verdict: Verdict) -> Answer {
    Answer { verdict, wrong_left: None, clock_off_s: None }
}

/// Settles one job inside the open transaction.
///
/// # Errors
/// [`StoreError::Lost`] when another centre was faster: the transaction has to be begun anew.
pub(super) fn settle(tx: &Tx<'_>, job: &Job) -> Result<Settled, StoreError> {
    let token = tokens::current(tx, job.institution.no, &job.question.member_id)?;
    settle_token(tx, job, token, None)
}

/// What was answered to the question before. The row of a token in use holds all that was asked about it, except for
/// a week after something about its member was asked or kept elsewhere.
fn before(tx: &Tx<'_>, job: &Job, token: Option<&Token>) -> Result<Option<Earlier>, StoreError> {
    match token {
        Some(token) if token.holds_all_asked(job.now) => {
            Ok(asked::find(&token.asked, &job.question, job.now))
        }
        _ => requests::earlier(tx, &job.question, job.now),
    }
}

/// Settles one job about this token. `old`: the token whose place it takes when it is activated.
pub(super) fn settle_token(
    tx: &Tx<'_>,
    job: &Job,
    token: Option<Token>,
    old: Option<&Serial>,
) -> Result<Settled, StoreError> {
    if let Some(earlier) = before(tx, job, token.as_ref())? {
        return Ok(repeated(earlier));
    }
    let act = (job.evaluate)(tx, token.as_ref())?;
    let Some(plan) = plan(job, token.as_ref(), &act) else { return Ok(Settled::Declined) };
    if let Some(token) = &token
        && !write(tx, job, token, &plan)?
    {
        return Err(StoreError::Lost);
    }
    match (&plan.asked, &token) {
        (Some(asked), Some(token)) => {
            requests::keep_spilled(tx, &job.question, token.no, &asked.spilled)?;
        }
        _ => requests::keep(tx, &job.question, Kept::Verdict(plan.answer), job.now)?,
    }
    let (action, detail) = asked(job.purpose);
    let entry = Entry {
        at: job.now,
        actor: "bank",
        action,
        object: &plan.object,
        outcome: plan.answer.verdict.as_str(),
        detail,
    };
    audit::append(tx, &job.institution, &entry)?;
    let rings = match (&token, plan.moves_to()) {
        (Some(token), Some(to)) => mail_change(tx, job, token, to, old)?,
        _ => Rings::No,
    };
    Ok(Settled::Answer(plan.answer, rings))
}

/// The guarded write; whether the row was as it was read.
fn write(tx: &Tx<'_>, job: &Job, token: &Token, plan: &Plan) -> Result<bool, StoreError> {
    let uses = plan.uses.as_deref();
    let asked = plan.asked_column(token);
    let newest = asked::newest(&token.asked);
    let touched = match plan.write {
        Write::Nothing => {
            let Some(uses) = uses else { return Ok(true) };
            const SQL: &str = "UPDATE token SET uses = $1, asked = $2
                WHERE no = $3 AND substr(asked, 1, 16) IS NOT DISTINCT FROM $4";
            tx.execute(SQL, values![uses, asked, token.no, newest])?
        }
        Write::Spend { from, to, step, drift } if from == to => {
            spend(tx, job, token, to, step, drift, (uses, asked))?
        }
        Write::Spend { from, to, step, drift } => {
            spend_and_move(tx, job, token, (from, to), step, drift, (uses, asked))?
        }
        Write::Charge { from, to, wrong } if from == to => {
            const SQL: &str =
                "UPDATE token SET wrong = $1, uses = $2, asked = $3 WHERE no = $4 AND state = $5 AND wrong = $6
                AND substr(asked, 1, 16) IS NOT DISTINCT FROM $7";
            tx.execute(SQL, values![wrong + 1, uses, asked, token.no, from.as_str(), wrong, newest])?
        }
        Write::Charge { from, to, wrong } => {
            const SQL: &str = "UPDATE token SET wrong = $1, uses = $2, asked = $3, state = $4, state_at = $5,
                sealed = CASE WHEN $6 = 1 THEN sealed END WHERE no = $7 AND state = $8 AND wrong = $9
                AND substr(asked, 1, 16) IS NOT DISTINCT FROM $10";
            let row = values![
                wrong + 1,
                uses,
                asked,
                to.as_str(),
                job.now,
                i64::from(to.is_living()),
                token.no,
                from.as_str(),
                wrong,
                newest
            ];
            tx.execute(SQL, row)?
        }
    };
    Ok(touched == 1)
}

/// The last uses and the last questions, as bytes.
type Last<'b> = (Option<&'b [u8]>, Option<&'b [u8]>);

/// Without a change of state no index has to be touched.
fn spend(
    tx: &Tx<'_>,
    job: &Job,
    token: &Token,
    state: TokenState,
    step: Step,
    drift: Drift,
    (uses, asked): Last<'_>,
) -> Result<usize, StoreError> {
    const SQL: &str =
        "UPDATE token SET last_step = $1, wrong = 0, drift = $2, lean = $3, lean_run = $4, uses = $5, asked = $6
        WHERE no = $7 AND state = $8 AND last_step < $1 AND wrong < $9
        AND substr(asked, 1, 16) IS NOT DISTINCT FROM $10";
    let row = values![
        tokens::step_column(step),
        drift.steps,
        drift.lean,
        drift.run,
        uses,
        asked,
        token.no,
        state.as_str(),
        job.institution.wrong_limit,
        asked::newest(&token.asked)
    ];
    tx.execute(SQL, row)
}

/// What was asked about the token, and about the one that it follows, before it was in use stands elsewhere.
fn spend_and_move(
    tx: &Tx<'_>,
    job: &Job,
    token: &Token,
    (from, to): (TokenState, TokenState),
    step: Step,
    drift: Drift,
    (uses, asked): Last<'_>,
) -> Result<usize, StoreError> {
    const SQL: &str = "UPDATE token SET last_step = $1, wrong = 0, drift = $2, lean = $3, lean_run = $4,
        uses = $5, asked = $6, look_beyond = $7, state = $8, state_at = $9, sealed = CASE WHEN $10 = 1 THEN sealed END
        WHERE no = $11 AND state = $12 AND last_step < $1 AND wrong < $13
        AND substr(asked, 1, 16) IS NOT DISTINCT FROM $14";
    let row = values![
        tokens::step_column(step),
        drift.steps,
        drift.lean,
        drift.run,
        uses,
        asked,
        job.now.plus(REMEMBER),
        to.as_str(),
        job.now,
        i64::from(to.is_living()),
        token.no,
        from.as_str(),
        job.institution.wrong_limit,
        asked::newest(&token.asked)
    ];
    tx.execute(SQL, row)
}

/// Tells the member that the token's state changed, in the transaction that changed it.
fn mail_change(
    tx: &Tx<'_>,
    job: &Job,
    token: &Token,
    to: TokenState,
    old: Option<&Serial>,
) -> Result<Rings, StoreError> {
    let kind = match to {
        TokenState::Active if old.is_some() => Kind::Replaced,
        TokenState::Active => Kind::Activated,
        TokenState::Suspended => Kind::Suspended,
        TokenState::Revoked => Kind::Revoked,
        TokenState::Void => Kind::TokenVoid,
        _ => return Ok(Rings::No),
    };
    let Some(mail_to) = tokens::mail_address(tx, token.issue_no)? else { return Ok(Rings::No) };
    let facts = Facts::of_token(&job.institution, &token.serial, job.now);
    let facts = match old {
        Some(old) => facts.in_place_of(old),
        None => facts,
    };
    outbox::post(tx, &job.institution, &token.member_id, &Letter::compose(kind, mail_to, &facts), job.now)?;
    Ok(Rings::Yes)
}
