//! Owns what an institution and its operators may set: file, flags, environment, and what is refused at start.
//! Refuses to know how a setting is used.
//! Invariant: a `Config` that exists is complete; nothing that passwords depend on travels in clear off this machine.

mod downloads;
mod load;
mod transfers;

use std::net::SocketAddr;
use std::path::PathBuf;

use lettre::message::Mailbox;
use serde::Deserialize;

pub use self::downloads::{Download, Platform};
pub use self::transfers::Transfers;
use crate::look::{Accent, Logo};

/// Every setting with its meaning, as `warifu-portal example-config` prints it.
pub const EXAMPLE: &str = include_str!("../../portal.example.toml");

/// What can be said on the command line or by `WARIFU_PORTAL_*`. Wins over the file.
#[derive(Debug, Default, Clone, clap::Args)]
pub struct Flags {
    /// Settings file (TOML); `warifu-portal example-config` prints one with every setting explained
    #[arg(long, value_name = "FILE", env = "WARIFU_PORTAL_CONFIG")]
    pub config: Option<PathBuf>,
    /// Where the portal keeps its database and, without SMTP, its mails [default: ./warifu-portal]
    #[arg(long, value_name = "DIR", env = "WARIFU_PORTAL_FOLDER")]
    pub folder: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:8702]
    #[arg(long, value_name = "ADDRESS", env = "WARIFU_PORTAL_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// The address that members type; has to be https unless it is this machine [default: http://LISTEN]
    #[arg(long, value_name = "URL", env = "WARIFU_PORTAL_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// A proxy in front writes its caller's address last into X-Forwarded-For: that address is counted when a
    /// password is guessed
    #[arg(long, env = "WARIFU_PORTAL_BEHIND_PROXY")]
    pub behind_proxy: bool,
    /// The token centre; has to be https unless it is this machine [default: http://127.0.0.1:8701]
    #[arg(long, value_name = "URL", env = "WARIFU_PORTAL_CENTRE")]
    pub centre: Option<String>,
    /// File that holds the institution's key for the centre's bank API
    #[arg(long, value_name = "FILE", env = "WARIFU_PORTAL_CENTRE_KEY_FILE")]
    pub centre_key_file: Option<PathBuf>,
    /// Mail server, e.g. smtps://user:password@mail.example or smtp://127.0.0.1:25; without one, mails are
    /// written as .eml files into the folder `mail`
    #[arg(long, value_name = "URL", env = "WARIFU_PORTAL_SMTP", hide_env_values = true)]
    pub smtp: Option<String>,
    /// Run as the demo institution with demo members. Never where real members sign in
    #[arg(long, env = "WARIFU_PORTAL_DEMO")]
    pub demo: bool,
}

/// Why the portal cannot start as it was told to.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that cannot be read.
    #[error("cannot read {0}: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// A file that is not what it should be.
    #[error("{0}: {1}")]
    Toml(String, toml::de::Error),
    /// A setting that is missing or cannot be.
    #[error("{0}")]
    Setting(String),
}

/// Everything the portal was told.
#[derive(Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// What members type, when it was said; without a trailing slash.
    pub public_url: Option<String>,
    /// Whether the last hop of `X-Forwarded-For` is our own proxy's word.
    pub behind_proxy: bool,
    /// The portal's own folder.
    pub folder: PathBuf,
    /// Whose pages these are.
    pub institution: Institution,
    /// Which centre serves it.
    pub centre: Centre,
    /// How mails leave.
    pub mail: Mail,
    /// Limits and times.
    pub limits: Limits,
    /// 振込・振替.
    pub transfers: Transfers,
    /// Where the app is, for each platform that there is one for.
    pub downloads: Vec<Download>,
    /// How the staff work.
    pub staff: Staff,
    /// Whether demo members exist and the pages say 見本.
    pub demo: bool,
}

/// The institution as its members know it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Institution {
    /// 仙北信用組合
    pub name: String,
    /// インターネットバンキング
    #[serde(default = "site")]
    pub site: String,
    /// Its colour on light ground, `#rrggbb`.
    #[serde(default)]
    pub accent: Accent,
    /// Its mark, a square SVG or PNG file.
    pub logo: Option<Logo>,
    /// A line on the sign-in page, such as holidays.
    #[serde(default)]
    pub news: String,
    /// Whom to call.
    pub phone: String,
    /// When they answer.
    pub phone_hours: String,
    /// The senders that a member has to allow through a mail filter.
    pub sender_addresses: Vec<String>,
}

/// The way to the centre.
#[derive(Clone)]
pub struct Centre {
    /// Its address, without a trailing slash.
    pub url: String,
    /// The institution's key for the bank API.
    pub key: BankKey,
}

/// The institution's key at the centre: never printed.
#[derive(Clone)]
pub struct BankKey(String);

impl BankKey {
    /// Takes a key over; blanks at its ends do not count.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// The key. What passes this door goes into the one header that it is for.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// How mails leave.
#[derive(Clone)]
pub struct Mail {
    /// The mail server; none means .eml files.
    pub smtp: Option<String>,
    /// The sender.
    pub from: Mailbox,
}

/// Limits and times.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// 一日あたりの振込・振替限度額 of a member without a token, yen.
    pub without_token_yen: u64,
    /// A session ends after so many minutes without use.
    pub idle_minutes: u32,
    /// A session ends after so many hours however much it is used.
    pub session_hours: u32,
    /// For how long a メール通知パスワード is good.
    pub mailed_password_minutes: u32,
    /// How many wrong ones it bears.
    pub mailed_password_tries: u8,
    /// How many of them a member may ask for in an hour.
    pub mails_per_hour: u32,
    /// Wrong passwords in a row before each further one has to wait.
    pub free_tries: u8,
    /// The longest such wait.
    pub longest_wait_minutes: u32,
    /// How many guesses at one ID are looked at within an hour, from all unknown browsers together.
    pub guesses_per_hour: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            without_token_yen: 200_000,
            idle_minutes: 10,
            session_hours: 12,
            mailed_password_minutes: 10,
            mailed_password_tries: 5,
            mails_per_hour: 10,
            free_tries: 5,
            longest_wait_minutes: 15,
            guesses_per_hour: 200,
        }
    }
}

/// How the staff work.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Staff {
    /// Whether 停止解除, and 利用解除 without the phone, need the approval of another person.
    pub second_approval: bool,
}

fn site() -> String {
    "インターネットバンキング".to_owned()
}

impl Config {
    /// Whether members reach the pages over https.
    pub fn is_https(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }
}
