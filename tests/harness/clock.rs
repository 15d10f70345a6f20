//! Owns the time that the programs under test believe in.
//! Refuses to sleep through it.
//! Invariant: all programs that share a clock see the same time; it never goes back.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use warifu_core::otp::Step;
use warifu_core::time::UnixMillis;

/// The variable that names the clock's file to a program with the feature `qa`.
pub const VARIABLE: &str = "WARIFU_QA_CLOCK";
const MINUTE: i64 = 60_000;

/// A clock that a test moves.
pub struct Clock {
    file: PathBuf,
    ahead: Mutex<i64>,
}

impl Clock {
    /// A clock that shows the right time, kept in `folder`.
    pub fn new(folder: &Path) -> Self {
        let clock = Self { file: folder.join("clock"), ahead: Mutex::new(0) };
        clock.advance(0);
        clock
    }

    /// The file that the programs read.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Moves it forward.
    pub fn advance(&self, millis: i64) {
        assert!(millis >= 0, "time does not go back");
        let mut ahead = self.ahead.lock().expect("no test panics while it moves the clock");
        *ahead += millis;
        // Replaced in one step, so that no program reads half a number.
        let beside = self.file.with_extension("next");
        std::fs::write(&beside, ahead.to_string()).expect("the test's folder can be written");
        std::fs::rename(&beside, &self.file).expect("the test's folder can be written");
    }

    /// By how much it is ahead of the right time, milliseconds.
    pub fn ahead(&self) -> i64 {
        *self.ahead.lock().expect("no test panics while it moves the clock")
    }

    /// What it shows.
    pub fn now(&self) -> UnixMillis {
        let real = SystemTime::now().duration_since(UNIX_EPOCH).expect("the machine's clock is past 1970");
        let real = i64::try_from(real.as_millis()).expect("the year 292 million is far");
        UnixMillis(real + *self.ahead.lock().expect("no test panics while it moves the clock"))
    }

    /// The step that it lies in.
    pub fn step(&self) -> Step {
        Step::at(self.now())
    }

    /// Moves to two seconds after the beginning of the next step, so that the code then on show stays a while.
    pub fn next_step(&self) {
        self.advance(MINUTE - self.now().0.rem_euclid(MINUTE) + 2_000);
    }

    /// Moves on only when fewer than `seconds` of this step are left.
    pub fn leave_at_least(&self, seconds: i64) {
        if MINUTE - self.now().0.rem_euclid(MINUTE) < seconds * 1_000 {
            self.next_step();
        }
    }
}
