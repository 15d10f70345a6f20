//! Owns that the window is told when what it counts down by itself is not the time any more.
//! Refuses to know codes, and what the window does then: it asks.
//! Invariant: it looks once a second while a code is on show, and never otherwise.

use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use warifu_core::time::{SECOND, UnixMillis};

use super::Clock;

const PACE: Duration = Duration::from_secs(1);
/// The window is told of a difference above this, milliseconds.
const FINE: i64 = 100;

/// What the window counts by: it stands still while the machine sleeps, where the window's own count does.
fn awake() -> i64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    i64::try_from(START.elapsed().as_millis()).unwrap_or(i64::MAX)
}

/// The time that the window was last told.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    told: Mutex<Option<Told>>,
    begun: Condvar,
}

#[derive(Debug)]
struct Told {
    /// By how much the time of what is on show was ahead of the window's count.
    ahead: i64,
    /// When the code on show ends.
    ends: UnixMillis,
}

#[derive(Debug, PartialEq, Eq)]
enum Found {
    Right,
    Moved,
    Over,
}

impl Told {
    fn look(&mut self, clock: &Clock) -> Found {
        let now = clock.on_show();
        let ahead = now.0.saturating_sub(awake());
        let is_off = ahead.saturating_sub(self.ahead).saturating_abs() > FINE;
        self.ahead = ahead;
        if is_off || clock.is_set() {
            Found::Moved
        } else if now.0 > self.ends.0.saturating_add(SECOND) {
            Found::Over
        } else {
            Found::Right
        }
    }
}

impl Watch {
    /// The window shows a code, which ends at `ends`, and was told that it is `now`.
    pub(crate) fn begin(&self, now: UnixMillis, ends: UnixMillis) {
        *self.told() = Some(Told { ahead: now.0.saturating_sub(awake()), ends });
        self.begun.notify_all();
    }

    /// The window was told once more that it is `now`.
    pub(crate) fn tell(&self, now: UnixMillis) {
        if let Some(told) = self.told().as_mut() {
            told.ahead = now.0.saturating_sub(awake());
        }
    }

    /// No code is on show.
    pub(crate) fn end(&self) {
        *self.told() = None;
    }

    /// Waits until the window has to ask what time it is.
    pub(crate) fn wait(&self, clock: &Clock) {
        let mut told = self.told();
        loop {
            told = self.begun.wait_while(told, |told| told.is_none()).unwrap_or_else(PoisonError::into_inner);
            told = self.begun.wait_timeout(told, PACE).unwrap_or_else(PoisonError::into_inner).0;
            match told.as_mut().map(|told| told.look(clock)) {
                Some(Found::Moved) => return,
                Some(Found::Over) => *told = None,
                Some(Found::Right) | None => {}
            }
        }
    }

    fn told(&self) -> MutexGuard<'_, Option<Told>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, feature = "qa"))]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc;

    use super::*;

    /// Long enough for a look, on a busy machine too.
    const LOOKED: Duration = Duration::from_secs(20);

    fn told(clock: &Clock, left: i64) -> Told {
        let now = clock.on_show();
        Told { ahead: now.0 - awake(), ends: now.plus(left) }
    }

    #[test]
    fn a_clock_that_moved_by_little_is_told_once_and_one_that_was_set_until_somebody_asked() {
        let clock = Clock::default();
        let mut told = told(&clock, 60_000);
        assert_eq!(told.look(&clock), Found::Right);
        clock.set_ahead(-900);
        assert_eq!(told.look(&clock), Found::Moved);
        assert_eq!(told.look(&clock), Found::Right);
        clock.set_ahead(3_600_000);
        assert_eq!(told.look(&clock), Found::Moved, "though the code on show is over by then");
        assert_eq!(told.look(&clock), Found::Moved);
        assert!(clock.was_set());
        assert_eq!(told.look(&clock), Found::Over);
    }

    #[test]
    fn a_clock_that_was_set_is_told_where_the_centre_said_what_time_it_is() {
        let clock = Clock::default();
        let (asked, now) = (clock.counted(), clock.now());
        assert!(clock.learn("", now, asked, asked));
        let mut told = told(&clock, 60_000);
        clock.set_ahead(-3_600_000);
        assert_eq!(told.look(&clock), Found::Moved);
        assert!(clock.was_set());
        assert_eq!(told.look(&clock), Found::Right);
    }

    #[test]
    fn nothing_is_looked_at_once_the_code_is_over_or_away() {
        let (watch, clock) = (Arc::new(Watch::default()), Arc::new(Clock::default()));
        let (tell, tells) = mpsc::channel();
        let (watched, by) = (Arc::clone(&watch), Arc::clone(&clock));
        std::thread::spawn(move || {
            loop {
                watched.wait(&by);
                if tell.send(()).is_err() {
                    return;
                }
            }
        });
        let begin = |left| watch.begin(clock.on_show(), clock.on_show().plus(left));
        begin(60_000);
        clock.set_ahead(1_000);
        tells.recv_timeout(LOOKED).unwrap();

        watch.end();
        clock.set_ahead(0);
        begin(-5_000);
        let over = Instant::now();
        while watch.told().is_some() {
            assert!(over.elapsed() < LOOKED, "it goes on with a code that is over");
            std::thread::sleep(Duration::from_millis(20));
        }
        clock.set_ahead(1_000);
        std::thread::sleep(PACE * 3);
        assert!(tells.try_recv().is_err(), "it looked though nothing is on show");
        begin(60_000);
        clock.set_ahead(0);
        tells.recv_timeout(LOOKED).unwrap();
    }
}
