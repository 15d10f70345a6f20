//! Owns how typed text becomes what was meant: full-width digits, blanks, hyphens.
//! Refuses to know which field it came from and what its length must be.
//! Invariant: leading zeros are kept; a character that is not a digit is never dropped in silence.

use unicode_normalization::UnicodeNormalization;

/// The longest text that is looked at, in characters. A field of this product never holds more than 12 digits.
const LONGEST: usize = 64;

/// Why a text is not a row of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotDigits {
    /// A character other than a digit, a blank or a hyphen.
    #[error("only digits, blanks and hyphens are accepted")]
    Character,
    /// More than 64 characters, blanks and hyphens included.
    #[error("the text is too long")]
    TooLong,
}

/// The digits of a typed text: NFKC (so that `１２` is `12`), then blanks and hyphens stripped.
///
/// # Errors
/// [`NotDigits`] when another character stands in it, or the text is longer than 64 characters.
pub fn digits(typed: &str) -> Result<String, NotDigits> {
    if typed.chars().count() > LONGEST {
        return Err(NotDigits::TooLong);
    }
    if typed.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(typed.to_owned());
    }
    let mut row = String::with_capacity(LONGEST);
    for c in typed.nfkc() {
        match c {
            '0'..='9' => row.push(c),
            c if is_separator(c) => {}
            _ => return Err(NotDigits::Character),
        }
    }
    Ok(row)
}

/// Blanks, and every dash that an input method writes where a person meant a hyphen.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '\u{2010}'
                ..='\u{2015}' | '\u{2212}' | '\u{30fc}' | '\u{ff0d}' | '\u{ff70}' | '\u{200b}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_digits_blanks_and_hyphens_are_accepted() {
        assert_eq!(digits("１２３４　５６７８").unwrap(), "12345678");
        assert_eq!(digits(" 1011-2235\n").unwrap(), "10112235");
        assert_eq!(digits("9998－0000ー0001").unwrap(), "999800000001");
        assert_eq!(digits("−1 ‐2").unwrap(), "12");
    }

    #[test]
    fn leading_zeros_are_kept() {
        assert_eq!(digits("００12").unwrap(), "0012");
    }

    #[test]
    fn other_characters_are_named_not_dropped() {
        for bad in ["12a4", "１２あ", "1.5", "+12", "1_2", "\u{0661}"] {
            assert_eq!(digits(bad), Err(NotDigits::Character), "{bad}");
        }
        assert_eq!(digits(&"1".repeat(65)), Err(NotDigits::TooLong));
    }
}
