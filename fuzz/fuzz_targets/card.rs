//! Owns the fuzzing of service cards, signed and not.
//! Refuses to know roots but one of its own.
//! Invariant: an unsigned card is never believed; a signed text that is no card is an error, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warifu_core::enrol::card::{Expected, verify, version};
use warifu_core::time::UnixMillis;
use warifu_core::wire::device::{ServiceCard, SignedCard};

fuzz_target!(|bytes: &[u8]| {
    let service_id = "10112235".parse().expect("eight digits");
    let expected =
        Expected { roots: &[[9; 32]], service_id: &service_id, seen_seq: 0, app: [0, 1, 0], now: UnixMillis(0) };
    if let Ok(signed) = serde_json::from_slice::<SignedCard>(bytes) {
        assert!(verify(&signed, &expected).is_err());
    }
    let _ = serde_json::from_slice::<ServiceCard>(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = version(text);
    }
});
