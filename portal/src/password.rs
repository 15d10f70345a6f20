//! Owns how a typed password is read and compared: ログインパスワード and 確認用パスワード.
//! Refuses to know whose it is and how often it was wrong.
//! Invariant: only argon2 hashes are kept; comparing with nobody's hash takes as long as with a member's.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{
    PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString, rand_core::OsRng,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
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

    /// How many characters it has.
    pub(crate) fn length(&self) -> usize {
        self.0.chars().count()
    }

    /// Whether somebody typed the same twice.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    /// Whether these words stand in it.
    pub(crate) fn holds(&self, words: &str) -> bool {
        self.0.to_lowercase().contains(words)
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

/// How many may wait for a turn; one more is told to come back.
const WAITING: usize = 64;

/// Compares, a few at a time and off the async threads.
#[derive(Clone)]
pub(crate) struct Comparer {
    seats: Arc<Semaphore>,
    gate: Arc<Semaphore>,
    nobody: Hash,
}

/// A password could not be hashed.
#[derive(Debug, thiserror::Error)]
#[error("a password cannot be hashed")]
pub(crate) struct NotHashed;

/// A place among those who compare or wait for it; given back when dropped.
pub(crate) struct Seat(#[expect(dead_code, reason = "it is held, not read")] OwnedSemaphorePermit);

impl Comparer {
    pub(crate) fn new() -> Result<Self, argon2::password_hash::Error> {
        let lanes = std::thread::available_parallelism().map_or(1, usize::from);
        let semaphore = |room| Arc::new(Semaphore::new(room));
        let nobody = Hash::of(&Typed::new("nobody"))?;
        Ok(Self { seats: semaphore(lanes + WAITING), gate: semaphore(lanes), nobody })
    }

    /// `None` when too many wait already.
    pub(crate) fn seat(&self) -> Option<Seat> {
        Arc::clone(&self.seats).try_acquire_owned().ok().map(Seat)
    }

    /// The hash of a password that was chosen.
    pub(crate) async fn hash(&self, _seat: Seat, typed: Typed) -> Result<Hash, NotHashed> {
        let _turn = self.gate.acquire().await.map_err(|_| NotHashed)?;
        let work = tokio::task::spawn_blocking(move || Hash::of(&typed));
        work.await.map_err(|_| NotHashed)?.map_err(|_| NotHashed)
    }

    /// Whether `typed` is the password of `hash`. Without a hash: no, after the same work.
    pub(crate) async fn matches(&self, _seat: Seat, hash: Option<Hash>, typed: Typed) -> bool {
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
        let seat = || comparer.seat().unwrap();
        assert!(comparer.matches(seat(), Some(hash.clone()), Typed::new("ｋａｋｕｎｉｎ２０２６")).await);
        assert!(!comparer.matches(seat(), Some(hash), Typed::new("kakunin2025")).await);
        assert!(!comparer.matches(seat(), None, Typed::new("nobody")).await);
    }

    #[test]
    fn only_so_many_wait_and_a_seat_is_free_again_when_its_holder_goes() {
        let comparer = Comparer::new().unwrap();
        let mut seats: Vec<Seat> = std::iter::from_fn(|| comparer.seat()).collect();
        let lanes = std::thread::available_parallelism().map_or(1, usize::from);
        assert_eq!(seats.len(), lanes + WAITING);
        assert!(comparer.seat().is_none());
        seats.pop();
        assert!(comparer.seat().is_some());
    }

    #[test]
    fn a_confirmation_password_has_six_to_twelve_letters_or_digits() {
        for bad in ["abc12", "abcdef1234567", "abc-123", "かくにん123"] {
            assert!(!Typed::new(bad).is_confirmation(), "{bad}");
        }
        assert!(Typed::new("ａｂｃ１２３").is_confirmation());
    }
}
