//! Owns the measuring of times, rates and sizes: builds as members get them, apart from the feature that lets a test in.
//! Refuses to know how a figure is taken; the harness takes it.
//! Invariant: the machine's load stands beside every figure.

use crate::cargo::{self, Flavour};
use crate::checkout::Checkout;
use crate::packages::{self, For};
use crate::test;

/// `bench [part] [--json FILE]`, or `bench verify [sqlite|postgres|scale|overload] [--rounds N] [--tokens N] [--json FILE]`.
pub(crate) fn bench(here: &Checkout, words: &[&str]) -> Result<(), String> {
    if let Some(at) = words.iter().position(|word| *word == "verify") {
        return verify(here, &[&words[..at], &words[at + 1..]].concat());
    }
    if let Some(at) = words.iter().position(|word| *word == "app") {
        return weight(here, &[&words[..at], &words[at + 1..]].concat());
    }
    let (part, json) = match words {
        [] => (None, None),
        [part @ ("centre" | "enrol" | "portal")] => (Some(*part), None),
        ["--json", file] => (None, Some(*file)),
        [part @ ("centre" | "enrol" | "portal"), "--json", file]
        | ["--json", file, part @ ("centre" | "enrol" | "portal")] => (Some(*part), Some(*file)),
        _ => return Err("cargo xtask bench [centre|app|enrol|portal|verify] [--json FILE]".to_owned()),
    };
    let needed: &[For] =
        if part.is_none() { &[For::Build, For::Window, For::Journey] } else { &[For::Build] };
    packages::ensure(needed)?;
    println!("Building optimised programs …");
    let made = cargo::build(here, Flavour::Qa, &["--release", "--bins", "--example", "bench"])?;
    let bench = made.iter().find(|made| made.name == "bench").ok_or("cargo did not make the bench")?;
    let programs = made
        .iter()
        .find(|made| made.name == "warifu-server")
        .and_then(|server| server.executable.parent())
        .ok_or("cargo did not make the centre")?;
    let mut command = test::command(bench);
    command.env("WARIFU_BIN_DIR", programs).args(part);
    if let Some(file) = json {
        let file = std::env::current_dir().map_err(|why| why.to_string())?.join(file);
        command.arg("--json").arg(file);
    }
    let status = command.status().map_err(|why| format!("the bench could not be started: {why}"))?;
    if status.success() { Ok(()) } else { Err("The bench failed; the reason stands above.".to_owned()) }
}

/// The figures of verification, from the same optimised programs.
fn verify(here: &Checkout, words: &[&str]) -> Result<(), String> {
    packages::ensure(&[For::Build, For::Postgres])?;
    println!("Building optimised programs …");
    let made =
        cargo::build(here, Flavour::Qa, &["--release", "--bin", "warifu-server", "--example", "verify"])?;
    let find = |name: &str| made.iter().find(|made| made.name == name).ok_or("cargo did not make all of it");
    let programs = find("warifu-server")?.executable.parent().ok_or("a program lies in a folder")?;
    let mut command = test::command(find("verify")?);
    command.env("WARIFU_BIN_DIR", programs);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        command.arg(word);
        if *word == "--json" {
            let file = words.next().ok_or("--json names a file")?;
            command.arg(std::env::current_dir().map_err(|why| why.to_string())?.join(file));
        }
    }
    let status = command.status().map_err(|why| format!("the bench could not be started: {why}"))?;
    if status.success() { Ok(()) } else { Err("The bench failed; the reason stands above.".to_owned()) }
}

/// The app's weight, as members get it, beside an empty window of the same toolkit and what Debian offers.
fn weight(here: &Checkout, words: &[&str]) -> Result<(), String> {
    let json = match words {
        [] => None,
        ["--json", file] => Some(std::env::current_dir().map_err(|why| why.to_string())?.join(file)),
        _ => return Err("cargo xtask bench app [--json FILE]".to_owned()),
    };
    packages::ensure(&[For::Build, For::Window, For::Journey, For::Peers])?;
    println!("Building optimised programs …");
    let wanted = ["--release", "--bin", "warifu", "--example", "empty_window"];
    let plain = cargo::build(here, Flavour::Plain, &wanted)?;
    // Both in one folder: cargo puts examples into one of their own.
    let together = here.built().join("weighed");
    std::fs::create_dir_all(&together).map_err(|why| format!("{}: {why}", together.display()))?;
    for name in ["warifu", "empty_window"] {
        let made = plain.iter().find(|made| made.name == name).ok_or("cargo did not make all of it")?;
        std::fs::copy(&made.executable, together.join(name))
            .map_err(|why| format!("{}: {why}", made.executable.display()))?;
    }
    let qa = cargo::build(
        here,
        Flavour::Qa,
        &["--bin", "warifu-server", "--example", "phone", "--example", "weight"],
    )?;
    let folder = cargo::keep_programs(here, Flavour::Qa, &qa)?;
    let weight = qa.iter().find(|made| made.name == "weight").ok_or("cargo did not make the scales")?;
    let mut command = test::command(weight);
    command.env("WARIFU_BIN_DIR", folder).env("WARIFU_PLAIN_BIN_DIR", together);
    if let Some(file) = json {
        command.arg("--json").arg(file);
    }
    let status = command.status().map_err(|why| format!("the bench could not be started: {why}"))?;
    if status.success() { Ok(()) } else { Err("The bench failed; the reason stands above.".to_owned()) }
}
