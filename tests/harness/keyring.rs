//! Owns the keyring of a session: a real gnome-keyring, unlocked, locked, ended, its files.
//! Refuses to know what lies in it.
//! Invariant: its password protects nothing; it is the same for every session, so that a copied file can be opened.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::process::{Process, until};
use crate::session::Session;

const READY: Duration = Duration::from_secs(20);
/// What a test's keyring is unlocked with.
pub const PASSWORD: &str = "a keyring of a test";
const SERVICE: &str = "org.freedesktop.secrets";
/// The collection that a keyring makes of the login's password.
const COLLECTION: &str = "/org/freedesktop/secrets/collection/login";

impl Session {
    /// Starts it, made and unlocked as a login would.
    pub async fn start_keyring(&mut self) {
        self.start_keyring_with(Some(PASSWORD)).await;
    }

    /// Starts it: unlocked with a password, or not at all.
    pub async fn start_keyring_with(&mut self, password: Option<&str>) {
        let mut daemon = self.command(Path::new("gnome-keyring-daemon"));
        daemon.args(["--foreground", "--components=secrets"]);
        if password.is_some() {
            daemon.arg("--unlock").stdin(Stdio::piped());
        }
        let mut keyring = Process::start("keyring", &mut daemon, self.folder());
        if let Some(password) = password {
            keyring.input().write_all(password.as_bytes()).expect("the keyring reads its password");
        }
        self.keyring = Some(keyring);
        until("the keyring on the bus", READY, async || self.has_keyring().then_some(())).await;
    }

    /// Ends it as a crash would; its file stays.
    pub fn end_keyring(&mut self) {
        if let Some(keyring) = self.keyring.take() {
            keyring.kill();
        }
    }

    /// Tries to unlock it with a password, as a login does: over its control socket. Tells whether it was the right one.
    pub fn unlock_keyring(&self, password: &str) -> bool {
        const UNLOCK: u32 = 1;
        let mut control =
            UnixStream::connect(self.home().join("run/keyring/control")).expect("the keyring has a socket");
        let length = u32::try_from(password.len()).expect("a password is short");
        let mut said = vec![0];
        for number in [12 + length, UNLOCK, length] {
            said.extend_from_slice(&number.to_be_bytes());
        }
        said.extend_from_slice(password.as_bytes());
        control.write_all(&said).expect("the keyring listens");
        let mut answer = [0; 8];
        control.read_exact(&mut answer).expect("the keyring answers");
        answer[4..] == [0; 4]
    }

    /// The folder of its files.
    pub fn keyrings(&self) -> PathBuf {
        self.data().join("keyrings")
    }

    /// Whether it says that it is locked.
    pub fn is_keyring_locked(&self) -> bool {
        let what = ["string:org.freedesktop.Secret.Collection", "string:Locked"];
        self.ask_keyring(COLLECTION, "org.freedesktop.DBus.Properties.Get", &what).contains("boolean true")
    }

    fn has_keyring(&self) -> bool {
        let mut question = self.question("org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner");
        said(question.arg(format!("string:{SERVICE}"))).contains("boolean true")
    }

    fn ask_keyring(&self, path: &str, method: &str, words: &[&str]) -> String {
        said(self.question(SERVICE, path, method).args(words))
    }

    fn question(&self, whom: &str, path: &str, method: &str) -> Command {
        let mut question = self.command(Path::new("dbus-send"));
        question.args(["--session", "--print-reply", &format!("--dest={whom}"), path, method]);
        question
    }
}

fn said(question: &mut Command) -> String {
    let answer = question.output().expect("dbus-send comes with dbus");
    String::from_utf8_lossy(&answer.stdout).into_owned()
}
