//! Owns the identifiers of the domain: their shapes, and how typed text becomes one.
//! Refuses to know where they are stored and who may see them.
//! Invariant: a value of one of these types has its exact length and alphabet; leading zeros are kept.

use std::fmt;
use std::str::FromStr;

use rand::RngCore;
use serde::{Deserialize, Serialize};

use crate::text;

/// Why a text is not the identifier it was taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadId {
    /// A character that this identifier cannot hold.
    #[error("a character that this number cannot hold")]
    Character,
    /// Fewer or more characters than `wanted`.
    #[error("{found} digits instead of {wanted}")]
    Length {
        /// How many were found.
        found: usize,
        /// How many it has to be.
        wanted: usize,
    },
}

/// A number of fixed length that is read by people: ASCII digits, leading zeros kept.
macro_rules! digit_id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
        pub struct $name(String);

        impl $name {
            /// How many digits it has.
            pub const DIGITS: usize = $len;

            /// Reads what a person typed or pasted: full-width digits, blanks and hyphens are accepted.
            ///
            /// # Errors
            /// [`BadId`] when another character stands in it or the length is not [`Self::DIGITS`].
            pub fn parse(typed: &str) -> Result<Self, BadId> {
                let row = text::digits(typed).map_err(|_| BadId::Character)?;
                if row.len() == $len {
                    Ok(Self(row))
                } else {
                    Err(BadId::Length { found: row.len(), wanted: $len })
                }
            }

            /// Draws one uniformly; the first digit is never 0, so that no table drops it.
            pub fn generate(rng: &mut impl RngCore) -> Self {
                let mut row = String::with_capacity($len);
                while row.len() < $len {
                    let byte = rng.next_u32() as u8;
                    // 250 is the largest multiple of ten in a byte: no digit is more likely than another.
                    let digit = char::from(b'0' + byte % 10);
                    if byte < 250 && !(row.is_empty() && digit == '0') {
                        row.push(digit);
                    }
                }
                Self(row)
            }

            /// Its digits.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        /// The strict reading for machines: exactly ASCII digits.
        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                if text.len() != $len {
                    return Err(BadId::Length { found: text.chars().count(), wanted: $len });
                }
                if text.bytes().all(|b| b.is_ascii_digit()) { Ok(Self(text)) } else { Err(BadId::Character) }
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                Self::try_from(text.to_owned())
            }
        }
    };
}

digit_id!(
    /// サービスID: 8 digits, one per institution.
    ServiceId, 8
);
digit_id!(
    /// ユーザID: 12 digits, random, fresh for every issue, never reused.
    UserId, 12
);
digit_id!(
    /// シリアルNo: 9 digits, one per token.
    Serial, 9
);
digit_id!(
    /// 金融機関コード: 4 digits.
    BankNo, 4
);
digit_id!(
    /// 支店番号: 3 digits.
    BranchNo, 3
);
digit_id!(
    /// 口座番号: 7 digits.
    AccountNo, 7
);

/// An identifier of 16 random bytes, written as a UUID.
macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = uuid::Uuid))]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// Draws one.
            pub fn generate(rng: &mut impl RngCore) -> Self {
                let mut bytes = [0; 16];
                rng.fill_bytes(&mut bytes);
                Self(uuid::Builder::from_random_bytes(bytes).into_uuid())
            }

            /// From its 16 bytes.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(uuid::Uuid::from_bytes(bytes))
            }

            /// Its 16 bytes.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                text.parse().map(Self).map_err(|_| BadId::Character)
            }
        }
    };
}

random_id!(
    /// One attempt of a device to initialise; drawn by the device, 16 bytes.
    AttemptId
);
random_id!(
    /// One initialisation as the centre counts it; drawn by the centre, 16 bytes.
    EnrolId
);
random_id!(
    /// One token; drawn by the centre, 16 bytes.
    TokenId
);
random_id!(
    /// One question of an institution to the centre: asked again under the same ID, it gets the same answer.
    RequestId
);
random_id!(
    /// One transaction that waits for its code; drawn by the centre, 16 bytes.
    TransactionId
);

/// A member as the institution names them: 1 to 64 of `A-Z a-z 0-9 . _ -`, never shown to the device.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
pub struct MemberId(String);

impl MemberId {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<MemberId> for String {
    fn from(id: MemberId) -> Self {
        id.0
    }
}

impl TryFrom<String> for MemberId {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        if !(1..=64).contains(&text.len()) {
            return Err(BadId::Length { found: text.chars().count(), wanted: 64 });
        }
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if text.bytes().all(allowed) { Ok(Self(text)) } else { Err(BadId::Character) }
    }
}

impl FromStr for MemberId {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        Self::try_from(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_numbers_keep_leading_zeros_and_accept_full_width() {
        assert_eq!(ServiceId::parse("０011 2235").unwrap().as_str(), "00112235");
        assert_eq!(UserId::parse("9998-0000-0001").unwrap().as_str(), "999800000001");
    }

    #[test]
    fn a_wrong_length_says_how_many_were_found() {
        assert_eq!(UserId::parse("99980000000"), Err(BadId::Length { found: 11, wanted: 12 }));
        assert_eq!(ServiceId::parse(""), Err(BadId::Length { found: 0, wanted: 8 }));
    }

    #[test]
    fn machines_are_read_strictly() {
        assert!("1011 2235".parse::<ServiceId>().is_err());
        assert!("１０１１２２３５".parse::<ServiceId>().is_err());
        assert!(serde_json::from_str::<ServiceId>("10112235").is_err());
    }

    #[test]
    fn a_generated_number_has_its_length_and_never_starts_with_zero() {
        let mut rng = rand::rngs::mock::StepRng::new(0, 0x9E37_79B9_7F4A_7C15);
        for _ in 0..1_000 {
            let serial = Serial::generate(&mut rng);
            assert_eq!(serial.as_str().len(), 9);
            assert!(!serial.as_str().starts_with('0'));
        }
    }

    #[test]
    fn a_member_id_with_a_slash_a_blank_or_nothing_is_refused() {
        for bad in ["", "a/b", "a b", "会員", &"a".repeat(65)] {
            assert!(bad.parse::<MemberId>().is_err(), "{bad}");
        }
    }
}
