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
use harness::portal::{self, CONFIRMATION_PASSWORD, LOGIN_PASSWORD, Portal};
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
        Self::set_with(portal::Wishes::default(), Vec::new()).await
    }

    /// Where two of the staff have to agree.
    pub(crate) async fn set_for_two() -> Self {
        let settings = "[staff]\nsecond_approval = true\n".to_owned();
        Self::set_with(portal::Wishes { settings, ..Default::default() }, Vec::new()).await
    }

    /// With wishes about the portal, and settings of the centre by the names of their variables.
    pub(crate) async fn set_with(portal: portal::Wishes, settings: Vec<(&'static str, String)>) -> Self {
        let turn = ONE_AT_A_TIME.lock().await;
        let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
        let clock = Clock::new(folder.path());
        let mail = MailServer::start(folder.path()).await;
        let wishes = Wishes { smtp: Some(mail.url()), settings, ..Wishes::default() };
        let centre = Centre::start(folder.path(), &clock, &wishes);
        let wishes = portal::Wishes { smtp: Some(mail.url()), ..portal };
        let portal = Portal::start_as(folder.path(), &clock, &centre, &wishes);
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

    /// The passwords and a code, to トップページ.
    pub(crate) async fn sign_in_with(&self, phone: &Device) {
        self.sign_in().await;
        self.page().see("screen-code").await;
        self.page().fill("code", &self.code(phone)).await;
        self.page().press("submit").await;
        self.page().see("screen-top").await;
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
        let mail = self.mail.wait_for(MAIL, "メール通知パスワード", mails_before).await;
        self.confirm_with(&mail.password()).await;
    }

    /// The same with the password of a mail that was read elsewhere.
    pub(crate) async fn confirm_with(&self, mailed_password: &str) {
        let page = self.page();
        page.fill("mailed-password", mailed_password).await;
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

    /// 利用開始 to its 完了.
    pub(crate) async fn activate(&self, phone: &Device) {
        self.go("/otp/activate").await;
        self.page().fill("code", &self.code(phone)).await;
        self.page().press("submit").await;
        self.page().see("screen-activated").await;
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

    /// From there to the search; gives the own token.
    pub(crate) async fn staff_goes_on(&self) -> Device {
        let page = self.page();
        page.fill("start-password", START_PASSWORD).await;
        page.fill("start-password-again", START_PASSWORD).await;
        page.press("issue").await;
        page.see("screen-own-token").await;
        let own = self.enrol(START_PASSWORD).await.expect("the password is right");
        page.fill("code", &self.code(&own)).await;
        page.press("submit").await;
        page.see("screen-staff-search").await;
        own
    }

    /// To the page before the sign-in.
    pub(crate) async fn staff_leaves(&self) {
        self.go("/staff").await;
        self.page().press("sign-out").await;
        self.page().see("screen-staff-sign-in").await;
    }
}
