//! Owns トークン発行: a start password becomes a record, an issue and a mail.
//! Refuses to keep the start password.
//! Invariant: a member has one open issue; a new one ends the old one and a token that was never activated.

use rand::rngs::OsRng;
use warifu_core::enrol::centre::PasswordRecord;
use warifu_core::ids::{MemberId, UserId};
use warifu_core::issue::OPEN_FOR;
use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::{IssueRequest, Issued, MailAddress, TokenState};

use super::cancel::end_unfinished;
use super::question;
use super::renew::BEFORE;
use crate::app::App;
use crate::edge::{Failure, Refused};
use crate::mail::{Facts, Kind, Letter};
use crate::store::audit::{self, Entry};
use crate::store::institutions::{self, Institution};
use crate::store::issues::{self, NewIssue};
use crate::store::requests::{self, Earlier, Kept, Question};
use crate::store::{StoreError, Tx, outbox, tokens};

/// Issues a token to a member.
pub(crate) async fn issue(
    app: &App,
    institution: Institution,
    member_id: MemberId,
    request: IssueRequest,
) -> Result<Issued, Failure> {
    let IssueRequest { request_id, mail, start_password } = request;
    let now = app.clock.now();
    let dek = app.store.read(|tx| app.keys.dek(tx, &institution, institution.dek_id))?;
    let asked =
        ["issue".into(), (member_id.as_str()).into(), mail.as_str().into(), start_password.expose().into()];
    let question = question(app, &dek, &institution, &member_id, request_id, &asked)?;
    let before = app.store.read(|tx| {
        if let Some(issued) = earlier(tx, &institution, &question, now)? {
            return Ok::<_, Failure>(Err(issued));
        }
        refuse_used(tx, &institution, &member_id, now)?;
        let mut user_id = UserId::generate(&mut OsRng);
        while issues::is_taken(tx, &user_id)? {
            user_id = UserId::generate(&mut OsRng);
        }
        Ok(Ok(user_id))
    });
    let user_id = match before? {
        Ok(user_id) => user_id,
        Err(issued) => return Ok(issued),
    };
    let setup = app.keys.setup(&institution.service_id, institution.setup_id)?;
    let (service_id, user) = (institution.service_id.clone(), user_id.clone());
    let stretched = app.stretching.run(move || {
        let record = PasswordRecord::register(&setup, &service_id, &user, &start_password, &mut OsRng);
        dek.seal_record(&record, &service_id, &user)
    });
    let record = stretched.await?;
    let download_url = institution.download_url.as_deref().unwrap_or(&app.download_url).to_owned();
    let now = app.clock.now();
    let new = Making { institution, member_id, user_id, mail, record, question, download_url, now };
    let issued = app.store.write(move |tx| new.save(tx)).await?;
    app.bell.notify_one();
    Ok(issued)
}

/// The issue that the same question made before.
fn earlier(
    tx: &Tx<'_>,
    institution: &Institution,
    question: &Question,
    now: UnixMillis,
) -> Result<Option<Issued>, Failure> {
    match requests::earlier(tx, question, now)? {
        None => Ok(None),
        Some(Earlier::Issue(no)) => {
            let issue = issues::by_no(tx, no)?.ok_or(StoreError::Lost)?;
            Ok(Some(Issued {
                service_id: institution.service_id.clone(),
                user_id: issue.user_id,
                expires_at: issue.expires_at,
                mail: issue.mail,
            }))
        }
        Some(_) => Err(Refused::CONFLICT.into()),
    }
}

/// A token in use, or suspended, is released first: an issue beside it would be a way around its suspension. One that
/// ends within 60 days is followed by a new one, and goes on until that is activated.
fn refuse_used(
    tx: &Tx<'_>,
    institution: &Institution,
    member_id: &MemberId,
    now: UnixMillis,
) -> Result<(), Failure> {
    let token = tokens::current(tx, institution.no, member_id)?;
    if token.as_ref().is_some_and(|token| token.expires_at <= now.plus(BEFORE))
        && token.as_ref().is_some_and(|token| token.state_at(now) == TokenState::Active)
    {
        return Ok(());
    }
    match token.map(|token| token.state_at(now)) {
        Some(TokenState::Active | TokenState::Suspended) => Err(Refused::wrong_state(
            "The member has a token that is suspended, or active for more than 60 days: it has to be released first.",
        )
        .into()),
        _ => Ok(()),
    }
}

/// トークン発行のご案内.
pub(super) fn guidance(
    institution: &Institution,
    to: MailAddress,
    expires_at: UnixMillis,
    download_url: &str,
    now: UnixMillis,
) -> Letter {
    let facts = Facts::of(institution, now).until(expires_at).download_url(download_url);
    Letter::compose(Kind::Issued, to, &facts)
}

/// An issue on its way into its transaction.
struct Making {
    institution: Institution,
    member_id: MemberId,
    user_id: UserId,
    mail: MailAddress,
    record: Vec<u8>,
    question: Question,
    download_url: String,
    now: UnixMillis,
}

impl Making {
    fn save(&self, tx: &Tx<'_>) -> Result<Issued, Failure> {
        let Self { institution, member_id, user_id, mail, record, question, download_url, now } = self;
        let now = *now;
        if let Some(issued) = earlier(tx, institution, question, now)? {
            return Ok(issued);
        }
        let now_there = institutions::by_no(tx, institution.no)?.ok_or(StoreError::Lost)?;
        if !now_there.setups().contains(&institution.setup_id) {
            // The OPAQUE setup was dropped while the password was stretched.
            return Err(Refused::BUSY.into());
        }
        refuse_used(tx, institution, member_id, now)?;
        end_unfinished(tx, institution, member_id, "a newer issue", now)?;
        let expires_at = now.plus(OPEN_FOR);
        let new = NewIssue {
            institution_no: institution.no,
            member_id,
            user_id,
            mail,
            record,
            dek_id: institution.dek_id,
            setup_id: institution.setup_id,
            now,
            expires_at,
        };
        let no = issues::add(tx, &new)?;
        requests::keep(tx, question, Kept::Issue(no), now)?;
        let entry = Entry {
            at: now,
            actor: "bank",
            action: "issue",
            object: &format!("issue:{user_id}"),
            outcome: "open",
            detail: &format!("member {member_id}"),
        };
        audit::append(tx, institution, &entry)?;
        let letter = guidance(institution, mail.clone(), expires_at, download_url, now);
        outbox::post(tx, institution, member_id, &letter, now)?;
        Ok(Issued {
            service_id: institution.service_id.clone(),
            user_id: user_id.clone(),
            expires_at,
            mail: mail.clone(),
        })
    }
}
