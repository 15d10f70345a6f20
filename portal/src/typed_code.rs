//! Owns how a typed ワンタイムパスワード is read, and the words for what became of it.
//! Refuses to know which page asked for it.
//! Invariant: a text that cannot be a code is told so here and never charged at the centre.

use warifu_core::text;

use crate::bilingual::{Text, both, counted};
use crate::page::Problems;

/// A code as typed, brought to its 8 digits.
pub(crate) fn read(typed: &str, problems: &mut Problems) -> String {
    read_field("code", typed, problems)
}

/// The same, from a field of another name.
pub(crate) fn read_field(field: &'static str, typed: &str, problems: &mut Problems) -> String {
    let words = match text::digits(typed) {
        Ok(digits) if digits.len() == 8 => return digits,
        Ok(digits) if digits.is_empty() => {
            both("ワンタイムパスワードを入力してください。", "Please enter the one-time password.")
        }
        Ok(digits) => Text::new(
            format!("8桁の数字を入力してください（入力されたのは{}桁です）。", digits.len()),
            format!("Please enter 8 digits (you entered {}).", digits.len()),
        ),
        Err(_) => both("数字だけを入力してください。", "Please enter digits only."),
    };
    problems.add(field, words);
    String::new()
}

/// `2分10秒ほど進んでいます`, `is about 2 min 10 s fast`, of a clock so many seconds ahead.
pub(crate) fn clock_off(seconds: i64) -> Text {
    let off = seconds.unsigned_abs();
    let (way, en_way) = if seconds < 0 { ("遅れて", "slow") } else { ("進んで", "fast") };
    let part = |amount: u64, unit: &str| if amount == 0 { String::new() } else { format!("{amount}{unit}") };
    let (minutes, rest) = (off / 60, off % 60);
    Text::new(
        format!("{}{}ほど{way}います", part(minutes, "分"), part(rest, "秒")),
        format!("is about {}{}{en_way}", part(minutes, " min "), part(rest, " s ")),
    )
}

pub(crate) const USED: Text = both(
    "このワンタイムパスワードは使用済みです。アプリの表示が次の番号に変わってから、その番号を入力してください。",
    "This one-time password has been used already. Please wait until the app shows the next code, then enter that one.",
);
pub(crate) const NOT_8_DIGITS: Text = both("8桁の数字を入力してください。", "Please enter 8 digits.");

/// What follows on too many wrong codes of a token in use, after [`wrong`].
pub(crate) const SUSPENDS: Text = both(
    "ワンタイムパスワード認証が停止し、以降のログインはできません。",
    "your one-time password is suspended, and you can no longer sign in.",
);

/// `then`: what follows when it happens too often, as the end of a sentence.
pub(crate) fn wrong(left: Option<u8>, then: &Text) -> Text {
    let (ja, en) = (&then.ja, &then.en);
    match left {
        Some(left) => Text::new(
            format!(
                "ワンタイムパスワードが違います。アプリに今表示されている番号を入力してください。あと{left}回間違えると、{ja}"
            ),
            format!(
                "The one-time password is wrong. Please enter the code that the app shows now. After {} {en}",
                counted(left, "more wrong code")
            ),
        ),
        None => Text::new(
            format!("ワンタイムパスワードが違います。続けて間違えると、{ja}"),
            format!("The one-time password is wrong. After several wrong codes in a row {en}"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_blanks_and_hyphens_are_read_and_the_rest_is_told() {
        let mut problems = Problems::default();
        assert_eq!(read("１７８３－０８１６", &mut problems), "17830816");
        assert_eq!(read(" 0000 0001 ", &mut problems), "00000001");
        assert!(problems.is_empty());
        for bad in ["", "1783081", "178308160", "1783O816"] {
            let mut problems = Problems::default();
            read(bad, &mut problems);
            assert!(!problems.is_empty(), "{bad}");
        }
    }

    #[test]
    fn a_clock_that_is_off_is_said_in_minutes_and_seconds() {
        assert_eq!(
            [clock_off(130), clock_off(-300)].map(|off| off.ja),
            ["2分10秒ほど進んでいます", "5分ほど遅れています"]
        );
        assert_eq!(
            [clock_off(130), clock_off(-300)].map(|off| off.en),
            ["is about 2 min 10 s fast", "is about 5 min slow"]
        );
    }
}
