//! Owns sealing: AES-256-GCM with a random nonce in front of the ciphertext.
//! Refuses to know what is sealed and under whose key.
//! Invariant: associated data names the place; a seal moved to another place does not open.

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use rand::RngCore as _;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

const NONCE: usize = 12;

/// `nonce ‖ ciphertext ‖ tag`.
pub(super) fn seal(key: &[u8; 32], aad: &[u8], plain: &[u8]) -> Vec<u8> {
    let mut nonce = [0; NONCE];
    OsRng.fill_bytes(&mut nonce);
    let sealed = Aes256Gcm::new(key.into())
        .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad })
        .expect("a message of less than 64 GiB can be sealed");
    [nonce.as_slice(), &sealed].concat()
}

/// The inverse of [`seal`]; `None` when anything was changed or moved.
pub(super) fn open(key: &[u8; 32], aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
    Aes256Gcm::new(key.into())
        .decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad })
        .ok()
        .map(Zeroizing::new)
}
