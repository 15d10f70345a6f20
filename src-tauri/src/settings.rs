//! Owns how the window is to look and speak, as the member chose it on 端末情報.
//! Refuses to know sheets, sizes in points and words.
//! Invariant: what was chosen is kept in the app's folder; a folder that cannot be read looks as the system does.

use serde::{Deserialize, Serialize};

use crate::language::Language;
use crate::refusal::Refusal;
use crate::session::Session;

/// What the member chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// How large text is.
    pub(crate) text: TextSize,
    /// Light or dark.
    pub(crate) theme: Theme,
    /// Whether the next code is offered in the last seconds of this one.
    pub(crate) offers_next: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { text: TextSize::default(), theme: Theme::default(), offers_next: true }
    }
}

/// How large text is, against what the system asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TextSize {
    /// 標準.
    #[default]
    Normal,
    /// 大.
    Large,
    /// 特大.
    Larger,
    /// 最大: twice the normal.
    Largest,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// 明るい.
    Light,
    /// 暗い.
    Dark,
}

/// How the window looks and speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Manner {
    /// The language that it speaks.
    pub(crate) language: &'static str,
    /// The one that was chosen; none where it follows the system.
    pub(crate) chosen_language: Option<&'static str>,
    /// What else was chosen.
    pub(crate) settings: Settings,
}

impl Manner {
    /// As it was chosen.
    pub(crate) fn of(session: &Session) -> Self {
        let place = session.place().ok();
        let chosen =
            place.as_ref().and_then(|place| place.language()).and_then(|code| Language::of_code(&code));
        Self {
            language: chosen.unwrap_or_else(Language::of_system).as_str(),
            chosen_language: chosen.map(Language::as_str),
            settings: place.map(|place| place.settings()).unwrap_or_default(),
        }
    }
}

impl Settings {
    /// Keeps them.
    pub(crate) fn choose(self, session: &Session) -> Result<(), Refusal> {
        Ok(session.place()?.choose_settings(self)?)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn settings_cross_as_words_and_a_list_from_before_there_were_any_has_the_usual_ones() {
        let shown = serde_json::to_value(Settings::default()).unwrap();
        assert_eq!(shown, serde_json::json!({ "text": "normal", "theme": "system", "offers_next": true }));
        assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), Settings::default());
    }

    /// The values of the colours in the first block after `start`.
    fn colours(sheet: &str, start: &str) -> BTreeMap<String, String> {
        let (_, rest) = sheet.split_once(start).expect("the sheet has the block");
        let (block, _) = rest.split_once('}').expect("a block ends");
        let lines = block.split(';').filter_map(|line| {
            let (name, value) = line.rsplit_once("--")?.1.split_once(':')?;
            Some((name.trim().to_owned(), value.trim().to_owned()))
        });
        lines.filter(|(_, value)| value.starts_with('#')).collect()
    }

    #[test]
    fn a_chosen_theme_has_the_colours_of_the_systems() {
        let (tokens, theme) =
            (include_str!("../../ui/styles/tokens.css"), include_str!("../../ui/styles/theme.css"));
        let light = colours(tokens, ":root {");
        assert_eq!(light.len(), 11);
        assert_eq!(colours(theme, ":root[data-theme=\"light\"] {"), light);
        let dark = colours(tokens.split_once("prefers-color-scheme: dark").unwrap().1, ":root {");
        assert_eq!(colours(theme, ":root[data-theme=\"dark\"] {"), dark);
    }
}
