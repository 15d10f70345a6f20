//! Owns what the operating system says: its clock, and the count since the machine was started.
//! Refuses to know which of the two is right.
//! Invariant: nobody can set the count, and it goes on while the machine sleeps.

use std::time::{SystemTime, UNIX_EPOCH};

use warifu_core::time::UnixMillis;

/// Milliseconds since some moment before the app was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Counted(pub(crate) i64);

/// The device's clock. One before 1970 gives a negative moment, not a crash.
pub(super) fn system() -> UnixMillis {
    let millis = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
    };
    UnixMillis(millis).plus(passed())
}

/// The count.
pub(super) fn counted() -> Counted {
    Counted(since_start().saturating_add(passed()))
}

/// What the standard library counts with stands still on Linux and Apple's systems while the machine sleeps.
#[cfg(unix)]
fn since_start() -> i64 {
    use rustix::time::{ClockId, clock_gettime};
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let clock = ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let clock = ClockId::Monotonic;
    let now = clock_gettime(clock);
    now.tv_sec.saturating_mul(1_000).saturating_add(now.tv_nsec / 1_000_000)
}

#[cfg(not(unix))]
fn since_start() -> i64 {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    i64::try_from(START.elapsed().as_millis()).unwrap_or(i64::MAX)
}

/// `WARIFU_QA_CLOCK`: a test lets time pass.
#[cfg(feature = "qa")]
fn passed() -> i64 {
    read("WARIFU_QA_CLOCK")
}

#[cfg(not(feature = "qa"))]
fn passed() -> i64 {
    0
}

/// `WARIFU_QA_SET_CLOCK`: a test sets the device's clock, and no time passes.
#[cfg(feature = "qa")]
pub(super) fn set_by() -> i64 {
    read("WARIFU_QA_SET_CLOCK")
}

/// The variable names a file that holds milliseconds; it is read anew each time.
#[cfg(feature = "qa")]
fn read(variable: &str) -> i64 {
    let file = std::env::var_os(variable);
    file.and_then(|path| std::fs::read_to_string(path).ok())
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0)
}
