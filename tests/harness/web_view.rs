//! Owns a bare web view of the engine that draws the app's window: WebKitGTK's own small browser, driven.
//! Refuses to know pages.
//! Invariant: it runs in a private session, and ends with its driver.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use crate::page::{self, Page};
use crate::process::{Process, free_port};
use crate::session::Session;

const FOLDERS: [&str; 5] = [
    "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1",
    "/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1",
    "/usr/lib/webkit2gtk-4.1",
    "/usr/libexec/webkit2gtk-4.1",
    "/usr/lib64/webkit2gtk-4.1",
];

/// A web view; its page is looked at through [`Page`].
pub struct WebView {
    /// What it shows.
    pub page: Page,
    driver: Process,
}

/// How the session's pages are drawn.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Light on dark.
    pub is_dark: bool,
    /// Nothing moves.
    pub is_calm: bool,
}

impl WebView {
    /// Opens one in `session`.
    pub async fn open(session: &Session, manner: Manner) -> Self {
        let settings = session.home().join("config/gtk-3.0");
        std::fs::create_dir_all(&settings).expect("the test's folder can be written");
        let text = format!(
            "[Settings]\ngtk-theme-name={}\ngtk-enable-animations={}\n",
            if manner.is_dark { "Adwaita-dark" } else { "Adwaita" },
            !manner.is_calm
        );
        std::fs::write(settings.join("settings.ini"), text).expect("the test's folder can be written");
        let port = free_port();
        let mut command = session.command(Path::new("WebKitWebDriver"));
        command.arg(format!("--port={port}"));
        let driver = Process::start("web-view", &mut command, session.folder());
        let wishes = json!({ "webkitgtk:browserOptions": { "binary": program(), "args": ["--automation"] } });
        let wishes = serde_json::from_value(wishes).expect("wishes are an object");
        match page::begin(port, wishes, Duration::from_secs(60)).await {
            Ok(page) => Self { page, driver },
            Err(why) => panic!("{why}\n{}", driver.log_tail()),
        }
    }

    /// The process group that it runs in.
    pub fn group(&self) -> u32 {
        self.driver.id()
    }
}

fn program() -> PathBuf {
    let files = FOLDERS.iter().map(|folder| Path::new(folder).join("MiniBrowser"));
    files.into_iter().find(|file| file.is_file()).expect("WebKitGTK 4.1 brings its MiniBrowser")
}
