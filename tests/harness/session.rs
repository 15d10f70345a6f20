//! Owns a desktop session that belongs to one test: a machine's home, display, bus and identity of its own.
//! Refuses to know which programs run in it; its keyring is [`crate::keyring`]'s.
//! Invariant: nothing of the person's own session is reachable from inside.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::process::Process;

const READY: Duration = Duration::from_secs(20);
/// A machine identity for tests: the same for every start in one session.
const MACHINE: &str = "0123456789abcdef0123456789abcdef";
/// A bus that starts nothing by itself.
const BARE: &str = r#"<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"#;

/// A private session. Programs are started in it by [`Session::command`].
pub struct Session {
    home: PathBuf,
    folder: PathBuf,
    display: String,
    machine: String,
    mount: Option<String>,
    settings: Vec<(&'static str, OsString)>,
    bus_address: Option<String>,
    // Dropped in this order: the keyring first, then the bus it speaks over, then the display.
    pub(crate) keyring: Option<Process>,
    _bus: Option<Process>,
    _display: Process,
}

/// Which bus a session has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bus {
    /// The system's usual one, which starts services by itself.
    Usual,
    /// One that starts nothing.
    Bare,
    /// None.
    Without,
}

impl Session {
    /// Opens one below `folder`, with an unlocked keyring.
    pub async fn open(folder: &Path) -> Self {
        let mut session = Self::open_on(folder, Bus::Usual);
        session.start_keyring().await;
        session
    }

    /// Opens one below `folder`, with this bus and no keyring.
    pub fn open_on(folder: &Path, bus: Bus) -> Self {
        Self::open_with_screen(folder, bus, "1280x1024")
    }

    /// The same, with a screen of this size.
    pub fn open_with_screen(folder: &Path, bus: Bus, size: &str) -> Self {
        let home = folder.join("home");
        for name in ["", "data", "config", "cache", "run"] {
            std::fs::create_dir_all(home.join(name)).expect("the test's folder can be written");
        }
        let private = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(home.join("run"), private).expect("the test owns its folder");

        // Xvfb looks for a free display itself and says which one it took. Without `-noreset` it begins anew whenever
        // its last client leaves, and a program that comes at that moment finds no display.
        let mut xvfb = Command::new("Xvfb");
        xvfb.args(["-displayfd", "1", "-screen", "0", &format!("{size}x24"), "-nolisten", "tcp", "-noreset"]);
        xvfb.arg("-fbdir").arg(folder);
        let screen = Process::start("display", xvfb.stdin(Stdio::null()), folder);
        let display = format!(":{}", screen.ready("", READY));
        let machine = MACHINE.to_owned();
        let mut session = Self {
            home,
            folder: folder.to_owned(),
            display,
            machine,
            mount: None,
            settings: Vec::new(),
            bus_address: None,
            keyring: None,
            _bus: None,
            _display: screen,
        };
        if bus != Bus::Without {
            let mut daemon = session.command(Path::new("dbus-daemon"));
            daemon.args(["--nofork", "--print-address=1"]);
            if bus == Bus::Bare {
                let config = folder.join("bus.conf");
                std::fs::write(&config, BARE).expect("the test's folder can be written");
                daemon.arg("--config-file").arg(config);
            } else {
                daemon.arg("--session");
            }
            let bus = Process::start("bus", &mut daemon, folder);
            session.bus_address = Some(bus.ready("", READY));
            session._bus = Some(bus);
        }
        session
    }

    /// A program that will run inside.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = match &self.mount {
            None => Command::new(program),
            Some(script) => {
                let mut apart = Command::new("unshare");
                // Whoever is not root becomes root in a namespace of users, and of mounts alone.
                apart.args(if nix::unistd::geteuid().is_root() { &["-m"][..] } else { &["-m", "-r"] });
                apart.args(["sh", "-ec", &format!("{script}; exec \"$@\""), "sh"]).arg(program);
                apart
            }
        };
        command.stdin(Stdio::null());
        command
            .env("HOME", &self.home)
            .env("XDG_DATA_HOME", self.data())
            .env("XDG_CONFIG_HOME", self.home.join("config"))
            .env("XDG_CACHE_HOME", self.home.join("cache"))
            .env("XDG_RUNTIME_DIR", self.home.join("run"))
            .env("DISPLAY", &self.display)
            .env("LANG", "ja_JP.UTF-8")
            .env("WARIFU_QA_MACHINE_ID", &self.machine)
            .env(
                "DBUS_SYSTEM_BUS_ADDRESS",
                format!("unix:path={}", self.folder.join("no-system-bus").display()),
            )
            .env_remove("LC_ALL")
            .env_remove("LANGUAGE")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("XAUTHORITY")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .envs(self.settings.iter().map(|(name, value)| (name, value)));
        if let Some(address) = &self.bus_address {
            command.env("DBUS_SESSION_BUS_ADDRESS", address);
        }
        command
    }

    /// The address of its bus.
    pub fn bus_address(&self) -> &str {
        self.bus_address.as_deref().expect("the session was opened with a bus")
    }

    /// Its display, as `DISPLAY` names it.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// What is on the display, in the XWD format, as it changes.
    pub fn screen_memory(&self) -> PathBuf {
        self.folder.join("Xvfb_screen0")
    }

    /// Where programs inside keep their data.
    pub fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    /// Its home.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Where the logs of this session's programs go.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the app keeps its half, which is what a copy of "the app's folder" copies.
    pub fn app_folder(&self) -> PathBuf {
        self.data().join("example.warifu.app")
    }

    /// Programs that are started from now on see the disk as this script of mounts makes it, and nobody else does;
    /// none: as it is.
    pub fn mount(&mut self, script: Option<String>) {
        self.mount = script;
    }

    /// Programs that are started from now on are told this, too.
    pub fn set(&mut self, name: &'static str, value: impl Into<OsString>) {
        self.settings.push((name, value.into()));
    }

    /// Gives the machine another identity: programs that are started from now on are told this one.
    pub fn become_machine(&mut self, identity: &str) {
        self.machine = identity.to_owned();
    }
}
