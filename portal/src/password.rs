//! Owns how a typed password is read and compared: ログインパスワード and 確認用パスワード.
//! Refuses to know whose it is and how often it was wrong.
//! Invariant: only argon2 hashes are kept; comparing with nobody's hash takes as long as with a member's.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{
    PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString, rand_core::OsRng,
};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

/// 確認用パスワード: 半角英数字6～12桁.
pub(crate) const CONFIRMATION: std::ops::RangeInclusive<usize> = 6..=12;

/// A password as typed, brought to one form; wiped when dropped.
pub(crate) struct Typed(Zeroizing<String>);

impl Typed {
    /// NFKC: what an input method left in full width is what was meant.
    pub(crate) fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.nfkc().collect()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it can be a 確認用パスワード at all.
    pub(crate) fn is_confirmation(&self) -> bool {
        CONFIRMATION.contains(&self.0.len()) && self.0.bytes().all(|b| b.is_ascii_alphanumeric())
    }
}

/// An argon2id hash in PHC form, with the crate's parameters (19 MiB, 2 passes, 1 lane).
#[derive(Clone)]
pub(crate) struct Hash(String);

impl Hash {
    pub(crate) fn of(typed: &Typed) -> Result<Self, argon2::password_hash::Error> {
        let salt = SaltString::generate(&mut OsRng);
        Ok(Self(Argon2::default().hash_password(typed.0.as_bytes(), &salt)?.to_string()))
    }

    pub(crate) fn from_phc(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn matches(&self, typed: &Typed) -> bool {
        PasswordHash::new(&self.0)
            .is_ok_and(|hash| Argon2::default().verify_password(typed.0.as_bytes(), &hash).is_ok())
    }
}

/// Compares, a few at a time and off the async threads.
#[derive(Clone)]
pub(crate) struct Comparer {
    gate: Arc<Semaphore>,
    nobody: Hash,
}

impl Comparer {
    pub(crate) fn new() -> Result<Self, argon2::password_hash::Error> {
        let lanes = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self { gate: Arc::new(Semaphore::new(lanes)), nobody: Hash::of(&Typed::new("nobody"))? })
    }

    /// Whether `typed` is the password of `hash`. Without a hash: no, after the same work.
    pub(crate) async fn matches(&self, hash: Option<Hash>, typed: Typed) -> bool {
        let Ok(_turn) = self.gate.acquire().await else { return false };
        let (known, hash) = (hash.is_some(), hash.unwrap_or_else(|| self.nobody.clone()));
        let work = tokio::task::spawn_blocking(move || hash.matches(&typed));
        work.await.unwrap_or(false) && known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_right_password_matches_in_full_width_too_and_nobodys_never() {
        let comparer = Comparer::new().unwrap();
        let hash = Hash::of(&Typed::new("kakunin2026")).unwrap();
        assert!(comparer.matches(Some(hash.clone()), Typed::new("ｋａｋｕｎｉｎ２０２６")).await);
        assert!(!comparer.matches(Some(hash), Typed::new("kakunin2025")).await);
        assert!(!comparer.matches(None, Typed::new("nobody")).await);
    }

    #[test]
    fn a_confirmation_password_has_six_to_twelve_letters_or_digits() {
        for bad in ["abc12", "abcdef1234567", "abc-123", "かくにん123"] {
            assert!(!Typed::new(bad).is_confirmation(), "{bad}");
        }
        assert!(Typed::new("ａｂｃ１２３").is_confirmation());
    }
}
