//! Owns the fuzzing of M1 to M4 and of the device channel as they come off the line.
//! Refuses to know keys.
//! Invariant: what parses is written again to JSON that parses to the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};
use warifu_core::enrol::centre::check_ke1;
use warifu_core::wire::channel::{Answered, Asked, DeviceStatus};
use warifu_core::wire::device::{EnrolFinish, EnrolFinished, EnrolStart, EnrolStarted, TokenFacts};

fn round<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(bytes: &[u8]) -> Option<T> {
    let message: T = serde_json::from_slice(bytes).ok()?;
    let again = serde_json::to_vec(&message).expect("what was parsed can be written");
    assert_eq!(serde_json::from_slice::<T>(&again).expect("what was written can be parsed"), message);
    Some(message)
}

fuzz_target!(|bytes: &[u8]| {
    if let Some(m1) = round::<EnrolStart>(bytes) {
        let _ = check_ke1(&m1);
    }
    let _ = round::<EnrolStarted>(bytes);
    let _ = round::<EnrolFinish>(bytes);
    let _ = round::<EnrolFinished>(bytes);
    let _ = round::<TokenFacts>(bytes);
    let _ = round::<Asked>(bytes);
    let _ = round::<Answered>(bytes);
    let _ = round::<DeviceStatus>(bytes);
});
