//! Owns the app without its window, for tests: the same session, initialisation and vault, asked by calls.
//! Refuses to know displays; a folder of files may stand in for the operating system's keyring.
//! Invariant: nothing here decides anything that the app decides; two phones of one process share nothing.
//!
//! Only with the feature `qa`. A [`Phone`] is the app over one folder and one stand-in keyring; dropping it and opening
//! another over the same two is what closing and starting the app is. The machine's identity is this machine's, or
//! `WARIFU_QA_MACHINE_ID`; `WARIFU_QA_CLOCK` moves every clock of the process, [`Phone::set_clock_ahead`] one alone.
//!
//! ```text
//! Phone::open(&Parts::new(folder, keyring, "http://127.0.0.1:1234"))
//!     .enrol(service_id, user_id, start_password)   the form, sent once: M1, M2, the keys stored, M3, M4
//!     .resume()                                     M3 once more, as the app does at its start
//!     .look()                                       what is on the disk, without a word to the centre
//! ```

mod keyring_files;
pub mod screens;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use warifu_core::vault::{Opened, Vault as _};
use warifu_core::wire::device::VaultLevel;

use crate::centre::Centre;
use crate::enrol::{self, Form};
use crate::refusal::Refusal;
use crate::session::{Session, blocking};
use crate::vault::Keyring;
use crate::view::View;
use keyring_files::KeyringFiles;

/// What a phone is made of.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The app's folder.
    pub folder: PathBuf,
    /// The folder of the stand-in keyring; none means the operating system's own.
    pub keyring: Option<PathBuf>,
    /// Where the centre is: HTTPS, or plain HTTP to this machine.
    pub centre_url: String,
    /// How long one question to the centre may take.
    pub patience: Duration,
    /// The pauses between the three tries of the card's request and of M1.
    pub pauses: [Duration; 2],
}

impl Parts {
    /// With a patience for tests: five seconds, and pauses of 50 and 200 ms.
    pub fn new(
        folder: impl Into<PathBuf>,
        keyring: impl Into<PathBuf>,
        centre_url: impl Into<String>,
    ) -> Self {
        Self {
            folder: folder.into(),
            keyring: Some(keyring.into()),
            centre_url: centre_url.into().trim_end_matches('/').to_owned(),
            patience: Duration::from_secs(5),
            pauses: [Duration::from_millis(50), Duration::from_millis(200)],
        }
    }
}

/// What the window would show.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// The `data-testid` of the screen: `setup`, `resuming`, `done`, `code`, or a refusal such as `enrol-refused`.
    pub screen: String,
    /// シリアルNo. of the token that is there.
    pub serial: Option<String>,
    /// Its code of this moment.
    pub code: Option<String>,
    /// The page that would be in its place, when the token makes no code.
    pub trouble: Option<String>,
    /// On `tokens`: the slots of the list.
    pub slots: Vec<u64>,
    /// On `resuming`: seconds until the app would ask again.
    pub retry_in_s: Option<u64>,
    /// The level of the token that is there, as 端末情報 says it.
    pub level: Option<VaultLevel>,
    /// Why no hardware computes for it, in a word.
    pub without_hardware: Option<String>,
}

/// The app without its window. Its calls need a Tokio runtime around them.
pub struct Phone {
    session: Arc<Session>,
}

impl Phone {
    /// Starts it. Nothing is read or sent before the first call.
    pub fn open(parts: &Parts) -> Self {
        let centre = Centre::reached(Some(parts.centre_url.clone()), parts.patience, parts.pauses);
        let keyring = match &parts.keyring {
            None => Keyring::native(),
            Some(folder) => {
                let files = KeyringFiles::over(folder.clone());
                Keyring::reached_by(move || Ok(files.clone()))
            }
        };
        Self { session: Arc::new(Session::over(parts.folder.clone(), keyring, centre)) }
    }

    /// 送信, with what the member typed.
    pub async fn enrol(&self, service_id: &str, user_id: &str, start_password: &str) -> Seen {
        let form = Form::typed(service_id, user_id, start_password);
        self.seen(enrol::enrol(&self.session, form).await.map_err(|why| why.code)).await
    }

    /// Goes on with a pending initialisation: M3 once.
    pub async fn resume(&self) -> Seen {
        self.seen(enrol::resume(&self.session).await).await
    }

    /// The screen that the stored state asks for.
    pub async fn look(&self) -> Seen {
        let view = blocking(&self.session, |session| session.look(false)).await;
        self.seen(Ok(view)).await
    }

    /// 複数のトークン.
    pub async fn list(&self) -> Seen {
        let view = blocking(&self.session, Session::list_tokens).await;
        self.seen(Ok(view)).await
    }

    /// One token of the list.
    pub async fn choose(&self, slot: u64) -> Seen {
        let view = blocking(&self.session, move |session| session.choose_token(slot)).await;
        self.seen(Ok(view)).await
    }

    /// 追加.
    pub async fn add(&self) -> Seen {
        self.seen(blocking(&self.session, Session::add_token).await).await
    }

    /// このトークンを削除する, confirmed.
    pub async fn remove(&self) -> Seen {
        self.seen(blocking(&self.session, Session::remove).await).await
    }

    /// Moves this phone's clock: positive into the future.
    pub fn set_clock_ahead(&self, ms: i64) {
        self.session.clock.set_ahead(ms);
    }

    async fn seen(&self, answer: Result<View, Refusal>) -> Seen {
        let view = answer.unwrap_or_else(|code| View::Refusal { code });
        blocking(&self.session, move |session| {
            let seen = token(session).unwrap_or_default();
            let retry_in_s = match &view {
                View::Resuming { retry_in_s, .. } => Some(*retry_in_s),
                _ => None,
            };
            let slots = match &view {
                View::Tokens { tokens, .. } => tokens.iter().map(|line| line.slot).collect(),
                _ => Vec::new(),
            };
            Seen { screen: name(&view), slots, retry_in_s, ..seen }
        })
        .await
    }
}

fn name(view: &View) -> String {
    let shown = serde_json::to_value(view).expect("a view of text and numbers has a JSON form");
    word(&shown["code"]).or_else(|| word(&shown["screen"])).expect("every view names its screen")
}

fn word(shown: &Value) -> Option<String> {
    shown.as_str().map(|word| word.replace('_', "-"))
}

/// What is seen of the token that is there.
fn token(session: &Session) -> Result<Seen, Refusal> {
    let place = session.place()?;
    let Some(slot) = session.slot(&place)? else { return Ok(Seen::default()) };
    let Opened::Ready(token) = place.vault(slot).open()? else { return Ok(Seen::default()) };
    let (code, trouble) = match session.code(false) {
        Ok((code, _)) => (Some(code.expose().to_owned()), None),
        Err(why) => (None, Some(name(&View::Refusal { code: why }))),
    };
    let about = session.about()?;
    Ok(Seen {
        serial: Some(token.facts.serial.to_string()),
        code,
        trouble,
        level: Some(about.level),
        without_hardware: about.without_hardware.and_then(|why| word(&serde_json::to_value(why).ok()?)),
        ..Seen::default()
    })
}
