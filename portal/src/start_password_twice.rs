//! Owns 利用開始パスワード typed twice: its two fields, how they are read, the words for what is wrong.
//! Refuses to know who chose it and where it goes.
//! Invariant: one passes only when both fields say the same; neither field is ever filled again.

use warifu_core::start_password::{BadStartPassword, StartPassword};

use crate::bilingual::{Text, both};
use crate::form::Form;
use crate::page::{Field, Problems};

pub(crate) const START: &str = "start_password";
pub(crate) const START_AGAIN: &str = "start_password_again";

/// The password chosen, or what is wrong with it.
pub(crate) fn read(form: &Form, problems: &mut Problems) -> Option<StartPassword> {
    let chosen = StartPassword::choose(form.text(START));
    if let Err(bad) = &chosen {
        problems.add(START, words(*bad, form.text(START)));
    }
    let repeated = StartPassword::parse(form.text(START_AGAIN));
    let mut is_same = true;
    if form.text(START_AGAIN).trim().is_empty() {
        is_same = false;
        problems.add(
            START_AGAIN,
            both(
                "確認のため、利用開始パスワードをもう一度入力してください。",
                "Please enter the start password once more to confirm it.",
            ),
        );
    } else if let Ok(chosen) = &chosen
        && repeated.map_or(true, |repeated| repeated.expose() != chosen.expose())
    {
        is_same = false;
        problems.add(
            START_AGAIN,
            both(
                "2回の入力が違っています。同じ利用開始パスワードを入力してください。",
                "The two entries differ. Please enter the same start password.",
            ),
        );
    }
    chosen.ok().filter(|_| is_same)
}

/// Both fields, empty.
pub(crate) fn fields(problems: &Problems) -> [Field; 2] {
    let field = |name, label, hint| {
        Field { inputmode: "numeric", ..Field::password(name, label, hint) }.told(problems)
    };
    [
        field(
            START,
            both("利用開始パスワード", "Start password"),
            both(
                "4～8桁の数字。0000や1234のように推測されやすい番号は使えません",
                "4 to 8 digits. Numbers that are easy to guess, such as 0000 or 1234, cannot be used",
            ),
        ),
        field(
            START_AGAIN,
            both("利用開始パスワード（確認用）", "Start password (again)"),
            both("確認のため2回入力してください", "Please enter it twice to confirm it"),
        ),
    ]
}

fn words(bad: BadStartPassword, typed: &str) -> Text {
    match bad {
        _ if typed.trim().is_empty() => {
            both("利用開始パスワードを入力してください。", "Please enter the start password.")
        }
        BadStartPassword::NotDigits => both(
            "利用開始パスワードは数字だけで入力してください。",
            "Please enter digits only for the start password.",
        ),
        BadStartPassword::Length => both(
            "利用開始パスワードは4～8桁の数字で入力してください。",
            "Please enter 4 to 8 digits for the start password.",
        ),
        BadStartPassword::Trivial => both(
            "推測されやすい番号です。同じ数字の繰り返し（0000など）や、続き番号（1234など）は使えません。",
            "This number is easy to guess. The same digit throughout (such as 0000) or digits in a row (such as 1234) cannot be used.",
        ),
    }
}
