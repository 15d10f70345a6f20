//! Owns what can be set, and where it is read: command line over environment over file over default.
//! Refuses to know what the settings do.
//! Invariant: a setting that nobody knows is refused by name, never ignored.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::mail::Route;

/// The beginning of every variable's name.
const PREFIX: &str = "WARIFU_SERVER_";

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where database, keys, cards and mails lie.
    pub folder: PathBuf,
    /// The address of PostgreSQL; the file `warifu.db` in the folder when not set.
    pub database: Option<String>,
    /// Where the centre listens, plain HTTP.
    pub listen: SocketAddr,
    /// Where the outside reaches it, HTTPS; for service cards.
    pub public_url: Option<String>,
    /// Whether a proxy in front ends TLS and names its caller last in X-Forwarded-For: listening beyond this machine is
    /// safe then, and that address is the one that is counted.
    pub behind_proxy: bool,
    /// The page that tells members where to download the app, unless their institution has its own.
    pub download_url: String,
    /// The mail server; without one, mails become files in the folder `mail`.
    pub smtp: Option<String>,
    /// The sender of mails, unless the institution has its own.
    pub mail_from: String,
    /// What is logged, as `tracing` filters are written.
    pub log: String,
    /// How much is allowed.
    pub limits: Limits,
}

/// How much is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many M1 one user ID may send within an hour, whether or not it exists.
    pub starts_per_hour: u32,
    /// How many may come within an hour from one address prefix (IPv4 /24, IPv6 /56).
    pub address_starts_per_hour: u32,
    /// How many may come within an hour for one institution.
    pub institution_starts_per_hour: u32,
    /// How many start passwords are stretched at a time, 64 MiB each.
    pub stretching: usize,
    /// How many may wait for that.
    pub stretching_queue: usize,
    /// How many connections may be open.
    pub connections: usize,
    /// How many requests may be under way; the next one is told to come back.
    pub in_flight: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("warifu-server-data"),
            database: None,
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8701),
            public_url: None,
            behind_proxy: false,
            download_url: "https://www.example.jp/warifu".to_owned(),
            smtp: None,
            mail_from: "warifu@localhost.localdomain".to_owned(),
            log: "info".to_owned(),
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            starts_per_hour: 30,
            // Thousands of phones may stand behind one address of a mobile network.
            address_starts_per_hour: 20_000,
            institution_starts_per_hour: 200_000,
            stretching: 2,
            stretching_queue: 64,
            connections: 16_384,
            in_flight: 512,
        }
    }
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadConfig {
    /// The file.
    #[error("{0}: {1}")]
    Read(PathBuf, std::io::Error),
    /// What stands in it.
    #[error("{0}: {1}")]
    Malformed(PathBuf, Box<toml::de::Error>),
    /// A variable that nobody knows.
    #[error("the environment variable {0} is not a setting; there are: {1}")]
    UnknownVariable(String, String),
    /// A variable whose value is not of its kind.
    #[error("the environment variable {0} {1}")]
    BadVariable(String, &'static str),
    /// Listening beyond this machine without TLS.
    #[error(
        "listening on {0} would carry keys in clear over the network: listen on a loopback address, or put a proxy \
         that ends TLS in front and set behind_proxy = true"
    )]
    Unprotected(SocketAddr),
    /// A number out of its range.
    #[error("{0} has to be at least 1")]
    Zero(&'static str),
}

/// The file's shape, and by it the variables' names.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    folder: Option<PathBuf>,
    database: Option<String>,
    listen: Option<SocketAddr>,
    public_url: Option<String>,
    behind_proxy: Option<bool>,
    download_url: Option<String>,
    smtp: Option<String>,
    mail_from: Option<String>,
    log: Option<String>,
    enrol_starts_per_hour: Option<u32>,
    address_starts_per_hour: Option<u32>,
    institution_starts_per_hour: Option<u32>,
    stretching: Option<usize>,
    stretching_queue: Option<usize>,
    connections: Option<usize>,
    in_flight: Option<usize>,
}

/// What the command line may set.
#[derive(Debug, Default)]
pub struct Overrides {
    /// See [`Config::folder`].
    pub folder: Option<PathBuf>,
    /// See [`Config::listen`].
    pub listen: Option<SocketAddr>,
    /// See [`Config::public_url`].
    pub public_url: Option<String>,
}

