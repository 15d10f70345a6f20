//! Owns the mails of the portal that tell a member what was done, one file and one folder of templates each.
//! Refuses to know how mails leave, and メール通知パスワード, which is a step of トークン発行.
//! Invariant: Japanese first, English second, text and HTML; no link, no ID beside a password, nothing that opens anything.

pub(crate) mod address_change;
pub(crate) mod limit_change;
pub(crate) mod release_taken_back;

use askama::Template;
use warifu_core::time::{DAY, UnixMillis};
use warifu_core::wire::bank::MemberStatus;

use crate::App;
use crate::failure::Failure;
use crate::store::members::Member;
use crate::store::outbox::NewMail;

/// What every mail says of its institution.
pub(crate) struct Letter {
    pub(crate) institution: String,
    pub(crate) phone: String,
    pub(crate) phone_hours: String,
    pub(crate) demo: bool,
    now: UnixMillis,
}

impl Letter {
    pub(crate) fn of(app: &App) -> Self {
        let institution = &app.config.institution;
        Self {
            institution: institution.name.clone(),
            phone: institution.phone.clone(),
            phone_hours: institution.phone_hours.clone(),
            demo: app.config.demo,
            now: app.clock.now(),
        }
    }

    /// One mail, to each of these addresses. It is tried for a week.
    fn to(
        &self,
        addresses: &[String],
        subject: &str,
        text: &impl Template,
        html: &impl Template,
    ) -> Result<Vec<NewMail>, Failure> {
        let (text, html) = (text.render()?, html.render()?);
        let mails = addresses.iter().map(|to| NewMail {
            to: to.clone(),
            subject: format!("【{}】{subject}", self.institution),
            text: text.clone(),
            html: html.clone(),
            give_up_at: self.now.plus(7 * DAY),
        });
        Ok(mails.collect())
    }

    #[cfg(test)]
    pub(crate) fn sample() -> Self {
        Self {
            institution: "仙北信用組合".to_owned(),
            phone: "0187-00-0000".to_owned(),
            phone_hours: "平日 9:00～17:00".to_owned(),
            demo: true,
            now: UnixMillis(0),
        }
    }
}

/// Where a member is told of something: the registered address, and where the token's own mails go.
pub(crate) fn addresses(member: &Member, status: &MemberStatus) -> Vec<String> {
    let registered = member.mail.as_ref().map(ToString::to_string);
    let of_the_token = status.issue.as_ref().map(|issue| issue.mail.to_string());
    let mut both: Vec<String> = registered.into_iter().chain(of_the_token).collect();
    both.dedup();
    both
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What every mail keeps to.
    pub(super) fn is_a_letter(mails: &[NewMail], says: &[&str]) {
        for NewMail { subject, text, html, .. } in mails {
            assert!(subject.starts_with("【仙北信用組合】"));
            for words in says.iter().chain(&["見本", "0187-00-0000", "English"]) {
                assert!(text.contains(words), "{words} is missing in\n{text}");
            }
            for words in says {
                assert!(html.contains(words), "{words} is missing in\n{html}");
            }
            assert!(html.contains("lang=\"en\"") && html.contains("lang=\"ja\""));
            for no in ["http", "href", "<script", "src="] {
                assert!(!text.contains(no) && !html.contains(no), "{no} stands in a mail");
            }
        }
    }
}
