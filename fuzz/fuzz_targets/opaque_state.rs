//! Owns the fuzzing of the bytes that the centre keeps: setup, password record, login state.
//! Refuses to know seals.
//! Invariant: bad bytes are an error, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warifu_core::enrol::centre::{Login, PasswordRecord, Setup};
use warifu_core::secret::Secret;

fuzz_target!(|bytes: &[u8]| {
    let _ = Login::from_bytes(bytes);
    if let Some(setup) = Secret::from_slice(bytes) {
        let _ = Setup::from_bytes(&setup);
    }
    if let Some(record) = Secret::from_slice(bytes) {
        let _ = PasswordRecord::from_bytes(&record);
    }
});
