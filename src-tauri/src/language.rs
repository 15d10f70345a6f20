//! Owns which language the window speaks: the chosen one, else the system's.
//! Refuses to know the words.
//! Invariant: a system that says nothing is spoken to in Japanese.

use serde::Deserialize;

use crate::refusal::Refusal;
use crate::session::Session;

/// A language that the window has words in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Language {
    /// 日本語.
    Ja,
    /// English.
    En,
}

impl Language {
    /// Its code.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// What the member chose, else what the system speaks.
    pub(crate) fn chosen_or_system(session: &Session) -> Self {
        let chosen = session.place().ok().and_then(|place| place.language());
        Self::of(chosen.or_else(system).as_deref())
    }

    /// Keeps the choice.
    pub(crate) fn choose(self, session: &Session) -> Result<(), Refusal> {
        Ok(session.place()?.choose_language(self.as_str())?)
    }

    fn of(locale: Option<&str>) -> Self {
        match locale {
            None | Some("" | "C" | "POSIX") => Self::Ja,
            Some(locale) if locale.starts_with("C.") || locale.starts_with("ja") => Self::Ja,
            Some(_) => Self::En,
        }
    }
}

#[cfg(not(any(target_os = "android", target_os = "ios")))]
fn system() -> Option<String> {
    sys_locale::get_locale()
}

/// Phones list an app's languages themselves; until one is chosen there, Japanese.
#[cfg(any(target_os = "android", target_os = "ios"))]
fn system() -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_without_a_language_is_spoken_to_in_japanese() {
        for silent in
            [None, Some(""), Some("C"), Some("C.UTF-8"), Some("POSIX"), Some("ja-JP"), Some("ja_JP")]
        {
            assert_eq!(Language::of(silent), Language::Ja, "{silent:?}");
        }
    }

    #[test]
    fn any_other_language_gets_english() {
        for other in ["en", "en-GB", "de_DE.UTF-8"] {
            assert_eq!(Language::of(Some(other)), Language::En, "{other}");
        }
    }
}
