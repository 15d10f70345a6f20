//! Owns what the app asks the centre about its own token: how it stands, what it was used for, and 心当たりがない.
//! Refuses to know keys: the vault computes both MACs. Nothing else of the app waits for an answer.
//! Invariant: a question's number is on the disk before it is sent; only a reply that the centre made for it counts.

use std::sync::Arc;

use rand::rngs::OsRng;
use serde::Serialize;
use warifu_core::channel::{self, Question};
use warifu_core::japan;
use warifu_core::time::SECOND;
use warifu_core::vault::{Opened, Purpose, Vault as _};
use warifu_core::wire::bank::{TokenState, TokenUse};
use warifu_core::wire::channel::{Answered, Asked, DeviceStatus, Notice, STATUS_PATH, STOP_PATH};

use crate::clock::Counted;
use crate::refusal::{Refusal, Refused};
use crate::session::{Session, blocking};
use crate::view::ClockOff;

/// How old an answer may be before the centre is asked again without being told to, milliseconds.
const FRESH: i64 = 3_600 * SECOND;

/// How a token stands at the centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Standing {
    /// Its state; none where the centre does not know the token any more.
    pub(crate) state: Option<TokenState>,
    /// 複製の疑い.
    pub(crate) copy_suspected: bool,
    /// When it was told.
    #[serde(skip)]
    told: Counted,
}

#[cfg(feature = "qa")]
impl Standing {
    /// As the centre would have told it just now.
    pub(crate) fn told(state: Option<TokenState>, copy_suspected: bool) -> Self {
        Self { state, copy_suspected, told: Counted(0) }
    }
}

/// What 端末情報 says of a token after the centre was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Status {
    /// How it stands.
    standing: Standing,
    /// How far the device's clock is off; none where it is fine.
    clock: Option<ClockOff>,
    /// How many more wrong codes until it stops.
    wrong_left: u8,
    /// Its last uses, newest first.
    uses: Vec<Use>,
}

/// One use of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Use {
    /// When, in Japan's time.
    at: String,
    /// What for, in a word.
    purpose: &'static str,
    /// What became of it, in a word.
    result: &'static str,
}

impl From<&TokenUse> for Use {
    fn from(of: &TokenUse) -> Self {
        Self { at: japan::day_and_minute(of.at), purpose: of.purpose.as_str(), result: of.result.as_str() }
    }
}

/// A question of the token on show, and what is needed to believe its answer.
struct Posed {
    slot: u64,
    centre_url: String,
    question: Question,
    asked: Asked,
}

/// Asks how the token on show stands.
pub(crate) async fn status(session: &Arc<Session>) -> Result<Status, Refused> {
    ask(session, STATUS_PATH).await
}

/// 心当たりがない: stops the token on show at once.
pub(crate) async fn stop(session: &Arc<Session>) -> Result<Status, Refused> {
    ask(session, STOP_PATH).await
}

/// Asks without being told to, at most once an hour and once more when somebody set the clock. That nobody answers is
/// no news: a code needs no network.
pub(crate) async fn check(session: &Arc<Session>, clock_was_set: bool) -> bool {
    let is_due = blocking(session, move |session| is_due(session, clock_was_set)).await;
    is_due
        && matches!(
            ask(session, STATUS_PATH).await,
            Ok(_) | Err(Refused { code: Refusal::DeviceRefused, .. })
        )
}

fn is_due(session: &Session, clock_was_set: bool) -> bool {
    let slot = session.place().and_then(|place| session.slot(&place));
    let Ok(Some(slot)) = slot else { return false };
    let told = session.standing(slot).map(|standing| standing.told);
    clock_was_set || told.is_none_or(|told| session.clock.counted().0.saturating_sub(told.0) > FRESH)
}

async fn ask(session: &Arc<Session>, path: &'static str) -> Result<Status, Refused> {
    // One at a time: numbers have to arrive in the order in which they were given out.
    let _alone = session.asking.lock().await;
    let posed = blocking(session, move |session| pose(session, path)).await?;
    let asked_at = session.clock.counted();
    let (answered, tries) = match session.centre.ask(&posed.centre_url, path, &posed.asked).await {
        Err(Refused { code: Refusal::DeviceRefused, wait_s }) => {
            let gone = Standing { state: None, copy_suspected: false, told: session.clock.counted() };
            session.learn_standing(posed.slot, gone);
            return Err(Refused { code: Refusal::DeviceRefused, wait_s });
        }
        other => other?,
    };
    // The centre repeats the time of its first answer, so only that one tells the time.
    let between = (tries == 1).then(|| (asked_at, session.clock.counted()));
    Ok(blocking(session, move |session| believe(session, &posed, &answered, between)).await?)
}

fn pose(session: &Session, path: &'static str) -> Result<Posed, Refusal> {
    let place = session.place()?;
    let slot = session.slot(&place)?.ok_or(Refusal::NoToken)?;
    let vault = place.vault(slot);
    let Opened::Ready(token) = vault.open()? else { return Err(Refusal::NoToken) };
    let number = place.next_question(slot)?;
    let question = Question::new(path, token.facts.token_id, number, b"{}".to_vec(), &mut OsRng);
    let asked = channel::ask(&vault, &question)?;
    Ok(Posed { slot, centre_url: token.centre_url, question, asked })
}

fn believe(
    session: &Session,
    posed: &Posed,
    answered: &Answered,
    between: Option<(Counted, Counted)>,
) -> Result<Status, Refusal> {
    let vault_place = session.place()?;
    let mac = vault_place.vault(posed.slot).hmac(Purpose::Device, &posed.question.reply_message(answered))?;
    let body = posed.question.open(answered, &mac).map_err(|_| Refusal::CentreBusy)?;
    let told: DeviceStatus = serde_json::from_slice(body).map_err(|_| Refusal::CentreBusy)?;
    if let Some((asked, answered)) = between {
        session.clock.learn(&posed.centre_url, told.server_time_ms, asked, answered);
    }
    let standing = Standing {
        state: Some(told.state),
        copy_suspected: told.notices.contains(&Notice::CopySuspected),
        told: session.clock.counted(),
    };
    session.learn_standing(posed.slot, standing);
    Ok(Status {
        standing,
        clock: session.clock.ahead_of(&posed.centre_url).and_then(ClockOff::worth_saying),
        wrong_left: told.wrong_left,
        uses: told.last_uses.iter().map(Use::from).collect(),
    })
}
