//! Owns what an institution's data encryption key does: every seal and digest derived from it.
//! Refuses to know where sealed bytes are stored.
//! Invariant: each use derives its own key by its own label; a seal opens only in the place it was made for.

use hkdf::Hkdf;
use rand::rngs::OsRng;
use sha2::Sha256;
use warifu_core::enc;
use warifu_core::encoding::hmac_sha256;
use warifu_core::enrol::centre::{Login, PasswordRecord};
use warifu_core::ids::{EnrolId, Serial, ServiceId, TokenId, UserId};
use warifu_core::secret::Secret;
use warifu_core::token::TokenKeys;
use zeroize::Zeroizing;

use super::{KeyError, login_aad, seal};

/// An institution's data encryption key, and what is derived from it for every request.
pub(crate) struct Dek {
    key: Secret<32>,
    requests: Secret<32>,
}

/// Where a token's keys are sealed: in its row and in no other.
pub(crate) struct TokenPlace<'a> {
    pub(crate) service_id: &'a ServiceId,
    pub(crate) token_id: TokenId,
    pub(crate) serial: &'a Serial,
    pub(crate) seal_version: u32,
}

impl TokenPlace<'_> {
    fn aad(&self) -> Vec<u8> {
        let version = u64::from(self.seal_version);
        enc!(
            "warifu/v1/token",
            self.service_id.as_str(),
            self.token_id.as_bytes(),
            self.serial.as_str(),
            version
        )
    }
}

fn dek_aad(service: &ServiceId, dek_id: i64) -> Vec<u8> {
    enc!("warifu/v1/dek", service.as_str(), dek_id.cast_unsigned())
}

fn record_aad(service: &ServiceId, user: &UserId) -> Vec<u8> {
    enc!("warifu/v1/record", service.as_str(), user.as_str())
}

impl Dek {
    pub(super) fn generate() -> Self {
        Self::new(Secret::generate(&mut OsRng))
    }

    fn new(key: Secret<32>) -> Self {
        let requests = derive(&key, b"", b"warifu/v1/dek/requests");
        Self { key, requests: Secret::new(*requests) }
    }

    pub(super) fn wrap(&self, kek: &Secret<32>, service: &ServiceId, dek_id: i64) -> Vec<u8> {
        seal::seal(kek.expose(), &dek_aad(service, dek_id), self.key.expose())
    }

    pub(super) fn unwrap(
        wrapped: &[u8],
        kek: &Secret<32>,
        service: &ServiceId,
        dek_id: i64,
    ) -> Result<Self, KeyError> {
        let damaged = || KeyError::Sealed(format!("the data key of {service}"));
        let plain = seal::open(kek.expose(), &dek_aad(service, dek_id), wrapped).ok_or_else(damaged)?;
        Secret::from_slice(&plain).map(Self::new).ok_or_else(damaged)
    }

    /// The three keys of a token, for its row.
    pub(crate) fn seal_token(&self, keys: &TokenKeys, place: &TokenPlace<'_>) -> Vec<u8> {
        let key = derive(&self.key, place.token_id.as_bytes(), b"warifu/v1/dek/token");
        seal::seal(&key, &place.aad(), keys.to_bytes().expose())
    }

    pub(crate) fn open_token(&self, sealed: &[u8], place: &TokenPlace<'_>) -> Result<TokenKeys, KeyError> {
        let key = derive(&self.key, place.token_id.as_bytes(), b"warifu/v1/dek/token");
        let plain = seal::open(&key, &place.aad(), sealed);
        let bytes = plain.and_then(|plain| Secret::from_slice(&plain));
        bytes
            .map(|bytes| TokenKeys::from_bytes(&bytes))
            .ok_or_else(|| KeyError::Sealed(format!("the sealed row of token {}", place.serial)))
    }

    /// A password record, for its issue's row.
    pub(crate) fn seal_record(&self, record: &PasswordRecord, service: &ServiceId, user: &UserId) -> Vec<u8> {
        let key = derive(&self.key, user.as_str().as_bytes(), b"warifu/v1/dek/record");
        seal::seal(&key, &record_aad(service, user), record.to_bytes().expose())
    }

