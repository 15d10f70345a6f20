//! Owns the bytes of level *Sealed*: one slot's keys and facts, sealed for one machine and one installation.
//! Refuses to know where the bytes, the install half and the machine identity come from.
//! Invariant: without both halves nothing opens, and a mismatch is told from damage without opening anything.
//!
//! ```text
//! blob  = "WARIFU1\0" ‖ salt(16) ‖ machine_tag(16) ‖ install_tag(16) ‖ nonce(12) ‖ AES-256-GCM(record)
//! key   = HKDF-SHA-256(salt = salt, ikm = install half, info = enc("warifu/v1/seal", machine))
//! tags  = SHA-256(enc("warifu/v1/machine-tag", salt, machine))[..16], likewise "warifu/v1/install-tag"
//! aad   = enc("warifu/v1/slot", slot, blob[..68])
//! record = k_totp ‖ k_txn ‖ k_dev ‖ k_m4 (zero once committed) ‖ JSON of the state
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
use crate::secret::{Secret, key};
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
    /// The three leaves.
    pub keys: TokenKeys,
    /// What else the slot holds.
    pub state: State,
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

const MAGIC: &[u8; 8] = b"WARIFU1\0";
const HEAD: usize = 8 + 16 + 16 + 16 + 12;
const KEYS: usize = 96 + 32;

