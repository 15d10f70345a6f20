//! Owns what the app is doing: it looks, shows codes, removes; one action at a time.
//! Refuses to know the window, words, how bytes travel and how a token is chosen: [`crate::tokens`] knows.
//! Invariant: what an answer says is already on the disk; nothing secret is kept between two actions, but for the first
//! code until the window is there to show it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use warifu_core::otp::{Code, Step};
use warifu_core::vault::{self, Failure, Opened, Vault as _};

use crate::centre::Centre;
use crate::channel::Standing;
use crate::clock::{Clock, Watch};
use crate::enrol::Turn;
use crate::expiry::Expiring;
use crate::refusal::Refusal;
use crate::tokens::At;
use crate::vault::{FolderError, Grade, Keyring, Place};
use crate::view::{About, CodeView, Tick, View};

/// The app's one session.
pub(crate) struct Session {
    folder: PathBuf,
    keyring: Keyring,
    place: Mutex<Option<Arc<Place>>>,
    pub(crate) centre: Centre,
    pub(crate) clock: Clock,
    pub(crate) watch: Watch,
    pub(crate) turn: tokio::sync::Mutex<Turn>,
    /// Questions over the device channel, one at a time.
    pub(crate) asking: tokio::sync::Mutex<()>,
    standings: Mutex<BTreeMap<u64, Standing>>,
    at: Mutex<At>,
    ahead: Mutex<Option<JoinHandle<Ahead>>>,
}

