//! Owns a field of a form in which one of a few things is chosen.
//! Refuses to know what they are.
//! Invariant: as a text field, it stands under its name, with its problem beside it.

use askama::Template;

use crate::bilingual::Text;
use crate::language::Language;
use crate::page::Problems;

/// A choice. Its id is its name; its test id is the name with hyphens.
pub(crate) struct Choice {
    pub(crate) name: &'static str,
    pub(crate) label: Text,
    /// Value, words, whether it is the one.
    pub(crate) options: Vec<(String, Text, bool)>,
    pub(crate) problem: Option<Text>,
}

/// A choice as a page shows it.
#[derive(Template)]
#[template(path = "parts/choice.html")]
pub(crate) struct Drawn<'a> {
    pub(crate) choice: &'a Choice,
    pub(crate) language: Language,
}

impl Choice {
    pub(crate) fn new(
        name: &'static str,
        label: Text,
        options: impl IntoIterator<Item = (String, Text)>,
        chosen: &str,
        problems: &Problems,
    ) -> Self {
        let options = options.into_iter().map(|(value, words)| {
            let is_it = value == chosen;
            (value, words, is_it)
        });
        Self { name, label, options: options.collect(), problem: problems.of(name) }
    }
}
