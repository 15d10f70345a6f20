//! Owns what someone has who took all that lies on a machine, and forges its identity: a slot's record, opened.
//! Refuses to ask the app.
//! Invariant: it opens by the published form of a slot (docs/formats.md), with what lies in folder and keyring alone.

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hkdf::Hkdf;
use sha2::Sha256;
use warifu_core::enc;

use crate::phones::Machine;

/// Magic, salt, two tags, nonce.
const HEAD: usize = 68;

/// The opened record of the machine's first slot.
pub(crate) fn opened(machine: &Machine) -> Vec<u8> {
    let read = |name: &str| std::fs::read(machine.folder.join(name)).expect("the machine has a token");
    let (half, blob) = (read("app/install.half"), read("keyring/example.warifu.app.slot-1"));
    let (head, sealed) = blob.split_at(HEAD);
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(&head[8..24]), &half)
        .expand(&enc!("warifu/v1/seal", machine.identity), &mut key)
        .expect("32 bytes are within HKDF's limit");
    let nonce: [u8; 12] = head[56..].try_into().expect("a head ends with a nonce");
    let aad = enc!("warifu/v1/slot", 1_u64, head);
    let opened = Aes256Gcm::new(&key.into()).decrypt(&Nonce::from(nonce), Payload { msg: sealed, aad: &aad });
    opened.expect("the record opens in its place")
}

/// The two halves of each of the three keys in a TPM, `TPM2B_PRIVATE` and `TPM2B_PUBLIC`, as tpm2-tools read them.
pub(crate) fn keys_in_a_tpm(record: &[u8]) -> [[Vec<u8>; 2]; 3] {
    // The length of the whole way, then length and bytes of each half.
    let mut rest = &record[2..];
    let mut half = || {
        let length = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
        let (half, after) = rest.split_at(2 + length);
        rest = after;
        half.to_vec()
    };
    std::array::from_fn(|_| [half(), half()])
}
