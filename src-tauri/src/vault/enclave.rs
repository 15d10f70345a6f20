//! Owns the key in a Mac's Secure Enclave: bytes are wrapped for it and unwrapped by it.
//! Refuses to know what the bytes are.
//! Invariant: what was wrapped here is unwrapped on this Mac only.
//!
//! Such a key lies in the data protection keychain, which an app reaches only when it is signed with a keychain access
//! group. An app that is not gets an error from the first wrapping, and stays at level *Sealed*.

use security_framework::access_control::{ProtectionMode, SecAccessControl};
use security_framework::base::Error;
use security_framework::item::{ItemSearchOptions, KeyClass, Limit, Location, Reference, SearchResult};
use security_framework::key::{Algorithm, GenerateKeyOptions, KeyType, SecKey, Token};
use security_framework::passwords::AccessControlOptions;

const LABEL: &str = "example.warifu.app.wrapping";
const ALGORITHM: Algorithm = Algorithm::ECIESEncryptionCofactorVariableIVX963SHA256AESGCM;

/// `errSecItemNotFound`.
const NOT_FOUND: i32 = -25_300;
/// `errSecInteractionNotAllowed`.
const LOCKED: i32 = -25_308;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotDone {
    /// There is no such key: it was made on another Mac.
    #[error("there is no such key")]
    Missing,
    /// The keychain is locked.
    #[error("the keychain is locked")]
    Locked,
    /// It failed; it may be done later.
    #[error("{0}")]
    Failed(String),
}

impl From<Error> for NotDone {
    fn from(why: Error) -> Self {
        match why.code() {
            NOT_FOUND => Self::Missing,
            LOCKED => Self::Locked,
            _ => Self::Failed(why.to_string()),
        }
    }
}

/// Wraps bytes; the first time, the key is made.
pub(super) fn wrap(plain: &[u8]) -> Result<Vec<u8>, NotDone> {
    let key = match found() {
        Err(NotDone::Missing) => made()?,
        other => other?,
    };
    let open = key.public_key().ok_or_else(|| NotDone::Failed("the key has no public half".to_owned()))?;
    open.encrypt_data(ALGORITHM, plain).map_err(|why| NotDone::Failed(why.to_string()))
}

/// The inverse.
pub(super) fn unwrap(wrapped: &[u8]) -> Result<Vec<u8>, NotDone> {
    found()?.decrypt_data(ALGORITHM, wrapped).map_err(|why| NotDone::Failed(why.to_string()))
}

fn found() -> Result<SecKey, NotDone> {
    let mut search = ItemSearchOptions::new();
    search.key_class(KeyClass::private()).label(LABEL).load_refs(true).limit(Limit::Max(1));
    search.ignore_legacy_keychains();
    let found = search.search()?.into_iter().find_map(|item| match item {
        SearchResult::Ref(Reference::Key(key)) => Some(key),
        _ => None,
    });
    found.ok_or(NotDone::Missing)
}

/// In the enclave and for this Mac only.
fn made() -> Result<SecKey, NotDone> {
    let access = SecAccessControl::create_with_protection(
        Some(ProtectionMode::AccessibleAfterFirstUnlockThisDeviceOnly),
        AccessControlOptions::PRIVATE_KEY_USAGE.bits(),
    )?;
    let mut options = GenerateKeyOptions::default();
    options.set_key_type(KeyType::ec_sec_prime_random()).set_size_in_bits(256).set_label(LABEL);
    options.set_token(Token::SecureEnclave).set_location(Location::DataProtectionKeychain);
    options.set_access_control(access);
    SecKey::new(&options).map_err(|why| NotDone::Failed(why.to_string()))
}