/// What was seen before the window was there: the first screen and, where that one shows a code, the code.
type Ahead = (View, Option<(Code, Step)>);

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
            watch: Watch::default(),
            turn: tokio::sync::Mutex::default(),
            asking: tokio::sync::Mutex::default(),
            standings: Mutex::default(),
            at: Mutex::default(),
            ahead: Mutex::default(),
        }
    }

    /// Looks while the window is still being made.
    pub(crate) fn look_ahead(self: &Arc<Self>) {
        let session = Arc::clone(self);
        let looking = std::thread::spawn(move || session.seen_ahead());
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some(looking);
    }

    fn seen_ahead(&self) -> Ahead {
        let view = self.look(false);
        let code = matches!(view, View::Code { .. }).then(|| self.code(false).ok()).flatten();
        (view, code)
    }

    /// Waits until the look ahead is over.
    #[cfg(all(test, feature = "qa"))]
    pub(crate) fn finish_looking_ahead(&self) {
        let begun = std::time::Instant::now();
        let is_over = || {
            let looking = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
            looking.as_ref().is_some_and(JoinHandle::is_finished)
        };
        while !is_over() {
            assert!(begun.elapsed() < std::time::Duration::from_secs(20));
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    /// The screen that the window opens with: what was seen ahead, once. A code whose time went by meanwhile is dropped.
    pub(crate) fn first_look(&self) -> (View, Option<CodeView>) {
        let looking = self.ahead.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (view, code) =
            looking.and_then(|looking| looking.join().ok()).unwrap_or_else(|| (self.look(false), None));
        let code = code.filter(|(_, step)| *step == Step::at(self.clock.on_show()));
        (view, code.map(|(code, step)| self.shown(&code, step)))
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
        self.clock.believable()?;
        let place = self.place()?;
        let view = self.seen_token(&place, may_ask)?;
        let is_calm = matches!(view, View::Setup { .. } | View::Code { .. } | View::Tokens { .. });
        match place.ended()? {
            Some(how) if is_calm && self.at() == At::Start => Err(how.into()),
            _ => Ok(view),
        }
    }

    /// 初期設定完了 was read.
    pub(crate) fn read_done(&self) -> Result<View, Refusal> {
        let place = self.place()?;
        if let Some(slot) = self.slot(&place)? {
            place.mark_done_read(slot)?;
        }
        Ok(self.look(false))
    }

    /// The page that says how an initialisation ended without a token was read: the form comes next.
    pub(crate) fn read_ending(&self) -> Result<View, Refusal> {
        self.place()?.note_ending(None)?;
        self.go(At::Form);
        Ok(self.look(false))
    }

    /// The code of the current step, or of the one after it.
    pub(crate) fn show_code(&self, is_next: bool) -> Result<CodeView, Refusal> {
        let (code, step) = self.code(is_next)?;
        Ok(self.shown(&code, step))
    }

    /// The code that the window says it shows, to be copied: that of the current step or of the one after it, and no
    /// other, however much time went by on the way here: none, when its time is over.
    pub(crate) fn code_on_show(&self, shown: u64) -> Result<Option<Code>, Refusal> {
        let place = self.place()?;
        let vault = place.vault(self.slot(&place)?.ok_or(Refusal::NoToken)?);
        let Opened::Ready(token) = vault.open()? else { return Err(Refusal::NoToken) };
        let (shown, current) = (Step(shown), Step::at(self.makes_codes(&token)?));
        if shown != current && shown != current.offset(1) {
            return Ok(None);
        }
        Ok(Some(vault::code(&vault, shown)?))
    }

    /// Computed for the moment of the answer: an unlock window may have stood open for minutes in between.
    pub(crate) fn code(&self, is_next: bool) -> Result<(Code, Step), Refusal> {
        let place = self.place()?;
        let vault = place.vault(self.slot(&place)?.ok_or(Refusal::NoToken)?);
        loop {
            let mut shown = Step(0);
            let code = vault.code(|token| {
                shown = Step::at(self.makes_codes(token)?).offset(i64::from(is_next));
                Ok::<_, Refusal>(shown)
            })?;
            let code = code.ok_or(Refusal::NoToken)?;
            if Step::at(self.clock.on_show()).offset(i64::from(is_next)) == shown {
                return Ok((code, shown));
            }
        }
    }

    /// A code for the window, which counts down by itself from here on.
    pub(crate) fn shown(&self, code: &Code, step: Step) -> CodeView {
        let now = self.clock.on_show();
        self.watch.begin(now, step.ends_at());
        CodeView::new(code, step, now)
    }

    /// Where time stands within the step.
    pub(crate) fn tick(&self) -> Tick {
        let now = self.clock.on_show();
        self.watch.tell(now);
        Tick::at(now).set(self.clock.was_set())
    }

    /// 有効期限のお知らせ was read.
    pub(crate) fn read_expiring(&self) -> Result<View, Refusal> {
        let place = self.place()?;
        if let Some(slot) = self.slot(&place)?
            && let Opened::Ready(token) = place.vault(slot).open()?
        {
            let now = self.clock.of_centre(&token.centre_url);
            let read = Expiring::at(token.facts.expires_at, now).map(|said| said.notice);
            place.note(slot, |listed| listed.expiry_read = read)?;
        }
        Ok(self.look(false))
    }

    /// Forgets the token on show; where no token is on show, all whose keys are proven to be useless here. The member
    /// was asked twice.
    pub(crate) fn remove(&self) -> Result<View, Refusal> {
        let place = self.place()?;
        place.mend()?;
        match self.slot(&place)? {
            Some(slot) => place.vault(slot).erase()?,
            None => self.remove_useless(&place)?,
        }
        self.go(At::Start);
        Ok(self.look(false))
    }

    /// 端末情報 of the token on show.
    pub(crate) fn about(&self) -> Result<About, Refusal> {
        let place = self.place()?;
        let slot = self.slot(&place)?.ok_or(Refusal::NoToken)?;
        let Grade { level, without_hardware } = place.grade(slot);
        Ok(About { level, without_hardware, version: env!("CARGO_PKG_VERSION") })
    }

    /// Whether what stopped an action before is out of the way. Asks nobody, changes nothing.
    pub(crate) fn is_clear(&self) -> Result<(), Refusal> {
        self.clock.believable()?;
        Ok(self.place()?.is_open()?)
    }

    /// What the member is looking at.
    pub(crate) fn at(&self) -> At {
        *self.at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the centre said in this run of how a token stands.
    pub(crate) fn standing(&self, slot: u64) -> Option<Standing> {
        self.standings.lock().unwrap_or_else(PoisonError::into_inner).get(&slot).copied()
    }

    /// The centre said how a token stands.
    pub(crate) fn learn_standing(&self, slot: u64, standing: Standing) {
        self.standings.lock().unwrap_or_else(PoisonError::into_inner).insert(slot, standing);
    }

    /// What the member looks at from now on.
    pub(crate) fn go(&self, to: At) {
        *self.at.lock().unwrap_or_else(PoisonError::into_inner) = to;
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

#[cfg(all(test, feature = "qa"))]
mod tests {
    use warifu_core::time::DAY;

    use super::*;

    #[test]
    fn the_window_opens_with_what_was_seen_ahead_and_after_that_with_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let keyring = Keyring::reached_by(|| Ok(keyring_core::mock::Store::new()?));
        let session = Arc::new(Session::over(folder.path().join("vault"), keyring, Centre::compiled_in()));
        session.clock.set_ahead(-80 * 365 * DAY);
        session.look_ahead();
        session.finish_looking_ahead();
        session.clock.set_ahead(0);
        assert_eq!(session.first_look().0, View::Refusal { code: Refusal::ClockWrong });
        assert_eq!(session.first_look().0, View::Setup { has_tokens: false });
    }
}
