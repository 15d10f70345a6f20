//! Owns `enc(x1, …, xn)`, the one way in which things become the bytes that are hashed or MACed.
//! Refuses to know what the items mean.
//! Invariant: injective for a fixed number of items; two different lists never give the same bytes.

use hmac::{Hmac, Mac as _};
use sha2::{Digest, Sha256};

/// One item of an encoding.
#[derive(Clone, Copy)]
pub enum Item<'a> {
    /// UTF-8 text.
    Text(&'a str),
    /// Bytes as they are.
    Bytes(&'a [u8]),
    /// An integer: eight bytes, big-endian.
    Int(u64),
}

impl<'a> From<&'a str> for Item<'a> {
    fn from(text: &'a str) -> Self {
        Item::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Item<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Item::Bytes(bytes)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Item<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Item::Bytes(bytes)
    }
}

impl From<u64> for Item<'_> {
    fn from(number: u64) -> Self {
        Item::Int(number)
    }
}

/// `enc(x1, …, xn)`: for each item `u32be(len) ‖ bytes`.
pub fn enc(items: &[Item<'_>]) -> Vec<u8> {
    let length = |item: &Item<'_>| match item {
        Item::Text(text) => text.len(),
        Item::Bytes(bytes) => bytes.len(),
        Item::Int(_) => 8,
    };
    let mut out = Vec::with_capacity(items.iter().map(|item| 4 + length(item)).sum());
    for item in items {
        let number;
        let bytes = match item {
            Item::Text(text) => text.as_bytes(),
            Item::Bytes(bytes) => bytes,
            Item::Int(value) => {
                number = value.to_be_bytes();
                &number
            }
        };
        let len =
            u32::try_from(bytes.len()).expect("an item is at most 8 KiB: bodies are limited before this");
        out.extend_from_slice(&len.to_be_bytes());
        out.extend_from_slice(bytes);
    }
    out
}

/// SHA-256 of `enc(items)`.
pub fn sha256(items: &[Item<'_>]) -> [u8; 32] {
    Sha256::digest(enc(items)).into()
}

/// HMAC-SHA-256 (RFC 2104) of the concatenated parts.
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// `enc` with items of mixed kinds: `enc!("label", &bytes, 5u64)`.
#[macro_export]
macro_rules! enc {
    ($($item:expr),+ $(,)?) => {
        $crate::encoding::enc(&[$($crate::encoding::Item::from($item)),+])
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn items_are_length_prefixed() {
        assert_eq!(
            enc!("ab", &[1u8, 2, 3], 5u64),
            [0, 0, 0, 2, b'a', b'b', 0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 5]
        );
    }

    #[test]
    fn moving_a_border_changes_the_bytes() {
        assert_ne!(enc!("ab", "c"), enc!("a", "bc"));
    }
}
