//! Owns what the app is doing: it looks, shows codes, removes; one action at a time.
//! Refuses to know the window, words and how bytes travel.
//! Invariant: what an answer says is already on the disk; nothing secret is kept between two actions.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use warifu_core::otp::{Code, Step};
use warifu_core::vault::{self, Failure, Opened, Vault as _};

use crate::centre::Centre;
use crate::clock::Clock;
use crate::enrol::Turn;
use crate::refusal::Refusal;
use crate::vault::{FolderError, Keyring, Place};
use crate::view::{ClockOff, CodeView, View};

/// The app's one session.
pub(crate) struct Session {
    folder: PathBuf,
    keyring: Keyring,
    place: Mutex<Option<Arc<Place>>>,
    pub(crate) centre: Centre,
    pub(crate) clock: Clock,
    pub(crate) turn: tokio::sync::Mutex<Turn>,
    clock_off: Mutex<Option<ClockOff>>,
}

impl Session {
    /// Over the app's folder. Nothing is opened yet.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self::over(folder, Keyring::native(), Centre::compiled_in())
    }

    /// Over a folder, a keyring and a line of the caller's.
    pub(crate) fn over(folder: PathBuf, keyring: Keyring, centre: Centre) -> Self {
        Self {
            folder,
            keyring,
            place: Mutex::default(),
            centre,
            clock: Clock::default(),
            turn: tokio::sync::Mutex::default(),
            clock_off: Mutex::default(),
        }
    }

    /// Where the token is kept; opened at the first use, and tried again after a failure.
    pub(crate) fn place(&self) -> Result<Arc<Place>, Refusal> {
        let mut held = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = held.as_ref() {
            return Ok(Arc::clone(place));
        }
        let place =
            Place::open(&self.folder, self.keyring.clone()).map(Arc::new).map_err(|why| match why {
                FolderError::InUse => Refusal::AlreadyOpen,
                other => Failure::from(other).into(),
            })?;
        *held = Some(Arc::clone(&place));
        Ok(place)
    }

    /// The screen that the stored state asks for. With `may_ask`, the system may show its own window to unlock the
    /// keyring, and this waits for it.
    pub(crate) fn look(&self, may_ask: bool) -> View {
        self.seen(may_ask).unwrap_or_else(|code| View::Refusal { code })
    }

    fn seen(&self, may_ask: bool) -> Result<View, Refusal> {
        let place = self.place()?;
        match place.vault()?.asking(may_ask).open()? {
            Opened::Empty => match place.ended()? {
                Some(how) => Err(how.into()),
                None => Ok(View::Setup),
            },
            Opened::Pending(..) => Ok(View::Resuming { waits_for: None, retry_in_s: 0 }),
            Opened::Ready(token) if self.clock.now() >= token.facts.expires_at => Err(Refusal::Expired),
            Opened::Ready(token) if place.is_done_read()? => Ok(View::of(&token)),
            Opened::Ready(token) => {
                Ok(View::Done { institution: token.institution, clock: self.clock_off() })
            }
        }
    }

    /// 初期設定完了 was read.
    pub(crate) fn read_done(&self) -> Result<View, Refusal> {
        self.place()?.mark_done_read()?;
        Ok(self.look(false))
    }

    /// The page that says how an initialisation ended without a token was read.
    pub(crate) fn read_ending(&self) -> Result<View, Refusal> {
        self.place()?.note_ending(None)?;
        Ok(self.look(false))
    }

    /// The code of the current step, or of the one after it.
    pub(crate) fn show_code(&self, is_next: bool) -> Result<CodeView, Refusal> {
        let (code, step) = self.code(is_next)?;
        Ok(CodeView::new(&code, step, self.clock.now()))
    }

    /// Computed for the moment of the answer: an unlock window may have stood open for minutes in between.
    pub(crate) fn code(&self, is_next: bool) -> Result<(Code, Step), Refusal> {
        let place = self.place()?;
        let vault = place.vault()?;
        let Opened::Ready(token) = vault.open()? else { return Err(Refusal::NoToken) };
        loop {
            let now = self.clock.now();
            if now >= token.facts.expires_at {
                return Err(Refusal::Expired);
            }
            let shown = Step::at(now).offset(i64::from(is_next));
            let code = vault::code(&vault, shown)?;
            if Step::at(self.clock.now()) == Step::at(now) {
                return Ok((code, shown));
            }
        }
    }

    /// Forgets the token on this device. The member was asked twice.
    pub(crate) fn remove(&self) -> Result<View, Refusal> {
        self.place()?.remove()?;
        Ok(self.look(false))
    }

    /// What the initialisation learned about the device's clock.
    pub(crate) fn learn_clock(&self, ahead_ms: i64) {
        *self.clock_off.lock().unwrap_or_else(PoisonError::into_inner) = ClockOff::worth_saying(ahead_ms);
    }

    fn clock_off(&self) -> Option<ClockOff> {
        *self.clock_off.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs what may wait for a person or for Argon2 where waiting is allowed.
pub(crate) async fn blocking<T: Send + 'static>(
    session: &Arc<Session>,
    action: impl FnOnce(&Session) -> T + Send + 'static,
) -> T {
    let session = Arc::clone(session);
    tauri::async_runtime::spawn_blocking(move || action(&session))
        .await
        .expect("an action on the session does not panic and is never cancelled")
}