impl Config {
    /// Reads file and environment, and puts the command line above both.
    ///
    /// # Errors
    /// [`BadConfig`], in words for the person who starts the centre.
    pub fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        above: Overrides,
    ) -> Result<Self, BadConfig> {
        let mut variables: BTreeMap<String, String> = environment
            .into_iter()
            .filter_map(|(k, v)| Some((k.strip_prefix(PREFIX)?.to_owned(), v)))
            .collect();
        let named = variables.remove("CONFIG").map(PathBuf::from);
        let mut config = Self::default();
        if let Some(file) = file.map(Path::to_owned).or(named) {
            let text = std::fs::read_to_string(&file).map_err(|why| BadConfig::Read(file.clone(), why))?;
            let settings = toml::from_str(&text).map_err(|why| BadConfig::Malformed(file, Box::new(why)))?;
            config.take(settings);
        }
        config.take(from_environment(variables)?);
        let Overrides { folder, listen, public_url } = above;
        config.take(Settings { folder, listen, public_url, ..Settings::default() });
        config.check()
    }

    fn take(&mut self, from: Settings) {
        fn set<T>(place: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *place = value;
            }
        }
        set(&mut self.folder, from.folder);
        set(&mut self.database, from.database.map(Some));
        set(&mut self.listen, from.listen);
        set(&mut self.public_url, from.public_url.map(Some));
        set(&mut self.behind_proxy, from.behind_proxy);
        set(&mut self.download_url, from.download_url);
        set(&mut self.smtp, from.smtp.map(Some));
        set(&mut self.mail_from, from.mail_from);
        set(&mut self.log, from.log);
        set(&mut self.limits.starts_per_hour, from.enrol_starts_per_hour);
        set(&mut self.limits.address_starts_per_hour, from.address_starts_per_hour);
        set(&mut self.limits.institution_starts_per_hour, from.institution_starts_per_hour);
        set(&mut self.limits.stretching, from.stretching);
        set(&mut self.limits.stretching_queue, from.stretching_queue);
        set(&mut self.limits.connections, from.connections);
        set(&mut self.limits.in_flight, from.in_flight);
    }

    fn check(self) -> Result<Self, BadConfig> {
        match () {
            () if !self.listen.ip().is_loopback() && !self.behind_proxy => {
                Err(BadConfig::Unprotected(self.listen))
            }
            () if self.limits.starts_per_hour == 0 => Err(BadConfig::Zero("enrol_starts_per_hour")),
            () if self.limits.address_starts_per_hour == 0 => Err(BadConfig::Zero("address_starts_per_hour")),
            () if self.limits.institution_starts_per_hour == 0 => {
                Err(BadConfig::Zero("institution_starts_per_hour"))
            }
            () if self.limits.stretching == 0 => Err(BadConfig::Zero("stretching")),
            () if self.limits.connections == 0 => Err(BadConfig::Zero("connections")),
            () if self.limits.in_flight == 0 => Err(BadConfig::Zero("in_flight")),
            () => Ok(self),
        }
    }

    /// Where mails go.
    pub(crate) fn mail_route(&self) -> Route {
        match &self.smtp {
            Some(url) => Route::Smtp(url.clone()),
            None => Route::Folder(self.folder.join("mail")),
        }
    }
}

