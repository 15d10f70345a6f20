//! Owns the two fields that deeds about a member's token carry: how the person was identified, and why it is done.
//! Refuses to know the deed.
//! Invariant: both fit into the centre's audit log, in one line each.

use askama::Template;
use unicode_normalization::UnicodeNormalization as _;

use crate::bilingual::{Text, both, same};
use crate::form::{self, Form};
use crate::language::Language;
use crate::page::{Field, Problems};

pub(super) const REASON: &str = "reason";
pub(super) const IDENTIFIED: &str = "identified";
pub(super) const OTHER: &str = "identified_other";
/// It would read as something else in the log.
const TURNS: Text = both(
    "文字の向きを変える、目に見えない文字が入っています。入力し直してください。",
    "It holds invisible characters that turn the direction of the text. Please enter it again.",
);
const LONGEST_REASON: usize = 400;
const LONGEST_OTHER: usize = 50;

/// How somebody can be identified: the value in the form, and its words. The Japanese ones are what is kept.
static WAYS: [(&str, Text); 2] = [
    ("document", both("窓口・本人確認書類", "At the counter, by an identity document")),
    ("phone", both("電話・登録情報", "By phone, by the registered data")),
];

/// The fields as a page shows them.
#[derive(Template)]
#[template(path = "staff/grounds.html")]
pub(super) struct Fields {
    language: Language,
    is_identified: bool,
    identified: String,
    other: Field,
    label: Text,
    reason: String,
    problems: Problems,
}

impl Fields {
    /// With what was typed, and what is wrong with it. `label`: what the reason is for.
    pub(super) fn new(language: Language, label: Text, form: Option<&Form>, problems: &Problems) -> Self {
        let typed = |name| form.map_or("", |form| form.text(name));
        let other = Field::text(
            OTHER,
            both("「その他」の確認の方法", "If “Otherwise”: how"),
            both("「その他」を選んだときだけ。50文字以内", "Only for “Otherwise”. Up to 50 characters"),
        );
        Self {
            language,
            is_identified: true,
            identified: typed(IDENTIFIED).to_owned(),
            other: other.optional().filled(typed(OTHER)).told(problems),
            label,
            reason: typed(REASON).to_owned(),
            problems: problems.clone(),
        }
    }

    /// The reason alone: nobody asks for it who would have to be identified.
    pub(super) fn reason(language: Language, label: Text, form: Option<&Form>, problems: &Problems) -> Self {
        Self { is_identified: false, ..Self::new(language, label, form, problems) }
    }
}

/// How the person was identified.
pub(super) fn identified(form: &Form, problems: &mut Problems) -> String {
    let other = plain(form, OTHER);
    let way = WAYS.iter().find(|(value, _)| *value == form.text(IDENTIFIED));
    match (way, form.text(IDENTIFIED)) {
        (Some((_, words)), _) => return words.ja.to_string(),
        (None, "other") if other.is_empty() => {
            problems.add(
                OTHER,
                both(
                    "「その他」を選んだときは、確認の方法を入力してください。",
                    "For “Otherwise”, please say how.",
                ),
            );
        }
        (None, "other") if other.chars().count() > LONGEST_OTHER => {
            problems.add(
                OTHER,
                Text::new(
                    format!("確認の方法は{LONGEST_OTHER}文字以内で入力してください。"),
                    format!("Please say how in up to {LONGEST_OTHER} characters."),
                ),
            );
        }
        (None, "other") if form::turns(&other) => problems.add(OTHER, TURNS),
        (None, "other") => return format!("その他（{other}）"),
        _ => problems.add(
            IDENTIFIED,
            both("本人確認の方法を選んでください。", "Please choose how the person was identified."),
        ),
    }
    String::new()
}

/// What [`identified`] gave, for a page. What staff have put in their own words stays as it is.
pub(super) fn told(kept: String) -> Text {
    let way = WAYS.iter().find(|(_, words)| words.ja == kept);
    way.map_or_else(|| same(kept), |(_, words)| words.clone())
}

/// Why. `missing`: what is said when there is nothing.
pub(super) fn reason(form: &Form, missing: Text, problems: &mut Problems) -> String {
    let reason = plain(form, REASON);
    if reason.is_empty() {
        problems.add(REASON, missing);
    } else if reason.chars().count() > LONGEST_REASON {
        problems.add(
            REASON,
            Text::new(
                format!("理由は{LONGEST_REASON}文字以内で入力してください。"),
                format!("Please give the reason in up to {LONGEST_REASON} characters."),
            ),
        );
    } else if form::turns(&reason) {
        problems.add(REASON, TURNS);
    }
    reason
}

fn plain(form: &Form, name: &str) -> String {
    let text: String = form.text(name).nfc().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_an_identification_is_told_in_both_languages() {
        assert_eq!(told("窓口・本人確認書類".to_owned()).en, "At the counter, by an identity document");
        assert_eq!(told("その他（訪問）".to_owned()), same("その他（訪問）"));
        assert!(WAYS.iter().all(|(_, words)| told(words.ja.to_string()) == *words));
    }
}
