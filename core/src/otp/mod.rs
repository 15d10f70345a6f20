//! Owns the code of RFC 6238: HMAC-SHA-256, T0 = 0, X = 60 s, 8 digits.
//! Refuses to know whose key it is and which codes were used.
//! Invariant: a [`Code`] is eight digits; it is compared in constant time and cannot be printed by accident.

use subtle::ConstantTimeEq;
use totp_lite::{Sha256, totp_custom};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::text;
use crate::time::{SECOND, UnixMillis};
use crate::token::TotpKey;

/// How long a code is on show, seconds.
pub const PERIOD: u64 = 60;
/// How many digits a code has.
pub const DIGITS: usize = 8;

/// A time step of RFC 6238, section 4.2: whole minutes since 1970-01-01 UTC. Step 0 stands for "none yet".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step(pub u64);

impl Step {
    /// The step that `now` lies in; a clock before 1970 gives step 0.
    pub fn at(now: UnixMillis) -> Self {
        Self(u64::try_from(now.secs()).unwrap_or(0) / PERIOD)
    }

    /// The step `by` steps later (earlier when negative), never below 0.
    #[must_use]
    pub fn offset(self, by: i64) -> Self {
        Self(self.0.saturating_add_signed(by))
    }

    /// The eight bytes that the MAC is computed over (RFC 4226, section 5.1).
    pub fn message(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    /// When it ends and the next begins.
    pub fn ends_at(self) -> UnixMillis {
        let seconds = self.0.saturating_add(1).saturating_mul(PERIOD);
        UnixMillis::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX))
    }

    /// Whole seconds until it ends, rounded up: 60 at its first moment, 1 in its last second.
    pub fn seconds_left(self, now: UnixMillis) -> u64 {
        let left = self.ends_at().0.saturating_sub(now.0).max(0);
        u64::try_from(left).unwrap_or(0).div_ceil(SECOND.unsigned_abs())
    }
}

/// A one-time password. No `Debug`, no `Display`: it is shown on purpose or not at all.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Code([u8; DIGITS]);

/// The typed text cannot be a code: it is not eight digits. Nothing is charged for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a one-time password has 8 digits")]
pub struct NotACode;

impl Code {
    /// Reads what a person typed: full-width digits, blanks and hyphens are accepted, leading zeros kept.
    ///
    /// # Errors
    /// [`NotACode`] unless exactly eight digits are left.
    pub fn parse(typed: &str) -> Result<Self, NotACode> {
        let mut row = text::digits(typed).map_err(|_| NotACode)?;
        let code = row.as_bytes().try_into().map(Self).map_err(|_| NotACode);
        row.zeroize();
        code
    }

    /// Truncates a MAC that a vault computed over [`Step::message`] (RFC 4226, section 5.3).
    pub fn from_mac(mac: &[u8; 32]) -> Self {
        let at = usize::from(mac[31] & 0x0f);
        let word = u32::from_be_bytes([mac[at], mac[at + 1], mac[at + 2], mac[at + 3]]) & 0x7fff_ffff;
        let mut left = word % 100_000_000;
        let mut row = [0; DIGITS];
        for digit in row.iter_mut().rev() {
            *digit = b'0' + u8::try_from(left % 10).expect("a remainder by ten is below ten");
            left /= 10;
        }
        Self(row)
    }

    /// The digits, for the screen. What passes this door must not be kept or logged.
    pub fn expose(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a code is ASCII digits by construction")
    }

    /// Equality in constant time.
    pub fn same_as(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// The centre's half: the code of a key at a step.
pub fn code(key: &TotpKey, step: Step) -> Code {
    // The step is handed over as seconds of a one-second period, so that no step can overflow on its way.
    let mut text = totp_custom::<Sha256>(1, DIGITS as u32, key.expose(), step.0);
    let code = Code(text.as_bytes().try_into().expect("eight digits were asked for"));
    text.zeroize();
    code
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::hmac_sha256;
    use crate::secret::Secret;

    #[test]
    fn the_centres_code_and_the_truncated_mac_of_the_vault_agree() {
        for seed in 0..200u8 {
            let key = TotpKey::new(Secret::new([seed; 32]));
            for step in [0, 1, u64::from(seed) * 7_919, 27_000_000, 1 << 40, u64::MAX] {
                let mac = hmac_sha256(key.expose(), &[&Step(step).message()]);
                assert!(code(&key, Step(step)).same_as(&Code::from_mac(&mac)), "{seed} {step}");
            }
        }
    }

    #[test]
    fn a_step_begins_and_ends_on_the_minute() {
        let minute = UnixMillis::from_secs(120);
        assert_eq!(Step::at(minute.plus(-1)), Step(1));
        assert_eq!(Step::at(minute), Step(2));
        assert_eq!(Step(2).seconds_left(minute), 60);
        assert_eq!(Step(2).seconds_left(minute.plus(59_001)), 1);
        assert_eq!(Step(2).seconds_left(minute.plus(60_000)), 0);
    }

    #[test]
    fn a_clock_before_1970_gives_step_zero() {
        assert_eq!(Step::at(UnixMillis(-5)), Step(0));
        assert_eq!(Step::at(UnixMillis(i64::MIN)), Step(0));
    }

    #[test]
    fn typed_codes_keep_zeros_and_accept_full_width_blanks_and_hyphens() {
        assert_eq!(Code::parse("００12－3 456").unwrap_or_else(|_| unreachable!()).expose(), "00123456");
        for bad in ["", "1234567", "123456789", "1234567a", "12345678\0"] {
            assert!(Code::parse(bad).is_err(), "{bad}");
        }
    }
}
