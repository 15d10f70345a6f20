//! Owns how far off a clock is for which a refused code of 利用開始 would have been right.
//! Refuses to accept anything by it: the code stays wrong and charged.
//! Invariant: only a code that is newer than the last accepted one tells, and only before 利用開始.

use super::{Issued, REACH};
use crate::otp::{self, Code, PERIOD, Step};
use crate::time::UnixMillis;

/// By how many seconds the device's clock is ahead (behind when negative), to the minute; nothing when the code is
/// none of the hour before and after. Always computes every step, so that time tells nothing.
pub fn clock_off(token: &Issued, code: &Code, now: UnixMillis) -> Option<i64> {
    let middle = Step::at(now);
    let mut best: Option<i64> = None;
    for offset in -i64::from(REACH)..=i64::from(REACH) {
        let step = middle.offset(offset);
        let matches = otp::code(&token.0.key, step).same_as(code);
        if matches && step > token.0.last_step && best.is_none_or(|other| offset.abs() < other.abs()) {
            best = Some(offset);
        }
    }
    best.map(|steps| steps * PERIOD.cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use crate::token::TotpKey;
    use crate::verify::Drift;

    const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

    fn told(last_step: u64, offset: i64) -> Option<i64> {
        let key = || TotpKey::new(Secret::new([7; 32]));
        let code = otp::code(&key(), Step::at(NOW).offset(offset));
        clock_off(&Issued::new(key(), Step(last_step), Drift::default()), &code, NOW)
    }

    #[test]
    fn a_code_of_the_hour_before_or_after_tells_how_far_the_clock_is_off() {
        assert_eq!([told(0, -60), told(0, -3), told(0, 7), told(0, 60)], [-3600, -180, 420, 3600].map(Some));
        assert_eq!([told(0, -61), told(0, 61)], [None, None]);
    }

    #[test]
    fn a_code_that_was_spent_tells_nothing() {
        let last = Step::at(NOW).0 - 10;
        assert_eq!([told(last, -10), told(last, -20), told(last, -9)], [None, None, Some(-540)]);
    }
}
