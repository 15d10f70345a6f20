//! Owns the mail 登録情報の変更, to the address before and the address now.
//! Refuses to know how an address is kept.
//! Invariant: whoever reads either mailbox sees both addresses and the moment.

use askama::Template;

use super::Letter;
use crate::failure::Failure;
use crate::page::minute;
use crate::store::outbox::NewMail;

#[derive(Template)]
#[template(path = "mail/address_change/text.txt")]
struct Text<'a> {
    letter: &'a Letter,
    old: &'a str,
    new: &'a str,
    at: &'a str,
}

#[derive(Template)]
#[template(path = "mail/address_change/page.html")]
struct Html<'a> {
    letter: &'a Letter,
    old: &'a str,
    new: &'a str,
    at: &'a str,
}

/// `old` is empty when there was none.
pub(crate) fn write(letter: &Letter, old: &str, new: &str) -> Result<Vec<NewMail>, Failure> {
    let to: Vec<String> = [old, new].into_iter().filter(|to| !to.is_empty()).map(str::to_owned).collect();
    let old = if old.is_empty() { "（登録なし）" } else { old };
    let at = &*minute(letter.now);
    letter.to(&to, "登録情報の変更", &Text { letter, old, new, at }, &Html { letter, old, new, at })
}

#[cfg(test)]
mod tests {
    use super::super::tests::is_a_letter;
    use super::*;

    #[test]
    fn both_addresses_are_told_of_both() {
        let mails = write(&Letter::sample(), "old@b.example", "new@d.example").unwrap();
        assert_eq!(
            mails.iter().map(|mail| &*mail.to).collect::<Vec<_>>(),
            ["old@b.example", "new@d.example"]
        );
        is_a_letter(&mails, &["old@b.example", "new@d.example", "1970/01/01 09:00"]);
        assert_eq!(write(&Letter::sample(), "", "new@d.example").unwrap().len(), 1);
    }
}
