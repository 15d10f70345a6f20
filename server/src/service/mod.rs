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
mod lately;
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

pub(crate) use lately::Lately;
pub(crate) use stretching::Stretching;

use warifu_core::encoding::{Item, enc};
use warifu_core::ids::{MemberId, RequestId};

use crate::app::App;
use crate::edge::Refused;
use crate::keys::Dek;
use crate::store::institutions::Institution;
use crate::store::requests::Question;

/// A question as it is remembered: everything in it but the request ID, as a keyed digest. Refused when its ID was
/// lately that of a code for another question.
fn question(
    app: &App,
    dek: &Dek,
    institution: &Institution,
    member_id: &MemberId,
    request_id: RequestId,
    asked: &[Item<'_>],
) -> Result<Question, Refused> {
    let digest = *dek.digest(&enc(asked)).first_chunk().expect("a digest is longer than that");
    let asked = Question { institution_no: institution.no, member_id: member_id.clone(), request_id, digest };
    if app.lately.was_another(&asked) { Err(Refused::CONFLICT) } else { Ok(asked) }
}
