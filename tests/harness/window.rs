//! Owns the app's window: the real program in a private session, driven by WebKitWebDriver.
//! Refuses to know its screens.
//! Invariant: app and driver share one process group, so that both end together.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::clock::{self, Clock};
use crate::page::{self, Page};
use crate::process::{Process, free_port};
use crate::session::Session;

/// The app, open.
pub struct Window {
    /// What it shows.
    pub page: Page,
    driver: Driver,
}

/// How the app is to be opened.
pub struct Opening<'a> {
    /// The session it runs in.
    pub session: &'a Session,
    /// Where it asks for service cards.
    pub centre: &'a str,
    /// The clock it believes in.
    pub clock: &'a Clock,
    /// Where its log goes.
    pub folder: &'a Path,
}

/// A driver that has not opened an app yet.
pub struct Driver {
    port: u16,
    process: Process,
    /// How much of its log was there before it.
    heard: usize,
}

/// What WebKit writes when another program was faster to take the port at which app and driver were to meet.
const MEETING_PLACE_TAKEN: &str = "Failed to start remote inspector server";
/// How often the app is opened before a taken port is anything but bad luck.
pub const TRIES: usize = 3;

impl Opening<'_> {
    /// Starts a driver; what it opens gets this opening's environment.
    pub fn driver(&self) -> Driver {
        let port = free_port();
        let mut command = self.session.command(Path::new("WebKitWebDriver"));
        command
            .arg(format!("--port={port}"))
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("WARIFU_QA_CENTRE_URL", self.centre)
            .env(clock::VARIABLE, self.clock.file());
        let process = Process::start("window", &mut command, self.folder);
        let heard = process.log().len();
        Driver { port, process, heard }
    }

    /// Opens the app.
    pub async fn open(&self, app: &Path) -> Window {
        self.try_open(app, Duration::from_secs(60)).await.unwrap_or_else(|why| panic!("{why}"))
    }

    /// Opens it, if it lets itself be driven. The driver chooses the port at which they meet before the app listens
    /// there, so it happens that another program takes it: then both begin anew.
    ///
    /// # Errors
    /// Why it did not, after `within`.
    pub async fn try_open(&self, app: &Path, within: Duration) -> Result<Window, String> {
        let mut tried = 1;
        loop {
            match self.driver().open(app, within).await {
                Err(why) if why.starts_with(MEETING_PLACE_TAKEN) && tried < TRIES => tried += 1,
                opened => return opened,
            }
        }
    }
}

impl Driver {
    /// Waits until it listens.
    pub async fn listens(&self) {
        page::listens(self.port).await;
    }

    /// Opens the app, if that lets itself be driven.
    ///
    /// # Errors
    /// Why it did not, after `within`.
    pub async fn open(self, app: &Path, within: Duration) -> Result<Window, String> {
        let wishes = json!({ "webkitgtk:browserOptions": { "binary": app, "args": [] } });
        let wishes = serde_json::from_value(wishes).expect("wishes are an object");
        let begun = tokio::select! {
            begun = page::begin(self.port, wishes, within) => begun,
            () = self.meeting_place_is_taken() => Err(MEETING_PLACE_TAKEN.to_owned()),
        };
        match begun {
            Ok(page) => Ok(Window { page, driver: self }),
            Err(why) => Err(format!("{why}\n{}", self.process.log_tail())),
        }
    }

    async fn meeting_place_is_taken(&self) {
        while !self.process.log().get(self.heard..).is_some_and(|new| new.contains(MEETING_PLACE_TAKEN)) {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

impl Window {
    /// The process group that the app and its helpers run in.
    pub fn group(&self) -> u32 {
        self.driver.process.id()
    }

    /// The number of the driver's process, whose group is the app's, too.
    pub fn id(&self) -> u32 {
        self.driver.process.id()
    }

    /// Ends the app as a power cut would: no farewell, no clean-up.
    pub fn kill(self) {
        self.driver.process.kill();
    }

    /// Closes it as a person does.
    pub async fn close(self) {
        self.page.close().await;
    }
}
