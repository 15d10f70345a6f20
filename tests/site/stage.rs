//! Owns what these tests begin with: centre, portal, mail server and browser on one clock, and the people's first steps.
//! Refuses to know what is proved with them.
//! Invariant: one test at a time, so that they do not fight for the machine.

use harness::browser::Browser;
use harness::centre::{Centre, Wishes};
use harness::clock::Clock;
use harness::device::{self, Device, Typed};
use harness::mail::MailServer;
use harness::page::Page;
use harness::phone::digits;
use harness::portal::{CONFIRMATION_PASSWORD, LOGIN_PASSWORD, Portal};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

pub(crate) const LOGIN_ID: &str = "demo0001";
pub(crate) const MAIL: &str = "taro@data-bank.example.jp";
pub(crate) const START_PASSWORD: &str = "1949";
pub(crate) const STAFF_PASSWORD: &str = "senpoku-shokuin-2026";

/// The stage. Fields are dropped in this order: browser first, folder last.
pub(crate) struct Stage {
    pub(crate) browser: Browser,
    pub(crate) portal: Portal,
    pub(crate) centre: Centre,
    pub(crate) mail: MailServer,
    pub(crate) clock: Clock,
    pub(crate) folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let turn = ONE_AT_A_TIME.lock().await;
        let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
        let clock = Clock::new(folder.path());
        let mail = MailServer::start(folder.path()).await;
        let wishes = Wishes { smtp: Some(mail.url()), ..Wishes::default() };
        let centre = Centre::start(folder.path(), &clock, &wishes);
        let portal = Portal::start(folder.path(), &clock, &centre, Some(&mail.url()));
        let browser = Browser::open(folder.path()).await;
        Self { browser, portal, centre, mail, clock, folder, _turn: turn }
    }

    pub(crate) fn page(&self) -> &Page {
        &self.browser.page
    }

    pub(crate) async fn go(&self, path: &str) {
        self.page().go(&format!("{}{path}", self.portal.url)).await;
    }

    /// The member's passwords: to the top page, or to the page that asks for a code.
    pub(crate) async fn sign_in(&self) {
        self.go("/sign-in").await;
        self.page().fill("login-id", LOGIN_ID).await;
        self.page().fill("login-password", LOGIN_PASSWORD).await;
        self.page().press("sign-in").await;
    }

    /// BOT001 to 入力内容確認.
    pub(crate) async fn apply(&self) {
        let page = self.page();
        self.go("/otp/issue").await;
        page.fill("mail", MAIL).await;
        page.fill("mail-again", MAIL).await;
        page.fill("start-password", START_PASSWORD).await;
        page.fill("start-password-again", START_PASSWORD).await;
        page.press("next").await;
        page.see("mailed-password").await;
    }

    /// 入力内容確認 to トークン発行完了.
    pub(crate) async fn confirm(&self, mails_before: usize) {
        let page = self.page();
        let mail = self.mail.wait_for(MAIL, "メール通知パスワード", mails_before).await;
        let is_password = |word: &&str| word.len() == 8 && word.bytes().all(|b| b.is_ascii_alphanumeric());
        let line = mail.text.lines().find(|line| line.trim().starts_with("メール通知パスワード"));
        let words = line.expect("the mail names a password").split(|c: char| c.is_whitespace());
        page.fill("mailed-password", words.into_iter().find(is_password).expect("it has 8 characters")).await;
        page.fill("confirmation-password", CONFIRMATION_PASSWORD).await;
        page.press("confirm").await;
        page.see("screen-issued").await;
    }

    /// The app's 初期設定 with the IDs that the page shows.
    pub(crate) async fn enrol(&self, start_password: &str) -> Option<Device> {
        let page = self.page();
        let service_id = digits(&page.read("service-id").await);
        let user_id = digits(&page.read("user-id").await);
        let typed = Typed { service_id: &service_id, user_id: &user_id, start_password };
        device::enrol(&self.centre.url, &typed, self.clock.now()).await.ok()
    }

    /// A fresh code: of the next minute.
    pub(crate) fn code(&self, device: &Device) -> String {
        self.clock.next_step();
        device.code(self.clock.step())
    }

    /// The first sign-in of a member of staff up to the own token's IDs.
    pub(crate) async fn staff_begins(&self, id: &str) {
        let page = self.page();
        self.go("/staff/sign-in").await;
        page.fill("staff-id", id).await;
        page.fill("staff-password", STAFF_PASSWORD).await;
        page.press("sign-in").await;
        page.see("screen-own-issue").await;
    }

    /// From there to the search.
    pub(crate) async fn staff_goes_on(&self) {
        let page = self.page();
        page.fill("start-password", START_PASSWORD).await;
        page.fill("start-password-again", START_PASSWORD).await;
        page.press("issue").await;
        page.see("screen-own-token").await;
        let own = self.enrol(START_PASSWORD).await.expect("the password is right");
        page.fill("code", &self.code(&own)).await;
        page.press("submit").await;
        page.see("screen-staff-search").await;
    }
}
