//! Owns 初期設定 from the form to the token: M1 and M2, the keys into the vault, M3 and M4, and the wait in between.
//! Refuses to know the window, words and where keys lie.
//! Invariant: nothing is sent after M2 before the keys are stored; a stored initialisation ends only by M4, by the
//! centre's refusal, or after 24 hours.

use std::sync::Arc;

use rand::Rng as _;
use rand::rngs::OsRng;
use serde::Deserialize;
use warifu_core::enrol::card::{self, Expected};
use warifu_core::enrol::device::{self, Device, Resume, Started};
use warifu_core::ids::{ServiceId, UserId};
use warifu_core::start_password::StartPassword;
use warifu_core::time::DAY;
use warifu_core::vault::{Opened, Purpose, Token, Vault as _};
use warifu_core::wire::device::{
    AppVersion, EnrolFinish, EnrolFinished, EnrolStarted, Platform, ServiceCard, VaultLevel,
};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::centre::{Heard, ROOTS};
use crate::refusal::Refusal;
use crate::session::{Session, blocking};
use crate::view::View;

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The longest pause between two tries of M3, seconds.
const LONGEST_PAUSE: u64 = 300;

/// What the member typed.
#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub(crate) struct Form {
    service_id: String,
    user_id: String,
    start_password: String,
}

#[cfg(any(test, feature = "qa"))]
impl Form {
    /// As if it had been typed into the window.
    pub(crate) fn typed(service_id: &str, user_id: &str, start_password: &str) -> Self {
        Self {
            service_id: service_id.to_owned(),
            user_id: user_id.to_owned(),
            start_password: start_password.to_owned(),
        }
    }
}

/// What one action at a time may know: the attempt that the centre may have charged already, and how often M3 failed.
#[derive(Default)]
pub(crate) struct Turn {
    attempt: Option<Attempt>,
    failures: u32,
}

/// An M1 that may be on its way. Kept while the line is down, so that 再試行 sends the same bytes.
struct Attempt {
    password: StartPassword,
    started: Started,
}

impl Attempt {
    fn start(form: &Form, vault: VaultLevel) -> Result<Self, Refusal> {
        let service_id = ServiceId::parse(&form.service_id).map_err(|_| Refusal::FormIncomplete)?;
        let user_id = UserId::parse(&form.user_id).map_err(|_| Refusal::FormIncomplete)?;
        let password = StartPassword::parse(&form.start_password).map_err(|_| Refusal::FormIncomplete)?;
        let app_version =
            AppVersion::try_from(VERSION.to_owned()).expect("cargo's version is an app version");
        let device = Device { platform: platform(), app_version, vault };
        let started = device::start(service_id, user_id, &password, device, &mut OsRng);
        Ok(Self { password, started })
    }

    fn asks_the_same_as(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.started.m1(), other.started.m1());
        (&mine.service_id, &mine.user_id) == (&theirs.service_id, &theirs.user_id)
            && self.password.expose() == other.password.expose()
    }
}

/// 送信: from the form to the token, or to the page that waits for it.
pub(crate) async fn enrol(session: &Arc<Session>, form: Form) -> Result<View, Refusal> {
    let mut turn = session.turn.lock().await;
    let fresh = blocking(session, move |session| prepare(session, &form)).await?;
    let fresh = match fresh {
        Ok(attempt) => attempt,
        Err(view) => return Ok(view),
    };
    let attempt = turn.attempt.take().filter(|old| old.asks_the_same_as(&fresh)).unwrap_or(fresh);
    let card = match believed_card(session, &attempt.started.m1().service_id).await {
        Ok(card) => card,
        Err(why) => return Err(keep_for_later(&mut turn, attempt, why)),
    };
    let heard = match session.centre.start(&card.centre_url, attempt.started.m1()).await {
        Ok(heard) => heard,
        Err(why) => return Err(keep_for_later(&mut turn, attempt, why)),
    };
    learn_clock(session, &heard);
    blocking(session, move |session| agree(session, attempt.started, &heard.m2, &card)).await?;
    turn.failures = 0;
    finish(session, &mut turn).await
}

/// Goes on with what a lost answer, or the end of the process, cut off.
pub(crate) async fn resume(session: &Arc<Session>) -> Result<View, Refusal> {
    let mut turn = session.turn.lock().await;
    finish(session, &mut turn).await
}

/// Everything that can fail on this device fails here, before the centre charges a guess. `Err` inside is the screen
/// of a device that already holds a token.
fn prepare(session: &Session, form: &Form) -> Result<Result<Attempt, View>, Refusal> {
    let place = session.place()?;
    let vault = place.vault()?;
    if !matches!(vault.open()?, Opened::Empty) {
        return Ok(Err(session.look(false)));
    }
    let attempt = Attempt::start(form, vault.level())?;
    vault.rehearse()?;
    Ok(Ok(attempt))
}

