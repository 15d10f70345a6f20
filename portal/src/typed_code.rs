//! Owns how a typed ワンタイムパスワード is read, and the words for what became of it.
//! Refuses to know which page asked for it.
//! Invariant: a text that cannot be a code is told so here and never charged at the centre.

use warifu_core::text;

use crate::page::Problems;

/// A code as typed, brought to its 8 digits.
pub(crate) fn read(typed: &str, problems: &mut Problems) -> String {
    read_field("code", typed, problems)
}

/// The same, from a field of another name.
pub(crate) fn read_field(field: &'static str, typed: &str, problems: &mut Problems) -> String {
    let words = match text::digits(typed) {
        Ok(digits) if digits.len() == 8 => return digits,
        Ok(digits) if digits.is_empty() => "ワンタイムパスワードを入力してください。".to_owned(),
        Ok(digits) => format!("8桁の数字を入力してください（入力されたのは{}桁です）。", digits.len()),
        Err(_) => "数字だけを入力してください。".to_owned(),
    };
    problems.add(field, words);
    String::new()
}

/// `2分10秒進んでいます`, of a clock so many seconds ahead.
pub(crate) fn clock_off(seconds: i64) -> String {
    let (off, way) = (seconds.unsigned_abs(), if seconds < 0 { "遅れて" } else { "進んで" });
    let minutes = if off < 60 { String::new() } else { format!("{}分", off / 60) };
    let rest = if off % 60 == 0 { String::new() } else { format!("{}秒", off % 60) };
    format!("{minutes}{rest}ほど{way}います")
}

pub(crate) const USED: &str = "このワンタイムパスワードは使用済みです。アプリの表示が次の番号に変わってから、その番号を入力してください。";
pub(crate) const NOT_8_DIGITS: &str = "8桁の数字を入力してください。";

pub(crate) fn wrong(left: Option<u8>, then: &str) -> String {
    match left {
        Some(left) => format!(
            "ワンタイムパスワードが違います。アプリに今表示されている番号を入力してください。あと{left}回間違えると、{then}"
        ),
        None => format!("ワンタイムパスワードが違います。続けて間違えると、{then}"),
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
        assert_eq!([clock_off(130), clock_off(-300)], ["2分10秒ほど進んでいます", "5分ほど遅れています"]);
    }
}
