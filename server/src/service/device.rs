//! Owns what a token's own device asks: how the token is, and that it be stopped at once (心当たりがない).
//! Refuses to tell an unknown token, an ended one and a wrong MAC apart.
//! Invariant: a question is carried out once; the same one again gets the same bytes; an older one than those that are
//! known tells of a copy.

use std::sync::Arc;

use warifu_core::channel;
use warifu_core::ids::TokenId;
use warifu_core::secret::Secret;
use warifu_core::time::DAY;
use warifu_core::token::DeviceKey;
use warifu_core::wire::bank::TokenState;
use warifu_core::wire::channel::{Ask, Asked, DeviceStatus, Notice, STATUS_PATH, STOP_PATH};

use super::carry::About;
use super::history::uses;
use super::suspend::stop;
use super::verify::open;
use crate::app::App;
use crate::edge::{Failure, Origin, Refused};
use crate::mail::Kind;
use crate::store::institutions::{self, Institution};
use crate::store::rates::{self, HOUR, Rate};
use crate::store::tokens::Token;
use crate::store::{StoreError, Tx, channel as rows};

/// How many questions a token's device may ask within an hour.
const AN_HOUR: u32 = 240;
/// How long before 有効期限 the device is told.
const SOON: i64 = 60 * DAY;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    Status,
    Stop,
}

impl Wish {
    fn path(self) -> &'static str {
        match self {
            Self::Status => STATUS_PATH,
            Self::Stop => STOP_PATH,
        }
    }
}

/// Answers a device with the bytes of its reply.
pub(crate) async fn ask(
    app: &Arc<App>,
    origin: &Origin,
    wish: Wish,
    asked: Asked,
) -> Result<Vec<u8>, Failure> {
    let now = app.clock.now();
    let strangers =
        Rate { kind: "device", subject: &origin.0, window: HOUR, limit: app.limits.address_starts_per_hour };
    let found = app.store.read(|tx| {
        if let Some(wait) = rates::look(tx, &strangers, now)? {
            return Err(Refused::too_many(wait).into());
        }
        known(app, tx, asked.token_id)
    })?;
    let (key, owner) = match found {
        Some((key, owner)) => (key, Some(owner)),
        None => (DeviceKey::new(Secret::new([0; 32])), None),
    };
    let is_genuine = channel::is_genuine(&key, wish.path(), &asked);
    let Some(owner) = owner.filter(|_| is_genuine) else {
        let subject = origin.0.clone();
        let limit = app.limits.address_starts_per_hour;
        let counted = app.store.write(move |tx| {
            let rate = Rate { kind: "device", subject: &subject, window: HOUR, limit };
            rates::count(tx, &rate, now)
        });
        counted.await?;
        return Err(Refused::DEVICE.into());
    };
    let Ok(Ask {}) = serde_json::from_slice(&asked.body.0) else {
        return Err(Refused::malformed("the body of the question is {}").into());
    };
    let n = i64::try_from(asked.n).map_err(|_| Refused::malformed("n has at most 63 bits"))?;
    let about = About { institution: owner.institution, member_id: owner.token.member_id, now };
    let asking = Asking { wish, key, asked, n, token_no: owner.token.no, about };
    let reply = app.store.write(move |tx| asking.answer(tx)).await?;
    app.bell.notify_one();
    Ok(reply)
}

struct Owner {
    institution: Institution,
    token: Token,
}

/// A token that still holds its keys.
fn known(app: &App, tx: &Tx<'_>, token_id: TokenId) -> Result<Option<(DeviceKey, Owner)>, Failure> {
    let Some(token) = rows::token(tx, token_id)?.filter(|token| token.sealed.is_some()) else {
        return Ok(None);
    };
    let institution = institutions::by_no(tx, token.institution_no)?.ok_or(StoreError::Lost)?;
    let key = open(app, tx, &institution, &token)?.device;
    Ok(Some((key, Owner { institution, token })))
}

/// A genuine question on its way to its answer.
struct Asking {
    wish: Wish,
    key: DeviceKey,
    asked: Asked,
    n: i64,
    token_no: i64,
    about: About,
}

impl Asking {
    fn answer(&self, tx: &Tx<'_>) -> Result<Vec<u8>, Failure> {
        let Self { wish, key, asked, n, token_no, about } = self;
        match rows::seen(tx, *token_no, *n, &asked.nonce.0)? {
            Some(Some(reply)) => return Ok(reply),
            Some(None) => return Err(Refused::DEVICE.into()),
            None => {}
        }
        let greatest = rows::greatest(tx, *token_no)?;
        if greatest.is_some_and(|greatest| *n <= greatest.saturating_sub(rows::REACH)) {
            return Err(Refused::DEVICE.into());
        }
        let subject = token_no.to_string();
        let rate = Rate { kind: "device_token", subject: &subject, window: HOUR, limit: AN_HOUR };
        if let Some(wait) = rates::count(tx, &rate, about.now)? {
            return Err(Refused::too_many(wait).into());
        }
        let token = rows::token(tx, asked.token_id)?.filter(|token| token.sealed.is_some());
        let mut token = token.ok_or(Refused::DEVICE)?;
        if greatest.is_some_and(|greatest| *n <= greatest) {
            self.suspect(tx, &token)?;
        }
        if *wish == Wish::Stop && token.state_at(about.now) == TokenState::Active {
            stop(tx, about, &token, "device", "心当たりがない")?;
            token = rows::token(tx, asked.token_id)?.ok_or(StoreError::Lost)?;
        }
        let status = status(tx, about, &token)?;
        let body = serde_json::to_vec(&status).expect("words and numbers have a JSON form");
        let answered = channel::answer(key, wish.path(), asked, body);
        let reply = serde_json::to_vec(&answered).expect("two texts have a JSON form");
        rows::keep(tx, *token_no, *n, &asked.nonce.0, &reply)?;
        Ok(reply)
    }

    /// 複製の疑い: another device with the same keys has asked this much before. Told once a day.
    fn suspect(&self, tx: &Tx<'_>, token: &Token) -> Result<(), StoreError> {
        let now = self.about.now;
        if rows::suspected_at(tx, token.no)?.is_none_or(|at| at.plus(DAY) <= now) {
            let words = ("device", "copy", "suspected", "an older number with a right MAC");
            self.about.tell(tx, token, words, Kind::Copied)?;
            rows::suspect(tx, token.no, now)?;
        }
        Ok(())
    }
}

fn status(tx: &Tx<'_>, about: &About, token: &Token) -> Result<DeviceStatus, StoreError> {
    let now = about.now;
    let state = token.state_at(now);
    let mut notices = Vec::new();
    if matches!(state, TokenState::Active | TokenState::Suspended) && token.expires_at <= now.plus(SOON) {
        notices.push(Notice::ExpiresSoon);
    }
    if rows::suspected_at(tx, token.no)?.is_some() {
        notices.push(Notice::CopySuspected);
    }
    Ok(DeviceStatus {
        server_time_ms: now,
        state,
        wrong_left: about.institution.wrong_limit.saturating_sub(token.wrong),
        expires_at: token.expires_at,
        activate_by: (state == TokenState::Issued).then_some(token.activate_by),
        last_uses: uses(token)?,
        notices,
    })
}
