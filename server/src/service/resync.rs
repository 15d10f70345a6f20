//! Owns 時刻のずれの補正: two codes in a row teach how far a device's clock is off.
//! Refuses to run by itself, and to count as a proof of the member.
//! Invariant: at most three tries a day; the pair spends its later step by the same guarded write as any code.

use std::sync::Arc;

use warifu_core::ids::{MemberId, RequestId};
use warifu_core::otp::Code;
use warifu_core::time::{DAY, UnixMillis};
use warifu_core::verify::{self, Active, Issued, Resync};
use warifu_core::wire::bank::{Answer, TokenState, UsePurpose, Verdict};

use super::question;
use super::verify::{open, settle};
use crate::app::App;
use crate::edge::{Failure, Refused};
use crate::store::institutions::Institution;
use crate::store::rates::{self, Rate};
use crate::store::requests::{self, Earlier, Question};
use crate::store::tokens::{self, Token};
use crate::store::verification::{Act, Job};
use crate::store::{StoreError, Tx};

const ACTION: &str = "resync";

/// Asks what becomes of two codes.
pub(crate) async fn resync(
    app: Arc<App>,
    institution: Institution,
    member_id: MemberId,
    request_id: RequestId,
    codes: [Code; 2],
) -> Result<Answer, Failure> {
    let now = app.clock.now();
    let (question, token) = match look(&app, &institution, &member_id, request_id, &codes, now)? {
        Seen::Before(Earlier::Verdict(answer)) => return Ok(answer),
        Seen::Before(_) => return Err(Refused::CONFLICT.into()),
        Seen::Now(question, token) => (question, token),
    };
    if let Some(token_no) = token {
        count(&app, token_no, now).await?;
    }
    let (own, of) = (app.clone(), institution.clone());
    let job = Job {
        institution,
        question,
        purpose: UsePurpose::Resync,
        evaluate: Box::new(move |tx, token| evaluate(&own, tx, &of, token, &codes, now)),
        now,
    };
    settle(&app, job).await
}

enum Seen {
    Before(Earlier),
    /// The member's newest token, by its number.
    Now(Question, Option<i64>),
}

fn look(
    app: &App,
    institution: &Institution,
    member_id: &MemberId,
    request_id: RequestId,
    [first, second]: &[Code; 2],
    now: UnixMillis,
) -> Result<Seen, Failure> {
    app.store.read(|tx| {
        let dek = app.keys.dek(tx, institution, institution.dek_id)?;
        let asked = [ACTION.into(), member_id.as_str().into(), first.expose().into(), second.expose().into()];
        let question = question(app, &dek, institution, member_id, request_id, &asked)?;
        Ok(match requests::earlier(tx, &question, now)? {
            Some(earlier) => Seen::Before(earlier),
            None => {
                Seen::Now(question, tokens::current(tx, institution.no, member_id)?.map(|token| token.no))
            }
        })
    })
}

/// One try of the day.
async fn count(app: &App, token_no: i64, now: UnixMillis) -> Result<(), Failure> {
    let counted = app.store.write(move |tx| {
        let subject = token_no.to_string();
        let rate = Rate { kind: ACTION, subject: &subject, window: DAY, limit: verify::A_DAY };
        rates::count(tx, &rate, now)
    });
    match counted.await? {
        Some(wait) => Err(Refused::too_many(wait).into()),
        None => Ok(()),
    }
}

/// What the write is to do about these codes and this token: it stays in the state that it is in.
fn evaluate(
    app: &App,
    tx: &Tx<'_>,
    institution: &Institution,
    token: Option<&Token>,
    [first, second]: &[Code; 2],
    now: UnixMillis,
) -> Result<Act, StoreError> {
    let state = token.map(|token| token.state_at(now));
    let (found, token, stopped) = match (state, token) {
        (Some(TokenState::Active), Some(token)) => {
            let keys = open(app, tx, institution, token)?;
            let active = Active::new(keys.totp, token.last_step, token.drift);
            (verify::resync(&active, first, second, now), token, TokenState::Suspended)
        }
        (Some(TokenState::Issued), Some(token)) => {
            let keys = open(app, tx, institution, token)?;
            let issued = Issued::new(keys.totp, token.last_step, token.drift);
            (verify::resync_issued(&issued, first, second, now), token, TokenState::Void)
        }
        (state, _) => {
            let verdict = verify::refusal(state).unwrap_or(Verdict::NotRegistered);
            return Ok(Act::Note(verdict));
        }
    };
    let from = token.state;
    Ok(match found {
        Resync::Found { step, drift } => Act::Spend { from, to: from, step, drift },
        Resync::Spent => Act::Spent,
        Resync::NoMatch => Act::Charge { from, stopped },
    })
}
