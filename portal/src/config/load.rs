//! Owns how settings are read: the demo's, then the file's, then flags and environment; and what is refused.
//! Refuses to know how a setting is used.
//! Invariant: plain HTTP and plain SMTP reach this machine only; a limit is never 0.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{
    BankKey, Centre, Config, ConfigError, Download, Flags, Institution, Limits, Mail, Staff, Transfers,
};

/// The settings of the demo institution, under whatever a file says.
const DEMO: &str = include_str!("../../demo.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<SocketAddr>,
    public_url: Option<String>,
    #[serde(default)]
    behind_proxy: bool,
    folder: Option<PathBuf>,
    institution: Institution,
    #[serde(default)]
    centre: FileCentre,
    mail: FileMail,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    transfers: Transfers,
    #[serde(default, rename = "download")]
    downloads: Vec<Download>,
    #[serde(default)]
    staff: Staff,
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
            behind_proxy: flags.behind_proxy || file.behind_proxy,
            folder: flags.folder.or(file.folder).unwrap_or_else(|| PathBuf::from("warifu-portal")),
            institution: file.institution,
            centre: Centre { url: without_slash(&url), key },
            mail: Mail {
                smtp,
                from: file.mail.from.parse().map_err(|_| setting("mail.from is not a mail sender"))?,
            },
            limits: file.limits,
            transfers: file.transfers,
            downloads: settled(file.downloads)?,
            staff: file.staff,
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
            behind_proxy: file.behind_proxy,
            folder,
            institution: file.institution,
            centre: Centre { url: without_slash(centre), key },
            mail: Mail {
                smtp: None,
                from: file.mail.from.parse().map_err(|_| setting("mail.from is not a mail sender"))?,
            },
            limits: file.limits,
            transfers: file.transfers,
            downloads: settled(file.downloads)?,
            staff: file.staff,
            demo: true,
        };
        config.check()?;
        Ok(config)
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
        if let Some(problem) = self.transfers.problem(self.limits.without_token_yen) {
            return Err(setting(problem));
        }
        Ok(())
    }
}

fn settled(downloads: Vec<Download>) -> Result<Vec<Download>, ConfigError> {
    downloads.into_iter().map(|one| one.settle().map_err(ConfigError::Setting)).collect()
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
    use crate::config::EXAMPLE;

    #[test]
    fn the_example_is_a_complete_settings_file() {
        let file: File = parse("example", EXAMPLE).unwrap().try_into().unwrap();
        assert_eq!(file.limits.without_token_yen, 200_000);
        assert!(!file.staff.second_approval);
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
