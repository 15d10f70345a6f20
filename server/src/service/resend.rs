//! Owns トークン発行のご案内 once more, and the change of where a member's mails go.
//! Refuses to change anything about the issue but its address: user ID, password and end stay.
//! Invariant: at most five such mails per issue and day, so that nobody's mailbox is flooded through the centre.

use warifu_core::ids::{MemberId, RequestId};
use warifu_core::time::{DAY, UnixMillis};
use warifu_core::wire::bank::{
    IssueState, MailAddress, MemberStatus, ReaddressRequest, ResendRequest, TokenState,
};

use super::issue::guidance;
use super::{question, status};
use crate::app::App;
use crate::edge::{Failure, Refused};
use crate::mail::{Facts, Kind, Letter};
use crate::store::audit::{self, Entry};
use crate::store::institutions::Institution;
use crate::store::issues::Issue;
use crate::store::rates::{self, Rate};
use crate::store::requests::{self, Earlier, Kept};
use crate::store::{Tx, issues, outbox, tokens};

/// How many of these mails an issue may cause within a day, each kind for itself.
const A_DAY: u32 = 5;
const NOT_OPEN: Refused = Refused::wrong_state("The member has no open issue.");
const NOT_BEFORE_USE: Refused =
    Refused::wrong_state("The member has neither an open issue nor a token that waits for its activation.");

/// What is asked: the same address, or another one.
#[derive(Clone)]
enum Wish {
    Resend,
    Readdress(MailAddress),
}

impl Wish {
    fn action(&self) -> &'static str {
        match self {
            Self::Resend => "resend",
            Self::Readdress(_) => "readdress",
        }
    }
}

/// Mails トークン発行のご案内 again.
pub(crate) async fn resend(
    app: &App,
    institution: Institution,
    member_id: MemberId,
    request: ResendRequest,
) -> Result<MemberStatus, Failure> {
    grant(app, institution, member_id, request.request_id, Wish::Resend).await
}

/// Sends all further mails to another address, and the open issue's トークン発行のご案内 at once.
pub(crate) async fn readdress(
    app: &App,
    institution: Institution,
    member_id: MemberId,
    request: ReaddressRequest,
) -> Result<MemberStatus, Failure> {
    grant(app, institution, member_id, request.request_id, Wish::Readdress(request.mail)).await
}

async fn grant(
    app: &App,
    institution: Institution,
    member_id: MemberId,
    request_id: RequestId,
    wish: Wish,
) -> Result<MemberStatus, Failure> {
    let now = app.clock.now();
    let dek = app.store.read(|tx| app.keys.dek(tx, &institution, institution.dek_id))?;
    let address = match &wish {
        Wish::Resend => "",
        Wish::Readdress(mail) => mail.as_str(),
    };
    let asked = [wish.action().into(), member_id.as_str().into(), address.into()];
    let question = question(app, &dek, &institution, &member_id, request_id, &asked)?;
    let download_url = institution.download_url.as_deref().unwrap_or(&app.download_url).to_owned();
    let done = app.store.write(move |tx| {
        match requests::earlier(tx, &question, now)? {
            Some(Earlier::Done) => return status::read(tx, &institution, &member_id, now),
            Some(_) => return Err(Refused::CONFLICT.into()),
            None => {}
        }
        let issue = issues::newest(tx, institution.no, &member_id)?.ok_or(NOT_OPEN)?;
        let is_open = issue.state_at(now) == IssueState::Open;
        let mail = match &wish {
            Wish::Resend if is_open => issue.mail.clone(),
            Wish::Resend => return Err(NOT_OPEN.into()),
            Wish::Readdress(mail) if is_open || waits(tx, &institution, &member_id, now)? => mail.clone(),
            Wish::Readdress(_) => return Err(NOT_BEFORE_USE.into()),
        };
        refuse_flood(tx, &issue, wish.action(), now)?;
        if mail != issue.mail {
            move_mails(tx, &institution, &issue, &mail, now)?;
        }
        requests::keep(tx, &question, Kept::Done, now)?;
        let entry = Entry {
            at: now,
            actor: "bank",
            action: wish.action(),
            object: &format!("issue:{}", issue.user_id),
            outcome: issue.state_at(now).as_str(),
            detail: "",
        };
        audit::append(tx, &institution, &entry)?;
        if is_open {
            let letter = guidance(&institution, mail, issue.expires_at, &download_url, now);
            outbox::post(tx, &institution, &member_id, &letter, now)?;
        }
        status::read(tx, &institution, &member_id, now)
    });
    let status = done.await?;
    app.bell.notify_one();
    Ok(status)
}

/// All mails from now on go to `mail`, those that still wait too; the address that they leave is told.
fn move_mails(
    tx: &Tx<'_>,
    institution: &Institution,
    issue: &Issue,
    mail: &MailAddress,
    now: UnixMillis,
) -> Result<(), Failure> {
    issues::readdress(tx, issue.no, mail)?;
    outbox::redirect(tx, institution.no, &issue.member_id, &issue.mail, mail)?;
    let letter = Letter::compose(Kind::Readdressed, issue.mail.clone(), &Facts::of(institution, now));
    Ok(outbox::post(tx, institution, &issue.member_id, &letter, now)?)
}

/// Whether the member's token waits for 利用開始.
fn waits(
    tx: &Tx<'_>,
    institution: &Institution,
    member_id: &MemberId,
    now: UnixMillis,
) -> Result<bool, Failure> {
    let token = tokens::waiting(tx, institution.no, member_id)?;
    Ok(token.is_some_and(|token| token.state_at(now) == TokenState::Issued))
}

fn refuse_flood(tx: &Tx<'_>, issue: &Issue, kind: &'static str, now: UnixMillis) -> Result<(), Failure> {
    let subject = issue.no.to_string();
    let rate = Rate { kind, subject: &subject, window: DAY, limit: A_DAY };
    match rates::count(tx, &rate, now)? {
        Some(wait) => Err(Refused::too_many(wait).into()),
        None => Ok(()),
    }
}
