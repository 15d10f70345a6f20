//! Owns the measuring of times, rates and sizes: builds as members get them, apart from the feature that lets a test in.
//! Refuses to know how a figure is taken; the harness takes it.
//! Invariant: the machine's load stands beside every figure.

use crate::cargo::{self, Flavour};
use crate::checkout::Checkout;
use crate::packages::{self, For};
use crate::test;

/// `bench [part] [--json FILE]`, or `bench verify [sqlite|postgres|scale] [--rounds N] [--tokens N] [--json FILE]`.
pub(crate) fn bench(here: &Checkout, words: &[&str]) -> Result<(), String> {
    if let Some(at) = words.iter().position(|word| *word == "verify") {
        return verify(here, &[&words[..at], &words[at + 1..]].concat());
    }
    let (part, json) = match words {
        [] => (None, None),
        [part @ ("centre" | "app" | "enrol" | "portal")] => (Some(*part), None),
        ["--json", file] => (None, Some(*file)),
        [part @ ("centre" | "app" | "enrol" | "portal"), "--json", file]
        | ["--json", file, part @ ("centre" | "app" | "enrol" | "portal")] => (Some(*part), Some(*file)),
        _ => return Err("cargo xtask bench [centre|app|enrol|portal|verify] [--json FILE]".to_owned()),
    };
    let needed: &[For] = if matches!(part, None | Some("app")) {
        &[For::Build, For::Window, For::Journey]
    } else {
        &[For::Build]
    };
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
