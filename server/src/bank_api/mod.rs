//! Owns the bank API: who calls, about whom, and one handler per call.
//! Refuses to decide: it reads the request, asks the use case, writes the answer.
//! Invariant: an institution reaches its own members only; the key says which institution it is.

mod caller;
mod codes;
mod description;
mod members;
mod oversight;
mod signing;
mod stops;

pub(crate) use codes::{activate, resync, revoke, verify};
pub(crate) use description::{description, openapi};
pub(crate) use members::{cancel, history, issue, readdress, resend, status};
pub(crate) use oversight::{audit, expiring, figures, verify_audit};
pub(crate) use signing::{register, sign};
pub(crate) use stops::{reinstate, release, suspend};
