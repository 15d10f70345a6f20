//! Owns what only a centre's operator knows: a token's keys, opened from its database with its key file.
//! Refuses to know the centre's program: this is the form that docs/operations.md and its sources describe, once more.
//! Invariant: what is looked for is what a code is really computed from; the callers show that.

use std::path::Path;

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use data_encoding::{BASE32, BASE64, HEXLOWER, HEXUPPER};
use hkdf::Hkdf;
use rusqlite::{Connection, OpenFlags};
use sha2::Sha256;
use warifu_core::enc;
use warifu_core::encoding::hmac_sha256;
use warifu_core::otp::{Code, Step};

/// The three keys of one token, in the order of the sealed row.
pub(crate) struct Seeds([[u8; 32]; 3]);

impl Seeds {
    /// Of the only token of a centre.
    pub(crate) fn of(centre: &Path) -> Self {
        let kek = std::fs::read_to_string(centre.join("keys/kek")).expect("a centre has a key file");
        let kek = hex::decode(kek.trim()).expect("the key file is hex");
        let database =
            Connection::open_with_flags(centre.join("warifu.db"), OpenFlags::SQLITE_OPEN_READ_ONLY)
                .expect("a centre has a database");
        let row = "SELECT i.service_id, t.dek_id, d.wrapped, t.token_id, t.serial, t.seal_version, t.sealed
            FROM token t JOIN institution i ON i.no = t.institution_no
            JOIN dek d ON d.institution_no = t.institution_no AND d.dek_id = t.dek_id";
        let (service, dek_id, wrapped, token_id, serial, version, sealed) = database
            .query_row(row, [], |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    u64::from(row.get::<_, u32>(1)?),
                    row.get::<_, Vec<u8>>(2)?,
                    row.get::<_, Vec<u8>>(3)?,
                    row.get::<_, String>(4)?,
                    u64::from(row.get::<_, u32>(5)?),
                    row.get::<_, Vec<u8>>(6)?,
                ))
            })
            .expect("the centre has one token");
        let dek = opened(&kek, &enc!("warifu/v1/dek", service.as_str(), dek_id), &wrapped);
        let mut key = [0; 32];
        let half = Hkdf::<Sha256>::new(Some(&token_id), &dek);
        half.expand(b"warifu/v1/dek/token", &mut key).expect("32 bytes are within HKDF's limit");
        let token_id: [u8; 16] = token_id.try_into().expect("a token ID has 16 bytes");
        let place = enc!("warifu/v1/token", service.as_str(), &token_id, serial.as_str(), version);
        let keys = opened(&key, &place, &sealed);
        let part = |at: usize| keys[at..at + 32].try_into().expect("a third of 96 bytes is 32 bytes");
        Self([part(0), part(32), part(64)])
    }

    /// The code of a step.
    pub(crate) fn code(&self, step: Step) -> String {
        Code::from_mac(&self.mac_of(0, &step.message())).expose().to_owned()
    }

    /// What one of the keys computes.
    pub(crate) fn mac_of(&self, key: usize, message: &[u8]) -> [u8; 32] {
        hmac_sha256(&self.0[key], &[message])
    }

    /// Each key in every form in which it could lie about. Half a key is enough to be found.
    pub(crate) fn forms(&self) -> Vec<(&'static str, Vec<u8>)> {
        let names = ["k_totp", "k_txn", "k_dev"];
        names.into_iter().zip(&self.0).flat_map(|(name, key)| forms(name, key)).collect()
    }
}

/// The halves of a secret, raw, and the whole of it as text.
pub(crate) fn forms(name: &'static str, key: &[u8; 32]) -> Vec<(&'static str, Vec<u8>)> {
    let text = |text: String| (name, text.trim_end_matches('=').as_bytes().to_vec());
    vec![
        (name, key[..16].to_vec()),
        (name, key[16..].to_vec()),
        text(HEXLOWER.encode(key)),
        text(HEXUPPER.encode(key)),
        text(BASE32.encode(key)),
        text(BASE64.encode(key)),
    ]
}

/// Which of the forms stand in the bytes.
pub(crate) fn found_in(bytes: &[u8], forms: &[(&'static str, Vec<u8>)]) -> Vec<&'static str> {
    forms.iter().filter(|(_, form)| contains(bytes, form)).map(|(name, _)| *name).collect()
}

/// By the first byte: a plain comparison of windows takes minutes over a whole memory.
fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == wanted[0]) {
        if rest[at..].starts_with(wanted) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

fn opened(key: &[u8], place: &[u8], sealed: &[u8]) -> Vec<u8> {
    let (nonce, sealed) = sealed.split_first_chunk::<12>().expect("a seal begins with a nonce");
    let cipher = Aes256Gcm::new_from_slice(key).expect("the key has 32 bytes");
    cipher.decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad: place }).expect("the seal opens")
}
