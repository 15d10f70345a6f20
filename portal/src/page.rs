//! Owns what all pages share inside their shell: their fields, the summary of what is wrong.
//! Refuses to know any single screen.
//! Invariant: text reaches HTML only through askama's escaping; a field's problem stands beside it and in the summary.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};
use warifu_core::time::UnixMillis;

use crate::bilingual::{Text, both, counted};
use crate::failure::Failure;
use crate::language::Language;
pub(crate) use crate::shell::{Desk, Here, Shell};

/// What is wrong with a submitted form, in the order of its fields.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Problems(Vec<Problem>);

/// What is wrong with one field, or, without a field, with the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) field: &'static str,
    pub(crate) words: Text,
}

impl Problems {
    pub(crate) fn add(&mut self, field: &'static str, words: Text) {
        self.0.push(Problem { field, words });
    }

    pub(crate) fn one(field: &'static str, words: Text) -> Self {
        let mut problems = Self::default();
        problems.add(field, words);
        problems
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the member can put it right in a field.
    pub(crate) fn names_a_field(&self) -> bool {
        self.0.iter().any(|problem| !problem.field.is_empty())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    /// Whether something is wrong with this field.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.0.iter().any(|problem| problem.field == field)
    }

    /// What is wrong with this field.
    pub(crate) fn of(&self, field: &str) -> Option<Text> {
        self.0.iter().find(|problem| problem.field == field).map(|problem| problem.words.clone())
    }
}

/// A field of a form. Its id is its name; its test id is the name with hyphens.
#[derive(Default)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: Text,
    pub(crate) hint: Text,
    pub(crate) value: String,
    pub(crate) kind: &'static str,
    pub(crate) inputmode: &'static str,
    pub(crate) autocomplete: &'static str,
    pub(crate) problem: Option<Text>,
    pub(crate) is_code: bool,
    pub(crate) is_optional: bool,
}

/// A field as a page shows it.
#[derive(Template)]
#[template(path = "parts/field.html")]
pub(crate) struct DrawnField<'a> {
    pub(crate) field: &'a Field,
    pub(crate) language: Language,
}

impl Field {
    pub(crate) fn text(name: &'static str, label: Text, hint: Text) -> Self {
        Self { name, label, hint, kind: "text", autocomplete: "off", ..Self::default() }
    }

    /// Masked, and never filled again.
    pub(crate) fn password(name: &'static str, label: Text, hint: Text) -> Self {
        Self { kind: "password", ..Self::text(name, label, hint) }
    }

    /// ワンタイムパスワード.
    pub(crate) fn code(problems: &Problems, typed: &str) -> Self {
        Self {
            inputmode: "numeric",
            autocomplete: "one-time-code",
            is_code: true,
            ..Self::text(
                "code",
                both("ワンタイムパスワード", "One-time password"),
                both("アプリに表示されている8桁の数字", "The 8 digits that the app shows"),
            )
        }
        .filled(typed)
        .told(problems)
    }

    /// 確認用パスワード.
    pub(crate) fn confirmation(problems: &Problems) -> Self {
        Self {
            autocomplete: "section-confirmation current-password",
            ..Self::password(
                "confirmation_password",
                both("確認用パスワード", "Confirmation password"),
                both("半角英数字6～12桁", "6 to 12 letters and digits"),
            )
        }
        .told(problems)
    }

    /// A text that its form can do without.
    pub(crate) fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }

    pub(crate) fn filled(self, value: &str) -> Self {
        Self { value: value.to_owned(), ..self }
    }

    pub(crate) fn told(self, problems: &Problems) -> Self {
        Self { problem: problems.of(self.name), ..self }
    }

    pub(crate) fn drawn(&self, language: Language) -> DrawnField<'_> {
        DrawnField { field: self, language }
    }

    fn test_id(&self) -> String {
        self.name.replace('_', "-")
    }
}

/// A page as a response.
pub(crate) fn render(status: StatusCode, page: &impl Template) -> Result<Response, Failure> {
    Ok((status, Html(page.render()?)).into_response())
}

/// 422 when something is wrong with what was submitted.
pub(crate) fn status_of(problems: &Problems) -> StatusCode {
    if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

/// `200,000円`, `¥200,000`
pub(crate) fn yen(amount: u64) -> Text {
    let digits = amount.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    Text::new(format!("{text}円"), format!("¥{text}"))
}

/// `30秒`, `15分`, `2時間`: rounded up, so that waiting so long is enough.
pub(crate) fn wait(ms: i64) -> Text {
    let seconds = (ms + 999) / 1000;
    let (count, ja, en) = match seconds {
        ..=90 => (seconds, "秒", "second"),
        91..3_600 => ((seconds + 59) / 60, "分", "minute"),
        _ => ((seconds + 3_599) / 3_600, "時間", "hour"),
    };
    Text::new(format!("{count}{ja}"), counted(count, en))
}

/// An ID as people read it, four digits at a time; copied, it is one row again.
pub(crate) fn groups(id: &str) -> Vec<&str> {
    let mut rest = id;
    let mut groups = Vec::new();
    while let Some((group, after)) = rest.split_at_checked(4) {
        groups.push(group);
        rest = after;
    }
    groups.extend(Some(rest).filter(|rest| !rest.is_empty()));
    groups
}

/// Day and minute in Japan.
pub(crate) fn minute(moment: UnixMillis) -> String {
    warifu_core::japan::day_and_minute(moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_waits_read_well() {
        assert_eq!(
            [yen(0), yen(999), yen(200_000), yen(1_000_000)].map(|amount| amount.ja),
            ["0円", "999円", "200,000円", "1,000,000円"]
        );
        assert_eq!([yen(0), yen(1_000_000)].map(|amount| amount.en), ["¥0", "¥1,000,000"]);
        let waits = |all: &[i64]| all.iter().map(|ms| wait(*ms).ja).collect::<Vec<_>>();
        assert_eq!(waits(&[1, 30_000, 90_001, 900_000]), ["1秒", "30秒", "2分", "15分"]);
        assert_eq!(waits(&[3_540_000, 3_600_000, 3_600_001]), ["59分", "1時間", "2時間"]);
        assert_eq!([wait(1), wait(900_000)].map(|time| time.en), ["1 second", "15 minutes"]);
    }

    #[test]
    fn an_id_is_read_in_fours_and_loses_no_digit() {
        assert_eq!(groups("999800000001"), ["9998", "0000", "0001"]);
        assert_eq!(groups("123456789"), ["1234", "5678", "9"]);
        assert!(groups("").is_empty());
    }

    #[test]
    fn a_field_with_a_problem_says_so_to_every_reader() {
        let problems = Problems::one("code", both("<8桁>です。", "<8 digits>"));
        let field = Field::code(&problems, "12\"3");
        let html = field.drawn(Language::Japanese).render().unwrap();
        for part in [
            r#"data-testid="code""#,
            r#"aria-invalid="true""#,
            r#"aria-describedby="code-hint code-problem""#,
            r#"id="code-problem""#,
            r#"autocomplete="one-time-code""#,
            r#"inputmode="numeric""#,
        ] {
            assert!(html.contains(part), "{part} is missing in {html}");
        }
        assert!(!html.contains("<8桁>") && !html.contains("12\"3"));
        let html = field.drawn(Language::English).render().unwrap();
        assert!(
            html.contains("One-time password") && html.contains("digits&#62;") && html.contains("Required")
        );
    }
}
