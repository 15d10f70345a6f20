//! Owns 携帯メールアドレス typed twice: its two fields, how they are read, the words for what is wrong.
//! Refuses to know what the address is for.
//! Invariant: an address passes only when both fields say the same; what was typed stands there again.

use unicode_normalization::UnicodeNormalization as _;
use warifu_core::wire::bank::MailAddress;

use crate::bilingual::both;
use crate::form::Form;
use crate::page::{Field, Problems};
use crate::store::drafts::Draft;

pub(super) const MAIL: &str = "mail";
pub(super) const MAIL_AGAIN: &str = "mail_again";

/// The two fields as typed.
pub(super) fn typed(form: &Form) -> Draft {
    Draft { mail: form.text(MAIL).to_owned(), mail_again: form.text(MAIL_AGAIN).to_owned() }
}

/// The address, or what is wrong with it.
pub(super) fn read(typed: &Draft, problems: &mut Problems) -> Option<MailAddress> {
    let [mail, again] =
        [&typed.mail, &typed.mail_again].map(|text| text.nfkc().collect::<String>().trim().to_owned());
    let address = MailAddress::try_from(mail.clone()).ok();
    if mail.is_empty() {
        problems.add(MAIL, both("メールアドレスを入力してください。", "Please enter the mail address."));
    } else if address.is_none() {
        problems.add(
            MAIL,
            both("メールアドレスの形ではありません。半角英数字記号で、@の前後も含めて入力してください。", "This is not a mail address. Please enter all of it, before and after the @, in plain letters, digits and signs."),
        );
    }
    if again.is_empty() {
        problems.add(
            MAIL_AGAIN,
            both(
                "確認のため、メールアドレスをもう一度入力してください。",
                "Please enter the mail address once more to confirm it.",
            ),
        );
    } else if again != mail {
        problems.add(
            MAIL_AGAIN,
            both(
                "2回の入力が違っています。同じメールアドレスを入力してください。",
                "The two entries differ. Please enter the same mail address.",
            ),
        );
    }
    address.filter(|_| again == mail)
}

/// Both fields, filled with what was typed.
pub(super) fn fields(typed: &Draft, problems: &Problems) -> [Field; 2] {
    let field = |name, label, hint, typed: &str| {
        let field = Field { inputmode: "email", autocomplete: "email", ..Field::text(name, label, hint) };
        field.filled(typed).told(problems)
    };
    [
        field(
            MAIL,
            both("携帯メールアドレス", "Mobile mail address"),
            both(
                "半角英数字記号。トークンを使うスマートフォンで受け取れるアドレス",
                "An address that you can read on the smartphone with the token",
            ),
            &typed.mail,
        ),
        field(
            MAIL_AGAIN,
            both("携帯メールアドレス（確認用）", "Mobile mail address (again)"),
            both("確認のため2回入力してください", "Please enter it twice to confirm it"),
            &typed.mail_again,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_passes_only_when_both_fields_say_the_same() {
        let read = |mail: &str, again: &str| {
            let mut problems = Problems::default();
            let typed = Draft { mail: mail.to_owned(), mail_again: again.to_owned() };
            (read(&typed, &mut problems), problems.iter().count())
        };
        let address = read(" ｔａｒｏ@data.example", "taro@data.example");
        assert_eq!((address.0.unwrap().as_str(), address.1), ("taro@data.example", 0));
        for (mail, again, wrong) in
            [("", "", 2), ("taro@", "taro@", 1), ("a@b.c", "a@b.d", 1), ("taro@", "x", 2), ("a@b.c", "", 1)]
        {
            assert_eq!(read(mail, again), (None, wrong), "{mail} {again}");
        }
    }
}
