//! Owns 利用開始パスワード: what is accepted as one, and that it is never printed.
//! Refuses to know whose it is.
//! Invariant: 4 to 8 ASCII digits, not a repeated digit and not a run.

use serde::{Deserialize, Deserializer, Serializer};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::text;

/// A start password: used once, at the initialisation of the app. No `Debug`, no `Clone`.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct StartPassword(String);

/// Why a text cannot be a start password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadStartPassword {
    /// Something other than digits, blanks and hyphens.
    #[error("a start password holds digits only")]
    NotDigits,
    /// Fewer than 4 or more than 8 digits.
    #[error("a start password has 4 to 8 digits")]
    Length,
    /// One digit repeated (`0000`), or a run up or down (`1234`, `8765`, `7890`).
    #[error("this start password is easily guessed")]
    Trivial,
}

impl StartPassword {
    /// Reads what the member chose at issue; trivial ones are refused here, at the form.
    ///
    /// # Errors
    /// [`BadStartPassword`], the first that applies.
    pub fn choose(typed: &str) -> Result<Self, BadStartPassword> {
        let password = Self::parse(typed)?;
        if is_trivial(password.0.as_bytes()) { Err(BadStartPassword::Trivial) } else { Ok(password) }
    }

    /// Reads what the member types into the app: any 4 to 8 digits, since only the centre knows the right ones.
    ///
    /// # Errors
    /// [`BadStartPassword::NotDigits`] or [`BadStartPassword::Length`].
    pub fn parse(typed: &str) -> Result<Self, BadStartPassword> {
        let row = text::digits(typed).map_err(|_| BadStartPassword::NotDigits)?;
        let password = Self(row);
        if (4..=8).contains(&password.0.len()) { Ok(password) } else { Err(BadStartPassword::Length) }
    }

    /// The digits. What passes this door must not be kept, logged or shown.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// One digit repeated, or each digit one above (or each one below) its neighbour, 0 following 9.
fn is_trivial(digits: &[u8]) -> bool {
    let steps = |by: u8| digits.windows(2).all(|pair| (pair[0] - b'0' + by) % 10 == pair[1] - b'0');
    steps(0) || steps(1) || steps(9)
}

/// How the bank API carries it, inside TLS: the only serialisation there is.
pub mod on_the_wire {
    use super::{Deserialize, Deserializer, Serializer, StartPassword};

    /// Writes the digits.
    ///
    /// # Errors
    /// Those of the serialiser.
    pub fn serialize<S: Serializer>(password: &StartPassword, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(password.expose())
    }

    /// Reads and applies the rules of [`StartPassword::choose`].
    ///
    /// # Errors
    /// A text that says which rule is broken, without the digits.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<StartPassword, D::Error> {
        StartPassword::choose(&String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_digits_and_runs_are_refused_at_the_form() {
        for trivial in ["0000", "77777777", "1234", "8765", "7890", "0987", "９８７６"] {
            assert!(matches!(StartPassword::choose(trivial), Err(BadStartPassword::Trivial)), "{trivial}");
        }
        for fine in ["1357", "1235", "0901", "19491001"] {
            assert_eq!(
                StartPassword::choose(fine).ok().map(|p| p.expose().to_owned()),
                Some(fine.to_owned())
            );
        }
    }

    #[test]
    fn the_length_is_four_to_eight() {
        for bad in ["", "123", "123456789"] {
            assert!(matches!(StartPassword::parse(bad), Err(BadStartPassword::Length)), "{bad}");
        }
        assert!(matches!(StartPassword::parse("12e4"), Err(BadStartPassword::NotDigits)));
    }

    #[test]
    fn the_app_accepts_any_digits_so_that_only_the_centre_judges() {
        assert!(StartPassword::parse("1234").is_ok());
    }
}