impl Record {
    /// Seals it for a place. At most 2,560 bytes come out (the smallest limit among the stores it goes to).
    pub fn seal(&self, place: &Place<'_>, rng: &mut (impl RngCore + CryptoRng)) -> Vec<u8> {
        let mut salt = [0; 16];
        let mut nonce = [0; 12];
        rng.fill_bytes(&mut salt);
        rng.fill_bytes(&mut nonce);
        let mut blob = Vec::with_capacity(1_536);
        blob.extend_from_slice(MAGIC);
        blob.extend_from_slice(&salt);
        blob.extend_from_slice(&place.machine_tag(&salt));
        blob.extend_from_slice(&place.install_tag(&salt));
        blob.extend_from_slice(&nonce);

        let facts = match &self.state {
            State::Pending(resume, _) => serde_json::to_vec(&Facts::<_, Token>::Pending(resume)),
            State::Ready(token) => serde_json::to_vec(&Facts::<Resume, _>::Ready(token)),
        }
        .expect("a state of text and numbers has a JSON form");
        let mut plain = Zeroizing::new(Vec::with_capacity(KEYS + facts.len()));
        plain.extend_from_slice(self.keys.to_bytes().expose());
        match &self.state {
            State::Pending(_, m4_key) => plain.extend_from_slice(m4_key.expose()),
            State::Ready(_) => plain.extend_from_slice(&[0; 32]),
        }
        plain.extend_from_slice(&facts);

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
            () if magic != MAGIC => return Err(NotOpened::Damaged),
            () if machine_tag != place.machine_tag(salt) => return Err(NotOpened::OtherMachine),
            () if install_tag != place.install_tag(salt) => return Err(NotOpened::OtherInstallation),
            () => {}
        }
        let aad = place.aad(head);
        let plain = Aes256Gcm::new(place.key(salt).expose().into())
            .decrypt(&Nonce::from(nonce), Payload { msg: sealed, aad: &aad })
            .map(Zeroizing::new)
            .map_err(|_| NotOpened::Damaged)?;
        let (keys, facts) = plain.split_at_checked(KEYS).ok_or(NotOpened::Damaged)?;
        let token_keys = Secret::from_slice(&keys[..96]).ok_or(NotOpened::Damaged)?;
        let state = match serde_json::from_slice(facts).map_err(|_| NotOpened::Damaged)? {
            Facts::Pending(resume) => {
                let m4_key = Secret::from_slice(&keys[96..]).ok_or(NotOpened::Damaged)?;
                State::Pending(resume, MessageKey::new(m4_key))
            }
            Facts::Ready(token) => State::Ready(token),
        };
        Ok(Self { keys: TokenKeys::from_bytes(&token_keys), state })
    }

    /// What a vault of this level computes; `None` for a message that the purpose does not allow.
    pub fn hmac(&self, purpose: Purpose, message: &[u8]) -> Option<Mac> {
        let key = match purpose {
            Purpose::Totp => self.keys.totp.expose(),
            Purpose::Txn => self.keys.txn.expose(),
            Purpose::Device => self.keys.device.expose(),
        };
        purpose.allows(message).then(|| hmac_sha256(key, &[message]))
    }
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
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;
    use crate::ids::{ServiceId, UserId};
    use crate::time::UnixMillis;
    use crate::wire::bytes::Bytes;

    fn record() -> Record {
        let keys = TokenKeys::from_bytes(&Secret::new([5; 96]));
        let resume = Resume {
            service_id: ServiceId::parse("10112235").unwrap(),
            user_id: UserId::parse("999800000001").unwrap(),
            institution: "仙北信用組合".repeat(20),
            centre_url: "https://centre.example".to_owned(),
            enrol_id: crate::ids::EnrolId::from_bytes([1; 16]),
            ke3: Bytes([2; 64]),
            transcript: Bytes([3; 32]),
            agreed_at: UnixMillis(4),
        };
        Record { keys, state: State::Pending(Box::new(resume), MessageKey::new(Secret::new([6; 32]))) }
    }

    fn half(byte: u8) -> InstallHalf {
        InstallHalf::new(Secret::new([byte; 32]))
    }

    fn sealed(install: &InstallHalf) -> Vec<u8> {
        record().seal(&Place { install, machine: "m1", slot: 1 }, &mut StdRng::seed_from_u64(1))
    }

    fn why(blob: &[u8], install: &InstallHalf, machine: &str, slot: u64) -> Option<NotOpened> {
        Record::open(blob, &Place { install, machine, slot }).err()
    }

    #[test]
    fn a_slot_opens_in_its_place_and_fits_the_smallest_store() {
        let blob = sealed(&half(1));
        assert!(blob.len() <= 2_560, "{}", blob.len());
        let opened = Record::open(&blob, &Place { install: &half(1), machine: "m1", slot: 1 });
        let opened = opened.unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(opened.keys.device.expose(), &[5; 32]);
        assert!(matches!(&opened.state, State::Pending(resume, key)
            if resume.ke3.0 == [2; 64] && key.expose() == &[6; 32]));
    }

    #[test]
    fn a_copy_on_another_machine_or_installation_is_told_apart_from_damage() {
        let blob = sealed(&half(1));
        assert_eq!(why(&blob, &half(1), "m2", 1), Some(NotOpened::OtherMachine));
        assert_eq!(why(&blob, &half(2), "m1", 1), Some(NotOpened::OtherInstallation));
        assert_eq!(why(&blob, &half(1), "m1", 2), Some(NotOpened::Damaged));
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let (blob, install) = (sealed(&half(1)), half(1));
        for at in 0..blob.len() {
            let mut changed = blob.clone();
            changed[at] ^= 1;
            assert!(why(&changed, &install, "m1", 1).is_some(), "byte {at}");
            assert!(why(&blob[..at], &install, "m1", 1).is_some(), "cut at {at}");
        }
        assert_eq!(why(&[], &install, "m1", 1), Some(NotOpened::Damaged));
    }

    #[test]
    fn no_key_and_no_name_stands_in_the_blob() {
        let blob = sealed(&half(1));
        for secret in [[5u8; 16].as_slice(), &[6; 16], "10112235".as_bytes(), b"999800000001"] {
            assert!(!blob.windows(secret.len()).any(|window| window == secret));
        }
    }

    #[test]
    fn a_record_computes_only_what_the_purpose_allows() {
        assert!(record().hmac(Purpose::Totp, &[0; 8]).is_some());
        assert!(record().hmac(Purpose::Totp, b"warifu/v1/device\0").is_none());
        assert!(record().hmac(Purpose::Device, &[0; 8]).is_none());
    }
}
