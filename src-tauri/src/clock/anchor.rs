//! Owns what the centre said about the time, tied to the count that nobody can set.
//! Refuses to know which centre it was and how its answer was proven.
//! Invariant: an anchor is off by at most half of what the question and its answer took.

use warifu_core::time::{SECOND, UnixMillis};

use super::Counted;

/// An answer that took longer says too little: half of it, and the centre's window of a minute to both sides is near.
const LONGEST: i64 = 20 * SECOND;

/// A moment of the centre's clock, and the count at it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anchor {
    time: UnixMillis,
    counted: Counted,
}

impl Anchor {
    /// The centre said `time` at some moment between two counts; half way between them is the best guess.
    pub(super) fn between(time: UnixMillis, asked: Counted, answered: Counted) -> Option<Self> {
        let took = answered.0.checked_sub(asked.0)?;
        (0..=LONGEST).contains(&took).then_some(Self { time, counted: Counted(asked.0 + took / 2) })
    }

    /// The centre's time at a count.
    pub(super) fn now(self, counted: Counted) -> UnixMillis {
        self.time.plus(counted.0.saturating_sub(self.counted.0))
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng as _, SeedableRng as _};
    use warifu_core::otp::{self, Code, Step};
    use warifu_core::secret::Secret;
    use warifu_core::time::DAY;
    use warifu_core::token::TotpKey;

    use super::*;

    #[test]
    fn half_way_between_question_and_answer_is_the_moment() {
        let anchor = Anchor::between(UnixMillis(1_000_000), Counted(500), Counted(700)).unwrap();
        assert_eq!(anchor.now(Counted(600)), UnixMillis(1_000_000));
        assert_eq!(anchor.now(Counted(60_600)), UnixMillis(1_060_000));
    }

    #[test]
    fn an_answer_that_took_too_long_or_came_before_its_question_says_nothing() {
        for (asked, answered) in [(0, LONGEST + 1), (10, 9), (i64::MIN, i64::MAX)] {
            assert!(Anchor::between(UnixMillis(0), Counted(asked), Counted(answered)).is_none());
        }
    }

    /// What the centre accepts of a token whose drift it has not learned: the step, and one to both sides.
    fn accepts(key: &TotpKey, code: &Code, now: UnixMillis) -> bool {
        (-1..=1).any(|by| otp::code(key, Step::at(now).offset(by)).same_as(code))
    }

    /// Devices whose clocks are off by up to 48 hours. Each asks the centre once over a line that takes up to five
    /// seconds, unevenly, and makes a code up to a day later, while its count runs up to 50 millionths too fast or slow.
    #[test]
    fn of_1000_clocks_within_48_hours_every_code_is_accepted_once_the_centre_said_what_time_it_is() {
        const CLOCKS: u32 = 1_000;
        let mut rng = StdRng::seed_from_u64(48);
        let (mut without, mut with, mut furthest) = (0, 0, 0);
        for _ in 0..CLOCKS {
            let key = TotpKey::new(Secret::generate(&mut rng));
            let asked_at = 1_800_000_000_000 + rng.gen_range(0..365 * DAY);
            let off = rng.gen_range(-2 * DAY..=2 * DAY);
            let (there, back) = (rng.gen_range(5..2_500), rng.gen_range(5..2_500));
            let asked = rng.gen_range(0..30 * DAY);
            let said = UnixMillis(asked_at + there);
            let anchor = Anchor::between(said, Counted(asked), Counted(asked + there + back)).unwrap();

            let passed = there + back + rng.gen_range(0..DAY);
            let true_now = UnixMillis(asked_at + passed);
            let counted = Counted(asked + passed + passed * rng.gen_range(-50..=50) / 1_000_000);
            let by_anchor = anchor.now(counted);
            furthest = furthest.max((by_anchor.0 - true_now.0).abs());
            with += u32::from(accepts(&key, &otp::code(&key, Step::at(by_anchor)), true_now));
            without += u32::from(accepts(&key, &otp::code(&key, Step::at(true_now.plus(off))), true_now));
        }
        let share = |accepted: u32| f64::from(accepted) * 100.0 / f64::from(CLOCKS);
        println!("codes of {CLOCKS} clocks within ±48 h accepted at the first try:");
        println!("  by the device's clock   {:5.1} %", share(without));
        println!("  by what the centre said {:5.1} %, off by at most {furthest} ms", share(with));
        assert_eq!(with, CLOCKS);
        assert!(without < CLOCKS / 100, "clocks that are off by hours are no use: {without}");
    }
}
