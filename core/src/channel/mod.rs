//! Owns the device channel's MACs: a question that only the token's device can ask, a reply that only the centre can give.
//! Refuses to know how messages travel and what they say.
//! Invariant: no key is needed on the device's side: the vault computes, so the key need not leave it.
//!
//! ```text
//! question  HMAC(k_dev, "warifu/v1/device" ‖ 00 ‖ enc(path, token_id, n, nonce, SHA-256(body)))
//! reply     HMAC(k_dev, "warifu/v1/device-reply" ‖ 00 ‖ enc(path, nonce, SHA-256(body)))
//! ```

use rand::{CryptoRng, RngCore};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::enc;
use crate::encoding::hmac_sha256;
use crate::ids::TokenId;
use crate::token::DeviceKey;
use crate::vault::{self, Mac, Purpose, Vault};
use crate::wire::bytes::{Blob, Bytes};
use crate::wire::channel::{Answered, Asked};
use crate::wire::device::V1;

const QUESTION: &[u8] = b"warifu/v1/device\0";
const REPLY: &[u8] = b"warifu/v1/device-reply\0";

/// A question on its way, as its device remembers it until the reply is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    path: &'static str,
    token_id: TokenId,
    n: u64,
    nonce: [u8; 16],
    body: Vec<u8>,
}

/// The reply is not the centre's answer to this question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the reply is not the centre's answer to this question")]
pub struct NotTheReply;

impl Question {
    /// A question to `path`, with a nonce of its own. `n` is stored before it is sent.
    pub fn new(
        path: &'static str,
        token_id: TokenId,
        n: u64,
        body: Vec<u8>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Self {
        let mut nonce = [0; 16];
        rng.fill_bytes(&mut nonce);
        Self { path, token_id, n, nonce, body }
    }

    /// What the vault computes over, for [`Purpose::Device`].
    pub fn message(&self) -> Vec<u8> {
        question(self.path, self.token_id, self.n, &self.nonce, &self.body)
    }

    /// The message to the centre, once the vault has computed.
    pub fn asked(&self, mac: Mac) -> Asked {
        Asked {
            v: V1,
            token_id: self.token_id,
            n: self.n,
            nonce: Bytes(self.nonce),
            body: Blob(self.body.clone()),
            mac: Bytes(mac),
        }
    }

    /// What the vault computes over to check a reply, for [`Purpose::Device`].
    pub fn reply_message(&self, answered: &Answered) -> Vec<u8> {
        reply(self.path, &self.nonce, &answered.body.0)
    }

    /// The reply's body, when `mac` (as the vault computed it over [`Self::reply_message`]) is the reply's own.
    ///
    /// # Errors
    /// [`NotTheReply`].
    pub fn open<'a>(&self, answered: &'a Answered, mac: &Mac) -> Result<&'a [u8], NotTheReply> {
        if bool::from(answered.mac.0.ct_eq(mac)) { Ok(&answered.body.0) } else { Err(NotTheReply) }
    }
}

/// Has a vault compute the MAC of a question.
///
/// # Errors
/// Those of [`Vault::hmac`].
pub fn ask(vault: &impl Vault, question: &Question) -> Result<Asked, vault::Failure> {
    vault.hmac(Purpose::Device, &question.message()).map(|mac| question.asked(mac))
}

/// The centre's half: whether that key's device asked this of `path`. In constant time.
pub fn is_genuine(key: &DeviceKey, path: &str, asked: &Asked) -> bool {
    let message = question(path, asked.token_id, asked.n, &asked.nonce.0, &asked.body.0);
    hmac_sha256(key.expose(), &[&message]).ct_eq(&asked.mac.0).into()
}

/// The centre's half: the reply to a question.
pub fn answer(key: &DeviceKey, path: &str, asked: &Asked, body: Vec<u8>) -> Answered {
    let mac = hmac_sha256(key.expose(), &[&reply(path, &asked.nonce.0, &body)]);
    Answered { body: Blob(body), mac: Bytes(mac) }
}

fn question(path: &str, token_id: TokenId, n: u64, nonce: &[u8; 16], body: &[u8]) -> Vec<u8> {
    let body: [u8; 32] = Sha256::digest(body).into();
    [QUESTION, &enc!(path, token_id.as_bytes(), n, nonce, &body)].concat()
}

fn reply(path: &str, nonce: &[u8; 16], body: &[u8]) -> Vec<u8> {
    let body: [u8; 32] = Sha256::digest(body).into();
    [REPLY, &enc!(path, nonce, &body)].concat()
}

#[cfg(test)]
mod tests;
