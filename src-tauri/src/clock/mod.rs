//! Owns the moment: the device's clock, the one that counts on whatever anybody sets, and what the centre said.
//! Refuses to know how the centre was asked and who may believe its answer.
//! Invariant: without the feature `qa` only the operating system and an authenticated answer decide what time it is.

mod anchor;
mod readings;
mod watch;

use std::collections::BTreeMap;
#[cfg(feature = "qa")]
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use warifu_core::time::{SECOND, UnixMillis};

use crate::refusal::Refusal;
use anchor::Anchor;
pub(crate) use readings::Counted;
pub(crate) use watch::Watch;

/// A clock that moves against the counted one by more was set by someone; less is the system's own smoothing.
const SET: i64 = 2 * SECOND;

/// The clock of one session.
#[derive(Debug)]
pub(crate) struct Clock {
    #[cfg(feature = "qa")]
    ahead_ms: AtomicI64,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// What each centre said, by its address.
    anchors: BTreeMap<String, Anchor>,
    /// The centre whose time the code on show is made for.
    on_show: String,
    /// By how much the device's clock was ahead of the counted one when it was last looked at.
    ahead_of_counted: Option<i64>,
}

impl Default for Clock {
    fn default() -> Self {
        let clock = Self {
            #[cfg(feature = "qa")]
            ahead_ms: AtomicI64::default(),
            known: Mutex::default(),
        };
        // What it is set to from here on is noticed, also before anybody asks for the first time.
        let _ = clock.was_set();
        clock
    }
}

impl Clock {
    /// Now, as the device's clock has it.
    pub(crate) fn now(&self) -> UnixMillis {
        readings::system().plus(self.set_by())
    }

    /// The count that nobody can set. It goes on while the machine sleeps.
    pub(crate) fn counted(&self) -> Counted {
        readings::counted()
    }

    /// Now, as the centre has it, where it said so in this run; else the device's clock. It is the time of what is on
    /// show from here on.
    pub(crate) fn of_centre(&self, centre_url: &str) -> UnixMillis {
        let mut known = self.known();
        if known.on_show != centre_url {
            centre_url.clone_into(&mut known.on_show);
        }
        self.now_by(&known)
    }

    /// The time of what is on show.
    pub(crate) fn on_show(&self) -> UnixMillis {
        self.now_by(&self.known())
    }

    /// The time of what is on show, unless it lies before 1970: no code can be made then, and no age can be told.
    pub(crate) fn believable(&self) -> Result<UnixMillis, Refusal> {
        let now = self.on_show();
        if now.0 < 0 { Err(Refusal::ClockWrong) } else { Ok(now) }
    }

    /// The centre said `time` between two counts, and nobody else could have. Tells whether that is close enough to go by.
    pub(crate) fn learn(
        &self,
        centre_url: &str,
        time: UnixMillis,
        asked: Counted,
        answered: Counted,
    ) -> bool {
        let Some(anchor) = Anchor::between(time, asked, answered) else { return false };
        self.known().anchors.insert(centre_url.to_owned(), anchor);
        true
    }

    /// By how much the device's clock is ahead of a centre's, when that centre said in this run what time it is.
    pub(crate) fn ahead_of(&self, centre_url: &str) -> Option<i64> {
        let anchor = self.known().anchors.get(centre_url).copied()?;
        Some(self.now().0.saturating_sub(anchor.now(self.counted()).0))
    }

    /// Whether somebody set the device's clock since this was last asked.
    pub(crate) fn was_set(&self) -> bool {
        let ahead = self.ahead_of_counted();
        let before = self.known().ahead_of_counted.replace(ahead);
        before.is_some_and(|before| is_set(before, ahead))
    }

    /// The same, and it is still told to whoever asks next.
    fn is_set(&self) -> bool {
        let ahead = self.ahead_of_counted();
        self.known().ahead_of_counted.is_some_and(|before| is_set(before, ahead))
    }

    fn ahead_of_counted(&self) -> i64 {
        self.now().0.saturating_sub(self.counted().0)
    }

    /// Moves this clock alone, as a person does who sets it: positive into the future.
    #[cfg(feature = "qa")]
    pub(crate) fn set_ahead(&self, ms: i64) {
        self.ahead_ms.store(ms, Ordering::SeqCst);
    }

    fn now_by(&self, known: &Known) -> UnixMillis {
        let anchor = known.anchors.get(&known.on_show);
        anchor.map_or_else(|| self.now(), |anchor| anchor.now(self.counted()))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(feature = "qa")]
    fn set_by(&self) -> i64 {
        self.ahead_ms.load(Ordering::SeqCst).saturating_add(readings::set_by())
    }

    #[cfg(not(feature = "qa"))]
    #[expect(clippy::unused_self, reason = "the same call as in a build for tests")]
    fn set_by(&self) -> i64 {
        0
    }
}

fn is_set(before: i64, ahead: i64) -> bool {
    ahead.saturating_sub(before).saturating_abs() > SET
}

#[cfg(all(test, feature = "qa"))]
mod tests {
    use warifu_core::time::DAY;

    use super::*;

    const CENTRE: &str = "https://centre.example";

    #[test]
    fn what_the_centre_said_stays_right_whatever_the_clock_is_set_to() {
        let clock = Clock::default();
        let (asked, true_time) = (clock.counted(), clock.now());
        assert!(clock.learn(CENTRE, true_time, asked, asked));
        for ahead in [130_000, -130_000, 400 * DAY, -80 * 365 * DAY] {
            clock.set_ahead(ahead);
            assert!((clock.of_centre(CENTRE).0 - true_time.0).abs() < 60_000, "{ahead}");
            let said = clock.ahead_of(CENTRE).unwrap();
            assert!((said - ahead).abs() < 60_000, "{ahead}: {said}");
            assert!(clock.believable().is_ok());
        }
        assert_eq!(clock.of_centre("https://another.example"), clock.on_show());
        assert!(clock.believable().is_err(), "another centre has not said anything");
    }

    #[test]
    fn a_clock_that_somebody_sets_is_noticed_once() {
        let clock = Clock::default();
        for (ahead, is_noticed) in
            [(3_600_000, true), (0, true), (0, false), (900, false), (3_600_000, true), (3_600_000, false)]
        {
            clock.set_ahead(ahead);
            assert_eq!(clock.was_set(), is_noticed, "{ahead}");
        }
    }
}
