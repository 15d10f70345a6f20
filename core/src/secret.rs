//! Owns the type that every key lives in.
//! Refuses to know what a key is for.
//! Invariant: a secret cannot be printed, copied, compared by `==` or serialised, and is wiped when dropped.
//!
//! ```
//! fn named<T>() {}
//! named::<warifu_core::secret::Secret<32>>();
//! named::<(warifu_core::token::TotpKey, warifu_core::otp::Code, warifu_core::start_password::StartPassword)>();
//! ```
//!
//! ```compile_fail,E0277
//! fn printed<T: std::fmt::Debug>() {}
//! printed::<warifu_core::secret::Secret<32>>();
//! ```
//!
//! ```compile_fail,E0277
//! fn copied<T: Clone>() {}
//! copied::<warifu_core::token::TotpKey>();
//! ```
//!
//! ```compile_fail,E0277
//! fn printed<T: std::fmt::Debug>() {}
//! printed::<warifu_core::otp::Code>();
//! ```
//!
//! ```compile_fail,E0277
//! fn printed<T: std::fmt::Debug>() {}
//! printed::<warifu_core::start_password::StartPassword>();
//! ```

use std::sync::OnceLock;

use rand::{CryptoRng, RngCore};
use zeroize::{Zeroize, ZeroizeOnDrop};

static KEEPER: OnceLock<fn(&[u8])> = OnceLock::new();

/// Lets `keeper` see the memory of every key that is made from now on, before it is used: to keep it out of the swap.
/// The first caller in a process decides; without one nothing is done.
pub fn keep_with(keeper: fn(&[u8])) {
    // A second caller is a second app in one process: the first's keeper serves it as well.
    let _ = KEEPER.set(keeper);
}

/// Shows memory that holds keys to the keeper.
pub(crate) fn keep(memory: &[u8]) {
    if let Some(keeper) = KEEPER.get() {
        keeper(memory);
    }
}

/// `N` secret bytes. No `Debug`, no `Clone`, no `Serialize`.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secret<const N: usize>(Box<[u8; N]>);

impl<const N: usize> Secret<N> {
    /// Takes the bytes over; the caller wipes its own copy.
    pub fn new(bytes: [u8; N]) -> Self {
        let secret = Self(Box::new(bytes));
        keep(&*secret.0);
        secret
    }

    /// Lets `write` fill the bytes where they stay, so that no copy is left behind.
    pub fn fill(write: impl FnOnce(&mut [u8; N])) -> Self {
        let mut secret = Self(Box::new([0; N]));
        keep(&*secret.0);
        write(&mut secret.0);
        secret
    }

    /// Draws fresh ones.
    pub fn generate(rng: &mut (impl RngCore + CryptoRng)) -> Self {
        Self::fill(|bytes| rng.fill_bytes(bytes))
    }

    /// From a slice of exactly `N` bytes; `None` for any other length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == N).then(|| Self::fill(|own| own.copy_from_slice(bytes)))
    }

    /// The one door out. What passes it must not be kept, logged or sent.
    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }
}

/// Names a key, so that one cannot stand in for another.
macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name($crate::secret::Secret<32>);

        impl $name {
            /// Takes a secret over under this name.
            pub fn new(secret: $crate::secret::Secret<32>) -> Self {
                Self(secret)
            }

            /// The 32 bytes; see [`Secret::expose`](crate::secret::Secret::expose).
            pub fn expose(&self) -> &[u8; 32] {
                self.0.expose()
            }
        }
    };
}
pub(crate) use key;

#[cfg(test)]
mod tests {
    use static_assertions::{assert_impl_all, assert_not_impl_any};
    use std::fmt::{Debug, Display};

    use serde::Serialize;

    use super::*;
    use crate::enrol::MessageKey;
    use crate::enrol::device::{Agreed, Started};
    use crate::otp::Code;
    use crate::start_password::StartPassword;
    use crate::token::{DeviceKey, TokenKeys, TotpKey, TxnKey};
    use crate::vault::Opened;
    use crate::vault::sealing::{InstallHalf, Record, State};

    /// The build of the tests fails when a type that holds a key can be printed, copied or sent.
    macro_rules! kept_to_itself {
        ($($secret:ty),+ $(,)?) => {
            $(assert_not_impl_any!($secret: Debug, Display, Clone, Copy, Serialize, PartialEq);)+
        };
    }
    kept_to_itself!(
        Secret<32>,
        Secret<96>,
        TotpKey,
        TxnKey,
        DeviceKey,
        TokenKeys,
        MessageKey,
        InstallHalf,
        Record,
        State,
        Opened,
        Agreed,
        Started,
        Code,
        StartPassword,
    );
    assert_impl_all!(Secret<32>: ZeroizeOnDrop);
    assert_impl_all!(Code: ZeroizeOnDrop);
    assert_impl_all!(StartPassword: ZeroizeOnDrop);

    #[test]
    fn the_keeper_sees_every_key_before_it_is_filled() {
        static SEEN: std::sync::Mutex<Vec<(usize, usize)>> = std::sync::Mutex::new(Vec::new());
        keep_with(|memory| SEEN.lock().unwrap().push((memory.as_ptr().addr(), memory.len())));
        let filled = Secret::<48>::fill(|bytes| {
            let own = (bytes.as_ptr().addr(), bytes.len());
            assert!(SEEN.lock().unwrap().contains(&own));
        });
        let taken = Secret::new([7; 49]);
        let seen = SEEN.lock().unwrap();
        assert!(seen.contains(&(filled.expose().as_ptr().addr(), 48)));
        assert!(seen.contains(&(taken.expose().as_ptr().addr(), 49)));
    }
}
