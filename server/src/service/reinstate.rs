//! Owns 停止解除: staff lift a suspension, with a reason.
//! Refuses to judge the reason.
//! Invariant: only a suspended token is reinstated; who and why stand in the audit row, and the member gets a mail.

use warifu_core::ids::MemberId;
use warifu_core::wire::bank::{MemberStatus, ReinstateRequest};

use super::{question, status};
use crate::app::App;
use crate::edge::{Failure, Refused};
use crate::mail::{Facts, Kind, Letter};
use crate::store::audit::{self, Entry};
use crate::store::institutions::Institution;
use crate::store::requests::{self, Earlier, Kept};
use crate::store::{outbox, tokens};

const NOT_SUSPENDED: Refused = Refused::wrong_state("The member has no suspended token.");

/// Reinstates a member's suspended token.
pub(crate) async fn reinstate(
    app: &App,
    institution: Institution,
    member_id: MemberId,
    request: ReinstateRequest,
) -> Result<MemberStatus, Failure> {
    let ReinstateRequest { request_id, staff, reason } = request;
    if !is_line(&staff, 64) {
        return Err(Refused::malformed("staff has 1 to 64 characters, without line breaks").into());
    }
    if !is_line(&reason, 500) {
        return Err(Refused::malformed("reason has 1 to 500 characters, without line breaks").into());
    }
    let now = app.clock.now();
    let dek = app.store.read(|tx| app.keys.dek(tx, &institution, institution.dek_id))?;
    let asked =
        ["reinstate".into(), member_id.as_str().into(), staff.as_str().into(), reason.as_str().into()];
    let question = question(&dek, &institution, request_id, &asked);
    let done = app.store.write(move |tx| {
        match requests::earlier(tx, &question)? {
            Some(Earlier::Done) => return status::read(tx, &institution, &member_id, now),
            Some(_) => return Err(Refused::CONFLICT.into()),
            None => {}
        }
        let token = tokens::newest(tx, institution.no, &member_id)?.ok_or(NOT_SUSPENDED)?;
        if !tokens::reinstate(tx, token.no, now)? {
            return Err(NOT_SUSPENDED.into());
        }
        requests::keep(tx, &question, Kept::Done, now)?;
        let entry = Entry {
            at: now,
            actor: &format!("staff:{staff}"),
            action: "reinstate",
            object: &format!("token:{}", token.serial),
            outcome: "active",
            detail: &reason,
        };
        audit::append(tx, &institution, &entry)?;
        if let Some(mail_to) = tokens::mail_address(tx, token.issue_no)? {
            let facts = Facts::of_token(&institution, &token.serial, now);
            outbox::post(
                tx,
                &institution,
                &member_id,
                &Letter::compose(Kind::Reinstated, mail_to, &facts),
                now,
            )?;
        }
        status::read(tx, &institution, &member_id, now)
    });
    let status = done.await?;
    app.bell.notify_one();
    Ok(status)
}

/// Something to read, of at most that many characters, on one line.
fn is_line(text: &str, longest: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= longest && !text.chars().any(char::is_control)
}
