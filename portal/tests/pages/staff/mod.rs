//! Owns the proof of the staff's pages on their own.
//! Refuses to know the real centre: a fake one in memory stands for it.
//! Invariant: every step is what a browser without JavaScript would do.

mod accounts;
pub(crate) mod answers;
mod doors;
mod log;
mod lookup;
mod oversight;
mod own;
mod reinstatement;
mod release;
