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
}

#[derive(Template)]
#[template(path = "mail/release_taken_back/page.html")]
struct Html<'a> {
    letter: &'a Letter,
    at: &'a str,
}

pub(crate) fn write(letter: &Letter, to: &[String]) -> Result<Vec<NewMail>, Failure> {
    let at = &*minute(letter.now);
    letter.to(to, "利用解除の取りやめ", &Text { letter, at }, &Html { letter, at })
}

#[cfg(test)]
mod tests {
    use super::super::tests::is_a_letter;
    use super::*;

    #[test]
    fn it_says_that_the_token_goes_on() {
        let mails = write(&Letter::sample(), &["a@b.example".to_owned()]).unwrap();
        is_a_letter(&mails, &["そのままお使いいただけます", "goes on working"]);
    }
}
