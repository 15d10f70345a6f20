//! Owns machines with the app as a member has it: a home, a bus, a display, a real keyring, an identity.
//! Refuses to know what befalls them.
//! Invariant: the window and the app without it work on the same folder and the same keyring.

use std::path::{Path, PathBuf};
use std::time::Duration;

use harness::centre::{SERVICE_ID, request_id};
use harness::clock::{self, Clock};
use harness::page::Page;
use harness::phone::Ids;
use harness::process::Process;
use harness::programs;
use harness::session::{Bus, Session};
use harness::tpm;
use harness::window::{Opening, Window};
use serde_json::json;
use warifu_core::wire::bank::{Answer, Issued, Verdict};

use crate::phones::{START_PASSWORD, Seen, Stage, copy};

const PATIENCE: Duration = Duration::from_secs(120);

/// One machine.
pub(crate) struct Desktop {
    pub(crate) session: Session,
    pub(crate) folder: PathBuf,
    centre: String,
    clock: Clock,
}

impl Desktop {
    /// One that nothing was ever done on, with an unlocked keyring.
    pub(crate) async fn new(stage: &Stage, identity: &str) -> Self {
        let mut desktop = Self::on(stage, identity, Bus::Usual);
        desktop.session.start_keyring().await;
        desktop
    }

    /// One with this bus and no keyring.
    pub(crate) fn on(stage: &Stage, identity: &str, bus: Bus) -> Self {
        let folder = stage.folder.path().join(format!("desktop-{identity}"));
        std::fs::create_dir_all(&folder).expect("the test's folder can be written");
        let mut session = Session::open_on(&folder, bus);
        session.become_machine(&format!("{identity}-0123456789abcdef"));
        let clock = Clock::new(&folder);
        Self { session, folder, centre: stage.centre.url.clone(), clock }
    }

    /// Sets the clock of this machine alone, milliseconds from the right time.
    pub(crate) fn set_clock(&self, ahead: i64) {
        let beside = self.clock.file().with_extension("next");
        std::fs::write(&beside, ahead.to_string()).expect("the test's folder can be written");
        std::fs::rename(beside, self.clock.file()).expect("the test's folder can be written");
    }

    /// From the next start on its app finds no centre.
    pub(crate) fn lose_the_centre(&mut self) {
        "http://127.0.0.1:9".clone_into(&mut self.centre);
    }

    /// Where the app keeps its half.
    pub(crate) fn app_folder(&self) -> PathBuf {
        self.session.app_folder()
    }

    /// 初期設定 without the window.
    pub(crate) fn enrol(&self, ids: &Ids) -> Seen {
        self.enrol_with(ids, &[])
    }

    /// The same beside the tokens that are there.
    pub(crate) fn enrol_another(&self, ids: &Ids) -> Seen {
        self.enrol_with(ids, &["--another"])
    }

    fn enrol_with(&self, ids: &Ids, more: &[&str]) -> Seen {
        let typed = ["--service-id", &ids.service_id, "--user-id", &ids.user_id];
        self.run("enrol", &[&typed[..], &["--start-password", START_PASSWORD], more].concat())
    }

    /// The screen that the stored state asks for.
    pub(crate) fn look(&self) -> Seen {
        self.run("look", &[])
    }

    /// The screen of one token.
    pub(crate) fn look_at(&self, slot: u64) -> Seen {
        self.run("look", &["--slot", &slot.to_string()])
    }

    /// このトークンを削除する.
    pub(crate) fn remove(&self) -> Seen {
        self.run("remove", &[])
    }

    /// What the app says; a window that was just closed may still hold the folder.
    fn run(&self, verb: &str, arguments: &[&str]) -> Seen {
        loop {
            let seen = self.run_once(verb, arguments);
            if seen.screen != "already-open" {
                return seen;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn run_once(&self, verb: &str, arguments: &[&str]) -> Seen {
        let mut command = self.session.command(&programs::qa("phone"));
        command.arg(verb).arg("--folder").arg(self.app_folder().join("vault")).args(arguments);
        command.args(["--centre", &self.centre, "--patience", "60000"]);
        command.env(clock::VARIABLE, self.clock.file()).env_remove(tpm::VARIABLE);
        let said = Process::start("phone", &mut command, &self.folder).ready("", PATIENCE);
        serde_json::from_str(&said).unwrap_or_else(|why| panic!("{why}: {said}"))
    }

    /// The app's window.
    pub(crate) async fn open(&self) -> Window {
        let opening = Opening {
            session: &self.session,
            centre: &self.centre,
            clock: &self.clock,
            folder: &self.folder,
        };
        opening.open(&programs::qa("warifu")).await
    }

    /// A copy of its app's folder, kept in `name`.
    pub(crate) fn back_up(&self, what: &Path, name: &str) -> PathBuf {
        let kept = self.folder.join(name);
        copy(what, &kept);
        kept
    }
}

/// Puts a copy of a folder in the place of another, whatever was there.
pub(crate) fn restore(kept: &Path, over: &Path) {
    // What is not there need not be removed.
    let _ = std::fs::remove_dir_all(over);
    copy(kept, over);
}

/// トークン発行.
pub(crate) async fn issue(stage: &Stage, member: &str) -> Ids {
    let wish = json!({
        "request_id": request_id(), "mail": "taro@data-bank.co.jp", "start_password": START_PASSWORD,
    });
    let issued: Issued = stage.centre.ask(member, "issue", &wish).await.expect();
    Ids { service_id: SERVICE_ID.to_owned(), user_id: issued.user_id.to_string() }
}

/// What the centre says of a code; `what` is `activate` or `verify`.
pub(crate) async fn judged(stage: &Stage, member: &str, what: &str, code: Option<String>) -> Verdict {
    let mut question = json!({ "request_id": request_id(), "code": code.unwrap_or_else(|| panic!("{member}: no code to {what} with")) });
    if what == "verify" {
        question["purpose"] = json!("sign_in");
    }
    let answer: Answer = stage.centre.ask(member, what, &question).await.expect();
    answer.verdict
}

/// From a page that offers 新しく設定する to the empty form.
pub(crate) async fn start_over(page: &Page) {
    page.press("start-over").await;
    page.press("proceed").await;
    page.press("confirm").await;
    page.see("setup").await;
}
