//! Owns the way to keys inside Android's Keystore: taken in, computed with, forgotten.
//! Refuses to know tokens, and what a MAC is for.
//! Invariant: there is no call that answers with a key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::NotDone;
use crate::kotlin_or_swift::ask;

/// Where taken-in keys lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lies {
    /// In the processor's secure part or in a chip of its own: they all do.
    InHardware,
    /// At least one lies in the Keystore's own process only.
    InSoftware,
}

#[derive(Serialize)]
struct TakeIn<'a> {
    name: &'a str,
    keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TakenIn {
    in_hardware: bool,
}

#[derive(Serialize)]
struct Hmac<'a> {
    name: &'a str,
    key: usize,
    message: String,
}

#[derive(Deserialize)]
struct Computed {
    mac: String,
}

#[derive(Serialize)]
struct Forget<'a> {
    name: &'a str,
}

/// Takes HMAC-SHA-256 keys in under `name`, in place of those that were there. StrongBox is asked first.
///
/// The keys cross to Kotlin as text; those copies are left to the two languages' memory and are gone with the process.
///
/// # Errors
/// [`NotDone::Failed`]; then none of the keys is kept.
pub fn take_in(name: &str, keys: &[&[u8; 32]]) -> Result<Lies, NotDone> {
    let keys = keys.iter().map(|key| STANDARD.encode(key)).collect();
    let taken: TakenIn = ask("takeIn", TakeIn { name, keys })?;
    Ok(if taken.in_hardware { Lies::InHardware } else { Lies::InSoftware })
}

/// HMAC-SHA-256 over `message`, with the key at `key` of those that were taken in under `name`.
///
/// # Errors
/// [`NotDone`].
pub fn hmac(name: &str, key: usize, message: &[u8]) -> Result<[u8; 32], NotDone> {
    let computed: Computed = ask("hmac", Hmac { name, key, message: STANDARD.encode(message) })?;
    let mac = STANDARD.decode(computed.mac).ok().and_then(|mac| mac.try_into().ok());
    mac.ok_or_else(|| NotDone::Failed("a MAC has 32 bytes".to_owned()))
}

/// Forgets all keys under `name`; that there are none is fine.
///
/// # Errors
/// [`NotDone::Failed`]; then asking again is safe.
pub fn forget(name: &str) -> Result<(), NotDone> {
    ask::<Option<()>>("forget", Forget { name }).map(drop)
}
