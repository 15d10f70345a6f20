//! Owns the judgement of a code: which step it matches, and what the one guarded write has to do about it.
//! Refuses to know how the write is made and who asked.
//! Invariant: evaluation is a pure function of the key; only the write, on the accepted *step*, decides.

mod clock_off;
mod drift;
mod resync;
mod uses;

pub use clock_off::clock_off;
pub use drift::{Drift, MAX_DRIFT};
pub use resync::{A_DAY, REACH, Resync, resync, resync_issued};
pub use uses::{read_uses, with_use};

use crate::otp::{self, Code, Step};
use crate::time::UnixMillis;
use crate::token::TotpKey;
use crate::wire::bank::{TokenState, Verdict};

/// After how many consecutive wrong codes a token stops, unless the institution says otherwise.
pub const WRONG_LIMIT: u8 = 5;
/// What an institution may set as that limit.
pub const WRONG_LIMITS: std::ops::RangeInclusive<u8> = 3..=10;

/// What is known of a token that may be evaluated.
struct Tally {
    key: TotpKey,
    last_step: Step,
    drift: Drift,
}

/// A token in state 利用中, opened for one evaluation. Only such a token can verify.
pub struct Active(Tally);

/// A token in state 発行済, opened for one evaluation. Only 利用開始 takes it.
pub struct Issued(Tally);

impl Active {
    /// Takes the key over; it is wiped with this value.
    pub fn new(key: TotpKey, last_step: Step, drift: Drift) -> Self {
        Self(Tally { key, last_step, drift })
    }
}

impl Issued {
    /// Takes the key over; it is wiped with this value.
    pub fn new(key: TotpKey, last_step: Step, drift: Drift) -> Self {
        Self(Tally { key, last_step, drift })
    }
}

/// What evaluation found, and so what the guarded write has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Finding {
    /// Matches `step`, which is newer than the last accepted one: write
    /// `last_step = step, wrong = 0` and the drift, guarded by `last_step < step`.
    Fresh {
        /// The step to spend.
        step: Step,
        /// The drift to keep if the write wins.
        drift: Drift,
    },
    /// Matches a step that is spent: nothing is charged, nothing written but the record of the attempt.
    Spent,
    /// Matches nothing: charge one wrong code.
    NoMatch,
}

/// Judges a code for an active token.
pub fn evaluate(token: &Active, code: &Code, now: UnixMillis) -> Finding {
    judge(&token.0, code, now)
}

/// Judges the code of 利用開始.
pub fn evaluate_activation(token: &Issued, code: &Code, now: UnixMillis) -> Finding {
    judge(&token.0, code, now)
}

/// Always computes all three steps of the window, so that time tells nothing about which one matched.
fn judge(token: &Tally, code: &Code, now: UnixMillis) -> Finding {
    let middle = Step::at(now).offset(i64::from(token.drift.steps));
    let mut fresh = None;
    let mut spent = false;
    for offset in [-1i8, 0, 1] {
        let step = middle.offset(i64::from(offset));
        let matches = otp::code(&token.key, step).same_as(code);
        // Two steps may share a code: the newest one that is not spent counts, so that none is accepted twice.
        if matches && step > token.last_step {
            fresh = Some((step, offset));
        }
        spent |= matches && step <= token.last_step;
    }
    match fresh {
        Some((step, offset)) => Finding::Fresh { step, drift: token.drift.after(offset, now) },
        None if spent => Finding::Spent,
        None => Finding::NoMatch,
    }
}

/// What `verify` and `revoke` answer for a token that is not active (or for none), without looking at the code.
/// `None` for an active one.
pub fn refusal(state: Option<TokenState>) -> Option<Verdict> {
    match state {
        Some(TokenState::Active) => None,
        Some(TokenState::Suspended) => Some(Verdict::Suspended),
        Some(TokenState::Expired) => Some(Verdict::Expired),
        Some(TokenState::Issued) => Some(Verdict::NotActivated),
        Some(TokenState::Revoked | TokenState::Replaced | TokenState::Void) | None => {
            Some(Verdict::NotRegistered)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn key() -> TotpKey {
        TotpKey::new(Secret::new([7; 32]))
    }

    fn active(last_step: u64, steps: i8) -> Active {
        Active::new(key(), Step(last_step), Drift { steps, ..Drift::default() })
    }

    const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

    fn code_at(offset: i64) -> Code {
        otp::code(&key(), Step::at(NOW).offset(offset))
    }

    #[test]
    fn the_window_is_one_step_around_the_drift() {
        for (steps, offset, fresh) in
            [(0, -2, false), (0, -1, true), (0, 0, true), (0, 1, true), (0, 2, false)].into_iter().chain([
                (3, 1, false),
                (3, 2, true),
                (3, 4, true),
                (3, 5, false),
                (-3, -4, true),
                (-3, -1, false),
            ])
        {
            let found = evaluate(&active(0, steps), &code_at(offset), NOW);
            assert_eq!(matches!(found, Finding::Fresh { .. }), fresh, "drift {steps}, offset {offset}");
        }
    }

    #[test]
    fn a_spent_step_is_told_from_a_wrong_code() {
        let last = Step::at(NOW).0;
        assert_eq!(evaluate(&active(last, 0), &code_at(0), NOW), Finding::Spent);
        assert_eq!(evaluate(&active(last, 0), &code_at(-1), NOW), Finding::Spent);
        assert_eq!(evaluate(&active(last, 0), &code_at(-5), NOW), Finding::NoMatch);
        assert!(matches!(evaluate(&active(last, 0), &code_at(1), NOW), Finding::Fresh { .. }));
    }

    #[test]
    fn two_steps_that_share_a_code_give_one_acceptance_because_the_step_is_kept() {
        // Found by search: this key has one code for both steps.
        let (earlier, later) = (Step(33_750_207), Step(33_750_208));
        let shared = || otp::code(&key(), earlier);
        assert!(shared().same_as(&otp::code(&key(), later)));
        let within = |step: Step| UnixMillis(step.ends_at().0 - 1);
        let Finding::Fresh { step, .. } = evaluate(&active(0, 0), &shared(), within(earlier)) else {
            panic!("a fresh code")
        };
        assert_eq!(step, later, "the later step is spent, and the earlier one with it");
        for now in [earlier, later, later.offset(1)] {
            assert_eq!(evaluate(&active(step.0, 0), &shared(), within(now)), Finding::Spent);
        }
    }

    #[test]
    fn a_token_that_is_not_active_is_answered_by_its_state() {
        assert_eq!(refusal(None), Some(Verdict::NotRegistered));
        assert_eq!(refusal(Some(TokenState::Active)), None);
        assert_eq!(refusal(Some(TokenState::Suspended)), Some(Verdict::Suspended));
        assert_eq!(refusal(Some(TokenState::Issued)), Some(Verdict::NotActivated));
        assert_eq!(refusal(Some(TokenState::Revoked)), Some(Verdict::NotRegistered));
    }
}
