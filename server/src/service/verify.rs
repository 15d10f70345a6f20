//! Owns what becomes of a code: 認証, 利用開始 and 利用解除 are one question with three ends.
//! Refuses to decide by what it read: the guarded write decides.
//! Invariant: a token that is not in the right state is never evaluated; a code is spent once across all purposes.

use warifu_core::ids::{MemberId, RequestId};
use warifu_core::otp::Code;
use warifu_core::time::UnixMillis;
use warifu_core::verify::{self, Active, Finding, Issued};
use warifu_core::wire::bank::{Answer, Purpose, TokenState, Verdict};

use super::{ROUNDS, question};
use crate::app::App;
use crate::edge::{Failure, Refused};
use crate::keys::TokenPlace;
use crate::store::institutions::Institution;
use crate::store::requests::{self, Earlier, Question};
use crate::store::tokens::{self, Token};
use crate::store::verification::{Act, Job, Settled};

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
    fn action(self) -> &'static str {
        match self {
            Self::Verify(_) => "verify",
            Self::Activate => "activate",
            Self::Revoke => "revoke",
        }
    }

    fn purpose(self) -> &'static str {
        match self {
            Self::Verify(purpose) => purpose.as_str(),
            Self::Activate | Self::Revoke => "",
        }
    }
}

/// Asks what becomes of a code.
pub(crate) async fn verify(
    app: &App,
    institution: Institution,
    member_id: MemberId,
    request_id: RequestId,
    use_: Use,
    code: &Code,
) -> Result<Answer, Failure> {
    for _ in 0..ROUNDS {
        let now = app.clock.now();
        let (question, seen) = app.store.read(|tx| {
            let dek = app.keys.dek(tx, &institution, institution.dek_id)?;
            let asked = [
                use_.action().into(),
                member_id.as_str().into(),
                use_.purpose().into(),
                code.expose().into(),
            ];
            let question = question(&dek, &institution, request_id, &asked);
            let seen = match requests::earlier(tx, &question)? {
                Some(earlier) => Seen::Before(earlier),
                None => Seen::Now(tokens::newest(tx, institution.no, &member_id)?),
            };
            Ok::<_, Failure>((question, seen))
        })?;
        let token = match seen {
            Seen::Before(Earlier::Verdict(answer)) => return Ok(answer),
            Seen::Before(_) => return Err(Refused::CONFLICT.into()),
            Seen::Now(token) => token,
        };
        let act = evaluate(app, &institution, token.as_ref(), use_, code, now)?;
        let job = job(&institution, &member_id, question, use_, act, now);
        match app.store.settle(job).await? {
            Settled::Answer(answer) => {
                app.bell.notify_one();
                return Ok(answer);
            }
            Settled::Conflict => return Err(Refused::CONFLICT.into()),
            Settled::Again => {}
        }
    }
    Err(Refused::BUSY.into())
}

enum Seen {
    Before(Earlier),
    Now(Option<Token>),
}

fn job(
    institution: &Institution,
    member_id: &MemberId,
    question: Question,
    use_: Use,
    act: Act,
    now: UnixMillis,
) -> Job {
    Job {
        institution: institution.clone(),
        member_id: member_id.clone(),
        question,
        action: use_.action(),
        detail: use_.purpose().to_owned(),
        act,
        now,
    }
}

/// What the write is to do about this code and this token.
fn evaluate(
    app: &App,
    institution: &Institution,
    token: Option<&Token>,
    use_: Use,
    code: &Code,
    now: UnixMillis,
) -> Result<Act, Failure> {
    let state = token.map(|token| token.state_at(now));
    let serial = token.map(|token| token.serial.to_string());
    let note = |verdict| Ok(Act::Note { serial: serial.clone(), verdict });
    match (use_, state, token) {
        (Use::Activate, Some(TokenState::Issued), Some(token)) => {
            let keys = open(app, institution, token)?;
            let issued = Issued::new(keys.totp, token.last_step, token.drift);
            let finding = verify::evaluate_activation(&issued, code, now);
            Ok(act(finding, token, TokenState::Active, TokenState::Void))
        }
        (Use::Activate, Some(TokenState::Active), _) => {
            Err(Refused::wrong_state("The member's token is in use already.").into())
        }
        // Without a token there is nothing to activate: what ended before is answered like nothing.
        (Use::Activate, Some(TokenState::Suspended), _) => note(Verdict::Suspended),
        (Use::Activate, _, _) => note(Verdict::NotRegistered),
        (Use::Verify(_) | Use::Revoke, Some(TokenState::Active), Some(token)) => {
            let keys = open(app, institution, token)?;
            let active = Active::new(keys.totp, token.last_step, token.drift);
            let to = if matches!(use_, Use::Revoke) { TokenState::Revoked } else { TokenState::Active };
            Ok(act(verify::evaluate(&active, code, now), token, to, TokenState::Suspended))
        }
        (Use::Verify(_) | Use::Revoke, state, _) => {
            note(verify::refusal(state).unwrap_or(Verdict::NotRegistered))
        }
    }
}

fn act(finding: Finding, token: &Token, to: TokenState, stopped: TokenState) -> Act {
    let (token_no, from) = (token.no, token.state);
    match finding {
        Finding::Fresh { step, drift } => Act::Spend { token_no, from, to, step, drift },
        Finding::Spent => Act::Spent { serial: token.serial.to_string() },
        Finding::NoMatch => Act::Charge { token_no, from, stopped },
    }
}

/// The token's keys, for one evaluation.
pub(super) fn open(
    app: &App,
    institution: &Institution,
    token: &Token,
) -> Result<warifu_core::token::TokenKeys, Failure> {
    let sealed = token.sealed.as_deref();
    let sealed = sealed
        .ok_or_else(|| Failure::Internal(format!("token {} has lost its keys", token.serial).into()))?;
    let dek = app.store.read(|tx| app.keys.dek(tx, institution, token.dek_id))?;
    let place = TokenPlace {
        service_id: &institution.service_id,
        token_id: token.token_id,
        serial: &token.serial,
        seal_version: token.seal_version,
    };
    Ok(dek.open_token(sealed, &place)?)
}
