//! Owns how byte fields stand in JSON: base64url without padding (RFC 4648, section 5).
//! Refuses to know what the bytes mean.
//! Invariant: one value has one text; padding, other alphabets and other lengths are refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Exactly `N` public bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes<const N: usize>(pub [u8; N]);

/// Public bytes of any length that the body's limit allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob(pub Vec<u8>);

/// The text of some bytes.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of a text; `None` when it is not base64url without padding.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

impl<const N: usize> Serialize for Bytes<N> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&encode(&self.0))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Bytes<N> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let bytes = Blob::deserialize(from)?.0;
        let found = bytes.len();
        bytes.try_into().map(Self).map_err(|_| D::Error::custom(format!("{found} bytes instead of {N}")))
    }
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        decode(&text).map(Self).ok_or_else(|| D::Error::custom("not base64url without padding"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_the_other_alphabet_and_other_lengths_are_refused() {
        for bad in [r#""AAAA====""#, r#""+/+/""#, r#""AAA""#, r#""AAAAA""#, "3", r#""AA AA""#, r#""AAAAAA""#]
        {
            assert!(serde_json::from_str::<Bytes<3>>(bad).is_err(), "{bad}");
        }
        assert_eq!(serde_json::from_str::<Bytes<3>>(r#""-_-_""#).unwrap().0, [0xfb, 0xff, 0xbf]);
    }
}
