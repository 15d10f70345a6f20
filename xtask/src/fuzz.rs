//! Owns the fuzzing of every parser of untrusted bytes: which targets there are, for how long, with which compiler.
//! Refuses to know what a target feeds to whom.
//! Invariant: a target that finds something fails, and what it found is named; what it learned is kept.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cargo;
use crate::checkout::Checkout;
use crate::packages::{self, For};
use crate::summary::Summary;

const SECONDS: u32 = 60;

/// `fuzz [target…] [--seconds N]`.
pub(crate) fn fuzz(here: &Checkout, words: &[&str]) -> Result<(), String> {
    let (wanted, seconds) = read(words)?;
    let targets = targets(here)?;
    if let Some(unknown) = wanted.iter().find(|wanted| !targets.iter().any(|target| target == *wanted)) {
        return Err(format!("There is no target {unknown}. The targets: {}", targets.join(" ")));
    }
    packages::ensure(&[For::Build])?;
    bring_cargo_fuzz(here)?;
    let compiler = Compiler::here();
    println!("{}", compiler.told());
    let mut summary = Summary::default();
    for target in targets.iter().filter(|target| wanted.is_empty() || wanted.contains(&target.as_str())) {
        summary.step(&format!("{target}, {seconds} s"), || run(here, &compiler, target, seconds));
    }
    summary.tell()
}

fn read<'a>(words: &[&'a str]) -> Result<(Vec<&'a str>, u32), String> {
    let Some(at) = words.iter().position(|word| *word == "--seconds") else {
        return Ok((words.to_vec(), SECONDS));
    };
    let seconds = words.get(at + 1).and_then(|number| number.parse().ok()).filter(|seconds| *seconds > 0);
    let seconds = seconds.ok_or("--seconds needs a number: cargo xtask fuzz --seconds 600")?;
    Ok(([&words[..at], &words[at + 2..]].concat(), seconds))
}

/// Every target that lies in `fuzz/fuzz_targets`.
fn targets(here: &Checkout) -> Result<Vec<String>, String> {
    let folder = here.root().join("fuzz/fuzz_targets");
    let entries = folder.read_dir().map_err(|why| format!("{}: {why}", folder.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}

fn bring_cargo_fuzz(here: &Checkout) -> Result<(), String> {
    let mut ask = cargo::cargo(here);
    ask.args(["fuzz", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    if ask.status().is_ok_and(|status| status.success()) {
        return Ok(());
    }
    println!("This machine lacks cargo-fuzz: it builds and runs the targets (cargo install cargo-fuzz)");
    let status = cargo::cargo(here).args(["install", "--locked", "cargo-fuzz"]).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err("cargo-fuzz could not be installed; the reason stands above.".to_owned()),
    }
}

/// The instrumented build needs options that only a nightly compiler, or one that is told to be, takes.
enum Compiler {
    Nightly,
    Stable,
}

impl Compiler {
    fn here() -> Self {
        let listed = Command::new("rustup").args(["toolchain", "list"]).output();
        let listed = listed.map(|listed| String::from_utf8_lossy(&listed.stdout).into_owned());
        if listed.is_ok_and(|listed| listed.lines().any(|line| line.starts_with("nightly"))) {
            Self::Nightly
        } else {
            Self::Stable
        }
    }

    fn told(&self) -> &'static str {
        match self {
            Self::Nightly => "With the nightly compiler.",
            Self::Stable => "With the stable compiler (RUSTC_BOOTSTRAP=1), for want of a nightly one.",
        }
    }

    fn cargo(&self, here: &Checkout) -> Command {
        match self {
            Self::Nightly => {
                let mut command = Command::new("rustup");
                command.args(["run", "nightly", "cargo"]).current_dir(here.root());
                // They name the toolchain that built this task.
                for name in ["CARGO", "RUSTC", "RUSTUP_TOOLCHAIN", "CARGO_MANIFEST_DIR"] {
                    command.env_remove(name);
                }
                command
            }
            Self::Stable => {
                let mut command = cargo::cargo(here);
                command.env("RUSTC_BOOTSTRAP", "1");
                command
            }
        }
    }
}

fn run(here: &Checkout, compiler: &Compiler, target: &str, seconds: u32) -> Result<(), String> {
    let found = here.root().join("fuzz/artifacts").join(target);
    let before = files(&found);
    let mut command = compiler.cargo(here);
    command.args(["fuzz", "run", target, "--target-dir"]).arg(built(here)?);
    command.args(["--", &format!("-max_total_time={seconds}"), "-print_final_stats=1", "-verbosity=0"]);
    let status = command.status().map_err(|why| format!("cargo-fuzz could not be started: {why}"))?;
    let kept = files(&here.root().join("fuzz/corpus").join(target)).len();
    println!("{kept} inputs kept in fuzz/corpus/{target}");
    if status.success() {
        return Ok(());
    }
    let new: Vec<String> = files(&found)
        .iter()
        .filter(|path| !before.contains(path))
        .map(|path| format!("  {}", path.strip_prefix(here.root()).unwrap_or(path).display()))
        .collect();
    Err(format!("{target} failed. What it found:\n{}", new.join("\n")))
}

/// Never below the checkout: instrumented builds are large, and a fresh clone would make them anew.
fn built(here: &Checkout) -> Result<PathBuf, String> {
    if !here.built().starts_with(here.root()) {
        return Ok(here.built().join("fuzz"));
    }
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    Ok(cache.ok_or("Neither XDG_CACHE_HOME nor HOME is set.")?.join("warifu/target/fuzz"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    folder.read_dir().into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_and_seconds_stand_in_any_order() {
        assert_eq!(read(&[]), Ok((vec![], SECONDS)));
        assert_eq!(read(&["--seconds", "5", "card"]), Ok((vec!["card"], 5)));
        assert_eq!(read(&["card", "slot", "--seconds", "5"]), Ok((vec!["card", "slot"], 5)));
        assert!(read(&["--seconds"]).is_err() && read(&["--seconds", "0"]).is_err());
    }
}
