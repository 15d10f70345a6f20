//! Owns a text in both languages: what a handler knows before it is settled who reads it.
//! Refuses to know which of the two forms is shown: the page asks for it when it is rendered.
//! Invariant: there is no text with one form only; numbers, IDs and addresses, which have no words, come by `same`.

use std::borrow::Cow;

/// A text in Japanese and in English.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) ja: Cow<'static, str>,
    pub(crate) en: Cow<'static, str>,
}

/// A text whose two forms stand side by side.
pub(crate) const fn both(ja: &'static str, en: &'static str) -> Text {
    Text { ja: Cow::Borrowed(ja), en: Cow::Borrowed(en) }
}

/// What reads the same in both: a number, an ID, an address.
pub(crate) fn same(sign: impl ToString) -> Text {
    Text::new(sign.to_string(), sign.to_string())
}

impl Text {
    /// A text that was put together.
    pub(crate) fn new(ja: String, en: String) -> Self {
        Self { ja: Cow::Owned(ja), en: Cow::Owned(en) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ja.is_empty()
    }

    /// Another sentence after this one. English puts a blank between them.
    pub(crate) fn then(self, next: &Self) -> Self {
        if self.is_empty() {
            return next.clone();
        }
        let blank = if next.is_empty() { "" } else { " " };
        Self::new(format!("{}{}", self.ja, next.ja), format!("{}{blank}{}", self.en, next.en))
    }
}

/// `1 minute`, `2 minutes`.
pub(crate) fn counted(count: impl TryInto<u64>, unit: &str) -> String {
    let count = count.try_into().unwrap_or_default();
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_follow_each_other_as_each_language_has_it() {
        let text = both("済みました。", "It is done.").then(&both("お待ちください。", "Please wait."));
        assert_eq!(text, Text::new("済みました。お待ちください。".into(), "It is done. Please wait.".into()));
        assert_eq!(Text::default().then(&text), text);
        assert_eq!(text.clone().then(&Text::default()), text);
    }

    #[test]
    fn one_is_one_and_more_are_more() {
        assert_eq!([counted(1_u32, "minute"), counted(0_u32, "second")], ["1 minute", "0 seconds"]);
    }
}
