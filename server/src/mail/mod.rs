//! Owns what the centre writes to members: which mails there are, and their text.
//! Refuses to know when they are sent and by which server.
//! Invariant: no mail holds a user ID, a password or a code; only トークン発行のご案内 holds a link.

mod post;
mod worker;

use askama::Template;
use rand::rngs::OsRng;
use warifu_core::ids::{RequestId, Serial};
use warifu_core::japan;
use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::MailAddress;

pub(crate) use post::{BadRoute, Post, Route};
pub(crate) use worker::deliver;

use crate::store::institutions::Institution;

/// What a mail may say.
pub(crate) struct Facts {
    institution: String,
    service_id: String,
    /// When it happened.
    at: String,
    serial: String,
    /// Of the token whose place another one took.
    old_serial: String,
    /// Until when the member has to do the next step.
    until: String,
    download_url: String,
    /// How many days are left.
    days: String,
}

impl Facts {
    /// Of something that happened to a member of `institution` at `at`.
    pub(crate) fn of(institution: &Institution, at: UnixMillis) -> Self {
        Self {
            institution: institution.name.to_string(),
            service_id: institution.service_id.to_string(),
            at: japan::long(at),
            serial: String::new(),
            old_serial: String::new(),
            until: String::new(),
            download_url: String::new(),
            days: String::new(),
        }
    }

    /// Of something that happened to a token.
    pub(crate) fn of_token(institution: &Institution, serial: &Serial, at: UnixMillis) -> Self {
        Self { serial: serial.to_string(), ..Self::of(institution, at) }
    }

    pub(crate) fn in_place_of(self, old: &Serial) -> Self {
        Self { old_serial: old.to_string(), ..self }
    }

    pub(crate) fn until(self, until: UnixMillis) -> Self {
        Self { until: japan::day_and_minute(until), ..self }
    }

    pub(crate) fn days(self, days: i64) -> Self {
        Self { days: days.to_string(), ..self }
    }

    pub(crate) fn download_url(self, url: &str) -> Self {
        Self { download_url: url.to_owned(), ..self }
    }
}

/// Lists the mails: each has a folder with its subject and its body.
macro_rules! mails {
    ($($(#[$doc:meta])* $kind:ident = $folder:literal, $subject:literal, $body:literal;)+) => {
        /// The mails that the centre writes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Kind { $($(#[$doc])* $kind),+ }

        impl Kind {
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$kind),+];

            /// The folder of its templates.
            pub(crate) fn folder(self) -> &'static str {
                match self { $(Self::$kind => $folder),+ }
            }

            /// Subject and body.
            fn render(self, f: &Facts) -> (String, String) {
                match self {
                    $(Self::$kind => {
                        #[derive(Template)]
                        #[template(path = $subject)]
                        struct Subject<'a> { f: &'a Facts }
                        #[derive(Template)]
                        #[template(path = $body)]
                        struct Body<'a> { f: &'a Facts }
                        (written(&Subject { f }), written(&Body { f }))
                    })+
                }
            }
        }
    };
}

mails!(
    /// トークン発行のご案内.
    Issued = "issued", "mail/issued/subject.txt", "mail/issued/body.txt";
    /// 初期設定が完了しました.
    Enrolled = "enrolled", "mail/enrolled/subject.txt", "mail/enrolled/body.txt";
    /// Another device knew the start password, too late.
    SecondDevice = "second-device", "mail/second-device/subject.txt", "mail/second-device/body.txt";
    /// 利用開始.
    Activated = "activated", "mail/activated/subject.txt", "mail/activated/body.txt";
    /// 機種変更.
    Replaced = "replaced", "mail/replaced/subject.txt", "mail/replaced/body.txt";
    /// 利用停止.
    Suspended = "suspended", "mail/suspended/subject.txt", "mail/suspended/body.txt";
    /// 利用停止 on request.
    Stopped = "stopped", "mail/stopped/subject.txt", "mail/stopped/body.txt";
    /// 複製の疑い.
    Copied = "copied", "mail/copied/subject.txt", "mail/copied/body.txt";
    /// 停止解除.
    Reinstated = "reinstated", "mail/reinstated/subject.txt", "mail/reinstated/body.txt";
    /// 利用解除.
    Revoked = "revoked", "mail/revoked/subject.txt", "mail/revoked/body.txt";
    /// 初期設定の入力が上限に達しました.
    Exhausted = "exhausted", "mail/exhausted/subject.txt", "mail/exhausted/body.txt";
    /// 初期設定の期限が過ぎました.
    IssueExpired = "issue-expired", "mail/issue-expired/subject.txt", "mail/issue-expired/body.txt";
    /// 利用開始の期限が過ぎました.
    TokenLapsed = "token-lapsed", "mail/token-lapsed/subject.txt", "mail/token-lapsed/body.txt";
    /// 有効期限のお知らせ.
    Expiring = "expiring", "mail/expiring/subject.txt", "mail/expiring/body.txt";
    /// Notices go to another address from now on; to the address that they leave.
    Readdressed = "readdressed", "mail/readdressed/subject.txt", "mail/readdressed/body.txt";
    /// Too many wrong codes at 利用開始.
    TokenVoid = "token-void", "mail/token-void/subject.txt", "mail/token-void/body.txt";
);

