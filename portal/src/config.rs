//! Owns what an institution and its operators may set: file, flags, environment, and what is refused at start.
//! Refuses to know how a setting is used.
//! Invariant: a `Config` that exists is complete; nothing that passwords depend on travels in clear off this machine.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use lettre::message::Mailbox;
use serde::Deserialize;

use crate::look::Accent;

/// The settings of the demo institution, under whatever a file says.
const DEMO: &str = include_str!("../demo.toml");
/// Every setting with its meaning, as `warifu-portal example-config` prints it.
pub const EXAMPLE: &str = include_str!("../portal.example.toml");

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
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<SocketAddr>,
    public_url: Option<String>,
    folder: Option<PathBuf>,
    institution: Institution,
    #[serde(default)]
    centre: FileCentre,
    mail: FileMail,
    #[serde(default)]
    limits: Limits,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileCentre {
    url: Option<String>,
    key_file: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileMail {
    from: String,
    smtp: Option<String>,
}

fn site() -> String {
    "インターネットバンキング".to_owned()
}

impl Config {
    /// Reads the file and lays flags and environment over it.
    ///
    /// # Errors
    /// [`ConfigError`], in words an operator can act on.
    pub fn load(flags: Flags) -> Result<Self, ConfigError> {
        let mut table = toml::Table::new();
        if flags.demo {
            table = parse("the demo settings", DEMO)?;
        }
        if let Some(path) = &flags.config {
            lay_over(&mut table, parse(&path.display().to_string(), &read(path)?)?);
        }
        if table.is_empty() {
            return Err(setting(
                "there are no settings: give --config FILE (see `warifu-portal example-config`), or --demo",
            ));
        }
        let file: File = table.try_into().map_err(|e| ConfigError::Toml("the settings".to_owned(), e))?;

        let key_file = flags.centre_key_file.or(file.centre.key_file);
        let key_file =
            key_file.ok_or_else(|| setting("the centre's key is missing: give --centre-key-file FILE"))?;
        let key = BankKey::new(&read(&key_file)?);
        if key.expose().is_empty() || !key.expose().bytes().all(|b| b.is_ascii_graphic()) {
            return Err(setting(&format!("{} does not hold a key", key_file.display())));
        }
        let url = flags.centre.or(file.centre.url).unwrap_or_else(|| "http://127.0.0.1:8701".to_owned());
        let smtp = flags.smtp.or(file.mail.smtp).filter(|text| !text.is_empty());
        let config = Self {
            listen: flags.listen.or(file.listen).unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8702))),
            public_url: flags.public_url.or(file.public_url).map(|url| without_slash(&url)),
            folder: flags.folder.or(file.folder).unwrap_or_else(|| PathBuf::from("warifu-portal")),
            institution: file.institution,
            centre: Centre { url: without_slash(&url), key },
            mail: Mail {
                smtp,
                from: file.mail.from.parse().map_err(|_| setting("mail.from is not a mail sender"))?,
            },
            limits: file.limits,
            demo: flags.demo,
        };
        config.check()?;
        Ok(config)
    }

    /// The demo institution against a centre at `centre`, for programs that start the portal in process.
    ///
    /// # Errors
    /// [`ConfigError`] when `centre` is not an address that may be used.
    pub fn demo(folder: PathBuf, centre: &str, key: BankKey) -> Result<Self, ConfigError> {
        let table = parse("the demo settings", DEMO)?;
        let file: File =
            table.try_into().map_err(|e| ConfigError::Toml("the demo settings".to_owned(), e))?;
        let config = Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            folder,
            institution: file.institution,
            centre: Centre { url: without_slash(centre), key },
            mail: Mail {
                smtp: None,
                from: file.mail.from.parse().map_err(|_| setting("mail.from is not a mail sender"))?,
            },
            limits: file.limits,
            demo: true,
        };
        config.check()?;
        Ok(config)
    }

    /// Whether members reach the pages over https.
    pub fn is_https(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }

    fn check(&self) -> Result<(), ConfigError> {
        if !is_private(&self.centre.url, "https://", "http://") {
            return Err(setting("the centre's address has to be https:// (http:// only to this machine)"));
        }
        match &self.public_url {
            Some(url) if !is_private(url, "https://", "http://") => {
                return Err(setting("public_url has to be https:// (http:// only to this machine)"));
            }
            None if !self.listen.ip().is_loopback() => {
                return Err(setting(
                    "listening beyond this machine needs public_url, the https:// address that members type",
                ));
            }
            _ => {}
        }
        if let Some(smtp) = &self.mail.smtp {
            let query = smtp.split_once('?').map_or("", |(_, query)| query);
            let required = query.split('&').any(|part| part == "tls=required");
            if !required && !is_private(smtp, "smtps://", "smtp://") {
                return Err(setting(
                    "the mail server has to be smtps://, or smtp:// with ?tls=required (plain only to this machine)",
                ));
            }
        }
        let Limits { idle_minutes, session_hours, mailed_password_minutes, mailed_password_tries, .. } =
            self.limits;
        let zero = [idle_minutes, session_hours, mailed_password_minutes, u32::from(mailed_password_tries)];
        if zero.contains(&0) || self.limits.free_tries == 0 || self.limits.mails_per_hour == 0 {
            return Err(setting("no limit may be 0"));
        }
        Ok(())
    }
}

