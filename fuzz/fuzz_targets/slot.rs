//! Owns the fuzzing of a vault slot's blob.
//! Refuses to know real halves.
//! Invariant: a blob that was not sealed for this place does not open, and never panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warifu_core::secret::Secret;
use warifu_core::vault::sealing::{InstallHalf, Place, Record};

fuzz_target!(|bytes: &[u8]| {
    let install = InstallHalf::new(Secret::new([1; 32]));
    assert!(Record::open(bytes, &Place { install: &install, machine: "m", slot: 1 }).is_err());
});