fn written(template: &impl Template) -> String {
    template.render().expect("a template of text and strings can be written to a string")
}

/// A mail, written.
pub(crate) struct Letter {
    pub(crate) kind: Kind,
    pub(crate) to: MailAddress,
    /// Stays the same over every attempt to send it, so that a receiver can drop a second copy.
    pub(crate) message_id: String,
    pub(crate) subject: String,
    pub(crate) body: String,
}

impl Letter {
    pub(crate) fn compose(kind: Kind, to: MailAddress, facts: &Facts) -> Self {
        let (subject, body) = kind.render(facts);
        // A random UUID; the sender's domain is added when it is sent.
        let message_id = RequestId::generate(&mut OsRng).to_string();
        Self { kind, to, message_id, subject: subject.trim().to_owned(), body }
    }
}

/// The body as simple HTML: paragraphs, and links where a line is an address.
fn html(body: &str) -> String {
    let mut page = String::from(
        "<!DOCTYPE html>\n<html lang=\"ja\"><head><meta charset=\"utf-8\"></head>\n\
         <body style=\"font-family:sans-serif;line-height:1.7;max-width:40em;margin:1em auto;padding:0 1em\">\n",
    );
    for paragraph in body.split("\n\n").map(str::trim).filter(|text| !text.is_empty()) {
        if paragraph.chars().all(|c| c == '-') {
            page.push_str("<hr>\n");
            continue;
        }
        page.push_str("<p>");
        for (index, line) in paragraph.lines().enumerate() {
            if index > 0 {
                page.push_str("<br>\n");
            }
            let line = escaped(line);
            if line.starts_with("https://") || line.starts_with("http://") {
                page.push_str(&format!("<a href=\"{line}\">{line}</a>"));
            } else {
                page.push_str(&line);
            }
        }
        page.push_str("</p>\n");
    }
    page.push_str("</body></html>\n");
    page
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            institution: "仙北信用組合".to_owned(),
            service_id: "10112235".to_owned(),
            at: "2026年11月23日 10時00分00秒".to_owned(),
            serial: "243725864".to_owned(),
            old_serial: "135802469".to_owned(),
            until: "2026/11/30 10:00".to_owned(),
            download_url: "https://bank.example/app?a=1&b=2".to_owned(),
            days: "30".to_owned(),
        }
    }

    #[test]
    fn every_mail_has_a_subject_of_one_line_and_both_languages() {
        for kind in Kind::ALL {
            let (subject, body) = kind.render(&facts());
            assert_eq!(subject.trim().lines().count(), 1, "{kind:?}");
            assert!(subject.starts_with("【仙北信用組合】"), "{kind:?}");
            let (japanese, english) = body.split_once("----------").unwrap();
            assert!(japanese.contains('。'), "{kind:?}");
            assert!(english.contains("Japan time"), "{kind:?}");
            assert!(!body.contains("{{"), "{kind:?}");
        }
    }

    #[test]
    fn only_the_issue_mail_holds_a_link_and_the_service_id() {
        for kind in Kind::ALL {
            let (_, body) = kind.render(&facts());
            assert_eq!(body.contains("://"), *kind == Kind::Issued, "{kind:?}");
            assert_eq!(body.contains("10112235"), *kind == Kind::Issued, "{kind:?}");
        }
    }

    #[test]
    fn what_an_institution_is_called_cannot_become_markup() {
        let page = html("<b>A&B</b>\n\nhttps://a.example/?x=1&y=\"2\"\n\n-----\n\nEnd.");
        assert!(page.contains("<p>&lt;b&gt;A&amp;B&lt;/b&gt;</p>"));
        assert!(page.contains("<a href=\"https://a.example/?x=1&amp;y=&quot;2&quot;\">"));
        assert!(page.contains("<hr>"));
    }
}
