//! Owns 初期設定 from the form to the stored keys: the card believed, M1 out, M2 checked.
//! Refuses to know the window, words and where keys lie; [`finish`] knows what comes after.
//! Invariant: nothing is sent before the card is believed, and nothing after M2 before the keys are stored.

mod finish;

use std::sync::Arc;

use rand::rngs::OsRng;
use serde::Deserialize;
use warifu_core::enrol::card::{self, Expected};
use warifu_core::enrol::device::{self, Device, Started};
use warifu_core::ids::{ServiceId, UserId};
use warifu_core::start_password::StartPassword;
use warifu_core::vault::{Opened, Vault as _};
use warifu_core::wire::device::{AppVersion, EnrolStarted, Platform, ServiceCard};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::centre::{Heard, ROOTS};
use crate::refusal::{Refusal, Refused};
use crate::session::{Session, blocking};
use crate::sweep;
use crate::tokens::At;
use crate::vault::Grade;
use crate::view::View;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What the member typed.
#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub(crate) struct Form {
    service_id: String,
    user_id: String,
    start_password: String,
}

#[cfg(feature = "qa")]
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

/// An M1 that may be on its way. Kept until its answer was judged, so that 再試行 sends the same bytes.
struct Attempt {
    password: StartPassword,
    started: Started,
    grade: Grade,
}

impl Attempt {
    fn start(form: &Form, grade: Grade) -> Result<Self, Refusal> {
        let service_id = ServiceId::parse(&form.service_id).map_err(|_| Refusal::FormIncomplete)?;
        let user_id = UserId::parse(&form.user_id).map_err(|_| Refusal::FormIncomplete)?;
        let password = StartPassword::parse(&form.start_password).map_err(|_| Refusal::FormIncomplete)?;
        let app_version =
            AppVersion::try_from(VERSION.to_owned()).expect("cargo's version is an app version");
        let device = Device { platform: platform(), app_version, vault: grade.level };
        let started = device::start(service_id, user_id, &password, device, &mut OsRng);
        Ok(Self { password, started, grade })
    }

    fn asks_the_same_as(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.started.m1(), other.started.m1());
        (&mine.service_id, &mine.user_id) == (&theirs.service_id, &theirs.user_id)
            && self.password.expose() == other.password.expose()
            && self.grade.level == other.grade.level
    }
}

/// 送信: from the form to the token, or to the page that waits for it.
pub(crate) async fn enrol(session: &Arc<Session>, form: Form) -> Result<View, Refused> {
    let mut turn = session.turn.lock().await;
    let fresh = blocking(session, move |session| prepare(session, &form)).await?;
    let fresh = match fresh {
        Ok(attempt) => attempt,
        Err(view) => return Ok(view),
    };
    let attempt = turn.attempt.take().filter(|old| old.asks_the_same_as(&fresh)).unwrap_or(fresh);
    let (card, heard) = match ask(session, &attempt.started).await {
        Ok(answers) => answers,
        Err(why) => {
            // A refusal is the answer to these bytes; after anything else the centre may or may not have charged them.
            turn.attempt = (why.code != Refusal::EnrolRefused).then_some(attempt);
            return Err(why);
        }
    };
    blocking(session, move |session| agree(session, attempt, &heard, &card)).await?;
    turn.failures = 0;
    Ok(finish::finish(session, &mut turn).await?)
}

/// Goes on with what a lost answer, or the end of the process, cut off.
pub(crate) async fn resume(session: &Arc<Session>) -> Result<View, Refusal> {
    let mut turn = session.turn.lock().await;
    finish::finish(session, &mut turn).await
}

/// The card, and M2 from the centre that it names.
async fn ask(session: &Arc<Session>, started: &Started) -> Result<(ServiceCard, Heard), Refused> {
    let card = believed_card(session, &started.m1().service_id).await?;
    let heard = session.centre.start(&card.centre_url, started.m1(), &session.clock).await?;
    Ok((card, heard))
}

/// Everything that can fail on this device fails here, before the centre charges a guess. `Err` inside is the screen
/// of a device that already holds a token, unless the member asked for one more.
fn prepare(session: &Session, form: &Form) -> Result<Result<Attempt, View>, Refusal> {
    session.clock.believable()?;
    let place = session.place()?;
    let slots = place.slots()?;
    if session.at() != At::Form && !slots.is_empty() {
        return Ok(Err(session.look(false)));
    }
    for listed in slots {
        // Only one initialisation waits at a time.
        if matches!(place.vault(listed.slot).open(), Ok(Opened::Pending(..))) {
            return Ok(Err(session.choose_token(listed.slot)));
        }
    }
    let vault = place.free()?.ok_or(Refusal::VaultFull)?;
    let grade = vault.rehearse()?;
    Ok(Ok(Attempt::start(form, grade)?))
}

async fn believed_card(session: &Arc<Session>, service_id: &ServiceId) -> Result<ServiceCard, Refused> {
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
    .map_err(|why: Refusal| why.into())
}

/// One Argon2, then the keys go into the vault, at the level that the centre was told. A wrong password and a false
/// centre end here, alike.
fn agree(session: &Session, attempt: Attempt, heard: &Heard, card: &ServiceCard) -> Result<(), Refusal> {
    let stored = agree_and_store(session, attempt, &heard.m2, card);
    sweep::stack();
    stored?;
    // Both MACs cover the time, so it is the centre's own.
    if let Some((asked, answered)) = heard.between {
        session.clock.learn(&card.centre_url, heard.m2.server_time_ms, asked, answered);
    }
    Ok(())
}

fn agree_and_store(
    session: &Session,
    Attempt { started, grade, .. }: Attempt,
    m2: &EnrolStarted,
    card: &ServiceCard,
) -> Result<(), Refusal> {
    let agreed =
        started.agree(m2, card, session.clock.now(), &mut OsRng).map_err(|_| Refusal::EnrolRefused)?;
    let place = session.place()?;
    let vault = place.free()?.ok_or(Refusal::VaultFull)?;
    let vault = vault.graded(grade);
    vault.store_pending(agreed.keys, agreed.m4_key, &agreed.resume)?;
    session.go(At::Slot(vault.slot()));
    Ok(())
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

#[cfg(test)]
#[cfg(feature = "qa")]
mod tests;
