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

#[test]
fn every_module_is_asked_for_with_the_page_itself() {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui").canonicalize().unwrap();
    let page = read(&ui.join("index.html"));
    let asked: BTreeSet<PathBuf> = quoted(&page, r#"rel="modulepreload" href=""#, '"')
        .map(|name| ui.join(name).canonicalize().unwrap())
        .collect();
    let mut needed = BTreeSet::new();
    reached(&ui.join("app.js"), &mut needed);
    assert!(needed.len() > 20, "{needed:?}");
    assert_eq!(asked, needed);
}
