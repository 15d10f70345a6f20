//! Owns the key schedule of an initialisation, whole, on one page.
//! Refuses to know what the keys are used for later.
//! Invariant: both sides derive the same four keys from the same transcript, or none; the root is wiped here.
//!
//! ```text
//! prk = HKDF-Extract(salt = th, ikm = OPAQUE session key)            RFC 5869, SHA-256
//! k_totp | k_txn | k_dev | k_m4 = HKDF-Expand(prk, "warifu/v1/<name>", 32)
//! ```

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hkdf::Hkdf;
use sha2::Sha256;

use super::names;
use crate::encoding::hmac_sha256;
use crate::ids::EnrolId;
use crate::secret::{Secret, key};
use crate::token::{DeviceKey, TokenKeys, TotpKey, TxnKey};

key!(
    /// `k_m4`: seals one message, M4, and is wiped when that is opened.
    MessageKey
);

/// The keys of one initialisation.
pub(super) struct Keys {
    pub(super) token: TokenKeys,
    pub(super) m4: MessageKey,
}

impl Keys {
    /// Derives all four. The caller wipes `session_key`, which opaque-ke does not.
    pub(super) fn derive(transcript: &[u8; 32], session_key: &[u8]) -> Self {
        let prk = Hkdf::<Sha256>::new(Some(transcript), session_key);
        let leaf = |label: &[u8]| {
            Secret::fill(|key| prk.expand(label, key).expect("32 bytes are within HKDF's limit of 8,160"))
        };
        Self {
            token: TokenKeys {
                totp: TotpKey::new(leaf(b"warifu/v1/k_totp")),
                txn: TxnKey::new(leaf(b"warifu/v1/k_txn")),
                device: DeviceKey::new(leaf(b"warifu/v1/k_dev")),
            },
            m4: MessageKey::new(leaf(b"warifu/v1/k_m4")),
        }
    }
}

/// What a vault that holds `key` computes over [`names::storage_proof_message`].
pub(super) fn storage_proof(key: &TotpKey, transcript: &[u8; 32]) -> [u8; 32] {
    hmac_sha256(key.expose(), &[&names::storage_proof_message(transcript)])
}

/// The nonce of M4: its key seals nothing else, ever.
const M4_NONCE: [u8; 12] = [0; 12];

/// AES-256-GCM under `k_m4`.
pub(super) fn seal_m4(key: &MessageKey, enrol_id: EnrolId, transcript: &[u8; 32], plain: &[u8]) -> Vec<u8> {
    let aad = names::m4(enrol_id, transcript);
    Aes256Gcm::new(key.expose().into())
        .encrypt(&Nonce::from(M4_NONCE), Payload { msg: plain, aad: &aad })
        .expect("a message of less than 64 GiB can be sealed")
}

/// The inverse of [`seal_m4`]; `None` when anything was changed.
pub(super) fn open_m4(
    key: &MessageKey,
    enrol_id: EnrolId,
    transcript: &[u8; 32],
    sealed: &[u8],
) -> Option<Vec<u8>> {
    let aad = names::m4(enrol_id, transcript);
    Aes256Gcm::new(key.expose().into())
        .decrypt(&Nonce::from(M4_NONCE), Payload { msg: sealed, aad: &aad })
        .ok()
}
