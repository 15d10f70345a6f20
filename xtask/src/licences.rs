//! Owns `ui/licences.js`: whose work is in the app, with version and licence, as cargo knows it.
//! Refuses to know which of it is compiled for which platform: what any of them takes in is named.
//! Invariant: the page is written from Cargo.lock alone; `check` says when it is behind.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::cargo;
use crate::checkout::Checkout;

const APP: &str = "warifu-app";
const OWN: &str = "warifu";

/// Writes the page.
pub(crate) fn write(here: &Checkout) -> Result<(), String> {
    let page = page(here)?;
    fs::write(file(here), page).map_err(|why| format!("ui/licences.js: {why}"))
}

/// Whether the page is what would be written now.
pub(crate) fn check(here: &Checkout) -> Result<(), String> {
    let is_current =
        fs::read_to_string(file(here)).is_ok_and(|there| page(here).is_ok_and(|page| page == there));
    if is_current {
        Ok(())
    } else {
        Err("ui/licences.js is behind Cargo.lock: cargo xtask licences".to_owned())
    }
}

fn file(here: &Checkout) -> PathBuf {
    here.root().join("ui/licences.js")
}

fn page(here: &Checkout) -> Result<String, String> {
    let mut ask = cargo::cargo(here);
    ask.args(["metadata", "--format-version", "1", "--locked"]);
    let told = ask.output().map_err(|why| format!("cargo metadata: {why}"))?;
    if !told.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&told.stderr)));
    }
    let told: Value = serde_json::from_slice(&told.stdout).map_err(|why| format!("cargo metadata: {why}"))?;
    Ok(written(&licences(&told)?))
}

/// The parts under each licence: everything that the app takes in, but what is only for building and testing it.
fn licences(told: &Value) -> Result<BTreeMap<String, BTreeSet<String>>, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let packages: HashMap<String, Value> =
        rows(&told["packages"]).into_iter().map(|package| (text(&package["id"]), package)).collect();
    let nodes: HashMap<String, Value> =
        rows(&told["resolve"]["nodes"]).into_iter().map(|node| (text(&node["id"]), node)).collect();
    let app = packages.iter().find(|(_, package)| package["name"] == APP);
    let mut open = vec![app.ok_or("the app is not among the packages")?.0.clone()];
    let (mut seen, mut all) = (BTreeSet::new(), BTreeMap::<String, BTreeSet<String>>::new());
    while let Some(id) = open.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        let (Some(package), Some(node)) = (packages.get(&id), nodes.get(&id)) else { continue };
        let name = text(&package["name"]);
        if !name.starts_with(OWN) {
            let licence = package["license"].as_str().unwrap_or("(in the package)").replace('/', " OR ");
            all.entry(licence).or_default().insert(format!("{name} {}", text(&package["version"])));
        }
        for dependency in rows(&node["deps"]) {
            if rows(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null()) {
                open.push(text(&dependency["pkg"]));
            }
        }
    }
    Ok(all)
}

fn written(all: &BTreeMap<String, BTreeSet<String>>) -> String {
    let mut page = String::from(
        "// Owns the list of whose work is in the app. Written by `cargo xtask licences` from Cargo.lock.\n\
         // Refuses to know the page that shows it.\n\
         // Invariant: it names what the app takes in on any platform, and nothing that only builds or tests it.\n\n\
         /** @type {{ licence: string, parts: string[] }[]} */\nexport const LICENCES = [\n",
    );
    for (licence, parts) in all {
        let parts: Vec<&String> = parts.iter().collect();
        page.push_str(&format!("  {{ licence: {:?}, parts: {parts:?} }},\n", licence.replace("  ", " ")));
    }
    page.push_str("];\n");
    page
}