fn from_environment(variables: BTreeMap<String, String>) -> Result<Settings, BadConfig> {
    const KNOWN: [&str; 16] = [
        "FOLDER",
        "DATABASE",
        "LISTEN",
        "PUBLIC_URL",
        "BEHIND_PROXY",
        "DOWNLOAD_URL",
        "SMTP",
        "MAIL_FROM",
        "LOG",
        "ENROL_STARTS_PER_HOUR",
        "ADDRESS_STARTS_PER_HOUR",
        "INSTITUTION_STARTS_PER_HOUR",
        "STRETCHING",
        "STRETCHING_QUEUE",
        "CONNECTIONS",
        "IN_FLIGHT",
    ];
    fn parsed<T: std::str::FromStr>(name: &str, value: &str, wanted: &'static str) -> Result<T, BadConfig> {
        value.parse().map_err(|_| BadConfig::BadVariable(format!("{PREFIX}{name}"), wanted))
    }
    let mut settings = Settings::default();
    for (name, value) in variables {
        let number = "has to be a number";
        match name.as_str() {
            "FOLDER" => settings.folder = Some(value.into()),
            "DATABASE" => settings.database = Some(value),
            "LISTEN" => {
                settings.listen =
                    Some(parsed(&name, &value, "has to be an address and a port, like 127.0.0.1:8701")?);
            }
            "PUBLIC_URL" => settings.public_url = Some(value),
            "BEHIND_PROXY" => {
                settings.behind_proxy = Some(parsed(&name, &value, "has to be true or false")?);
            }
            "DOWNLOAD_URL" => settings.download_url = Some(value),
            "SMTP" => settings.smtp = Some(value),
            "MAIL_FROM" => settings.mail_from = Some(value),
            "LOG" => settings.log = Some(value),
            "ENROL_STARTS_PER_HOUR" => settings.enrol_starts_per_hour = Some(parsed(&name, &value, number)?),
            "ADDRESS_STARTS_PER_HOUR" => {
                settings.address_starts_per_hour = Some(parsed(&name, &value, number)?);
            }
            "INSTITUTION_STARTS_PER_HOUR" => {
                settings.institution_starts_per_hour = Some(parsed(&name, &value, number)?);
            }
            "STRETCHING" => settings.stretching = Some(parsed(&name, &value, number)?),
            "STRETCHING_QUEUE" => settings.stretching_queue = Some(parsed(&name, &value, number)?),
            "CONNECTIONS" => settings.connections = Some(parsed(&name, &value, number)?),
            "IN_FLIGHT" => settings.in_flight = Some(parsed(&name, &value, number)?),
            _ => {
                let known = KNOWN.map(|known| format!("{PREFIX}{known}")).join(", ");
                return Err(BadConfig::UnknownVariable(format!("{PREFIX}{name}"), known));
            }
        }
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str, variables: &[(&str, &str)]) -> Result<Config, BadConfig> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.toml");
        std::fs::write(&path, file).unwrap();
        let variables = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Config::read(Some(&path), variables, Overrides::default())
    }

    #[test]
    fn the_environment_stands_above_the_file_and_the_command_line_above_both() {
        let config =
            read("listen = \"127.0.0.1:1\"\nlog = \"debug\"", &[("WARIFU_SERVER_LISTEN", "127.0.0.1:2")]);
        let config = config.unwrap();
        assert_eq!((config.listen.port(), config.log.as_str()), (2, "debug"));
        let above = Overrides { listen: Some("127.0.0.1:3".parse().unwrap()), ..Overrides::default() };
        let variables = [("WARIFU_SERVER_LISTEN".to_owned(), "127.0.0.1:2".to_owned())];
        assert_eq!(Config::read(None, variables, above).unwrap().listen.port(), 3);
    }

    #[test]
    fn a_setting_that_nobody_knows_is_refused_by_name() {
        let why = read("smpt = \"x\"", &[]).unwrap_err().to_string();
        assert!(why.contains("smpt"), "{why}");
        let why = read("", &[("WARIFU_SERVER_SMPT", "x")]).unwrap_err().to_string();
        assert!(why.contains("WARIFU_SERVER_SMPT") && why.contains("WARIFU_SERVER_SMTP"), "{why}");
        assert!(read("", &[("WARIFU_PORTAL_SMTP", "x"), ("PATH", "/bin")]).is_ok());
    }

    #[test]
    fn listening_beyond_this_machine_needs_a_proxy_that_ends_tls() {
        assert!(matches!(read("listen = \"0.0.0.0:80\"", &[]), Err(BadConfig::Unprotected(_))));
        assert!(read("listen = \"0.0.0.0:80\"\nbehind_proxy = true", &[]).is_ok());
        assert!(read("listen = \"[::1]:80\"", &[]).is_ok());
    }

    #[test]
    fn a_value_of_another_kind_is_refused_with_its_place() {
        for (file, variables) in [
            ("listen = \"nowhere\"", vec![]),
            ("listen = 80", vec![]),
            ("stretching = 0", vec![]),
            ("", vec![("WARIFU_SERVER_STRETCHING", "two")]),
            ("", vec![("WARIFU_SERVER_BEHIND_PROXY", "yes")]),
        ] {
            assert!(read(file, &variables).is_err(), "{file} {variables:?}");
        }
    }
}
