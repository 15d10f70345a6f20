//! Owns the way to the operating system's keyring: one secret per slot, put, fetched, taken out.
//! Refuses to know what the secret is: it is sealed before it comes here.
//! Invariant: nothing is asked of a person unless the caller says that someone waits for it.

use std::collections::HashMap;
use std::sync::Arc;

use keyring_core::{CredentialStore, Entry, Error};
use warifu_core::vault::Failure;

/// The name under which the keyring lists this app's secrets.
const SERVICE: &str = "example.warifu.app";

/// The smallest limit among the platforms' stores (Windows Credential Manager), bytes.
pub(crate) const LARGEST: usize = 2_560;

/// Fetches a secret without asking anyone, or says that it lies behind a lock.
type FetchQuietly = fn(&str, &str) -> Result<Option<Vec<u8>>, Error>;
type Connect = dyn Fn() -> Result<Arc<CredentialStore>, Error> + Send + Sync;
/// What a store is told of a secret besides its name.
type Modifiers = HashMap<&'static str, &'static str>;

/// The keyring. Connects anew for every call: the keyring may have been started, stopped or unlocked in between.
#[derive(Clone)]
pub(crate) struct Keyring {
    connect: Arc<Connect>,
    /// None where the store never asks: the keyring is the login's own, and open while someone is logged in.
    fetch_quietly: Option<FetchQuietly>,
    /// None where the store has no lock of its own.
    is_open: Option<fn() -> Result<(), Error>>,
    modifiers: Option<Modifiers>,
}

impl Keyring {
    /// This platform's.
    pub(crate) fn native() -> Self {
        Self {
            connect: Arc::new(native_store),
            #[cfg(target_os = "linux")]
            fetch_quietly: Some(super::secret_service::fetch),
            #[cfg(not(target_os = "linux"))]
            fetch_quietly: None,
            #[cfg(target_os = "linux")]
            is_open: Some(super::secret_service::is_open),
            #[cfg(not(target_os = "linux"))]
            is_open: None,
            modifiers: native_modifiers(),
        }
    }

    /// One that `connect` leads to and that has no lock.
    #[cfg(any(test, feature = "qa"))]
    pub(crate) fn reached_by(
        connect: impl Fn() -> Result<Arc<CredentialStore>, Error> + Send + Sync + 'static,
    ) -> Self {
        Self { connect: Arc::new(connect), fetch_quietly: None, is_open: None, modifiers: None }
    }

    /// Puts a secret, in place of the one that was there, and reads it back: some keyrings forget without a word.
    pub(crate) fn put(&self, name: &str, secret: &[u8]) -> Result<(), Failure> {
        if secret.len() > LARGEST {
            return Err(Failure::Unavailable(format!(
                "{} bytes are more than a keyring takes",
                secret.len()
            )));
        }
        let entry = self.entry(name)?;
        entry.set_secret(secret).map_err(|why| failure(&why))?;
        match entry.get_secret() {
            Ok(stored) if stored == secret => Ok(()),
            Ok(_) | Err(Error::NoEntry) => {
                Err(Failure::Unavailable("the keyring did not keep it".to_owned()))
            }
            Err(why) => Err(failure(&why)),
        }
    }

    /// Fetches a secret; `None` when there is none. Without `may_ask`, one behind a lock stays there.
    pub(crate) fn fetch(&self, name: &str, may_ask: bool) -> Result<Option<Vec<u8>>, Failure> {
        if let Some(fetch) = self.fetch_quietly.filter(|_| !may_ask) {
            return fetch(SERVICE, name).map_err(|why| failure(&why));
        }
        match self.entry(name)?.get_secret() {
            Ok(secret) => Ok(Some(secret)),
            Err(Error::NoEntry) => Ok(None),
            Err(why) => Err(failure(&why)),
        }
    }

    /// Whether it is there and unlocked. Asks nobody to open it.
    pub(crate) fn is_open(&self) -> Result<(), Failure> {
        let found = self.is_open.map_or_else(|| (self.connect)().map(drop), |is_open| is_open());
        found.map_err(|why| failure(&why))
    }