    pub(crate) fn open_record(
        &self,
        sealed: &[u8],
        service: &ServiceId,
        user: &UserId,
    ) -> Result<PasswordRecord, KeyError> {
        let key = derive(&self.key, user.as_str().as_bytes(), b"warifu/v1/dek/record");
        let plain = seal::open(&key, &record_aad(service, user), sealed);
        plain
            .and_then(|plain| Secret::from_slice(&plain))
            .and_then(|bytes| PasswordRecord::from_bytes(&bytes).ok())
            .ok_or_else(|| KeyError::Sealed("a sealed password record".to_owned()))
    }

    /// A login state between M2 and M3: it holds the session key in clear.
    pub(crate) fn seal_login(&self, login: &Login, enrol_id: EnrolId) -> Vec<u8> {
        let key = derive(&self.key, enrol_id.as_bytes(), b"warifu/v1/dek/login");
        seal::seal(&key, &login_aad(enrol_id), &login.to_bytes())
    }

    pub(crate) fn open_login(&self, sealed: &[u8], enrol_id: EnrolId) -> Result<Login, KeyError> {
        let key = derive(&self.key, enrol_id.as_bytes(), b"warifu/v1/dek/login");
        seal::open(&key, &login_aad(enrol_id), sealed)
            .and_then(|plain| Login::from_bytes(&plain).ok())
            .ok_or_else(|| KeyError::Sealed("a sealed login state".to_owned()))
    }

    /// The digest by which a repeated question is recognised. Keyed: nothing in it can be guessed from a stolen row.
    pub(crate) fn digest(&self, question: &[u8]) -> [u8; 32] {
        hmac_sha256(self.requests.expose(), &[question])
    }
}

pub(super) fn derive(key: &Secret<32>, salt: &[u8], label: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut derived = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(salt), key.expose())
        .expand(label, derived.as_mut_slice())
        .expect("32 bytes are within HKDF's limit of 8,160");
    derived
}

#[cfg(test)]
mod tests {
    use warifu_core::token::{DeviceKey, TotpKey, TxnKey};

    use super::*;

    fn keys(byte: u8) -> TokenKeys {
        let key = || Secret::new([byte; 32]);
        TokenKeys { totp: TotpKey::new(key()), txn: TxnKey::new(key()), device: DeviceKey::new(key()) }
    }

    #[test]
    fn the_sealed_rows_of_two_tokens_cannot_be_exchanged() {
        let dek = Dek::generate();
        let service_id = &ServiceId::parse("10112235").unwrap();
        let (serial, other) = (Serial::parse("243725864").unwrap(), Serial::parse("243725865").unwrap());
        let token_id = TokenId::from_bytes([1; 16]);
        let place = TokenPlace { service_id, token_id, serial: &serial, seal_version: 1 };
        let sealed = dek.seal_token(&keys(7), &place);
        assert!(dek.open_token(&sealed, &place).is_ok());
        for elsewhere in [
            TokenPlace { token_id: TokenId::from_bytes([2; 16]), ..place },
            TokenPlace { serial: &other, ..place },
            TokenPlace { seal_version: 2, ..place },
            TokenPlace { service_id: &ServiceId::parse("00000001").unwrap(), ..place },
        ] {
            assert!(dek.open_token(&sealed, &elsewhere).is_err());
        }
        assert!(Dek::generate().open_token(&sealed, &place).is_err());
    }

    #[test]
    fn a_wrapped_key_opens_for_its_institution_and_number_only() {
        let kek = Secret::new([3; 32]);
        let (one, two) = (ServiceId::parse("00000001").unwrap(), ServiceId::parse("00000002").unwrap());
        let wrapped = Dek::generate().wrap(&kek, &one, 1);
        assert!(Dek::unwrap(&wrapped, &kek, &one, 1).is_ok());
        assert!(Dek::unwrap(&wrapped, &kek, &two, 1).is_err());
        assert!(Dek::unwrap(&wrapped, &kek, &one, 2).is_err());
    }
}
