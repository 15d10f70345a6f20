//! Owns machines with the app and without its window: a folder, a keyring, an identity, perhaps a TPM; and a centre.
//! Refuses to know how the app keeps keys.
//! Invariant: every call is a start of the app of its own; what it says comes from the disk, the centre and the TPM.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use harness::centre::{Centre, SERVICE_ID, Wishes, request_id};
use harness::clock::{self, Clock};
use harness::process::Process;
use harness::{programs, tpm};
use serde::Deserialize;
use serde_json::json;
use tempfile::TempDir;
use warifu_core::otp::Step;
use warifu_core::wire::bank::{Answer, Issued, Verdict};
use warifu_core::wire::device::VaultLevel;

/// What every issue of these tests is opened with.
pub(crate) const START_PASSWORD: &str = "19490713";
/// The identity that a machine has when it is not said otherwise.
const MACHINE: &str = "0123456789abcdef0123456789abcdef";
const PATIENCE: Duration = Duration::from_secs(120);

/// A centre, a clock and a folder for everything.
pub(crate) struct Stage {
    pub(crate) centre: Centre,
    pub(crate) clock: Clock,
    pub(crate) folder: TempDir,
    reached_at: String,
}

/// One machine.
#[derive(Clone)]
pub(crate) struct Machine {
    /// Below it lie `app` and `keyring`.
    pub(crate) folder: PathBuf,
    pub(crate) identity: &'static str,
    /// How the app finds a TPM; none means that there is none.
    pub(crate) tcti: Option<String>,
    /// The user that the app runs as, and a copy of the program that this user may run.
    pub(crate) user: Option<(u32, PathBuf)>,
    /// How long it waits for one answer, milliseconds.
    pub(crate) patience: u32,
    centre: String,
    clock: PathBuf,
}

/// What the app says of itself.
#[derive(Debug, Deserialize)]
pub(crate) struct Seen {
    pub(crate) screen: String,
    pub(crate) serial: Option<String>,
    pub(crate) code: Option<String>,
    /// The page in place of a code.
    pub(crate) trouble: Option<String>,
    pub(crate) level: Option<VaultLevel>,
    pub(crate) without_hardware: Option<String>,
}

impl Stage {
    pub(crate) fn set() -> Self {
        Self::set_behind(None)
    }

    /// With a centre that devices reach there, when that is not its own address.
    pub(crate) fn set_behind(public_url: Option<String>) -> Self {
        let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
        let clock = Clock::new(folder.path());
        let wishes = Wishes { public_url: public_url.clone(), ..Wishes::default() };
        let centre = Centre::start(folder.path(), &clock, &wishes);
        let reached_at = public_url.unwrap_or_else(|| centre.url.clone());
        Self { centre, clock, folder, reached_at }
    }

    /// A machine that nothing was ever done on.
    pub(crate) fn machine(&self, name: &str, tcti: Option<String>) -> Machine {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).expect("the test's folder can be written");
        let (centre, clock) = (self.reached_at.clone(), self.clock.file().to_owned());
        Machine { folder, identity: MACHINE, tcti, user: None, patience: 60_000, centre, clock }
    }

    /// トークン発行, and 初期設定 with it.
    pub(crate) async fn enrol(&self, machine: &Machine, member: &str) -> Seen {
        machine.enrol(&self.issue(member).await)
    }

    /// トークン発行: the user ID.
    pub(crate) async fn issue(&self, member: &str) -> String {
        let wish = json!({
            "request_id": request_id(), "mail": "taro@data-bank.co.jp", "start_password": START_PASSWORD,
        });
        let issued: Issued = self.centre.ask(member, "issue", &wish).await.expect();
        issued.user_id.to_string()
    }

    /// 利用開始 with the code that the machine shows.
    pub(crate) async fn activate(&self, member: &str, machine: &Machine) -> Verdict {
        let question = json!({ "request_id": request_id(), "code": machine.look().code });
        let answer: Answer = self.centre.ask(member, "activate", &question).await.expect();
        answer.verdict
    }

    /// Looks twice in one step, and gives what was seen with that step.
    pub(crate) fn look_twice(&self, machine: &Machine) -> (Step, [Seen; 2]) {
        loop {
            let step = self.clock.step();
            let seen = [machine.look(), machine.look()];
            if self.clock.step() == step {
                return (step, seen);
            }
        }
    }
}

impl Machine {
    /// 初期設定.
    pub(crate) fn enrol(&self, user_id: &str) -> Seen {
        let typed = ["--service-id", SERVICE_ID, "--user-id", user_id, "--start-password", START_PASSWORD];
        self.run("enrol", &typed)
    }

    /// The screen that the stored state asks for.
    pub(crate) fn look(&self) -> Seen {
        self.run("look", &[])
    }

    /// このトークンを削除する.
    pub(crate) fn remove(&self) -> Seen {
        self.run("remove", &[])
    }

    /// All that lies on this machine, carried to another.
    pub(crate) fn copied_to(&self, name: &str, tcti: Option<String>) -> Self {
        let folder = self.folder.with_file_name(name);
        copy(&self.folder, &folder);
        Self { folder, tcti, ..self.clone() }
    }

    fn run(&self, verb: &str, arguments: &[&str]) -> Seen {
        let program = self.user.as_ref().map_or_else(|| programs::qa("phone"), |(_, copy)| copy.clone());
        let mut command = Command::new(program);
        command.arg(verb).arg("--folder").arg(self.folder.join("app"));
        command.arg("--keyring-dir").arg(self.folder.join("keyring")).args(["--centre", &self.centre]);
        command.args(["--patience", &self.patience.to_string()]).args(arguments).stdin(Stdio::null());
        command.env("WARIFU_QA_MACHINE_ID", self.identity).env(clock::VARIABLE, &self.clock);
        command.env_remove(tpm::VARIABLE).envs(self.tcti.as_ref().map(|tcti| (tpm::VARIABLE, tcti)));
        if let Some((user, _)) = &self.user {
            command.uid(*user).gid(*user);
        }
        let said = Process::start("phone", &mut command, &self.folder).ready("", PATIENCE);
        serde_json::from_str(&said).unwrap_or_else(|why| panic!("{why}: {said}"))
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("the test's folder can be written");
    for entry in std::fs::read_dir(from).expect("a machine has a folder") {
        let entry = entry.expect("the folder can be listed");
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).expect("the test's folder can be written");
        }
    }
}