    /// Takes a secret out; that it was not there is fine.
    pub(crate) fn take_out(&self, name: &str) -> Result<(), Failure> {
        match self.entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(why) => Err(failure(&why)),
        }
    }

    fn entry(&self, name: &str) -> Result<Entry, Failure> {
        let store = (self.connect)().map_err(|why| failure(&why))?;
        store.build(SERVICE, name, self.modifiers.as_ref()).map_err(|why| failure(&why))
    }
}

/// Tells *locked* from *not there*. The text is the platform's own and goes to the terminal only.
fn failure(why: &Error) -> Failure {
    #[cfg(target_os = "linux")]
    if let Error::NoStorageAccess(inner) | Error::PlatformFailure(inner) = why {
        use secret_service::Error as Service;
        if let Some(Service::Locked | Service::Prompt | Service::PromptDisconnected) = inner.downcast_ref() {
            return Failure::Locked;
        }
    }
    // The file of the secrets came from another phone, whose Keystore holds the key.
    #[cfg(target_os = "android")]
    if matches!(why, Error::BadDataFormat(..)) {
        return Failure::KeyMissing;
    }
    Failure::Unavailable(why.to_string())
}

#[cfg(target_os = "linux")]
fn native_store() -> Result<Arc<CredentialStore>, Error> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

#[cfg(target_os = "windows")]
fn native_store() -> Result<Arc<CredentialStore>, Error> {
    Ok(windows_native_keyring_store::Store::new()?)
}

#[cfg(target_os = "macos")]
fn native_store() -> Result<Arc<CredentialStore>, Error> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(target_os = "ios")]
fn native_store() -> Result<Arc<CredentialStore>, Error> {
    Ok(apple_native_keyring_store::protected::Store::new()?)
}

#[cfg(target_os = "android")]
fn native_store() -> Result<Arc<CredentialStore>, Error> {
    Ok(android_native_keyring_store::Store::new()?)
}

fn native_modifiers() -> Option<Modifiers> {
    if cfg!(target_os = "linux") {
        Some(HashMap::from([("label", "ワンタイムパスワード (Warifu)")]))
    } else if cfg!(target_os = "windows") {
        // The default would roam to the user's other machines.
        Some(HashMap::from([("persistence", "local")]))
    } else if cfg!(target_os = "ios") {
        // The default would move to a new phone with a backup.
        Some(HashMap::from([("access-policy", "after-first-unlock-this-device-only")]))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_longer_than_the_smallest_store_takes_is_refused_everywhere() {
        let keyring = Keyring::reached_by(|| Ok(keyring_core::mock::Store::new()?));
        assert!(keyring.put("slot-1", &[1; LARGEST + 1]).is_err());
        assert_eq!(keyring.put("slot-1", &[1; LARGEST]).err(), None);
    }

    /// The real one of the system that the test runs on.
    #[cfg(target_os = "windows")]
    #[test]
    fn credential_manager_keeps_the_longest_secret_on_this_machine_only_and_gives_it_up() {
        let (keyring, name) = (Keyring::native(), format!("test-{}", std::process::id()));
        for secret in [&[7; 24][..], &[8; LARGEST]] {
            assert_eq!(keyring.put(&name, secret), Ok(()));
            assert_eq!(keyring.fetch(&name, false), Ok(Some(secret.to_vec())));
        }
        let entry = keyring.entry(&name).unwrap();
        assert_eq!(entry.get_attributes().unwrap()["persistence"], "Local");
        assert!(entry.set_secret(&[9; LARGEST + 1]).is_err(), "the limit is the store's own");
        assert_eq!(keyring.take_out(&name), Ok(()));
        assert_eq!(keyring.fetch(&name, false), Ok(None));
        assert_eq!(keyring.take_out(&name), Ok(()));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_locked_keyring_is_told_from_a_missing_one() {
        use secret_service::Error as Service;
        let locked = [Service::Locked, Service::Prompt, Service::PromptDisconnected];
        for why in locked {
            assert_eq!(failure(&Error::NoStorageAccess(Box::new(why))), Failure::Locked);
        }
        for why in [Service::NoResult, Service::Unavailable] {
            assert!(matches!(failure(&Error::PlatformFailure(Box::new(why))), Failure::Unavailable(_)));
        }
    }
}
