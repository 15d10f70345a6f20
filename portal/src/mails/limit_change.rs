//! Owns the mail 限度額変更の受付.
//! Refuses to know how a limit is kept.
//! Invariant: it names the amount and the moment from which it holds.

use askama::Template;
use warifu_core::time::UnixMillis;

use super::Letter;
use crate::failure::Failure;
use crate::page::{minute, yen};
use crate::store::outbox::NewMail;

#[derive(Template)]
#[template(path = "mail/limit_change/text.txt")]
struct Text<'a> {
    letter: &'a Letter,
    limit: &'a str,
    from: &'a str,
    waits: bool,
}

#[derive(Template)]
#[template(path = "mail/limit_change/page.html")]
struct Html<'a> {
    letter: &'a Letter,
    limit: &'a str,
    from: &'a str,
    waits: bool,
}

pub(crate) fn write(
    letter: &Letter,
    to: &[String],
    amount: u64,
    effective_at: UnixMillis,
) -> Result<Vec<NewMail>, Failure> {
    let (limit, from, waits) = (&*yen(amount).ja, &*minute(effective_at), effective_at > letter.now);
    let (text, html) = (Text { letter, limit, from, waits }, Html { letter, limit, from, waits });
    letter.to(to, "限度額変更の受付", &text, &html)
}

#[cfg(test)]
mod tests {
    use super::super::tests::is_a_letter;
    use super::*;

    #[test]
    fn it_says_how_much_and_from_when_to_every_address() {
        let to = ["a@b.example".to_owned(), "c@d.example".to_owned()];
        let mails = write(&Letter::sample(), &to, 700_000, UnixMillis(1_795_000_000_000)).unwrap();
        assert_eq!(mails.iter().map(|mail| &*mail.to).collect::<Vec<_>>(), to);
        is_a_letter(&mails, &["700,000円", "2026/11/18", "取り消せます", "Japan time"]);
        let at_once = write(&Letter::sample(), &to, 1, UnixMillis(0)).unwrap();
        assert!(!at_once[0].text.contains("取り消せます"));
    }
}
