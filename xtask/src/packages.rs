//! Owns how to see whether something is on the machine, and how to install it.
//! Refuses to know what there is to need, and what the tasks do with it.
//! Invariant: nothing is installed before it was said.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::needs::NEEDS;
use crate::platforms::needs::NEEDS as OF_OTHER_PLATFORMS;

/// What a need is for. A task names the purposes that it serves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    /// Compiling the centre, the portal and the app.
    Build,
    /// `rustfmt` and clippy.
    Lints,
    /// The app's window in front of a person.
    Window,
    /// The whole path without a person: a virtual display, drivers, mail.
    Journey,
    /// The app's pages, drawn, judged and read as a screen reader does.
    Screens,
    /// The institution's pages, drawn, judged and probed.
    Site,
    /// The safe places for keys, as programs.
    Vault,
    /// Several centres on one database.
    Postgres,
    /// The comparison with another implementation.
    Vectors,
    /// The types of `ui/`.
    Types,
    /// What the app's weight is compared with.
    Peers,
    /// Drawing the icon set.
    Icons,
    /// The checks of platforms that this machine is not.
    Platforms,
    /// Those of Windows.
    Windows,
    /// Those of Android.
    Android,
}

/// How to see that it is there.
pub(crate) enum Seen {
    /// Any of these programs is on the path.
    Program(&'static [&'static str]),
    /// `pkg-config` knows it.
    Library(&'static str),
    /// A font for Japanese.
    Font,
    /// Debian's Python can import it.
    Module(&'static str),
    /// All of these files are there.
    Files(&'static [&'static str]),
}

/// Something that has to be on the machine.
pub(crate) struct Need {
    /// What it is.
    pub(crate) what: &'static str,
    /// Why it is needed.
    pub(crate) why: &'static str,
    /// The purposes that need it.
    pub(crate) serves: &'static [For],
    /// How to see it.
    pub(crate) seen: Seen,
    /// Debian's packages.
    pub(crate) debian: &'static [&'static str],
    /// Ubuntu's, where they differ.
    pub(crate) ubuntu: &'static [&'static str],
    /// How to get it where there is no apt.
    pub(crate) elsewhere: &'static str,
}

impl Need {
    /// Whether the machine has it.
    pub(crate) fn is_present(&self) -> bool {
        match self.seen {
            Seen::Program(names) => names.iter().any(|name| on_path(name)),
            Seen::Library(name) => answers(Command::new("pkg-config").args(["--exists", name])),
            Seen::Font => Command::new("fc-list")
                .args([":lang=ja", "family"])
                .output()
                .is_ok_and(|answer| !answer.stdout.is_empty()),
            Seen::Module(name) => {
                answers(Command::new("/usr/bin/python3").args(["-c", &format!("import {name}")]))
            }
            Seen::Files(paths) => paths.iter().all(|path| Path::new(path).is_file()),
        }
    }

    /// How to get it here, in words.
    pub(crate) fn how(&self) -> String {
        match (System::here(), self.packages()) {
            (System::Debian | System::Ubuntu, [_, ..]) => {
                format!("apt-get install {}", self.packages().join(" "))
            }
            _ => self.elsewhere.to_owned(),
        }
    }

    fn packages(&self) -> &'static [&'static str] {
        match System::here() {
            System::Ubuntu if !self.ubuntu.is_empty() => self.ubuntu,
            _ => self.debian,
        }
    }
}

/// Every need of this system, for `doctor`; those of the other platforms' checks are told when they are started.
pub(crate) fn all() -> impl Iterator<Item = &'static Need> {
    // On Windows and macOS the window, the keyring and the display belong to the system.
    NEEDS.iter().filter(|need| cfg!(target_os = "linux") || need.serves == [For::Lints])
}

/// Sees to it that everything for these purposes is there: says what is missing, installs it where apt is,
/// and stops with a precise list elsewhere.
pub(crate) fn ensure(purposes: &[For]) -> Result<(), String> {
    let missing = missing(purposes);
    if missing.is_empty() {
        return Ok(());
    }
    println!("This machine lacks:");
    for need in &missing {
        println!("  {}: {} ({})", need.what, need.why, need.how());
    }
    if System::here() != System::Other {
        let mut packages: Vec<&str> = missing.iter().flat_map(|need| need.packages()).copied().collect();
        packages.sort_unstable();
        packages.dedup();
        if !packages.is_empty() {
            install(&packages)?;
        }
    }
    let left = self::missing(purposes);
    if left.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = left.iter().map(|need| format!("  {}: {}", need.what, need.how())).collect();
    Err(format!("Still missing; install by hand, then start again:\n{}", list.join("\n")))
}

fn missing(purposes: &[For]) -> Vec<&'static Need> {
    let all = all().chain(OF_OTHER_PLATFORMS);
    all.filter(|need| need.serves.iter().any(|p| purposes.contains(p)) && !need.is_present()).collect()
}

fn install(packages: &[&str]) -> Result<(), String> {
    println!("Installing: {}", packages.join(" "));
    let fetched = apt(&["update", "--quiet"])?;
    let words: Vec<&str> =
        ["install", "--yes", "--no-install-recommends"].into_iter().chain(packages.iter().copied()).collect();
    if apt(&words)? {
        return Ok(());
    }
    let hint = if fetched { "" } else { " (`apt-get update` failed as well: is there a network?)" };
    Err(format!("apt-get could not install them{hint}; its reason stands above."))
}

fn apt(words: &[&str]) -> Result<bool, String> {
    let mut command = if is_root() { Command::new("apt-get") } else { Command::new("sudo") };
    if !is_root() {
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    }
    // Another package manager may be at work for minutes, for example on a machine that was just started.
    let status = command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["-o", "DPkg::Lock::Timeout=540"])
        .args(words)
        .status();
    status.map(|status| status.success()).map_err(|why| {
        format!(
            "{} could not be started: {why}. Run as root: apt-get {}",
            if is_root() { "apt-get" } else { "sudo" },
            words.join(" ")
        )
    })
}

/// Whether the tasks may do what only root may.
pub(crate) fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|answer| answer.stdout.trim_ascii() == b"0")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum System {
    Debian,
    Ubuntu,
    Other,
}

impl System {
    fn here() -> Self {
        if !on_path("apt-get") {
            return Self::Other;
        }
        let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
        let is_ubuntu =
            release.lines().any(|line| line.starts_with("ID") && line.to_lowercase().contains("ubuntu"));
        if is_ubuntu { Self::Ubuntu } else { Self::Debian }
    }
}

fn on_path(name: &str) -> bool {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(&name).is_file())
        || Path::new("/usr/bin").join(&name).is_file()
}

fn answers(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_need_says_why_and_how_to_get_it() {
        for need in NEEDS.iter().chain(OF_OTHER_PLATFORMS) {
            assert!(
                !need.why.is_empty() && !need.elsewhere.is_empty() && !need.serves.is_empty(),
                "{}",
                need.what
            );
        }
    }

    #[test]
    fn a_program_that_is_nowhere_is_missing() {
        assert!(on_path("sh"));
        assert!(!on_path("no-such-program-as-this"));
    }
}
