//! Owns the random value in a browser's cookie and everything that is derived from it.
//! Refuses to know which cookie it stands in and what the session may do.
//! Invariant: the store sees only `id()`, so a copy of the database opens no session and no sealed field.

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::rngs::OsRng;
use subtle::ConstantTimeEq as _;
use warifu_core::encoding::{Item, enc, hmac_sha256};
use warifu_core::ids::RequestId;
use warifu_core::secret::Secret;
use zeroize::Zeroizing;

const NONCE: usize = 12;

/// 32 random bytes that one browser holds.
pub(crate) struct Token(Secret<32>);

/// How the store names a token: it does not lead back.
pub(crate) type TokenId = [u8; 32];

impl Token {
    pub(crate) fn generate() -> Self {
        Self(Secret::generate(&mut OsRng))
    }

    pub(crate) fn from_cookie(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        Secret::from_slice(&bytes).map(Self)
    }

    /// The cookie's value: the one place where the bytes themselves leave.
    pub(crate) fn cookie(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.expose())
    }

    pub(crate) fn id(&self) -> TokenId {
        self.derive("id", &[])
    }

    /// What a form of this session carries.
    pub(crate) fn csrf(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.derive("csrf", &[]))
    }

    pub(crate) fn is_csrf(&self, typed: &str) -> bool {
        self.csrf().as_bytes().ct_eq(typed.as_bytes()).into()
    }

    /// The same form with the same answer gives the same ID, so a double click asks the centre once; another
    /// answer, another form or another session gives another.
    pub(crate) fn request(&self, purpose: &str, form: &str, answer: &str) -> RequestId {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.derive("request", &[purpose, form, answer])[..16]);
        RequestId::from_bytes(bytes)
    }

    /// A keyed digest of a short secret that only this session may present.
    pub(crate) fn digest(&self, label: &str, secret: &str) -> [u8; 32] {
        self.derive(label, &[secret])
    }

    /// Seals what only this session may read again.
    pub(crate) fn seal(&self, label: &str, secret: &str) -> Vec<u8> {
        let nonce: [u8; NONCE] = *Secret::<NONCE>::generate(&mut OsRng).expose();
        let payload = Payload { msg: secret.as_bytes(), aad: label.as_bytes() };
        let sealed = self.cipher().encrypt(&Nonce::from(nonce), payload);
        [nonce.as_slice(), &sealed.expect("a form field is far below the cipher's limit")].concat()
    }

    /// Opens it; `None` for another session, another label or other bytes.
    pub(crate) fn open(&self, label: &str, sealed: &[u8]) -> Option<Zeroizing<String>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let payload = Payload { msg: sealed, aad: label.as_bytes() };
        let opened = self.cipher().decrypt(&Nonce::from(nonce), payload).ok()?;
        String::from_utf8(opened).ok().map(Zeroizing::new)
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new_from_slice(&self.derive("seal", &[])).expect("32 bytes are a key of this cipher")
    }

    fn derive(&self, label: &str, parts: &[&str]) -> [u8; 32] {
        let mut items = vec![Item::from("warifu-portal/v1/token"), Item::from(label)];
        items.extend(parts.iter().map(|part| Item::from(*part)));
        hmac_sha256(self.0.expose(), &[&enc(&items)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_session_sealed_another_cannot_open() {
        let (one, other) = (Token::generate(), Token::generate());
        let sealed = one.seal("start-password", "2580");
        assert_eq!(one.open("start-password", &sealed).unwrap().as_str(), "2580");
        assert!(one.open("other", &sealed).is_none());
        assert!(other.open("start-password", &sealed).is_none());
        assert!(one.open("start-password", &sealed[..11]).is_none());
    }

    #[test]
    fn the_cookie_brings_the_token_back_and_nothing_else_does() {
        let token = Token::generate();
        assert_eq!(Token::from_cookie(&token.cookie()).unwrap().id(), token.id());
        for bad in ["", "a", &token.cookie()[1..], "!", &format!("{}A", token.cookie())] {
            assert!(Token::from_cookie(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_same_form_and_code_ask_under_the_same_id() {
        let token = Token::generate();
        assert_eq!(token.request("activate", "f", "12345678"), token.request("activate", "f", "12345678"));
        assert_ne!(token.request("activate", "f", "12345678"), token.request("activate", "f", "12345679"));
        assert_ne!(token.request("activate", "f", "12345678"), token.request("revoke", "f", "12345678"));
    }
}
