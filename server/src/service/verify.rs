//! Owns what becomes of a code: 認証, 利用開始 and 利用解除 are one question with three ends.
//! Refuses to decide by what was read before the write: evaluation is called from inside it.
//! Invariant: a token that is not in the right state is never evaluated; a code is spent once across all purposes.

use std::sync::Arc;

use warifu_core::ids::{MemberId, RequestId};
use warifu_core::otp::Code;
use warifu_core::time::UnixMillis;
use warifu_core::token::TokenKeys;
use warifu_core::verify::{self, Active, Finding, Issued};
use warifu_core::wire::bank::{Answer, Purpose, TokenState, UsePurpose, Verdict};

use super::{question, renew};
use crate::app::App;
use crate::edge::{Failure, Refused};
use crate::keys::TokenPlace;
use crate::store::institutions::Institution;
use crate::store::requests::Question;
use crate::store::tokens::{self, Token};
use crate::store::verification::{self, Act, Job, Rings, Settled};
use crate::store::{StoreError, Tx};

/// What a code is to do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Use {
    /// Prove that it is the member.
    Verify(Purpose),
    /// 利用開始.
    Activate,
    /// 利用解除.
    Revoke,
}

impl Use {
    fn purpose(self) -> UsePurpose {
        match self {
            Self::Verify(Purpose::SignIn) => UsePurpose::SignIn,
            Self::Verify(Purpose::Transfer) => UsePurpose::Transfer,
            Self::Verify(Purpose::Change) => UsePurpose::Change,
            Self::Activate => UsePurpose::Activate,
            Self::Revoke => UsePurpose::Revoke,
        }
    }
}

/// Asks what becomes of a code.
pub(crate) async fn verify(
    app: Arc<App>,
    institution: Institution,
    member_id: MemberId,
    request_id: RequestId,
    use_: Use,
    code: Code,
) -> Result<Answer, Failure> {
    let now = app.clock.now();
    let dek = match app.keys.held_dek(&institution, institution.dek_id) {
        Some(dek) => dek,
        None => app.store.read(|tx| app.keys.dek(tx, &institution, institution.dek_id))?,
    };
    let (action, detail) = verification::asked(use_.purpose());
    let asked = [action.into(), member_id.as_str().into(), detail.into(), code.expose().into()];
    let question = question(&app, &dek, &institution, &member_id, request_id, &asked)?;
    if matches!(use_, Use::Activate) {
        return activate(app, institution, member_id, question, code, now).await;
    }
    judge(app, institution, question, use_, code, now).await
}

/// 利用開始: of the token that waits, beside one in use or not. A code that was refused may tell how far the clock
/// of its device is off, which is no secret before the token can be used.
async fn activate(
    app: Arc<App>,
    institution: Institution,
    member_id: MemberId,
    question: Question,
    code: Code,
    now: UnixMillis,
) -> Result<Answer, Failure> {
    let copy = Code::parse(code.expose()).map_err(|_| Refused::MALFORMED_CODE)?;
    let (of, who) = (institution.clone(), member_id.clone());
    let own = app.clone();
    let answer = if app.store.read(|tx| renew::is_one(tx, institution.no, &member_id))? {
        renew::activate(app, institution, member_id, question, code, now).await?
    } else {
        judge(app, institution, question, Use::Activate, code, now).await?
    };
    if answer.verdict != Verdict::Wrong {
        return Ok(answer);
    }
    let clock_off_s = own.store.read(|tx| {
        let waiting = tokens::waiting(tx, of.no, &who)?;
        let Some(token) = waiting.filter(|token| token.state_at(now) == TokenState::Issued) else {
            return Ok::<_, StoreError>(None);
        };
        let issued = Issued::new(open(&own, tx, &of, &token)?.totp, token.last_step, token.drift);
        Ok(verify::clock_off(&issued, &copy, now))
    })?;
    Ok(Answer { clock_off_s, ..answer })
}

