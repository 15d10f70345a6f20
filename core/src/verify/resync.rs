//! Owns the judgement of two consecutive codes of a device whose clock is far off.
//! Refuses to run by itself: a member asks for it, and the caller limits how often.
//! Invariant: both steps are newer than the last accepted one, so that no code counts twice through it.

use super::{Active, Drift, Issued, Tally};
use crate::otp::{self, Code, Step};
use crate::time::UnixMillis;

/// How far from the centre's clock a device's may be, steps.
pub const REACH: i8 = 60;
/// How often a token may be resynchronised within a day.
pub const A_DAY: u32 = 3;

/// What two codes were found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Resync {
    /// Codes of consecutive steps, both newer than the last accepted one: spend `step`, the later of them.
    Found {
        /// The later step.
        step: Step,
        /// How far the device's clock is off.
        drift: Drift,
    },
    /// Codes of consecutive steps, but not both newer than the last accepted one.
    Spent,
    /// Anything else: charge one wrong code.
    NoMatch,
}

/// Judges two codes for an active token.
pub fn resync(token: &Active, first: &Code, second: &Code, now: UnixMillis) -> Resync {
    judge(&token.0, first, second, now)
}

/// Judges two codes before 利用開始.
pub fn resync_issued(token: &Issued, first: &Code, second: &Code, now: UnixMillis) -> Resync {
    judge(&token.0, first, second, now)
}

/// Always computes every step within reach, so that time tells nothing about which one matched.
fn judge(token: &Tally, first: &Code, second: &Code, now: UnixMillis) -> Resync {
    let middle = Step::at(now);
    let mut best: Option<(i8, Step)> = None;
    let mut spent = false;
    let mut first_matched = false;
    for offset in -REACH..=REACH {
        let step = middle.offset(i64::from(offset));
        let code = otp::code(&token.key, step);
        let pair = first_matched & code.same_as(second);
        first_matched = code.same_as(first);
        // Fresh only when the earlier of the two is: then the later one is as well.
        let is_fresh = step.0 > token.last_step.0.saturating_add(1);
        spent |= pair && !is_fresh;
        let is_nearer = best.is_none_or(|(other, _)| offset.unsigned_abs() < other.unsigned_abs());
        if pair && is_fresh && is_nearer {
            best = Some((offset, step));
        }
    }
    match best {
        Some((steps, step)) => Resync::Found { step, drift: Drift { steps, lean: 0, run: 0 } },
        None if spent => Resync::Spent,
        None => Resync::NoMatch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use crate::token::TotpKey;
    use crate::verify::{Finding, MAX_DRIFT, evaluate};

    const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

    fn key() -> TotpKey {
        TotpKey::new(Secret::new([7; 32]))
    }

    fn active(last_step: u64) -> Active {
        Active::new(key(), Step(last_step), Drift::default())
    }

    fn code_at(offset: i64) -> Code {
        otp::code(&key(), Step::at(NOW).offset(offset))
    }

    fn asked(last_step: u64, first: i64, second: i64) -> Resync {
        resync(&active(last_step), &code_at(first), &code_at(second), NOW)
    }

    #[test]
    fn two_consecutive_codes_within_an_hour_set_the_drift() {
        for first in [-60, -7, -1, 0, 5, 59] {
            let drift = Drift { steps: i8::try_from(first + 1).unwrap(), lean: 0, run: 0 };
            let step = Step::at(NOW).offset(first + 1);
            assert_eq!(asked(0, first, first + 1), Resync::Found { step, drift }, "{first}");
        }
    }

    #[test]
    fn codes_further_away_apart_or_the_wrong_way_round_do_not_resynchronise() {
        for (first, second) in [(-61, -60), (60, 61), (3, 5), (6, 5), (5, 5), (100, 101)] {
            assert_eq!(asked(0, first, second), Resync::NoMatch, "{first} {second}");
        }
    }

    #[test]
    fn a_used_code_is_never_accepted_again_through_resynchronisation() {
        let last = Step::at(NOW).0;
        for first in [-9, -1, 0] {
            assert_eq!(asked(last, first, first + 1), Resync::Spent, "{first}");
        }
        assert!(matches!(asked(last, 1, 2), Resync::Found { .. }));
    }

    #[test]
    fn after_it_the_codes_of_that_clock_are_accepted_and_older_ones_are_not() {
        let Resync::Found { step, drift } = asked(0, 20, 21) else { panic!("two codes of one clock") };
        let later = NOW.plus(60_000);
        let token = || Active::new(key(), step, drift);
        assert!(matches!(evaluate(&token(), &code_at(22), later), Finding::Fresh { .. }));
        assert_eq!(evaluate(&token(), &code_at(21), later), Finding::Spent);
        assert_eq!(evaluate(&token(), &code_at(1), later), Finding::NoMatch);
    }

    #[test]
    fn what_was_resynchronised_is_learned_back_towards_zero_and_never_further_away() {
        let mut drift = Drift { steps: 20, lean: 0, run: 0 };
        for _ in 0..30 {
            drift = drift.learn(1);
        }
        assert_eq!(drift.steps, 20);
        for _ in 0..3 * 40 {
            drift = drift.learn(-1);
        }
        assert_eq!(drift.steps, -MAX_DRIFT);
    }
}
