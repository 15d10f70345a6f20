//! Owns the proof that a seed does not leave its device: copies, failures of the safe place, the TPM, the app's memory.
//! Refuses to know how a level keeps its keys.
//! Invariant: every device of a test has a folder, a keyring and an identity of its own.

mod copies;
mod desktops;
mod folders;
mod keyrings;
mod memory;
mod phones;
mod record;
mod seeds;
mod slots;
mod taken;
mod tpm;
mod windows;
