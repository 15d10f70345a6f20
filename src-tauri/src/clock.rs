//! Owns the moment: the operating system's clock.
//! Refuses to know what it is asked for.
//! Invariant: without the feature `qa` nothing but the operating system decides what time it is.

#[cfg(feature = "qa")]
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use warifu_core::time::UnixMillis;

use crate::refusal::Refusal;

/// The clock of one session.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    #[cfg(feature = "qa")]
    ahead_ms: AtomicI64,
}

impl Clock {
    /// Now.
    pub(crate) fn now(&self) -> UnixMillis {
        system().plus(self.ahead_ms())
    }

    /// Now, unless the clock stands before 1970: no code can be made then, and no age can be told.
    pub(crate) fn believable(&self) -> Result<UnixMillis, Refusal> {
        let now = self.now();
        if now.0 < 0 { Err(Refusal::ClockWrong) } else { Ok(now) }
    }

    /// Moves this clock alone: positive into the future.
    #[cfg(feature = "qa")]
    pub(crate) fn set_ahead(&self, ms: i64) {
        self.ahead_ms.store(ms, Ordering::SeqCst);
    }

    #[cfg(feature = "qa")]
    fn ahead_ms(&self) -> i64 {
        self.ahead_ms.load(Ordering::SeqCst).saturating_add(offset())
    }

    #[cfg(not(feature = "qa"))]
    #[expect(clippy::unused_self, reason = "the same call as in a build for tests")]
    fn ahead_ms(&self) -> i64 {
        0
    }
}

/// A clock before 1970 gives a negative moment, not a crash.
fn system() -> UnixMillis {
    let millis = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
    };
    UnixMillis(millis)
}

/// `WARIFU_QA_CLOCK` names a file that holds milliseconds to add; it is read anew each time.
#[cfg(feature = "qa")]
fn offset() -> i64 {
    let file = std::env::var_os("WARIFU_QA_CLOCK");
    file.and_then(|path| std::fs::read_to_string(path).ok())
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0)
}
