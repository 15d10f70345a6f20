//! Owns the use cases, one per file: load, let core decide, save once.
//! Refuses to know HTTP and SQL.
//! Invariant: what a caller is told was written before, in one transaction.

pub(crate) mod audit_log;
pub(crate) mod cancel;
mod carry;
pub(crate) mod device;
pub(crate) mod enrol;
pub(crate) mod history;
pub(crate) mod institution;
pub(crate) mod issue;
pub(crate) mod oversight;
pub(crate) mod reinstate;
pub(crate) mod release;
mod remind;
mod renew;
pub(crate) mod resend;
pub(crate) mod resync;
pub(crate) mod rotation;
pub(crate) mod sign;
pub(crate) mod status;
mod stretching;
pub(crate) mod suspend;
pub(crate) mod tidy;
pub(crate) mod verify;

pub(crate) use stretching::Stretching;

use warifu_core::encoding::{Item, enc};
use warifu_core::ids::RequestId;

use crate::keys::Dek;
use crate::store::institutions::Institution;
use crate::store::requests::Question;

/// A question as it is remembered: everything in it but the request ID, as a keyed digest.
fn question(dek: &Dek, institution: &Institution, request_id: RequestId, asked: &[Item<'_>]) -> Question {
    let digest = dek.digest(&enc(asked));
    Question { institution_no: institution.no, request_id, digest }
}
