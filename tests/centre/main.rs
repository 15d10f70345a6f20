//! Owns the proof of the centre as it runs: what crosses its line, who it believes, how often a code is good.
//! Refuses to know its tables and handlers.
//! Invariant: each test has a centre of its own, started as an operator starts it.

mod bad_input;
mod codes;
#[cfg(target_os = "linux")]
mod crowd;
mod line;
mod member;
#[cfg(target_os = "linux")]
mod overload;
