//! Owns a desktop session that belongs to one test: home, display, bus and an unlocked keyring of its own.
//! Refuses to know which programs run in it.
//! Invariant: nothing of the person's own session is reachable from inside.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::process::{Process, until};

const READY: Duration = Duration::from_secs(20);
/// What the test's own keyring is unlocked with; it protects nothing.
const KEYRING_PASSWORD: &str = "a keyring of a test";

/// A private session. Programs are started in it by [`Session::command`].
pub struct Session {
    home: PathBuf,
    display: String,
    bus_address: String,
    // Dropped in this order: the keyring first, then the bus it speaks over, then the display.
    keyring: Option<Process>,
    _bus: Process,
    _display: Process,
}

impl Session {
    /// Opens one below `folder`.
    pub async fn open(folder: &Path) -> Self {
        let home = folder.join("home");
        for name in ["", "data", "config", "cache", "run"] {
            std::fs::create_dir_all(home.join(name)).expect("the test's folder can be written");
        }
        let private = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(home.join("run"), private).expect("the test owns its folder");

        // Xvfb looks for a free display itself and says which one it took.
        let mut xvfb = Command::new("Xvfb");
        xvfb.args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]);
        let screen = Process::start("display", xvfb.stdin(Stdio::null()), folder);
        let display = format!(":{}", screen.ready("", READY));

        let mut daemon = Command::new("dbus-daemon");
        daemon.args(["--session", "--nofork", "--print-address=1"]).stdin(Stdio::null());
        dress(&mut daemon, &home, &display, None);
        let bus = Process::start("bus", &mut daemon, folder);
        let bus_address = bus.ready("", READY);

        let mut session = Self { home, display, bus_address, keyring: None, _bus: bus, _display: screen };
        session.open_keyring(folder).await;
        session
    }

    async fn open_keyring(&mut self, folder: &Path) {
        let mut daemon = self.command(Path::new("gnome-keyring-daemon"));
        daemon.args(["--unlock", "--foreground", "--components=secrets"]).stdin(Stdio::piped());
        let mut keyring = Process::start("keyring", &mut daemon, folder);
        keyring.input().write_all(KEYRING_PASSWORD.as_bytes()).expect("the keyring reads its password");
        self.keyring = Some(keyring);
        until("the keyring on the bus", READY, async || {
            let mut question = self.command(Path::new("dbus-send"));
            question.args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/"]);
            question.args(["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]);
            let answer = question.output().expect("dbus-send comes with dbus");
            String::from_utf8_lossy(&answer.stdout).contains("boolean true").then_some(())
        })
        .await;
    }

    /// A program that will run inside.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.stdin(Stdio::null());
        dress(&mut command, &self.home, &self.display, Some(&self.bus_address));
        command
    }

    /// Its display, as `DISPLAY` names it.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// Where programs inside keep their data.
    pub fn data(&self) -> PathBuf {
        self.home.join("data")
    }
}

fn dress(command: &mut Command, home: &Path, display: &str, bus: Option<&str>) {
    command
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("XDG_RUNTIME_DIR", home.join("run"))
        .env("DISPLAY", display)
        .env("LANG", "ja_JP.UTF-8")
        .env_remove("LC_ALL")
        .env_remove("LANGUAGE")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("XAUTHORITY")
        .env_remove("DBUS_SESSION_BUS_ADDRESS");
    if let Some(bus) = bus {
        command.env("DBUS_SESSION_BUS_ADDRESS", bus);
    }
}
