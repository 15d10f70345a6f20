//! Owns what the programs say to each other over HTTPS: the device API and the bank API, as types.
//! Refuses to know how a message is answered or carried.
//! Invariant: unknown fields are refused, every byte field has its exact length, and JSON is transport only.

pub mod bank;
pub mod bytes;
pub mod channel;
pub mod device;

use serde::{Deserialize, Serialize};

/// The largest body that either API reads, in bytes.
pub const MAX_BODY: usize = 8 * 1024;

/// The body of every answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Refusal {
    /// For programs: one lower-case word or a few joined by `_`. Screens decide by it, never by the message.
    pub code: String,
    /// For engineers: one English sentence. Never says more than the code does about a secret.
    pub message: String,
    /// The request's number in the log of the program that refused.
    pub request: String,
    /// Which M3 is refused: [`device::EnrolFinish::digest`] of the message as it came. Nothing else has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(ignore))]
    pub about: Option<bytes::Bytes<32>>,
}
