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
    _process: Process,
}

impl Portal {
    /// Starts one as a demo in `<folder>/portal`.
    pub fn start(folder: &Path, clock: &Clock, centre: &Centre, smtp: Option<&str>) -> Self {
        let mut command = Command::new(programs::qa("warifu-portal"));
        command
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--centre", &centre.url, "--folder"])
            .arg(folder.join("portal"))
            .arg("--centre-key-file")
            .arg(centre.key_file())
            .env(clock::VARIABLE, clock.file());
        if let Some(smtp) = smtp {
            command.env("WARIFU_PORTAL_SMTP", smtp);
        }
        let process = Process::start("portal", &mut command, folder);
        let url = process.ready("warifu-portal listening on ", READY);
        Self { url, _process: process }
    }
}
