//! Owns the answer of an app that uses no hardware that computes.
//! Refuses everything else.
//! Invariant: nothing is ever made here, so nothing can be asked for.

use warifu_core::token::TokenKeys;
use warifu_core::vault::{Failure, Mac, Purpose};

use super::level::WithoutHardware;

pub(super) fn rehearse() -> Result<(), WithoutHardware> {
    Err(WithoutHardware::NotBuilt)
}

pub(super) fn make(_: &TokenKeys) -> Result<Vec<u8>, WithoutHardware> {
    Err(WithoutHardware::NotBuilt)
}

pub(super) fn forget(_: &[u8]) {}

pub(super) fn hmac(_: &[u8], _: Purpose, _: &[u8]) -> Result<Mac, Failure> {
    Err(Failure::Hardware(WithoutHardware::NotBuilt.to_string()))
}
