//! Owns the quick checks of daily work: formatting, lints, unit tests, the types of `ui/`.
//! Refuses to know programs that run.
//! Invariant: nothing is written into the checkout.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::cargo::{self, Flavour};
use crate::checkout::Checkout;
use crate::licences;
use crate::packages::{self, For};
use crate::summary::{Summary, Tally};
use crate::test;

/// The version of the type checker; a newer one may know new complaints.
const TYPESCRIPT: &str = "typescript@7.0.2";
/// The version of the accessibility rules.
const AXE: &str = "axe-core@4.14.1";

/// All of it.
pub(crate) fn check(here: &Checkout) -> Result<(), String> {
    packages::ensure(&[For::Lints, For::Build])?;
    let mut summary = Summary::default();
    summary.step("format", || format(here));
    summary.step("lints", || lints(here, Flavour::Qa));
    types(here, &mut summary);
    summary.step("licences", || licences::check(here));
    summary.tests("units", || {
        let mut command = cargo::cargo(here);
        command.arg("test");
        match test::run_program("cargo test", &mut command, Duration::from_secs(900)) {
            Ok(tally) if tally.failed > 0 => (tally, Some("Some unit tests failed.".to_owned())),
            Ok(tally) => (tally, None),
            Err(why) => (Tally::default(), Some(why)),
        }
    });
    summary.tell()
}

/// Whether all sources are formatted.
pub(crate) fn format(here: &Checkout) -> Result<(), String> {
    succeed(
        cargo::cargo(here).args(["fmt", "--all", "--", "--check"]),
        "`cargo fmt --all` changes something.",
    )
}

/// Whether clippy is silent.
pub(crate) fn lints(here: &Checkout, flavour: Flavour) -> Result<(), String> {
    let mut clippy = cargo::cargo(here);
    clippy.arg("clippy").args(flavour.selection()).args(["--all-targets", "--", "-D", "warnings"]);
    succeed(&mut clippy, "clippy has something to say.")
}

/// Whether the JSDoc types of `ui/` hold; a step that tells when it cannot run.
pub(crate) fn types(here: &Checkout, summary: &mut Summary) {
    let scripts = scripts(here);
    if scripts.is_empty() {
        return summary.not_run("types of ui", "there are no scripts in ui/");
    }
    match type_checker(here) {
        Ok(tsc) => {
            summary.step("types of ui", || {
                let mut node = Command::new("node");
                node.arg(tsc).current_dir(here.root());
                let project = here.root().join("ui/jsconfig.json");
                if project.is_file() {
                    node.args(["--project", "ui/jsconfig.json", "--noEmit"]);
                } else {
                    node.args(["--noEmit", "--allowJs", "--checkJs", "--strict", "--target", "es2022"]);
                    node.args(["--module", "es2022", "--moduleResolution", "bundler"]).args(&scripts);
                }
                succeed(&mut node, "The types of ui/ do not hold.")
            });
        }
        Err(why) => summary.not_run("types of ui", &why),
    }
}

fn scripts(here: &Checkout) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![here.root().join("ui")];
    while let Some(folder) = folders.pop() {
        for path in folder.read_dir().into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "js") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The type checker, fetched once into cargo's target folder.
fn type_checker(here: &Checkout) -> Result<PathBuf, String> {
    from_npm(here, "npm", TYPESCRIPT, "node_modules/typescript/bin/tsc")
}

/// The accessibility rules for pages, fetched once as well.
pub(crate) fn axe(here: &Checkout) -> Result<PathBuf, String> {
    from_npm(here, "axe", AXE, "node_modules/axe-core/axe.min.js")
}

/// The generator of requests to the bank API; a newer one may ask other things.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";

/// The generator of requests, in a Python environment of its own, fetched once into cargo's target folder.
pub(crate) fn schemathesis(here: &Checkout) -> Result<PathBuf, String> {
    let folder = here.built().join("schemathesis");
    let (file, wanted) = (folder.join("bin/st"), folder.join(SCHEMATHESIS));
    if file.is_file() && wanted.is_file() {
        return Ok(file);
    }
    let could_not = format!("pip could not fetch {SCHEMATHESIS}");
    succeed(Command::new("/usr/bin/python3").args(["-m", "venv", "--clear"]).arg(&folder), &could_not)?;
    let mut pip = Command::new(folder.join("bin/pip"));
    succeed(pip.args(["install", "--quiet", "--disable-pip-version-check", SCHEMATHESIS]), &could_not)?;
    std::fs::write(&wanted, "").map_err(|why| format!("{}: {why}", wanted.display()))?;
    Ok(file)
}

/// A file of one package, which has a folder of its own: npm removes what it did not bring itself.
fn from_npm(here: &Checkout, folder: &str, package: &str, file: &str) -> Result<PathBuf, String> {
    let folder = here.built().join(folder);
    let file = folder.join(file);
    let wanted = folder.join(package.replace('@', "-"));
    if file.is_file() && wanted.is_file() {
        return Ok(file);
    }
    std::fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let npm = Command::new("npm")
        .args(["install", "--no-save", "--no-audit", "--no-fund", "--silent", package, "--prefix"])
        .arg(&folder)
        .current_dir(&folder)
        .status();
    match npm {
        Ok(status) if status.success() && file.is_file() => {
            std::fs::write(&wanted, "").map_err(|why| format!("{}: {why}", wanted.display()))?;
            Ok(file)
        }
        Ok(_) => Err(format!("npm could not fetch {package}")),
        Err(_) => Err("npm is not here (`cargo xtask doctor` says how to get it)".to_owned()),
    }
}

/// The bytes of one whole initialisation, of the device channel and of a signed transfer, recomputed by another
/// implementation.
pub(crate) fn vectors(here: &Checkout) -> Result<(), String> {
    for script in ["tests/vectors/check_enrol.py", "tests/vectors/check_sign.py"] {
        let mut python = Command::new("python3");
        python.arg(script).current_dir(here.root());
        succeed(&mut python, "Python computes other bytes than those that are kept.")?;
    }
    Ok(())
}

fn succeed(command: &mut Command, otherwise: &str) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(otherwise.to_owned()),
        Err(why) => Err(format!("{} could not be started: {why}", command.get_program().display())),
    }
}