/// Either the safe scheme, or the plain one to a loopback host.
fn is_private(url: &str, safe: &str, plain: &str) -> bool {
    if let Some(rest) = url.strip_prefix(safe) {
        return !rest.is_empty();
    }
    let Some(rest) = url.strip_prefix(plain) else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_and_port = authority.rsplit('@').next().unwrap_or_default();
    if host_and_port == "localhost" || host_and_port.starts_with("localhost:") {
        return true;
    }
    let bare = host_and_port.trim_start_matches('[').trim_end_matches(']');
    host_and_port
        .parse::<SocketAddr>()
        .map(|a| a.ip())
        .or_else(|_| bare.parse::<IpAddr>())
        .is_ok_and(|ip| ip.is_loopback())
}

fn without_slash(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}

fn setting(message: &str) -> ConfigError {
    ConfigError::Setting(message.to_owned())
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|e| ConfigError::Unreadable(path.to_owned(), e))
}

fn parse(name: &str, text: &str) -> Result<toml::Table, ConfigError> {
    text.parse().map_err(|e| ConfigError::Toml(name.to_owned(), e))
}

/// What `over` says wins, table by table.
fn lay_over(under: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above)) => lay_over(below, above),
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_a_complete_settings_file() {
        let file: File = parse("example", EXAMPLE).unwrap().try_into().unwrap();
        assert_eq!(file.limits.without_token_yen, 200_000);
    }

    #[test]
    fn plain_http_is_only_for_this_machine() {
        for fine in [
            "https://a.example",
            "http://127.0.0.1:1",
            "http://localhost:80/x",
            "http://[::1]:2",
            "http://[::1]",
        ] {
            assert!(is_private(fine, "https://", "http://"), "{fine}");
        }
        for bad in [
            "http://a.example",
            "http://127.0.0.1.a.example",
            "http://127.0.0.1@a.example",
            "ftp://127.0.0.1",
            "https://",
            "",
        ] {
            assert!(!is_private(bad, "https://", "http://"), "{bad}");
        }
    }

    #[test]
    fn listening_beyond_this_machine_needs_an_https_address() {
        let mut config = Config::demo(PathBuf::new(), "http://127.0.0.1:1", BankKey::new("k")).unwrap();
        config.listen = SocketAddr::from(([0, 0, 0, 0], 80));
        assert!(config.check().is_err());
        config.public_url = Some("https://bank.example".to_owned());
        assert!(config.check().is_ok());
    }

    #[test]
    fn the_file_wins_over_the_demo_table_by_table() {
        let mut table = parse("demo", DEMO).unwrap();
        lay_over(&mut table, "[institution]\nname = \"角館信用組合\"".parse().unwrap());
        let file: File = table.try_into().unwrap();
        assert_eq!(file.institution.name, "角館信用組合");
        assert!(!file.institution.phone.is_empty());
    }
}
