//! Owns the proof that the page asks for all it is made of at once, and for nothing else.
//! Refuses to know what the modules do.
//! Invariant: it reads the files that are built into the app.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|why| panic!("{}: {why}", file.display()))
}

/// What stands between `before` and the next quote, each time.
fn quoted<'t>(text: &'t str, before: &'t str, quote: char) -> impl Iterator<Item = &'t str> {
    text.split(before).skip(1).filter_map(move |rest| rest.split(quote).next())
}

/// The modules that one asks for, and those that they ask for.
fn reached(module: &Path, into: &mut BTreeSet<PathBuf>) {
    let folder = module.parent().unwrap();
    for name in quoted(&read(module), " from '", '\'') {
        let next = folder.join(name).canonicalize().unwrap();
        if into.insert(next.clone()) {
            reached(&next, into);
        }
    }
}

/// The page, what it asks for with itself, and what is reached from there.
fn page() -> (PathBuf, BTreeSet<PathBuf>, BTreeSet<PathBuf>) {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui").canonicalize().unwrap();
    let asked = quoted(&read(&ui.join("index.html")), r#"rel="modulepreload" href=""#, '"')
        .map(|name| ui.join(name).canonicalize().unwrap())
        .collect();
    let mut needed = BTreeSet::new();
    reached(&ui.join("app.js"), &mut needed);
    (ui, asked, needed)
}

#[test]
fn every_module_of_the_code_screen_is_asked_for_with_the_page_itself() {
    let (_, asked, needed) = page();
    assert!(needed.len() > 10, "{needed:?}");
    assert_eq!(asked, needed);
}

#[test]
fn every_other_module_is_reached_from_the_other_screens() {
    let (ui, _, mut found) = page();
    reached(&ui.join("other_screens.js"), &mut found);
    found.extend([ui.join("app.js"), ui.join("other_screens.js")]);
    let folders = ["", "parts", "screens", "text"].map(|folder| ui.join(folder));
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let scripts =
        files.map(|file| file.unwrap().path()).filter(|file| file.extension() == Some("js".as_ref()));
    assert_eq!(found, scripts.map(|script| script.canonicalize().unwrap()).collect());
}
