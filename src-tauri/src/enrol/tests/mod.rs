//! Owns the proof that 初期設定 ends well or in words, whatever the line, the card and the clock do.
//! Refuses to know the real centre and a real keyring: the journeys and the faults drive those.
//! Invariant: every test has a device and a centre of its own; a closed app keeps its folder and its keyring alone.

mod cards;
mod ending;
mod limits;
mod questions;
mod resuming;
mod scripted;
mod several;

use std::sync::Arc;
use std::time::Duration;

use keyring_core::CredentialStore;
use keyring_core::mock::Store;

use super::*;
use crate::centre::Centre;
use crate::vault::Keyring;
use scripted::{SERVICE_ID, START_PASSWORD, Scripted, USER_ID};

/// No program listens on the discard port.
const NOWHERE: &str = "http://127.0.0.1:9";

/// What stays when the app is closed.
struct Device {
    folder: tempfile::TempDir,
    store: Arc<Store>,
}

impl Device {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), store: Store::new().unwrap() }
    }

    /// Starts the app, its line leading to `url`.
    fn app(&self, url: &str) -> Arc<Session> {
        let pauses = [Duration::from_millis(5); 2];
        let centre = Centre::reached(Some(url.to_owned()), Duration::from_secs(2), pauses);
        let shared: Arc<CredentialStore> = self.store.clone();
        let keyring = Keyring::reached_by(move || Ok(Arc::clone(&shared)));
        Arc::new(Session::over(self.folder.path().to_owned(), keyring, centre))
    }

    /// A pending initialisation: M3 or M4 was lost, then the app was closed.
    async fn left_pending(centre: &Scripted, fate: scripted::Fate) -> Self {
        let device = Self::new();
        centre.next(warifu_core::wire::device::FINISH_PATH, &[fate]);
        let view = enrol(&device.app(&centre.url), form()).await;
        assert!(matches!(view, Ok(View::Resuming { waits_for: Some(_), .. })), "{view:?}");
        device
    }

    /// Takes a secret out of the keyring, as if the keyring had lost it.
    fn lose(&self, name: &str) {
        let store: Arc<CredentialStore> = self.store.clone();
        store.build("example.warifu.app", name, None).unwrap().delete_credential().unwrap();
    }

    /// Whether anything of a token is left in the keyring.
    fn has_keys(&self) -> bool {
        let store: Arc<CredentialStore> = self.store.clone();
        (1..9).any(|slot| {
            let entry = store.build("example.warifu.app", &format!("slot-{slot}"), None).unwrap();
            entry.get_secret().is_ok()
        })
    }
}

fn form() -> Form {
    Form::typed(SERVICE_ID, USER_ID, START_PASSWORD)
}

fn is_done(view: &Result<View, Refusal>) -> bool {
    matches!(view, Ok(View::Done { institution, .. }) if institution == "仙北信用組合")
}

fn refusal(code: Refusal) -> View {
    View::Refusal { code }
}