async fn judge(
    app: Arc<App>,
    institution: Institution,
    question: Question,
    use_: Use,
    code: Code,
    now: UnixMillis,
) -> Result<Answer, Failure> {
    let evaluation = Evaluation { app: app.clone(), institution: institution.clone(), use_, code, now };
    let job = Job {
        institution,
        question,
        purpose: use_.purpose(),
        evaluate: Box::new(move |tx, token| evaluation.run(tx, token)),
        now,
    };
    settle(&app, job).await
}

/// Has a job settled, and rings for the mail that it may have queued.
pub(super) async fn settle(app: &App, job: Job) -> Result<Answer, Failure> {
    let question = job.question.clone();
    let done = app.store.settle(job).await?;
    settled(app, &question, done)
}

/// What became of a job about that question, in the caller's words.
pub(super) fn settled(app: &App, question: &Question, done: Settled) -> Result<Answer, Failure> {
    match done {
        Settled::Answer(answer, rings) => {
            app.lately.remember(question);
            if rings == Rings::Yes {
                app.bell.notify_one();
            }
            Ok(answer)
        }
        Settled::Conflict => Err(Refused::CONFLICT.into()),
        Settled::Declined => Err(Refused::wrong_state("The member's token is in use already.").into()),
    }
}

/// A code and all that is needed to judge it; wiped when it was judged for the last time.
struct Evaluation {
    app: Arc<App>,
    institution: Institution,
    use_: Use,
    code: Code,
    now: UnixMillis,
}

impl Evaluation {
    /// What the write is to do about this code and this token.
    fn run(&self, tx: &Tx<'_>, token: Option<&Token>) -> Result<Act, StoreError> {
        let state = token.map(|token| token.state_at(self.now));
        Ok(match (self.use_, state, token) {
            (Use::Activate, Some(TokenState::Issued), Some(token)) => {
                let issued = Issued::new(
                    open(&self.app, tx, &self.institution, token)?.totp,
                    token.last_step,
                    token.drift,
                );
                let finding = verify::evaluate_activation(&issued, &self.code, self.now);
                act(finding, token, TokenState::Active, TokenState::Void)
            }
            (Use::Activate, Some(TokenState::Active), _) => Act::Decline,
            // Without a token there is nothing to activate: what ended before is answered like nothing.
            (Use::Activate, Some(TokenState::Suspended), _) => Act::Note(Verdict::Suspended),
            (Use::Activate, _, _) => Act::Note(Verdict::NotRegistered),
            (Use::Verify(_) | Use::Revoke, Some(TokenState::Active), Some(token)) => {
                let active = Active::new(
                    open(&self.app, tx, &self.institution, token)?.totp,
                    token.last_step,
                    token.drift,
                );
                let to =
                    if matches!(self.use_, Use::Revoke) { TokenState::Revoked } else { TokenState::Active };
                act(verify::evaluate(&active, &self.code, self.now), token, to, TokenState::Suspended)
            }
            (Use::Verify(_) | Use::Revoke, state, _) => {
                Act::Note(verify::refusal(state).unwrap_or(Verdict::NotRegistered))
            }
        })
    }
}

/// The token's keys, for one evaluation.
pub(super) fn open(
    app: &App,
    tx: &Tx<'_>,
    institution: &Institution,
    token: &Token,
) -> Result<TokenKeys, StoreError> {
    let failed = |why: String| StoreError::Evaluation(why);
    let sealed = token.sealed.as_deref();
    let sealed = sealed.ok_or_else(|| failed(format!("token {} has lost its keys", token.serial)))?;
    let dek = app.keys.dek(tx, institution, token.dek_id).map_err(|why| failed(why.to_string()))?;
    let place = TokenPlace {
        service_id: &institution.service_id,
        token_id: token.token_id,
        serial: &token.serial,
        seal_version: token.seal_version,
    };
    dek.open_token(sealed, &place).map_err(|why| failed(why.to_string()))
}

fn act(finding: Finding, token: &Token, to: TokenState, stopped: TokenState) -> Act {
    let from = token.state;
    match finding {
        Finding::Fresh { step, drift } => Act::Spend { from, to, step, drift },
        Finding::Spent => Act::Spent,
        Finding::NoMatch => Act::Charge { from, stopped },
    }
}
