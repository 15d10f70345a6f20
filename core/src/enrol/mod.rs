//! Owns the initialisation: OPAQUE-3DH (RFC 9807) bound to everything that both sides said, and the keys out of it.
//! Refuses to know how messages travel, what is stored where, and how guesses are counted.
//! Invariant: no key travels; the device sends nothing after M2 unless the centre's pinned key took part.
//!
//! ```text
//! device::start ──M1──▶ centre::start          one guess is charged before M2 leaves
//! Started::agree ◀──M2── Login                 wrong password and wrong centre both end here
//! (vault stores, proves) ──M3──▶ Login::finish
//! device::open_reply ◀──M4── Enrolled::seal
//! ```

pub mod card;
pub mod centre;
pub mod device;
mod names;
mod schedule;
mod suite;

pub(crate) use names::STORAGE_PROOF;
pub use names::storage_proof_message;
pub use schedule::MessageKey;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
