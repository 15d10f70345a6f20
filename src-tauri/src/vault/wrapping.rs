//! Owns the wrapping of sealed records by a key that never leaves the Secure Enclave.
//! Refuses to know what a record holds, and how the enclave is reached.
//! Invariant: a record of level *HardwareWrapped* is stored wrapped; bytes that were not wrapped pass as they are.
//!
//! ```text
//! stored = "WARIFUE\0" ‖ ECIES(P-256 with cofactor, X9.63 KDF with SHA-256, AES-GCM; of the sealed record)
//! ```

use warifu_core::vault::Failure;
use warifu_core::wire::device::VaultLevel;
#[cfg(target_os = "ios")]
use warifu_device::{NotDone, enclave};

#[cfg(target_os = "macos")]
use super::enclave::{self, NotDone};
use super::level::{Grade, WithoutHardware};

const WRAPPED: &[u8; 8] = b"WARIFUE\0";

/// Proves that the enclave wraps and unwraps. Makes its key the first time.
pub(super) fn rehearse(_: WithoutHardware) -> Grade {
    let there_and_back = enclave::wrap(b"warifu").and_then(|wrapped| enclave::unwrap(&wrapped));
    match there_and_back {
        Ok(back) if back == b"warifu" => return Grade::WRAPPED,
        Ok(_) => eprintln!("warifu: Secure Enclave: it unwrapped other bytes than were wrapped"),
        Err(why) => eprintln!("warifu: Secure Enclave: {why}"),
    }
    Grade::without_hardware(WithoutHardware::Failed)
}

/// What is stored for a sealed record.
pub(super) fn wrap(level: VaultLevel, sealed: Vec<u8>) -> Result<Vec<u8>, Failure> {
    if level != VaultLevel::HardwareWrapped {
        return Ok(sealed);
    }
    let wrapped = enclave::wrap(&sealed).map_err(told)?;
    Ok([&WRAPPED[..], &wrapped].concat())
}

/// The inverse.
pub(super) fn unwrap(stored: Vec<u8>) -> Result<Vec<u8>, Failure> {
    match stored.strip_prefix(WRAPPED) {
        None => Ok(stored),
        Some(wrapped) => enclave::unwrap(wrapped).map_err(told),
    }
}

/// A record without the key that it was wrapped for came from another device.
fn told(why: NotDone) -> Failure {
    match why {
        NotDone::Missing => Failure::ForeignDevice,
        NotDone::Locked => Failure::Locked,
        NotDone::Failed(why) => Failure::Hardware(why),
    }
}
