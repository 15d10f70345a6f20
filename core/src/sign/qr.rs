//! Owns `warifu://sign`, the QR code that brings a transfer from the institution's page to the app.
//! Refuses to ask the member: whoever reads it shows the fields first.
//! Invariant: what is shown is what the tag covers, and only the centre that shares the key can have made it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use super::{AccountType, Amount, Challenge, Nonce, Payee, TransactionKind, Transfer, items};
use crate::encoding::{enc, hmac_sha256};
use crate::ids::ServiceId;
use crate::token::TxnKey;
use crate::vault::Mac;

const START: &str = "warifu://sign?q=";
/// Longer than any real one; nothing beyond is read.
const LONGEST: usize = 640;
const LABEL: &[u8] = b"warifu/v1/qr\0";
const TAG: usize = 16;

/// A QR code as it was read. Nothing in it is to be believed before [`Self::is_genuine`] said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qr {
    /// Whose token is to say yes.
    pub service_id: ServiceId,
    /// What the member is to be shown.
    pub transfer: Transfer,
    nonce: Nonce,
    tag: [u8; TAG],
}

/// The text is not such a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the QR code of a transfer")]
pub struct NotAQr;

impl Qr {
    /// The centre's half: the text of the code.
    pub fn write(key: &TxnKey, service_id: &ServiceId, transfer: &Transfer, nonce: &Nonce) -> String {
        let mut bytes = enc(&items(service_id, transfer, nonce));
        let mac = hmac_sha256(key.expose(), &[LABEL, &bytes]);
        bytes.extend_from_slice(&mac[..TAG]);
        format!("{START}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Reads the text of a code.
    ///
    /// # Errors
    /// [`NotAQr`] for anything else, whatever it is.
    pub fn parse(text: &str) -> Result<Self, NotAQr> {
        let short = (text.len() <= LONGEST).then_some(text).ok_or(NotAQr)?;
        let bytes = short.strip_prefix(START).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let bytes = bytes.ok_or(NotAQr)?;
        let (fields, tag) = bytes.split_last_chunk::<TAG>().ok_or(NotAQr)?;
        let mut rest = fields;
        let service_id = number(&mut rest)?;
        let kind = TransactionKind::from_word(text_of(&mut rest)?).ok_or(NotAQr)?;
        let (bank, branch) = (number(&mut rest)?, number(&mut rest)?);
        let account_type = AccountType::from_word(text_of(&mut rest)?).ok_or(NotAQr)?;
        let account = number(&mut rest)?;
        let payee_kana = Payee::try_from(text_of(&mut rest)?.to_owned()).map_err(|_| NotAQr)?;
        if text_of(&mut rest)? != "JPY" {
            return Err(NotAQr);
        }
        let yen = u64::from_be_bytes(eight(&mut rest)?);
        let amount = Amount::try_from(yen).map_err(|_| NotAQr)?;
        let nonce = eight(&mut rest)?;
        if !rest.is_empty() {
            return Err(NotAQr);
        }
        let transfer = Transfer { kind, bank, branch, account_type, account, payee_kana, amount };
        Ok(Self { service_id, transfer, nonce, tag: *tag })
    }

    /// What the vault computes over to check the tag, for [`Purpose::Txn`](crate::vault::Purpose::Txn).
    pub fn tag_message(&self) -> Vec<u8> {
        [LABEL, &enc(&items(&self.service_id, &self.transfer, &self.nonce))].concat()
    }

    /// Whether the centre made it for the token whose vault computed `mac` over [`Self::tag_message`]. In constant time.
    #[must_use]
    pub fn is_genuine(&self, mac: &Mac) -> bool {
        self.tag.ct_eq(&mac[..TAG]).into()
    }

    /// What the code is computed over.
    pub fn challenge(&self) -> Challenge {
        Challenge::of(&self.service_id, &self.transfer, &self.nonce)
    }
}

/// The next item of an encoding.
fn item<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], NotAQr> {
    let (len, after) = rest.split_first_chunk::<4>().ok_or(NotAQr)?;
    let len = usize::try_from(u32::from_be_bytes(*len)).map_err(|_| NotAQr)?;
    let (bytes, after) = after.split_at_checked(len).ok_or(NotAQr)?;
    *rest = after;
    Ok(bytes)
}

fn text_of<'a>(rest: &mut &'a [u8]) -> Result<&'a str, NotAQr> {
    std::str::from_utf8(item(rest)?).map_err(|_| NotAQr)
}

fn number<T: std::str::FromStr>(rest: &mut &[u8]) -> Result<T, NotAQr> {
    text_of(rest)?.parse().map_err(|_| NotAQr)
}

fn eight(rest: &mut &[u8]) -> Result<[u8; 8], NotAQr> {
    item(rest)?.try_into().map_err(|_| NotAQr)
}
