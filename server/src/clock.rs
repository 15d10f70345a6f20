//! Owns the one reading of time that everything else is given.
//! Refuses to know what the time is used for.
//! Invariant: a build without the feature `qa` reads the system's clock and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use warifu_core::time::UnixMillis;

/// Where the time comes from.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The system's clock.
    System,
    /// The system's clock moved by that many milliseconds.
    Moved(Arc<AtomicI64>),
    /// The system's clock moved by the milliseconds that a file holds, read anew each time.
    #[cfg(feature = "qa")]
    File(std::path::PathBuf),
}

impl Clock {
    /// The system's clock, or in a `qa` build the one that `WARIFU_QA_CLOCK` names.
    pub fn from_environment() -> Self {
        #[cfg(feature = "qa")]
        if let Some(file) = std::env::var_os("WARIFU_QA_CLOCK") {
            return Self::File(file.into());
        }
        Self::System
    }

    /// What time it is.
    pub fn now(&self) -> UnixMillis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        // A system clock before 1970 is taken for 1970: nothing is valid then, and nothing panics.
        let system = since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX));
        UnixMillis(system).plus(self.offset())
    }

    fn offset(&self) -> i64 {
        match self {
            Self::System => 0,
            Self::Moved(offset) => offset.load(Ordering::Relaxed),
            #[cfg(feature = "qa")]
            Self::File(file) => {
                std::fs::read_to_string(file).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_clock_moves_by_exactly_that() {
        let offset = Arc::new(AtomicI64::new(0));
        let clock = Clock::Moved(offset.clone());
        let before = clock.now().0;
        offset.store(86_400_000, Ordering::Relaxed);
        let moved = clock.now().0 - before;
        assert!((86_400_000..86_410_000).contains(&moved), "{moved}");
    }

    #[cfg(feature = "qa")]
    #[test]
    fn a_missing_empty_or_unreadable_clock_file_moves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("clock");
        let clock = Clock::File(file.clone());
        for text in [None, Some(""), Some("x"), Some("1.5")] {
            if let Some(text) = text {
                std::fs::write(&file, text).unwrap();
            }
            assert_eq!(clock.offset(), 0, "{text:?}");
        }
        std::fs::write(&file, "-60000\n").unwrap();
        assert_eq!(clock.offset(), -60_000);
    }
}
