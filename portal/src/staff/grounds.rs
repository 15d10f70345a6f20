//! Owns the two fields that deeds about a member's token carry: how the person was identified, and why it is done.
//! Refuses to know the deed.
//! Invariant: both fit into the centre's audit log, in one line each.

use askama::Template;
use unicode_normalization::UnicodeNormalization as _;

use crate::bilingual::ja;
use crate::form::{self, Form};
use crate::page::{Field, Problems};

pub(super) const REASON: &str = "reason";
pub(super) const IDENTIFIED: &str = "identified";
pub(super) const OTHER: &str = "identified_other";
/// It would read as something else in the log.
const TURNS: &str = "文字の向きを変える、目に見えない文字が入っています。入力し直してください。";
const LONGEST_REASON: usize = 400;
const LONGEST_OTHER: usize = 50;

/// How somebody can be identified: the value in the form, and its words.
const WAYS: [(&str, &str); 2] = [("document", "窓口・本人確認書類"), ("phone", "電話・登録情報")];

/// The fields as a page shows them.
#[derive(Template)]
#[template(path = "staff/grounds.html")]
pub(super) struct Fields {
    is_identified: bool,
    identified: String,
    other: Field,
    label: &'static str,
    reason: String,
    problems: Problems,
}

impl Fields {
    /// With what was typed, and what is wrong with it. `label`: what the reason is for.
    pub(super) fn new(label: &'static str, form: Option<&Form>, problems: &Problems) -> Self {
        let typed = |name| form.map_or("", |form| form.text(name));
        let other =
            Field::text(OTHER, ja("「その他」の確認の方法"), ja("「その他」を選んだときだけ。50文字以内"));
        Self {
            is_identified: true,
            identified: typed(IDENTIFIED).to_owned(),
            other: other.optional().filled(typed(OTHER)).told(problems),
            label,
            reason: typed(REASON).to_owned(),
            problems: problems.clone(),
        }
    }

    /// The reason alone: nobody asks for it who would have to be identified.
    pub(super) fn reason(label: &'static str, form: Option<&Form>, problems: &Problems) -> Self {
        Self { is_identified: false, ..Self::new(label, form, problems) }
    }
}

/// How the person was identified.
pub(super) fn identified(form: &Form, problems: &mut Problems) -> String {
    let other = plain(form, OTHER);
    let way = WAYS.iter().find(|(value, _)| *value == form.text(IDENTIFIED));
    match (way, form.text(IDENTIFIED)) {
        (Some((_, words)), _) => return (*words).to_owned(),
        (None, "other") if other.is_empty() => {
            problems.add(OTHER, ja("「その他」を選んだときは、確認の方法を入力してください。"));
        }
        (None, "other") if other.chars().count() > LONGEST_OTHER => {
            problems.add(OTHER, ja(format!("確認の方法は{LONGEST_OTHER}文字以内で入力してください。")));
        }
        (None, "other") if form::turns(&other) => problems.add(OTHER, ja(TURNS)),
        (None, "other") => return format!("その他（{other}）"),
        _ => problems.add(IDENTIFIED, ja("本人確認の方法を選んでください。")),
    }
    String::new()
}

/// Why. `missing`: what is said when there is nothing.
pub(super) fn reason(form: &Form, missing: &'static str, problems: &mut Problems) -> String {
    let reason = plain(form, REASON);
    if reason.is_empty() {
        problems.add(REASON, ja(missing));
    } else if reason.chars().count() > LONGEST_REASON {
        problems.add(REASON, ja(format!("理由は{LONGEST_REASON}文字以内で入力してください。")));
    } else if form::turns(&reason) {
        problems.add(REASON, ja(TURNS));
    }
    reason
}

fn plain(form: &Form, name: &str) -> String {
    let text: String = form.text(name).nfc().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
