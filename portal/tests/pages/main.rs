//! Owns the proof of the portal on its own, page by page, in process.
//! Refuses to know the real centre: a fake one in memory stands for it.
//! Invariant: every step is what a browser without JavaScript would do.
#![expect(clippy::unwrap_used, reason = "in a test, a surprise should stop the test")]

mod answers;
mod away;
mod carried;
mod doors;
mod english;
mod language;
mod money;
mod own;
mod progress;
mod staff;
mod stopped;
mod story;
mod support;
mod switched;
mod twice;
