//! Owns the sealed bytes of a slot: its facts, and its keys or the way to them, for one machine and one installation.
//! Refuses to know where the bytes, the install half and the machine identity come from.
//! Invariant: without both halves nothing opens, and a mismatch is told from damage without opening anything.
//!
//! ```text
//! blob  = magic ‖ salt(16) ‖ machine_tag(16) ‖ install_tag(16) ‖ nonce(12) ‖ AES-256-GCM(record)
//! key   = HKDF-SHA-256(salt = salt, ikm = install half, info = enc("warifu/v1/seal", machine))
//! tags  = SHA-256(enc("warifu/v1/machine-tag", salt, machine))[..16], likewise "warifu/v1/install-tag"
//! aad   = enc("warifu/v1/slot", slot, blob[..68])
//! record = keys ‖ k_m4 (zero once committed) ‖ JSON of the state
//! keys   = k_totp ‖ k_txn ‖ k_dev                     behind the magic "WARIFU1\0"
//!          length(2, big-endian) ‖ way to the hardware's keys   behind the magic "WARIFU2\0"
//! ```

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hkdf::Hkdf;
use rand::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{Mac, Purpose, Token};
use crate::enc;
use crate::encoding::{hmac_sha256, sha256};
use crate::enrol::MessageKey;
use crate::enrol::device::Resume;
use crate::secret::{Secret, keep, key};
use crate::token::TokenKeys;

key!(
    /// The half that lies in the app's folder: 32 random bytes, drawn once per installation.
    InstallHalf
);

/// Which machine and installation a slot is sealed for.
pub struct Place<'a> {
    /// The installation's half.
    pub install: &'a InstallHalf,
    /// The machine's identity: any stable text.
    pub machine: &'a str,
    /// The slot's number.
    pub slot: u64,
}

/// A slot's content, opened.
pub struct Record {
    /// The three leaves, or where they are.
    pub keys: Keys,
    /// What else the slot holds.
    pub state: State,
}

/// Where a slot's three keys are.
pub enum Keys {
    /// In the record itself.
    Here(TokenKeys),
    /// In hardware that computes with them. The bytes are the way to them there, and no key; less than 64 KiB.
    InHardware(Vec<u8>),
}

/// What a slot holds besides the keys.
pub enum State {
    /// M4 is still to come.
    Pending(Box<Resume>, MessageKey),
    /// A token.
    Ready(Box<Token>),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Facts<R, T> {
    Pending(R),
    Ready(T),
}

/// Why a blob does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    /// Sealed on another machine: proven by its tag.
    #[error("sealed on another machine")]
    OtherMachine,
    /// Sealed by another installation: proven by its tag.
    #[error("sealed by another installation")]
    OtherInstallation,
    /// The tags match, the content does not; or it is not a blob at all.
    #[error("damaged")]
    Damaged,
}

const KEYS_HERE: &[u8; 8] = b"WARIFU1\0";
const KEYS_IN_HARDWARE: &[u8; 8] = b"WARIFU2\0";
const HEAD: usize = 8 + 16 + 16 + 16 + 12;

impl Record {
    /// Seals it for a place. At most 2,560 bytes come out (the smallest limit among the stores it goes to).
    pub fn seal(&self, place: &Place<'_>, rng: &mut (impl RngCore + CryptoRng)) -> Vec<u8> {
        let mut salt = [0; 16];
        let mut nonce = [0; 12];
        rng.fill_bytes(&mut salt);
        rng.fill_bytes(&mut nonce);
        let mut blob = Vec::with_capacity(1_536);
        blob.extend_from_slice(self.keys.magic());
        blob.extend_from_slice(&salt);
        blob.extend_from_slice(&place.machine_tag(&salt));
        blob.extend_from_slice(&place.install_tag(&salt));
        blob.extend_from_slice(&nonce);

        let facts = match &self.state {
            State::Pending(resume, _) => serde_json::to_vec(&Facts::<_, Token>::Pending(resume)),
            State::Ready(token) => serde_json::to_vec(&Facts::<Resume, _>::Ready(token)),
        }
        .expect("a state of text and numbers has a JSON form");
        // As long as it will be: one that grew would leave keys behind where it lay before.
        let mut plain = Zeroizing::new(Vec::with_capacity(self.keys.len() + 32 + facts.len()));
        match &self.keys {
            Keys::Here(keys) => plain.extend_from_slice(keys.to_bytes().expose()),
            Keys::InHardware(way) => {
                let length = u16::try_from(way.len()).expect("the way to a key in hardware is short");
                plain.extend_from_slice(&length.to_be_bytes());
                plain.extend_from_slice(way);
            }
        }
        match &self.state {
            State::Pending(_, m4_key) => plain.extend_from_slice(m4_key.expose()),
            State::Ready(_) => plain.extend_from_slice(&[0; 32]),
        }
        plain.extend_from_slice(&facts);
        keep(&plain);

        let aad = place.aad(&blob);
        let sealed = Aes256Gcm::new(place.key(&salt).expose().into())
            .encrypt(&Nonce::from(nonce), Payload { msg: &plain, aad: &aad })
            .expect("a record of less than 64 GiB can be sealed");
        blob.extend_from_slice(&sealed);
        blob
    }

