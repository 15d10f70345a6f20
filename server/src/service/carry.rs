//! Owns how a wish of an institution about a member is carried out once, however often it is sent.
//! Refuses to know the wish.
//! Invariant: the wish, its request ID and its audit rows are one transaction; the same ID again changes nothing more.

use warifu_core::encoding::Item;
use warifu_core::ids::{MemberId, RequestId};
use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::MemberStatus;

use super::{question, status};
use crate::app::App;
use crate::edge::{Failure, Refused};
use crate::mail::{Facts, Kind, Letter};
use crate::store::audit::{self, Entry};
use crate::store::institutions::Institution;
use crate::store::requests::{self, Earlier, Kept};
use crate::store::tokens::{self, Token};
use crate::store::{StoreError, Tx, outbox};

/// Whom a wish is about, and when it came.
#[derive(Clone)]
pub(super) struct About {
    pub(super) institution: Institution,
    pub(super) member_id: MemberId,
    pub(super) now: UnixMillis,
}

impl About {
    /// Writes down what was done to a token (actor, action, outcome, detail), and mails the member.
    pub(super) fn tell(
        &self,
        tx: &Tx<'_>,
        token: &Token,
        (actor, action, outcome, detail): (&str, &str, &str, &str),
        kind: Kind,
    ) -> Result<(), StoreError> {
        let object = format!("token:{}", token.serial);
        let entry = Entry { at: self.now, actor, action, object: &object, outcome, detail };
        audit::append(tx, &self.institution, &entry)?;
        let Some(mail_to) = tokens::mail_address(tx, token.issue_no)? else { return Ok(()) };
        let facts = Facts::of_token(&self.institution, &token.serial, self.now);
        let letter = Letter::compose(kind, mail_to, &facts);
        outbox::post(tx, &self.institution, &token.member_id, &letter, self.now)
    }
}

/// Carries `work` out unless that was done before; `asked` is everything in the wish but its ID and the member.
pub(super) async fn carry_out(
    app: &App,
    institution: Institution,
    member_id: MemberId,
    request_id: RequestId,
    asked: &[Item<'_>],
    mut work: impl FnMut(&Tx<'_>, &About) -> Result<(), Failure> + Send + 'static,
) -> Result<MemberStatus, Failure> {
    let about = About { institution, member_id, now: app.clock.now() };
    let dek = app.store.read(|tx| app.keys.dek(tx, &about.institution, about.institution.dek_id))?;
    let mut whole = asked.to_vec();
    whole.insert(1, about.member_id.as_str().into());
    let question = question(app, &dek, &about.institution, &about.member_id, request_id, &whole)?;
    let done = app.store.write(move |tx| {
        match requests::earlier(tx, &question, about.now)? {
            Some(Earlier::Done) => {}
            Some(_) => return Err(Refused::CONFLICT.into()),
            None => {
                work(tx, &about)?;
                requests::keep(tx, &question, Kept::Done, about.now)?;
            }
        }
        status::read(tx, &about.institution, &about.member_id, about.now)
    });
    let status = done.await?;
    app.bell.notify_one();
    Ok(status)
}

/// A name of staff: something to read, on one line.
pub(super) fn check_staff(staff: &str) -> Result<(), Refused> {
    if is_line(staff, 64) {
        return Ok(());
    }
    Err(Refused::malformed("staff has 1 to 64 characters, without line breaks"))
}

/// A reason in somebody's words.
pub(super) fn check_reason(reason: &str) -> Result<(), Refused> {
    if is_line(reason, 500) {
        return Ok(());
    }
    Err(Refused::malformed("reason has 1 to 500 characters, without line breaks"))
}

fn is_line(text: &str, longest: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= longest && !text.chars().any(char::is_control)
}
