//! Owns the way to the key in an iPhone's Secure Enclave: bytes are wrapped for it and unwrapped by it.
//! Refuses to know what the bytes are.
//! Invariant: what was wrapped here is unwrapped on this device only.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::NotDone;
use crate::kotlin_or_swift::ask;

#[derive(Serialize, Deserialize)]
struct Bytes {
    bytes: String,
}

/// Wraps bytes; the first time, the key is made.
///
/// # Errors
/// [`NotDone`], on a device without a Secure Enclave always.
pub fn wrap(plain: &[u8]) -> Result<Vec<u8>, NotDone> {
    answered("wrap", plain)
}

/// The inverse.
///
/// # Errors
/// [`NotDone::Missing`] when the key was made on another device or erased with this one.
pub fn unwrap(wrapped: &[u8]) -> Result<Vec<u8>, NotDone> {
    answered("unwrap", wrapped)
}

fn answered(command: &str, bytes: &[u8]) -> Result<Vec<u8>, NotDone> {
    let answer: Bytes = ask(command, Bytes { bytes: STANDARD.encode(bytes) })?;
    STANDARD.decode(answer.bytes).map_err(|_| NotDone::Failed("an answer was not Base64".to_owned()))
}