    /// Opens a blob in a place.
    ///
    /// # Errors
    /// [`NotOpened`], telling a proven mismatch from damage.
    pub fn open(blob: &[u8], place: &Place<'_>) -> Result<Self, NotOpened> {
        let (head, sealed) = blob.split_at_checked(HEAD).ok_or(NotOpened::Damaged)?;
        let (magic, rest) = head.split_at(8);
        let salt: &[u8; 16] = rest.first_chunk().ok_or(NotOpened::Damaged)?;
        let (machine_tag, install_tag) = (&head[24..40], &head[40..56]);
        let nonce: [u8; 12] = head[56..].try_into().map_err(|_| NotOpened::Damaged)?;
        match () {
            () if magic != KEYS_HERE && magic != KEYS_IN_HARDWARE => return Err(NotOpened::Damaged),
            () if machine_tag != place.machine_tag(salt) => return Err(NotOpened::OtherMachine),
            () if install_tag != place.install_tag(salt) => return Err(NotOpened::OtherInstallation),
            () => {}
        }
        let aad = place.aad(head);
        let plain = Aes256Gcm::new(place.key(salt).expose().into())
            .decrypt(&Nonce::from(nonce), Payload { msg: sealed, aad: &aad })
            .map(Zeroizing::new)
            .map_err(|_| NotOpened::Damaged)?;
        keep(&plain);
        let (keys, rest) = if magic == KEYS_HERE { Keys::here(&plain) } else { Keys::in_hardware(&plain) }
            .ok_or(NotOpened::Damaged)?;
        let (m4_key, facts) = rest.split_at_checked(32).ok_or(NotOpened::Damaged)?;
        let state = match serde_json::from_slice(facts).map_err(|_| NotOpened::Damaged)? {
            Facts::Pending(resume) => {
                let m4_key = Secret::from_slice(m4_key).ok_or(NotOpened::Damaged)?;
                State::Pending(resume, MessageKey::new(m4_key))
            }
            Facts::Ready(token) => State::Ready(token),
        };
        Ok(Self { keys, state })
    }
}

impl Keys {
    fn magic(&self) -> &'static [u8; 8] {
        match self {
            Self::Here(_) => KEYS_HERE,
            Self::InHardware(_) => KEYS_IN_HARDWARE,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Here(_) => 96,
            Self::InHardware(way) => 2 + way.len(),
        }
    }

    /// The keys that begin a record, and what follows them.
    fn here(plain: &[u8]) -> Option<(Self, &[u8])> {
        let (keys, rest) = plain.split_at_checked(96)?;
        Some((Self::Here(TokenKeys::from_bytes(&Secret::from_slice(keys)?)), rest))
    }

    fn in_hardware(plain: &[u8]) -> Option<(Self, &[u8])> {
        let (length, rest) = plain.split_first_chunk()?;
        let (way, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        Some((Self::InHardware(way.to_vec()), rest))
    }
}

/// What a vault computes that has the keys at hand; `None` for a message that the purpose does not allow.
pub fn hmac(keys: &TokenKeys, purpose: Purpose, message: &[u8]) -> Option<Mac> {
    let key = match purpose {
        Purpose::Totp => keys.totp.expose(),
        Purpose::Txn => keys.txn.expose(),
        Purpose::Device => keys.device.expose(),
    };
    purpose.allows(message).then(|| hmac_sha256(key, &[message]))
}

impl Place<'_> {
    fn machine_tag(&self, salt: &[u8; 16]) -> [u8; 16] {
        half(sha256(&["warifu/v1/machine-tag".into(), salt.into(), self.machine.into()]))
    }

    fn install_tag(&self, salt: &[u8; 16]) -> [u8; 16] {
        half(sha256(&["warifu/v1/install-tag".into(), salt.into(), self.install.expose().into()]))
    }

    fn key(&self, salt: &[u8; 16]) -> Secret<32> {
        let half = Hkdf::<Sha256>::new(Some(salt), self.install.expose());
        let info = enc!("warifu/v1/seal", self.machine);
        Secret::fill(|key| half.expand(&info, key).expect("32 bytes are within HKDF's limit of 8,160"))
    }

    fn aad(&self, head: &[u8]) -> Vec<u8> {
        enc!("warifu/v1/slot", self.slot, head)
    }
}

fn half(hash: [u8; 32]) -> [u8; 16] {
    *hash.first_chunk().expect("32 bytes begin with 16")
}

#[cfg(test)]
#[path = "sealing_tests.rs"]
mod tests;
