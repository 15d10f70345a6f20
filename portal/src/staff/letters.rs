//! Owns the mails that staff's deeds send: a release asked for, a release done, an account made.
//! Refuses to know how a mail is carried.
//! Invariant: none holds a link, none an ID together with a password; what is said of a release goes to both addresses.

use askama::Template;
use warifu_core::ids::MemberId;
use warifu_core::time::{DAY, UnixMillis};
use warifu_core::wire::bank::{MailAddress, MemberStatus};

use crate::App;
use crate::failure::Failure;
use crate::page::minute;
use crate::store::lost_phone::COOLING_OFF;
use crate::store::outbox::NewMail;

/// What the staff's log says where nobody could be told.
pub(super) const UNTOLD: &str = "知らせるメールアドレスなし";
/// 72, as the pages and mails say it.
pub(super) const COOLING_OFF_HOURS: i64 = COOLING_OFF * 24 / DAY;
/// For how long a mail is tried.
const PATIENCE: i64 = 3 * DAY;

/// Whom a mail comes from.
struct From<'a> {
    institution: &'a str,
    phone: &'a str,
    phone_hours: &'a str,
    demo: bool,
}

struct Release<'a> {
    from: From<'a>,
    title: &'static str,
    serial: String,
    due: Option<String>,
    hours: i64,
}

struct Invitation<'a> {
    from: From<'a>,
    title: &'static str,
    password: &'a str,
}

#[derive(Template)]
#[template(path = "staff/mail/release_asked/text.txt")]
struct AskedText<'a> {
    w: &'a Release<'a>,
}

#[derive(Template)]
#[template(path = "staff/mail/release_asked/page.html")]
struct AskedPage<'a> {
    w: &'a Release<'a>,
}

#[derive(Template)]
#[template(path = "staff/mail/release_done/text.txt")]
struct DoneText<'a> {
    w: &'a Release<'a>,
}

#[derive(Template)]
#[template(path = "staff/mail/release_done/page.html")]
struct DonePage<'a> {
    w: &'a Release<'a>,
}

#[derive(Template)]
#[template(path = "staff/mail/invitation/text.txt")]
struct InvitationText<'a> {
    w: &'a Invitation<'a>,
}

#[derive(Template)]
#[template(path = "staff/mail/invitation/page.html")]
struct InvitationPage<'a> {
    w: &'a Invitation<'a>,
}

/// 利用解除 without the phone was asked for; `due`: when it is done, once nobody has to approve it any more.
pub(super) async fn release_asked(
    app: &App,
    member: &MemberId,
    status: &MemberStatus,
    due: Option<UnixMillis>,
) -> Result<Vec<NewMail>, Failure> {
    let mut words = release(app, "利用解除の受付のお知らせ", status);
    words.due = due.map(minute);
    let bodies = (AskedText { w: &words }.render()?, AskedPage { w: &words }.render()?);
    to_both(app, member, status, words.title, &bodies).await
}

/// It is done. `status`: what the centre said before.
pub(super) async fn release_done(
    app: &App,
    member: &MemberId,
    status: &MemberStatus,
) -> Result<Vec<NewMail>, Failure> {
    let words = release(app, "利用解除のお知らせ", status);
    let bodies = (DoneText { w: &words }.render()?, DonePage { w: &words }.render()?);
    to_both(app, member, status, words.title, &bodies).await
}

/// An account was made: its first password, for nobody else's eyes.
pub(super) fn invitation(app: &App, to: &MailAddress, password: &str) -> Result<NewMail, Failure> {
    let words = Invitation { from: from(app), title: "職員用の画面のご案内", password };
    let bodies = (InvitationText { w: &words }.render()?, InvitationPage { w: &words }.render()?);
    Ok(mail(app, to, words.title, &bodies))
}

fn from(app: &App) -> From<'_> {
    let institution = &app.config.institution;
    From {
        institution: &institution.name,
        phone: &institution.phone,
        phone_hours: &institution.phone_hours,
        demo: app.config.demo,
    }
}

fn release<'a>(app: &'a App, title: &'static str, status: &MemberStatus) -> Release<'a> {
    let serial = status.token.as_ref().map(|token| &token.serial);
    let serial = serial.or(status.ended.as_ref().map(|end| &end.serial));
    Release {
        from: from(app),
        title,
        serial: serial.map(ToString::to_string).unwrap_or_default(),
        due: None,
        hours: COOLING_OFF_HOURS,
    }
}

/// Where a member is told: the registered address and the one that トークン発行 went to, once each. Without the centre's
/// word the registered one alone.
pub(super) async fn addresses(
    app: &App,
    member: &MemberId,
    status: Option<&MemberStatus>,
) -> Result<Vec<MailAddress>, Failure> {
    let registered = app.store.member(member).await?.and_then(|member| member.mail);
    let issued = status.and_then(|status| status.issue.as_ref()).map(|issue| issue.mail.clone());
    let newest = status.and_then(|status| status.mail.as_ref()).map(|mail| mail.to.clone());
    let mut addresses: Vec<MailAddress> = registered.into_iter().chain(issued.or(newest)).collect();
    addresses.dedup();
    Ok(addresses)
}

/// To each of these addresses. That there is none, the page has said before, and the staff's log says afterwards.
async fn to_both(
    app: &App,
    member: &MemberId,
    status: &MemberStatus,
    title: &str,
    bodies: &(String, String),
) -> Result<Vec<NewMail>, Failure> {
    let addresses = addresses(app, member, Some(status)).await?;
    if addresses.is_empty() {
        tracing::warn!(title, "a member has no address to be told at");
    }
    Ok(addresses.iter().map(|to| mail(app, to, title, bodies)).collect())
}

fn mail(app: &App, to: &MailAddress, title: &str, (text, html): &(String, String)) -> NewMail {
    NewMail {
        to: to.to_string(),
        subject: format!("【{}】{title}", app.config.institution.name),
        text: text.clone(),
        html: html.clone(),
        give_up_at: app.clock.now().plus(PATIENCE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: From<'_> = From {
        institution: "仙北信用組合",
        phone: "0187-00-0000",
        phone_hours: "平日 9:00～17:00",
        demo: true,
    };

    #[test]
    fn the_mails_about_a_release_render_in_japanese_then_english_and_hold_no_link() {
        for due in [None, Some("2026/11/27 09:00".to_owned())] {
            let title = "利用解除の受付のお知らせ";
            let words = Release { from: FROM, title, serial: "243725864".to_owned(), due, hours: 72 };
            for body in [
                AskedText { w: &words }.render().unwrap(),
                AskedPage { w: &words }.render().unwrap(),
                DoneText { w: &words }.render().unwrap(),
                DonePage { w: &words }.render().unwrap(),
            ] {
                let (japanese, english) = (body.find("利用").unwrap(), body.find("token").unwrap());
                assert!(japanese < english && body.contains("243725864") && body.contains("0187-00-0000"));
                assert!(!body.contains("http") && !body.contains("href"));
            }
            let asked = AskedText { w: &words }.render().unwrap();
            assert_eq!(asked.contains("72時間後"), words.due.is_none());
        }
    }

    #[test]
    fn the_invitation_renders_in_both_languages_with_the_password_and_without_an_id() {
        let words = Invitation { from: FROM, title: "職員用の画面のご案内", password: "abcdefgh" };
        for body in
            [InvitationText { w: &words }.render().unwrap(), InvitationPage { w: &words }.render().unwrap()]
        {
            assert!(body.contains("abcdefgh") && body.contains("職員用の画面") && body.contains("colleague"));
            assert!(!body.contains("http") && !body.contains("staff0"));
        }
    }
}
