//! Owns what time it is, for the whole program.
//! Refuses to know what the time is used for.
//! Invariant: nothing else in this crate reads a clock, so a test moves all of it at once.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use warifu_core::time::UnixMillis;

/// A source of the present moment.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> UnixMillis + Send + Sync>);

impl Clock {
    /// The machine's clock. Built with the feature `qa`, moved by what the file of `WARIFU_QA_CLOCK` says.
    pub fn system() -> Self {
        #[cfg(feature = "qa")]
        if let Some(file) = std::env::var_os("WARIFU_QA_CLOCK") {
            return Self::from_fn(move || machine().plus(offset(&file)));
        }
        Self::from_fn(machine)
    }

    /// A clock that says what `read` says.
    pub fn from_fn(read: impl Fn() -> UnixMillis + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// The present moment.
    pub fn now(&self) -> UnixMillis {
        (self.0)()
    }
}

fn machine() -> UnixMillis {
    let millis = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
    };
    UnixMillis(millis)
}

/// Read anew each time, so that a test moves a running program.
#[cfg(feature = "qa")]
fn offset(file: &std::ffi::OsStr) -> i64 {
    std::fs::read_to_string(file).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}
