//! Owns the moment: the operating system's clock.
//! Refuses to know what it is asked for.
//! Invariant: without the feature `qa` nothing but the operating system decides what time it is.

use std::time::{SystemTime, UNIX_EPOCH};

use warifu_core::time::UnixMillis;

/// Now. A clock before 1970 gives a negative moment, not a crash.
pub(crate) fn now() -> UnixMillis {
    let millis = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
    };
    UnixMillis(millis).plus(offset())
}

/// `WARIFU_QA_CLOCK` names a file that holds milliseconds to add; it is read anew each time.
#[cfg(feature = "qa")]
fn offset() -> i64 {
    let file = std::env::var_os("WARIFU_QA_CLOCK");
    file.and_then(|path| std::fs::read_to_string(path).ok())
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0)
}

#[cfg(not(feature = "qa"))]
fn offset() -> i64 {
    0
}
