//! Owns the domain of a one-time-password token: both halves of the tally, the device's and the centre's.
//! Refuses to know clocks, files, networks, databases and where randomness comes from: all come in as arguments.
//! Invariant: a key is reachable only through a type that wipes itself, and a code only from an open token.

pub mod channel;
pub mod encoding;
pub mod enrol;
pub mod ids;
pub mod issue;
pub mod japan;
pub mod line;
pub mod otp;
pub mod secret;
pub mod setup_link;
pub mod sign;
pub mod start_password;
pub mod text;
pub mod time;
pub mod token;
pub mod vault;
pub mod verify;
pub mod wire;
