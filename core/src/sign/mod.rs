//! Owns 取引認証: a code that says yes to one transfer and to no other.
//! Refuses to know who pays, from which account, and whether the money is there.
//! Invariant: every field that the member is shown is in what the code is computed over.
//!
//! ```text
//! Q    = SHA-256(enc("warifu/v1/txn", service_id, kind, bank, branch, account_type, account, payee_kana, "JPY", amount, nonce))
//! code = Trunc8(HMAC-SHA-256(k_txn, "OCRA-1:HOTP-SHA256-8:QH64-T1M" ‖ 00 ‖ Q padded with 00 to 128 bytes ‖ be64(step)))
//! ```
//!
//! On the keypad the member types the account's number and the amount: there bank, branch, account type and name are
//! empty texts and the nonce is eight zero bytes.

mod fields;
mod qr;

pub use fields::{AccountType, Amount, Payee, TransactionKind, Transfer};
pub use qr::{NotAQr, Qr};

use crate::encoding::{Item, hmac_sha256, sha256};
use crate::ids::{AccountNo, ServiceId};
use crate::otp::{Code, Step};
use crate::time::{SECOND, UnixMillis};
use crate::token::TxnKey;
use crate::vault::{self, Purpose, Vault};
use crate::verify::Drift;

/// For how long a transaction waits for its code, milliseconds.
pub const WAITS_FOR: i64 = 10 * 60 * SECOND;

const SUITE: &[u8] = b"OCRA-1:HOTP-SHA256-8:QH64-T1M\0";
/// How long a question of `QH64` is in the input (RFC 6287, section 5.1).
const PADDED: usize = 128;

/// Tells one transaction from another with the same fields.
pub type Nonce = [u8; 8];

/// What a code is computed over, apart from the time: Q.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge([u8; 32]);

impl Challenge {
    /// Of all fields, as a QR code brings them.
    pub fn of(service_id: &ServiceId, transfer: &Transfer, nonce: &Nonce) -> Self {
        Self(hash(&items(service_id, transfer, nonce)))
    }

    /// Of what the member types: the payee's account and the amount.
    pub fn typed(service_id: &ServiceId, kind: TransactionKind, account: &AccountNo, amount: Amount) -> Self {
        Self(hash(&[
            service_id.as_str().into(),
            kind.as_str().into(),
            "".into(),
            "".into(),
            "".into(),
            account.as_str().into(),
            "".into(),
            "JPY".into(),
            amount.yen().into(),
            (&[0; 8]).into(),
        ]))
    }

    /// As a row kept it.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes: public, and the same for both sides.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What the vault computes over, for [`Purpose::Txn`].
    pub fn message(&self, step: Step) -> Vec<u8> {
        let mut message = SUITE.to_vec();
        message.extend_from_slice(&self.0);
        message.resize(SUITE.len() + PADDED, 0);
        message.extend_from_slice(&step.message());
        message
    }
}

/// What stands in Q and in a QR code, in this order.
fn items<'a>(service_id: &'a ServiceId, transfer: &'a Transfer, nonce: &'a Nonce) -> [Item<'a>; 10] {
    [
        service_id.as_str().into(),
        transfer.kind.as_str().into(),
        transfer.bank.as_str().into(),
        transfer.branch.as_str().into(),
        transfer.account_type.as_str().into(),
        transfer.account.as_str().into(),
        transfer.payee_kana.as_str().into(),
        "JPY".into(),
        transfer.amount.yen().into(),
        nonce.into(),
    ]
}

fn hash(fields: &[Item<'_>; 10]) -> [u8; 32] {
    let mut all = vec![Item::Text("warifu/v1/txn")];
    all.extend_from_slice(fields);
    sha256(&all)
}

/// The device's half: the code that says yes, from a vault.
///
/// # Errors
/// Those of [`Vault::hmac`].
pub fn code(vault: &impl Vault, challenge: &Challenge, step: Step) -> Result<Code, vault::Failure> {
    vault.hmac(Purpose::Txn, &challenge.message(step)).map(|mac| Code::from_mac(&mac))
}

/// The centre's half: which of the challenges a code says yes to, and at which step. Always computes all of them, so
/// that time tells nothing about which one matched.
pub fn evaluate(
    key: &TxnKey,
    drift: Drift,
    challenges: &[Challenge; 2],
    code: &Code,
    now: UnixMillis,
) -> Option<(Challenge, Step)> {
    let middle = Step::at(now).offset(i64::from(drift.steps));
    let mut found = None;
    for offset in [-1, 0, 1] {
        let step = middle.offset(offset);
        for challenge in challenges {
            let own = Code::from_mac(&hmac_sha256(key.expose(), &[&challenge.message(step)]));
            if own.same_as(code) {
                found = Some((*challenge, step));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
