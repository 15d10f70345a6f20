//! Owns what a safe place for keys can do: store, commit, MAC, erase. Nothing gives a key back.
//! Refuses to know which safe place it is.
//! Invariant: the only operation on a stored key is a MAC over messages that its purpose allows.

pub mod sealing;

use serde::{Deserialize, Serialize};

use crate::enrol::MessageKey;
use crate::enrol::device::Resume;
use crate::ids::{ServiceId, UserId};
use crate::otp::Step;
use crate::token::TokenKeys;
use crate::wire::device::{TokenFacts, VaultLevel};

/// What a MAC is asked for; it decides which key computes it and which messages it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// `k_totp`: an eight-byte step, or a storage proof.
    Totp,
    /// `k_txn`: an `OCRA-1:` input, or a QR tag.
    Txn,
    /// `k_dev`: a message of the device channel.
    Device,
}

impl Purpose {
    /// Whether this purpose's key may compute over `message`. Every vault asks before it computes.
    pub fn allows(self, message: &[u8]) -> bool {
        let labelled = |label: &[u8]| message.starts_with(label) && message.get(label.len()) == Some(&0);
        match self {
            Self::Totp => message.len() == 8 || labelled(crate::enrol::STORAGE_PROOF),
            Self::Txn => message.starts_with(b"OCRA-1:") || labelled(b"warifu/v1/qr"),
            Self::Device => labelled(b"warifu/v1/device") || labelled(b"warifu/v1/device-reply"),
        }
    }
}

/// An HMAC-SHA-256 value.
pub type Mac = [u8; 32];

/// What a slot of the vault holds, apart from keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// サービスID.
    pub service_id: ServiceId,
    /// ユーザID.
    pub user_id: UserId,
    /// The institution's name, from the service card.
    pub institution: String,
    /// Where the device API of its centre is.
    pub centre_url: String,
    /// What M4 said.
    pub facts: TokenFacts,
}

impl Token {
    /// What a pending initialisation becomes when M4 was opened.
    pub fn new(resume: &Resume, facts: TokenFacts) -> Self {
        Self {
            service_id: resume.service_id.clone(),
            user_id: resume.user_id.clone(),
            institution: resume.institution.clone(),
            centre_url: resume.centre_url.clone(),
            facts,
        }
    }
}

/// What a slot is found to be when it is opened.
pub enum Opened {
    /// Nothing was ever stored, or it was erased.
    Empty,
    /// Keys are stored; M4 is still to come. The message key opens it.
    Pending(Box<Resume>, MessageKey),
    /// A token that can make codes.
    Ready(Box<Token>),
}

/// Why a vault did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// What is stored was sealed on another device or in another installation: a copy, or a restored backup.
    #[error("the stored keys belong to another device")]
    ForeignDevice,
    /// The slot is known, but its keys are gone from the safe place.
    #[error("the stored keys are missing")]
    KeyMissing,
    /// The safe place is locked; it may open later.
    #[error("the safe place is locked")]
    Locked,
    /// There is no safe place on this device, or it does not answer.
    #[error("there is no safe place: {0}")]
    Unavailable(String),
    /// The hardware that holds the keys did not compute; it may later.
    #[error("the hardware that holds the keys does not answer: {0}")]
    Hardware(String),
    /// The app's own folder could not be read or written; nothing was changed.
    #[error("the app's folder failed: {0}")]
    Folder(String),
    /// A message that the purpose does not allow, or a slot in the wrong state: a defect of the caller.
    #[error("the vault was asked for something it never does")]
    Misuse,
}

/// The device's half of the tally. One value per slot, one slot per token.
pub trait Vault {
    /// How well it keeps keys.
    fn level(&self) -> VaultLevel;

    /// Stores fresh keys as pending. Consumes them; durable when it returns.
    ///
    /// # Errors
    /// [`Failure`]; then nothing was stored.
    fn store_pending(&self, keys: TokenKeys, m4_key: MessageKey, resume: &Resume) -> Result<(), Failure>;

    /// Turns the pending keys into a token and wipes the message key.
    ///
    /// # Errors
    /// [`Failure`]; then the keys are still pending.
    fn commit(&self, token: &Token) -> Result<(), Failure>;

    /// Computes over `message` with the key of `purpose`.
    ///
    /// # Errors
    /// [`Failure::Misuse`] for a message that [`Purpose::allows`] refuses, else why the key could not be used.
    fn hmac(&self, purpose: Purpose, message: &[u8]) -> Result<Mac, Failure>;

    /// Looks at the slot.
    ///
    /// # Errors
    /// [`Failure`]; nothing is changed by looking.
    fn open(&self) -> Result<Opened, Failure>;

    /// Forgets the slot, keys and all.
    ///
    /// # Errors
    /// [`Failure`]; then asking again is safe.
    fn erase(&self) -> Result<(), Failure>;
}

/// The code of a step, from a vault.
///
/// # Errors
/// Those of [`Vault::hmac`].
pub fn code(vault: &impl Vault, step: Step) -> Result<crate::otp::Code, Failure> {
    vault.hmac(Purpose::Totp, &step.message()).map(|mac| crate::otp::Code::from_mac(&mac))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_takes_only_the_messages_of_its_purpose() {
        let proof = crate::enrol::storage_proof_message(&[0; 32]);
        assert!(Purpose::Totp.allows(&[0; 8]));
        assert!(Purpose::Totp.allows(&proof));
        assert!(!Purpose::Totp.allows(&[0; 9]));
        assert!(!Purpose::Totp.allows(b"warifu/v1/storage-proofX"));
        assert!(!Purpose::Totp.allows(b""));
        assert!(Purpose::Txn.allows(b"OCRA-1:HOTP-SHA256-8:QH64-T1M"));
        assert!(!Purpose::Txn.allows(&[0; 8]));
        assert!(Purpose::Device.allows(b"warifu/v1/device\0x"));
        assert!(Purpose::Device.allows(b"warifu/v1/device-reply\0x"));
        assert!(!Purpose::Device.allows(b"warifu/v1/devices\0"));
    }
}
