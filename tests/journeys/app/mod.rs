//! Owns the journeys through the app's own screens: a centre, a desktop and the window, without the institution's pages.
//! Refuses to know how the window draws.
//! Invariant: time passes by the stage's clock; the device's own clock is set by a file that no other program reads.

mod about;
mod clipboard;
mod expiry;
mod focus;
mod links;
mod offered;
mod refusals;
mod sign;
mod stale;
mod time;
mod uses;

use std::path::PathBuf;

use harness::centre::{Centre, SERVICE_ID, Wishes, request_id};
use harness::clock::Clock;
use harness::page::Page;
use harness::phone::{self, Ids};
use harness::programs;
use harness::session::Session;
use harness::window::{Opening, Window};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::MutexGuard;
use warifu_core::wire::bank::{Answer, Issued, Verdict};

use crate::stage::ONE_AT_A_TIME;

const START_PASSWORD: &str = "19490713";
const MEMBER: &str = "m-0001";
const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A member's desktop, and the centre.
struct Desk {
    centre: Centre,
    session: Session,
    clock: Clock,
    device_clock: PathBuf,
    folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Desk {
    async fn set() -> Self {
        let turn = ONE_AT_A_TIME.lock().await;
        let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
        let clock = Clock::new(folder.path());
        let centre = Centre::start(folder.path(), &clock, &Wishes::default());
        let mut session = Session::open(folder.path()).await;
        let device_clock = folder.path().join("device-clock");
        session.set("WARIFU_QA_SET_CLOCK", &device_clock);
        Self { centre, session, clock, device_clock, folder, _turn: turn }
    }

    /// Sets the device's clock, as a person does; milliseconds from the right time.
    fn set_device_clock(&self, ahead: i64) {
        let beside = self.device_clock.with_extension("next");
        std::fs::write(&beside, ahead.to_string()).expect("the test's folder can be written");
        std::fs::rename(beside, &self.device_clock).expect("the test's folder can be written");
    }

    async fn open(&self) -> Window {
        self.open_to(&self.centre.url).await
    }

    /// The window, which finds the centre at this address.
    async fn open_to(&self, centre: &str) -> Window {
        let opening =
            Opening { session: &self.session, centre, clock: &self.clock, folder: self.folder.path() };
        opening.open(&programs::qa("warifu")).await
    }

    /// トークン発行.
    async fn issue(&self) -> Ids {
        let mail = "taro@data-bank.co.jp";
        let wish = json!({ "request_id": request_id(), "mail": mail, "start_password": START_PASSWORD });
        let issued: Issued = self.centre.ask(MEMBER, "issue", &wish).await.expect();
        Ids { service_id: SERVICE_ID.to_owned(), user_id: issued.user_id.to_string() }
    }

    /// The window with a token in use, its code on show.
    async fn in_use(&self) -> Window {
        let ids = self.issue().await;
        let window = self.open().await;
        phone::set_up(&window.page, &ids, START_PASSWORD).await;
        let code = self.fresh_code(&window.page, "").await;
        assert_eq!(self.judge("activate", &code).await, Verdict::Accepted);
        window
    }

    /// The code on show, another one than `old`, with enough of its minute left.
    async fn fresh_code(&self, page: &Page, old: &str) -> String {
        self.clock.leave_at_least(20);
        phone::other_code(page, old).await
    }

    /// The code of the next minute.
    async fn next_code(&self, page: &Page) -> String {
        let old = phone::code(page).await;
        self.clock.next_step();
        phone::other_code(page, &old).await
    }

    async fn judge(&self, what: &str, code: &str) -> Verdict {
        let mut question = json!({ "request_id": request_id(), "code": code });
        if what == "verify" {
            question["purpose"] = json!("sign_in");
        }
        let answer: Answer = self.centre.ask(MEMBER, what, &question).await.expect();
        answer.verdict
    }

    async fn registration(&self) -> Value {
        self.centre.status(MEMBER).await["registration"].clone()
    }
}

/// 端末情報・時刻・履歴, from the code screen.
async fn open_about(page: &Page) {
    open(page, "open-about").await;
    page.see("about").await;
}

/// An entry of the code screen's menu.
async fn open(page: &Page, entry: &str) {
    page.see("code").await;
    page.press("menu").await;
    page.press(entry).await;
}
