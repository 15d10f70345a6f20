//! Owns the measuring of times, rates and sizes: builds as members get them, apart from the feature that lets a test in.
//! Refuses to know how a figure is taken; the harness takes it.
//! Invariant: the machine's load stands beside every figure.

use crate::cargo::{self, Flavour};
use crate::checkout::Checkout;
use crate::packages::{self, For};
use crate::test;

/// `bench [part] [--json FILE]`.
pub(crate) fn bench(here: &Checkout, words: &[&str]) -> Result<(), String> {
    let (part, json) = match words {
        [] => (None, None),
        [part @ ("centre" | "app" | "enrol")] => (Some(*part), None),
        ["--json", file] => (None, Some(*file)),
        [part @ ("centre" | "app" | "enrol"), "--json", file]
        | ["--json", file, part @ ("centre" | "app" | "enrol")] => (Some(*part), Some(*file)),
        _ => return Err("cargo xtask bench [centre|app|enrol] [--json FILE]".to_owned()),
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
