//! Owns the list of test ids: those that `ui/` writes as they are, and those that people who drive the app are promised.
//! Refuses to know what they stand for.
//! Invariant: the documentation's list is what is drawn, no more and no less.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::studio::checkout;

/// What stands between two `before` and `after` in a text, each time.
fn between<'a>(text: &'a str, before: &str, after: char) -> impl Iterator<Item = &'a str> {
    text.split(before).skip(1).filter_map(move |rest| rest.split(after).next())
}

/// The test ids that stand in `ui/` as they are.
pub(crate) fn in_ui() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in scripts(&checkout("ui")) {
        let text = std::fs::read_to_string(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
        found.extend(between(&text, "'data-testid': '", '\'').map(str::to_owned));
        // Buttons of a page that are made by their name, and fields.
        found.extend(between(&text, "field(text, { id: '", '\'').map(str::to_owned));
        found.extend(between(&text, " button('", '\'').map(str::to_owned));
    }
    found
}

fn scripts(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in folder.read_dir().expect("ui/ can be read").flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            found.extend(scripts(&path));
        } else if path.extension().is_some_and(|ending| ending == "js") {
            found.push(path);
        }
    }
    found
}

/// The test ids that the documentation promises.
pub(crate) fn promised() -> BTreeSet<String> {
    let text = std::fs::read_to_string(checkout("docs/testing.md")).expect("the documentation is there");
    let (_, list) = text.split_once("<!-- test ids -->").expect("the documentation lists the test ids");
    let (list, _) = list.split_once("<!-- end -->").expect("the list has an end");
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
