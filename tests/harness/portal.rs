//! Owns a portal under test.
//! Refuses to know its pages.
//! Invariant: it reaches the centre only as it does for an institution, with the institution's key.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::centre::Centre;
use crate::clock::{self, Clock};
use crate::process::Process;
use crate::programs;

const READY: Duration = Duration::from_secs(60);

/// A demo member's ログインパスワード.
pub const LOGIN_PASSWORD: &str = "senpoku-2026";
/// A demo member's 確認用パスワード.
pub const CONFIRMATION_PASSWORD: &str = "kakunin2026";

/// A portal that answers.
pub struct Portal {
    /// Its address.
    pub url: String,
    process: Process,
}

impl Portal {
    /// Starts one as a demo in `<folder>/portal`.
    pub fn start(folder: &Path, clock: &Clock, centre: &Centre, smtp: Option<&str>) -> Self {
        let mut command = Self::command(folder, clock, centre);
        command.arg("--centre-key-file").arg(centre.key_file());
        if let Some(smtp) = smtp {
            command.env("WARIFU_PORTAL_SMTP", smtp);
        }
        Self::run(folder, &mut command)
    }

    /// Starts one whose settings lie over those of the demo.
    pub fn start_with(folder: &Path, clock: &Clock, centre: &Centre, settings: &Path) -> Self {
        Self::run(folder, Self::command(folder, clock, centre).arg("--config").arg(settings))
    }

    /// The program, to be started as a demo in `<folder>/portal`.
    pub fn command(folder: &Path, clock: &Clock, centre: &Centre) -> Command {
        let mut command = Command::new(programs::qa("warifu-portal"));
        command
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--centre", &centre.url, "--folder"])
            .arg(folder.join("portal"))
            .env(clock::VARIABLE, clock.file());
        command
    }

    fn run(folder: &Path, command: &mut Command) -> Self {
        let process = Process::start("portal", command, folder);
        let url = process.ready("warifu-portal listening on ", READY);
        Self { url, process }
    }

    /// What it has written to its log.
    pub fn log(&self) -> String {
        self.process.log()
    }
}
