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

    /// The one that was chosen.
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        [Self::Ja, Self::En].into_iter().find(|language| language.as_str() == code)
    }

    /// What the system speaks.
    pub(crate) fn of_system() -> Self {
        Self::of(system().as_deref())
    }

    /// Keeps the choice; none: the system's.
    pub(crate) fn choose(chosen: Option<Self>, session: &Session) -> Result<(), Refusal> {
        Ok(session.place()?.choose_language(chosen.map(Self::as_str))?)
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
