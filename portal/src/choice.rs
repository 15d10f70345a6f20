//! Owns a field of a form in which one of a few things is chosen.
//! Refuses to know what they are.
//! Invariant: as a text field, it stands under its name, with its problem beside it.

use askama::Template;

use crate::page::Problems;

/// A choice. Its id is its name; its test id is the name with hyphens.
#[derive(Template)]
#[template(path = "parts/choice.html")]
pub(crate) struct Choice {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    /// Value, words, whether it is the one.
    pub(crate) options: Vec<(String, String, bool)>,
    pub(crate) problem: Option<String>,
}

impl Choice {
    pub(crate) fn new(
        name: &'static str,
        label: &'static str,
        options: impl IntoIterator<Item = (String, String)>,
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
