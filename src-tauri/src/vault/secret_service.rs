//! Owns what Linux' keyring is asked without a person: a secret that is not behind a lock, and whether there is a lock.
//! Refuses to unlock: that opens a window of the system, and is the store's.
//! Invariant: one connection per question; when it fails, that is the answer, and nobody is asked instead.

use std::collections::HashMap;

use keyring_core::Error;
use secret_service::blocking::SecretService;
use secret_service::{EncryptionType, Error as Service};

/// The secret; `None` when there is none.
///
/// # Errors
/// [`Service::Locked`] inside when it lies behind a lock, else why it could not be told.
pub(super) fn fetch(service: &str, name: &str) -> Result<Option<Vec<u8>>, Error> {
    let wanted = HashMap::from([("service", service), ("username", name)]);
    let keyring = SecretService::connect(EncryptionType::Dh).map_err(told)?;
    let found = keyring.search_items(wanted).map_err(told)?;
    match (found.unlocked.first(), found.locked.is_empty()) {
        (_, false) => Err(told(Service::Locked)),
        (None, true) => Ok(None),
        (Some(item), true) => item.get_secret().map(Some).map_err(told),
    }
}

/// Whether the collection that new secrets go to is there and unlocked.
///
/// # Errors
/// [`Service::Locked`] inside when it is locked, else why it could not be told.
pub(super) fn is_open() -> Result<(), Error> {
    // No secret crosses here, only the question for a lock: a plain session will do.
    let keyring = SecretService::connect(EncryptionType::Plain).map_err(told)?;
    let collection = keyring.get_default_collection().map_err(told)?;
    collection.ensure_unlocked().map_err(told)
}

fn told(why: Service) -> Error {
    Error::NoStorageAccess(Box::new(why))
}
