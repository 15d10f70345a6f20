//! Owns 利用開始パスワード typed twice: its two fields, how they are read, the words for what is wrong.
//! Refuses to know who chose it and where it goes.
//! Invariant: one passes only when both fields say the same; neither field is ever filled again.

use warifu_core::start_password::{BadStartPassword, StartPassword};

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
        problems.add(START_AGAIN, "確認のため、利用開始パスワードをもう一度入力してください。");
    } else if let Ok(chosen) = &chosen
        && repeated.map_or(true, |repeated| repeated.expose() != chosen.expose())
    {
        is_same = false;
        problems.add(START_AGAIN, "2回の入力が違っています。同じ利用開始パスワードを入力してください。");
    }
    chosen.ok().filter(|_| is_same)
}

/// Both fields, empty.
pub(crate) fn fields(problems: &Problems) -> [Field; 2] {
    let field = |name, label, hint: &str| {
        Field { inputmode: "numeric", ..Field::password(name, label, hint) }.told(problems)
    };
    [
        field(START, "利用開始パスワード", "4～8桁の数字。0000や1234のように推測されやすい番号は使えません"),
        field(START_AGAIN, "利用開始パスワード（確認用）", "確認のため2回入力してください"),
    ]
}

fn words(bad: BadStartPassword, typed: &str) -> &'static str {
    match bad {
        _ if typed.trim().is_empty() => "利用開始パスワードを入力してください。",
        BadStartPassword::NotDigits => "利用開始パスワードは数字だけで入力してください。",
        BadStartPassword::Length => "利用開始パスワードは4～8桁の数字で入力してください。",
        BadStartPassword::Trivial => {
            "推測されやすい番号です。同じ数字の繰り返し（0000など）や、続き番号（1234など）は使えません。"
        }
    }
}