fn keep_for_later(turn: &mut Turn, attempt: Attempt, why: Refusal) -> Refusal {
    if matches!(why, Refusal::Offline | Refusal::CentreBusy | Refusal::RateLimited) {
        turn.attempt = Some(attempt);
    }
    why
}

async fn believed_card(session: &Arc<Session>, service_id: &ServiceId) -> Result<ServiceCard, Refusal> {
    let signed = session.centre.card(service_id).await?;
    let service_id = service_id.clone();
    blocking(session, move |session| {
        let place = session.place()?;
        let expected = Expected {
            roots: ROOTS,
            service_id: &service_id,
            seen_seq: place.seen_card(&service_id)?,
            app: card::version(VERSION).expect("cargo's version is three numbers"),
            now: session.clock.now(),
        };
        let card = card::verify(&signed, &expected)?;
        place.saw_card(&service_id, card.seq)?;
        Ok(card)
    })
    .await
}

fn learn_clock(session: &Session, heard: &Heard) {
    if let Some(took) = heard.took {
        let half_way = i64::try_from(took.as_millis() / 2).unwrap_or(0);
        session.learn_clock(
            session.clock.now().0.saturating_sub(heard.m2.server_time_ms.0).saturating_sub(half_way),
        );
    }
}

/// One Argon2, then the keys go into the vault. A wrong password and a false centre end here, alike.
fn agree(session: &Session, started: Started, m2: &EnrolStarted, card: &ServiceCard) -> Result<(), Refusal> {
    let agreed =
        started.agree(m2, card, session.clock.now(), &mut OsRng).map_err(|_| Refusal::EnrolRefused)?;
    Ok(session.place()?.vault()?.store_pending(agreed.keys, agreed.m4_key, &agreed.resume)?)
}

/// M3 once, and what its answer means.
async fn finish(session: &Arc<Session>, turn: &mut Turn) -> Result<View, Refusal> {
    let Some((resume, m3)) = blocking(session, pending).await? else {
        return Ok(blocking(session, |session| session.look(false)).await);
    };
    let answer = session.centre.finish(&resume.centre_url, &m3).await;
    let is_late = session.clock.now().0.saturating_sub(resume.agreed_at.0) > DAY;
    match answer {
        Ok(m4) => blocking(session, move |session| commit(session, &m4)).await,
        Err(why) if why == Refusal::EnrolRefused || is_late => blocking(session, give_up).await,
        Err(why) => {
            let retry_in_s = pause(turn.failures);
            turn.failures = turn.failures.saturating_add(1);
            let waits_for = if why == Refusal::Offline { why } else { Refusal::CentreBusy };
            Ok(View::Resuming { waits_for: Some(waits_for), retry_in_s })
        }
    }
}

/// The stored initialisation and its M3: the same bytes each time.
fn pending(session: &Session) -> Result<Option<(Resume, EnrolFinish)>, Refusal> {
    let place = session.place()?;
    let vault = place.vault()?;
    let Opened::Pending(resume, _) = vault.open()? else { return Ok(None) };
    let proof = vault.hmac(Purpose::Totp, &resume.storage_proof_message())?;
    let m3 = resume.m3(proof);
    Ok(Some((*resume, m3)))
}

/// An M4 that does not open will not open later: the centre repeats it byte for byte.
fn commit(session: &Session, m4: &EnrolFinished) -> Result<View, Refusal> {
    let place = session.place()?;
    let vault = place.vault()?;
    if let Opened::Pending(resume, m4_key) = vault.open()? {
        match resume.open_reply(&m4_key, m4) {
            Ok(facts) => vault.commit(&Token::new(&resume, facts))?,
            Err(_) => return give_up(session),
        }
    }
    Ok(session.look(false))
}

fn give_up(session: &Session) -> Result<View, Refusal> {
    session.place()?.vault()?.erase()?;
    Err(Refusal::EnrolRefused)
}

/// Seconds until the next try: doubling from two, with up to a quarter more so that devices do not knock together.
fn pause(failures: u32) -> u64 {
    let seconds = 2u64.saturating_pow(failures.saturating_add(1)).min(LONGEST_PAUSE);
    seconds + OsRng.gen_range(0..=seconds / 4)
}

fn platform() -> Platform {
    if cfg!(target_os = "android") {
        Platform::Android
    } else if cfg!(target_os = "ios") {
        Platform::Ios
    } else if cfg!(target_os = "macos") {
        Platform::Macos
    } else if cfg!(target_os = "windows") {
        Platform::Windows
    } else {
        Platform::Linux
    }
}
