//! Owns the proof of the centre over its own doors: HTTP in, SMTP and files out.
//! Refuses to look at anything but what an institution, a device, a mail server or an auditor sees.
//! Invariant: every test has a centre, a folder and a clock of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends where it stands")]

mod attempts;
mod audit;
mod bad_input;
#[cfg(unix)]
mod cards;
mod codes;
mod device;
mod ends;
mod enrol;
mod history;
mod life;
mod mail;
mod oversight;
mod renewal;
mod restart;
mod resync;
mod sign;
mod stage;
mod stops;
mod time;
mod vaults;
