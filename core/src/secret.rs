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

use rand::{CryptoRng, RngCore};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// `N` secret bytes. No `Debug`, no `Clone`, no `Serialize`.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secret<const N: usize>(Box<[u8; N]>);

impl<const N: usize> Secret<N> {
    /// Takes the bytes over; the caller wipes its own copy.
    pub fn new(bytes: [u8; N]) -> Self {
        Self(Box::new(bytes))
    }

    /// Lets `write` fill the bytes where they stay, so that no copy is left behind.
    pub fn fill(write: impl FnOnce(&mut [u8; N])) -> Self {
        let mut secret = Self(Box::new([0; N]));
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
