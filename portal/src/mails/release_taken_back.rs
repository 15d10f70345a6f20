//! Owns the mail that says that a release without the phone was called off.
//! Refuses to know who had asked for it.
//! Invariant: it goes wherever the request was told.

use askama::Template;

use super::Letter;
use crate::failure::Failure;
use crate::page::minute;
use crate::store::outbox::NewMail;

#[derive(Template)]
#[template(path = "mail/release_taken_back/text.txt")]
struct Text<'a> {
    letter: &'a Letter,
    at: &'a str,
    by: By,
}

#[derive(Template)]
#[template(path = "mail/release_taken_back/page.html")]
struct Html<'a> {
    letter: &'a Letter,
    at: &'a str,
    by: By,
}

/// Who called it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// The member, in internet banking.
    Member,
    /// The institution's staff.
    Staff,
}

pub(crate) fn write(letter: &Letter, to: &[String], by: By) -> Result<Vec<NewMail>, Failure> {
    let at = &*minute(letter.now);
    letter.to(to, "利用解除の取りやめ", &Text { letter, at, by }, &Html { letter, at, by })
}

#[cfg(test)]
mod tests {
    use super::super::tests::is_a_letter;
    use super::*;

    #[test]
    fn it_says_who_called_it_off_and_that_the_token_goes_on() {
        for (by, words, english) in
            [(By::Member, "お客さまの操作で", "by you"), (By::Staff, "職員の手続きで", "by our staff")]
        {
            let mails = write(&Letter::sample(), &["a@b.example".to_owned()], by).unwrap();
            is_a_letter(&mails, &["そのままお使いいただけます", "goes on working", words, english]);
        }
    }
}
