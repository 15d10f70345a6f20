//! Owns a centre under test, and speaking to it as an institution does.
//! Refuses to know members and devices.
//! Invariant: each centre has its own folder, port and clock.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use crate::clock::{self, Clock};
use crate::http;
use crate::process::Process;
use crate::programs;

/// The demo institution.
pub const SERVICE_ID: &str = "10112235";
/// Its name.
pub const INSTITUTION: &str = "仙北信用組合";
const READY: Duration = Duration::from_secs(60);

/// How a centre is to be started.
#[derive(Default)]
pub struct Wishes {
    /// Where devices are told to reach it, when that is not its own address.
    pub public_url: Option<String>,
    /// Where its mails go; a folder when not set.
    pub smtp: Option<String>,
    /// Further settings, by the names of their variables.
    pub settings: Vec<(&'static str, String)>,
}

/// A centre that answers.
pub struct Centre {
    /// Its address.
    pub url: String,
    folder: PathBuf,
    key: String,
    process: Process,
}

/// What was answered.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The body, as it came.
    pub body: String,
}

impl Reply {
    /// The body as `T`; panics with it when the status is not a success.
    pub fn expect<T: DeserializeOwned>(&self) -> T {
        assert!(self.status.is_success(), "{}: {}", self.status, self.body);
        serde_json::from_str(&self.body).unwrap_or_else(|why| panic!("{why}: {}", self.body))
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

impl Centre {
    /// Starts one as a demo in `<folder>/centre`.
    pub fn start(folder: &Path, clock: &Clock, wishes: &Wishes) -> Self {
        let own = folder.join("centre");
        let mut command = Command::new(programs::qa("warifu-server"));
        command
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--folder"])
            .arg(&own)
            .env(clock::VARIABLE, clock.file());
        if let Some(url) = &wishes.public_url {
            command.args(["--public-url", url]);
        }
        if let Some(smtp) = &wishes.smtp {
            command.env("WARIFU_SERVER_SMTP", smtp);
        }
        command.envs(wishes.settings.iter().map(|(name, value)| (name, value)));
        let process = Process::start("centre", &mut command, folder);
        let url = process.ready("warifu-server listening on ", READY);
        let key = std::fs::read_to_string(own.join(format!("demo/bank-{SERVICE_ID}.key")))
            .expect("a demo writes the institution's key");
        Self { url, folder: own, key: key.trim().to_owned(), process }
    }

    /// Its address without the scheme.
    pub fn address(&self) -> SocketAddr {
        self.url.trim_start_matches("http://").parse().expect("a centre prints its address")
    }

    /// The file that holds the institution's key.
    pub fn key_file(&self) -> PathBuf {
        self.folder.join(format!("demo/bank-{SERVICE_ID}.key"))
    }

    /// The institution's key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Its own folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What it wrote to its log so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Sets how well devices have to keep their keys, as an operator does.
    pub fn demand(&self, level: &str) {
        let mut command = Command::new(programs::qa("warifu-server"));
        command
            .args(["institution", "set", SERVICE_ID, "--least-vault", level, "--folder"])
            .arg(&self.folder);
        let done = command.status().expect("the centre's own program starts");
        assert!(done.success(), "{level}: {done}");
    }

    /// Ends it as a power cut would.
    pub fn kill(self) {
        self.process.kill();
    }

    /// Sends any bytes to any of its addresses.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Reply {
        let mut request = http::client().request(method, format!("{}{path}", self.url)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap_or_else(|why| panic!("{path}: {why}"));
        let status = response.status();
        Reply { status, body: response.text().await.unwrap_or_default() }
    }

    /// Asks as the institution does: about `member`, for `verb`.
    pub async fn ask(&self, member: &str, verb: &str, body: &impl Serialize) -> Reply {
        let bearer = format!("Bearer {}", self.key);
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let body = serde_json::to_vec(body).expect("a question has a JSON form");
        self.send(Method::POST, &format!("/bank/v1/members/{member}/{verb}"), &headers, body).await
    }

    /// What the institution may see of a member.
    pub async fn status(&self, member: &str) -> Value {
        let bearer = format!("Bearer {}", self.key);
        let path = format!("/bank/v1/members/{member}");
        let reply = self.send(Method::GET, &path, &[("authorization", &bearer)], Vec::new()).await;
        reply.expect()
    }
}

/// A fresh number for a question.
pub fn request_id() -> String {
    Uuid::from_u128(rand::random()).to_string()
}
