//! Owns the address of the database: what it names, how its connections are set, whether the line to it is encrypted.
//! Refuses to connect.
//! Invariant: to another machine nothing is sent in the clear unless the address says `sslmode=disable`.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use postgres::Config;
use postgres::config::{Host, SslMode};

use super::tls::{Files, Tls};
use crate::store::StoreError;

/// How statements are planned: every one finds its rows by an index. A plan that was made while a table was empty would
/// read all of it.
const PLANS: &str = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c plan_cache_mode=force_generic_plan -c jit=off";

/// Where the database is and how to speak to it.
#[derive(Clone)]
pub(super) struct Address {
    pub(super) config: Config,
    /// How the line is encrypted; not at all when there is nothing.
    pub(super) tls: Option<Tls>,
}

/// The words of the address that are about encryption, as libpq names them; the rest is the driver's.
#[derive(Default)]
struct Words {
    mode: Option<String>,
    root: Option<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
}

impl Address {
    /// Reads `postgres://user@host/name?…`.
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        let refused = |why| Err(StoreError::Address(why));
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            return refused("it has to begin with postgres://");
        }
        let (rest, words) = split(url);
        let mut config: Config =
            rest.parse().map_err(|_| StoreError::Address("it is not a PostgreSQL address"))?;
        let tls = match words.mode.as_deref() {
            Some("verify-full") => Some(words.tls()?),
            Some("disable") => None,
            Some(_) => {
                return refused("sslmode has to be verify-full, or disable where the network itself is safe");
            }
            None if is_near(&config) => None,
            None => {
                return refused(
                    "to another machine it has to say sslmode=verify-full, or disable where the network itself is safe",
                );
            }
        };
        config.ssl_mode(if tls.is_some() { SslMode::Require } else { SslMode::Disable });
        // A cut line has to be noticed while callers still wait: whether words of ours are unanswered or the answer is.
        config.connect_timeout(Duration::from_secs(2));
        config.tcp_user_timeout(Duration::from_secs(4));
        config.keepalives_idle(Duration::from_secs(4));
        config.keepalives_interval(Duration::from_secs(1));
        config.keepalives_retries(2);
        config.application_name("warifu-server");
        let asked = config.get_options().unwrap_or_default().to_owned();
        config.options(format!("{PLANS} {asked}").trim_end());
        Ok(Self { config, tls })
    }
}

/// Takes the words about encryption out of the address.
fn split(url: &str) -> (String, Words) {
    let Some((place, query)) = url.split_once('?') else { return (url.to_owned(), Words::default()) };
    let mut words = Words::default();
    let mut others = Vec::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = percent_decode_str(value).decode_utf8_lossy().into_owned();
        match name {
            "sslmode" => words.mode = Some(value),
            "sslrootcert" => words.root = Some(value.into()),
            "sslcert" => words.certificate = Some(value.into()),
            "sslkey" => words.key = Some(value.into()),
            _ => others.push(pair),
        }
    }
    let rest = if others.is_empty() { place.to_owned() } else { format!("{place}?{}", others.join("&")) };
    (rest, words)
}

impl Words {
    fn tls(self) -> Result<Tls, StoreError> {
        let root = self.root.ok_or(StoreError::Address(
            "sslmode=verify-full needs sslrootcert, the file with the certificate that the server's is signed by",
        ))?;
        let own = match (self.certificate, self.key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => return Err(StoreError::Address("sslcert and sslkey go together")),
        };
        Tls::open(&Files { root, own })
    }
}

fn is_near(config: &Config) -> bool {
    let names = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    });
    names && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> String {
        Address::parse(url).err().map_or_else(|| panic!("{url} was taken"), |why| why.to_string())
    }

    #[test]
    fn another_machine_is_reached_in_the_clear_only_when_the_address_says_so() {
        for near in ["127.0.0.1", "localhost", "[::1]", "127.0.0.1:1,127.0.0.1:2"] {
            assert!(
                Address::parse(&format!("postgres://w@{near}/w")).is_ok_and(|a| a.tls.is_none()),
                "{near}"
            );
        }
        let far = [
            "postgres://w@db1/w",
            "postgres://w@localhost,db1/w",
            "postgres://w@localhost/w?hostaddr=192.0.2.1",
            "postgres://w:sslmode=disable@db1/w",
        ];
        for far in far {
            assert!(refusal(far).contains("verify-full"), "{far}");
        }
        assert!(Address::parse("postgres://w@db1/w?sslmode=disable").is_ok_and(|a| a.tls.is_none()));
    }

    #[test]
    fn encryption_without_proof_of_who_answers_is_refused() {
        for mode in ["allow", "prefer", "require", "verify-ca", "Verify-Full", ""] {
            assert!(refusal(&format!("postgres://w@db1/w?sslmode={mode}")).contains("sslmode"), "{mode}");
        }
        assert!(refusal("postgres://w@db1/w?sslmode=verify-full").contains("sslrootcert"));
        let gone = "postgres://w@db1/w?sslmode=verify-full&sslrootcert=%2Fnowhere%2Froot.pem";
        assert!(refusal(gone).contains("sslrootcert"));
    }

    #[test]
    fn the_other_words_of_an_address_stay_the_drivers() {
        let url = "postgres://w@db1,db2/w?sslmode=disable&target_session_attrs=read-write&options=-c%20a%3Db";
        let Ok(address) = Address::parse(url) else { panic!("{url} was refused") };
        assert!(address.config.get_options().is_some_and(|options| options.ends_with("-c a=b")));
        assert!(
            refusal("postgres://w@db1/w?sslmode=disable&nonsense=1").contains("not a PostgreSQL address")
        );
        assert!(refusal("host=db1 user=w").contains("postgres://"));
    }
}
