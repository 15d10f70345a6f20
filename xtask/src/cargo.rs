//! Owns how cargo is called: one selection of packages and features for all tasks.
//! Refuses to know what the programs do.
//! Invariant: dependencies are resolved for the whole workspace each time, so that no task undoes another's build.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::checkout::Checkout;

/// The programs that the tests start.
pub(crate) const PROGRAMS: [&str; 4] = ["warifu-server", "warifu-portal", "warifu", "phone"];
const QA_FEATURES: &str = "warifu-server/qa,warifu-portal/qa,warifu-app/qa,warifu-tests/qa";

/// Whether the programs obey the test's clock and drivers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// As members get them.
    Plain,
    /// With the feature `qa`.
    Qa,
}

impl Flavour {
    /// The arguments that select the workspace in this flavour.
    pub(crate) fn selection(self) -> &'static [&'static str] {
        match self {
            Self::Plain => &["--workspace"],
            Self::Qa => &["--workspace", "--features", QA_FEATURES],
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Qa => "qa",
        }
    }
}

/// A program or a test that cargo made.
pub(crate) struct Made {
    /// The target's name.
    pub(crate) name: String,
    /// The folder of its package.
    pub(crate) package: PathBuf,
    /// Whether it runs tests.
    pub(crate) is_test: bool,
    /// Where it lies.
    pub(crate) executable: PathBuf,
}

/// The cargo that started this task.
pub(crate) fn program() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

/// Cargo in the checkout, output going to the terminal.
pub(crate) fn cargo(here: &Checkout) -> Command {
    let mut command = Command::new(program());
    command.current_dir(here.root());
    // What cargo says of xtask to this process must not leak into what is built.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        command.env_remove(name);
    }
    command
}

/// Builds the wanted targets and says what was made. Progress goes to the terminal as cargo shows it.
pub(crate) fn build(here: &Checkout, flavour: Flavour, wanted: &[&str]) -> Result<Vec<Made>, String> {
    let mut child = cargo(here)
        .arg("build")
        .args(flavour.selection())
        .args(wanted)
        .arg("--message-format=json-render-diagnostics")
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|why| format!("cargo could not be started: {why}"))?;
    let out = child.stdout.take().expect("stdout was asked to be a pipe");
    let made = BufReader::new(out).lines().map_while(Result::ok).filter_map(|line| read(&line)).collect();
    let status = child.wait().map_err(|why| format!("cargo was lost: {why}"))?;
    if status.success() { Ok(made) } else { Err("The build failed; what is wrong stands above.".to_owned()) }
}

fn read(line: &str) -> Option<Made> {
    let said: Value = serde_json::from_str(line).ok()?;
    if said["reason"] != "compiler-artifact" {
        return None;
    }
    Some(Made {
        name: said["target"]["name"].as_str()?.to_owned(),
        package: Path::new(said["manifest_path"].as_str()?).parent()?.to_owned(),
        is_test: said["profile"]["test"].as_bool()?,
        executable: PathBuf::from(said["executable"].as_str()?),
    })
}

/// Puts the built programs where no other build replaces them, and says where.
pub(crate) fn keep_programs(here: &Checkout, flavour: Flavour, made: &[Made]) -> Result<PathBuf, String> {
    let folder = here.built().join(flavour.folder());
    std::fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    for program in made.iter().filter(|made| !made.is_test && PROGRAMS.contains(&made.name.as_str())) {
        let file = program.executable.file_name().ok_or("cargo made a program without a name")?;
        keep(&program.executable, &folder.join(file))?;
    }
    Ok(folder)
}

/// Copies unless the copy is there already. Written beside and renamed: a running program is never torn.
fn keep(from: &Path, to: &Path) -> Result<(), String> {
    let fail = |why: std::io::Error| format!("{} could not be copied: {why}", from.display());
    let source = from.metadata().map_err(fail)?;
    let fresh = to.metadata().is_ok_and(|kept| {
        kept.len() == source.len()
            && matches!((kept.modified(), source.modified()), (Ok(kept), Ok(source)) if kept == source)
    });
    if fresh {
        return Ok(());
    }
    let beside = to.with_extension("new");
    std::fs::copy(from, &beside).map_err(fail)?;
    let copy = std::fs::File::options().write(true).open(&beside).map_err(fail)?;
    copy.set_modified(source.modified().map_err(fail)?).map_err(fail)?;
    drop(copy);
    std::fs::rename(&beside, to).map_err(fail)
}
