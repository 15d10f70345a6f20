//! Owns a portal under test.
//! Refuses to know its pages.
//! Invariant: it reaches the centre only as it does for an institution, with the institution's key.

use std::net::SocketAddr;
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

/// How a portal is to be started.
#[derive(Default)]
pub struct Wishes {
    /// Where it reaches the centre, when that is not the centre's own address.
    pub centre: Option<String>,
    /// Where its mails go; a folder when not set.
    pub smtp: Option<String>,
    /// Settings that lie over those of the demo.
    pub settings: String,
}

/// A portal that answers.
pub struct Portal {
    /// Its address.
    pub url: String,
    process: Process,
}

impl Portal {
    /// Starts one as a demo in `<folder>/portal`.
    pub fn start(folder: &Path, clock: &Clock, centre: &Centre, smtp: Option<&str>) -> Self {
        let wishes = Wishes { smtp: smtp.map(str::to_owned), ..Wishes::default() };
        Self::start_as(folder, clock, centre, &wishes)
    }

    /// The same with wishes.
    pub fn start_as(folder: &Path, clock: &Clock, centre: &Centre, wishes: &Wishes) -> Self {
        let mut command = Self::command_at(folder, clock, wishes.centre.as_ref().unwrap_or(&centre.url));
        command.arg("--centre-key-file").arg(centre.key_file());
        if let Some(smtp) = &wishes.smtp {
            command.env("WARIFU_PORTAL_SMTP", smtp);
        }
        if !wishes.settings.is_empty() {
            let file = folder.join("portal.toml");
            std::fs::write(&file, &wishes.settings).expect("the test's folder can be written");
            command.arg("--config").arg(file);
        }
        Self::run(folder, &mut command)
    }

    /// Starts one whose settings lie over those of the demo.
    pub fn start_with(folder: &Path, clock: &Clock, centre: &Centre, settings: &Path) -> Self {
        Self::run(folder, Self::command(folder, clock, centre).arg("--config").arg(settings))
    }

    /// The program, to be started as a demo in `<folder>/portal`.
    pub fn command(folder: &Path, clock: &Clock, centre: &Centre) -> Command {
        Self::command_at(folder, clock, &centre.url)
    }

    fn command_at(folder: &Path, clock: &Clock, centre: &str) -> Command {
        let mut command = Command::new(programs::qa("warifu-portal"));
        command
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--centre", centre, "--folder"])
            .arg(folder.join("portal"))
            .env(clock::VARIABLE, clock.file());
        command
    }

    fn run(folder: &Path, command: &mut Command) -> Self {
        let process = Process::start("portal", command, folder);
        let url = process.ready("warifu-portal listening on ", READY);
        Self { url, process }
    }

    /// Its address without the scheme.
    pub fn address(&self) -> SocketAddr {
        self.url.trim_start_matches("http://").parse().expect("a portal prints its address")
    }

    /// What it has written to its log.
    pub fn log(&self) -> String {
        self.process.log()
    }
}
