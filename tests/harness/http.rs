//! Owns plain HTTP to programs on this machine.
//! Refuses to know what is asked.
//! Invariant: a program that does not answer is a failure within a minute, not a hang.

use std::sync::OnceLock;
use std::time::Duration;

/// A client; cheap to ask for.
pub fn client() -> reqwest::Client {
    static CLIENT: OnceLock<()> = OnceLock::new();
    CLIENT.get_or_init(|| {
        // An error says that another test of this process has chosen it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(60))
        .build()
        .expect("a client without special wishes can be made")
}
