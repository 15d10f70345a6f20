//! Owns the member's browser: Chromium, driven by chromedriver.
//! Refuses to know the pages.
//! Invariant: each browser has a profile of its own and reaches nothing but this machine.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::http;
use crate::page::{self, Page};
use crate::process::{Process, free_port};

const NAMES: [&str; 2] = ["chromium", "chromium-browser"];

/// A browser; its page is looked at through [`Page`].
pub struct Browser {
    /// What it shows.
    pub page: Page,
    port: u16,
    _driver: Process,
}

impl Browser {
    /// Opens one, keeping its profile below `folder`.
    pub async fn open(folder: &Path) -> Self {
        let home = folder.join("browser");
        std::fs::create_dir_all(&home).expect("the test's folder can be written");
        let port = free_port();
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={port}")).env("HOME", &home).stdin(std::process::Stdio::null());
        let driver = Process::start("browser", &mut command, folder);
        let profile = format!("--user-data-dir={}", home.join("profile").display());
        let wishes = json!({
            "browserName": "chrome",
            "goog:chromeOptions": {
                "binary": program(),
                "args": [
                    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync",
                    "--lang=ja", "--accept-lang=ja", "--window-size=1100,1400", profile,
                ],
            },
        });
        let wishes = serde_json::from_value(wishes).expect("wishes are an object");
        let page = page::begin(port, wishes, Duration::from_secs(60)).await;
        let page = page.unwrap_or_else(|why| panic!("{why}\n{}", driver.log_tail()));
        Self { page, port, _driver: driver }
    }

    /// Asks Chromium itself, in the words of its DevTools: sizes, schemes, pictures of whole pages, scripts off.
    pub async fn devtools(&self, command: &str, wishes: serde_json::Value) -> serde_json::Value {
        let session = self.page.session().await;
        let url = format!("http://127.0.0.1:{}/session/{session}/goog/cdp/execute", self.port);
        let body = json!({ "cmd": command, "params": wishes });
        let answer = http::client().post(url).json(&body).send().await;
        let answer = answer.unwrap_or_else(|why| panic!("{command}: {why}"));
        let mut said: serde_json::Value =
            answer.json().await.unwrap_or_else(|why| panic!("{command}: {why}"));
        assert!(said["value"].get("error").is_none(), "{command}: {}", said["value"]);
        said["value"].take()
    }
}

fn program() -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    NAMES
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)))
        .find(|file| file.is_file())
        .map(|file| file.display().to_string())
        .expect("Chromium is on the path; `cargo xtask doctor` says how to get it")
}
