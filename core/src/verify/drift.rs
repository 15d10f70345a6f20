//! Owns what accepted codes teach about a device's clock.
//! Refuses to know codes: it gets offsets, and when they came.
//! Invariant: a code that was right half a step ago teaches nothing, so that slow typing moves no drift.

use crate::otp::{PERIOD, Step};
use crate::time::{SECOND, UnixMillis};

/// How far accepted codes alone follow a device's clock, steps.
pub const MAX_DRIFT: i8 = 3;
/// How many equal leans in a row move the drift by one.
const STEADY: u8 = 3;
/// How much of a step has to be over before the code of the step before leans: nobody needs as long to type it.
const TYPING: i64 = PERIOD.cast_signed() * SECOND / 2;

/// How far the device's clock is off, as learned from accepted codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drift {
    /// Steps that the device is ahead (behind when negative): −3 to 3 as learned from single codes, −60 to 60 as set
    /// by a resynchronisation.
    pub steps: i8,
    /// How the last accepted code leaned: −1, 0 or 1.
    pub lean: i8,
    /// How many accepted codes in a row leaned so.
    pub run: u8,
}

impl Drift {
    /// After a code was accepted at `offset` from where it was expected.
    #[must_use]
    pub(super) fn after(self, offset: i8, now: UnixMillis) -> Self {
        self.learn(lean(offset, now))
    }

    #[must_use]
    pub(super) fn learn(self, lean: i8) -> Self {
        let run = if lean == self.lean { self.run + 1 } else { 1 };
        if lean == 0 {
            Self { steps: self.steps, lean: 0, run: 0 }
        } else if run < STEADY {
            Self { steps: self.steps, lean, run }
        } else {
            let bound = MAX_DRIFT.max(self.steps.saturating_abs());
            Self { steps: (self.steps + lean).clamp(-bound, bound), lean: 0, run: 0 }
        }
    }
}

/// A code of the step before that comes in the first half of a step may only have been typed slowly.
fn lean(offset: i8, now: UnixMillis) -> i8 {
    let into = PERIOD.cast_signed() * SECOND - (Step::at(now).ends_at().0 - now.0);
    if offset < 0 && into < TYPING { 0 } else { offset }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng as _, SeedableRng as _};

    use super::*;
    use crate::otp;
    use crate::secret::Secret;
    use crate::token::TotpKey;
    use crate::verify::{Active, Finding, evaluate};

    const NOW: UnixMillis = UnixMillis(1_700_000_000_000);
    const HALF: i64 = 30 * SECOND;

    fn key() -> TotpKey {
        TotpKey::new(Secret::new([7; 32]))
    }

    /// A member's life with one device.
    struct Life {
        rng: StdRng,
        /// How far the device's clock is ahead, milliseconds.
        ahead: i64,
        /// The longest time between the look at a code and its arrival.
        slowest: i64,
        now: UnixMillis,
        last: Step,
        drift: Drift,
    }

    impl Life {
        fn new(ahead: i64, slowest: i64) -> Self {
            let rng = StdRng::seed_from_u64(ahead.unsigned_abs() + slowest.unsigned_abs());
            Self { rng, ahead, slowest, now: NOW, last: Step(0), drift: Drift::default() }
        }

        /// Looks at a code at any moment of a later step, types it, and has it evaluated; whether it was accepted.
        fn once(&mut self) -> bool {
            let minutes = self.rng.gen_range(2..60);
            let looked = UnixMillis(
                Step::at(self.now).offset(minutes).ends_at().0 + self.rng.gen_range(0..60 * SECOND),
            );
            let code = otp::code(&key(), Step::at(looked.plus(self.ahead)));
            self.now = looked.plus(self.rng.gen_range(0..=self.slowest));
            let found = evaluate(&Active::new(key(), self.last, self.drift), &code, self.now);
            if let Finding::Fresh { step, drift } = found {
                (self.last, self.drift) = (step, drift);
            }
            matches!(found, Finding::Fresh { .. })
        }
    }

    #[test]
    fn ten_thousand_successes_on_a_perfect_clock_leave_the_drift_at_zero_however_late_they_were_typed() {
        for slowest in [0, 20 * SECOND, HALF] {
            let mut life = Life::new(0, slowest);
            let mut late = 0;
            for number in 0..10_000 {
                assert!(life.once(), "code {number} of a perfect clock");
                assert_eq!(life.drift, Drift::default(), "after code {number}, not even a lean");
                late += usize::from(life.last < Step::at(life.now));
            }
            assert_eq!(late > 1_000, slowest > 0, "{late} codes came in the step after theirs");
        }
    }

    #[test]
    fn a_clock_that_is_more_than_a_minute_off_is_still_followed() {
        for ahead in [-90, -75, -61, 65, 75, 90] {
            let mut life = Life::new(ahead * SECOND, 20 * SECOND);
            let refused = (0..200).filter(|_| !life.once()).count();
            assert_eq!(
                life.drift.steps.signum(),
                if ahead < 0 { -1 } else { 1 },
                "{ahead} s: {:?}",
                life.drift
            );
            assert!(refused < 40, "{ahead} s: {refused} codes were refused until it was followed");
            // Off by a minute and a quarter lies between two steps: the drift may stand at either.
            let refused = (0..1_000).filter(|_| !life.once()).count();
            assert!(refused < 10, "{ahead} s: {refused} of 1,000 codes were refused once it was followed");
        }
    }

    #[test]
    fn the_code_of_the_step_before_leans_only_in_the_second_half_of_a_step() {
        let begins = Step::at(NOW).ends_at();
        for (into, offset, leans) in
            [(0, -1, 0), (HALF - 1, -1, 0), (HALF, -1, -1), (59 * SECOND, -1, -1), (0, 1, 1), (HALF, 0, 0)]
        {
            assert_eq!(lean(offset, begins.plus(into)), leans, "offset {offset}, {into} ms into a step");
        }
        let run = Drift { steps: 0, lean: -1, run: 2 };
        assert_eq!(run.after(-1, begins), Drift::default(), "and ends a row, as a code in time does");
    }

    #[test]
    fn three_equal_offsets_in_a_row_move_the_drift_by_one_and_never_past_three() {
        let mut drift = Drift::default().learn(1).learn(1);
        assert_eq!(drift.steps, 0);
        drift = drift.learn(-1).learn(1).learn(1);
        assert_eq!(drift.steps, 0, "a change of side begins anew");
        drift = drift.learn(1);
        assert_eq!(drift.steps, 1);
        for _ in 0..100 {
            drift = drift.learn(1);
        }
        assert_eq!(drift.steps, MAX_DRIFT);
    }
}
