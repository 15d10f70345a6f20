//! Owns what the portal's tests share: a portal in process, its clock, its mails, a browser without JavaScript.
//! Refuses to know any single screen.
//! Invariant: nothing here sleeps; time moves by the clock.

pub(crate) mod browser;
pub(crate) mod fake_centre;
pub(crate) mod routes;
pub(crate) mod staff;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine as _;
use tempfile::TempDir;
use warifu_core::time::UnixMillis;
use warifu_portal::App;
use warifu_portal::clock::Clock;
use warifu_portal::config::{BankKey, Config};
use warifu_portal::store::Store;

use self::browser::Browser;
use self::fake_centre::FakeCentre;

pub(crate) const LOGIN_ID: &str = "demo0001";
pub(crate) const MEMBER: &str = "m-0001";
pub(crate) const LOGIN_PASSWORD: &str = "senpoku-2026";
pub(crate) const CONFIRMATION: &str = "kakunin2026";
pub(crate) const MAIL: &str = "taro@data-bank.example";

/// A portal in process, with everything around it under the test's hands.
pub(crate) struct Portal {
    pub(crate) app: App,
    pub(crate) centre: FakeCentre,
    pub(crate) router: axum::Router,
    clock: Arc<AtomicI64>,
    folder: TempDir,
}

impl Portal {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let centre = FakeCentre::start().await;
        let folder = TempDir::new().unwrap();
        let clock = Arc::new(AtomicI64::new(1_795_000_000_000));
        let read = Arc::clone(&clock);
        let mut config =
            Config::demo(folder.path().to_owned(), &centre.url, BankKey::new(fake_centre::KEY)).unwrap();
        change(&mut config);
        let clock_port = Clock::from_fn(move || UnixMillis(read.load(Ordering::SeqCst)));
        let app = App::new(config, clock_port, Store::open(folder.path()).unwrap()).await.unwrap();
        Self { router: warifu_portal::router(app.clone()), app, centre, clock, folder }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// A browser in which the demo's first member has signed in without a code.
    pub(crate) async fn signed_in(&self) -> Browser {
        let mut browser = self.browser();
        browser.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/");
        browser
    }

    pub(crate) fn pass(&self, minutes: i64) {
        self.clock.fetch_add(minutes * 60_000, Ordering::SeqCst);
    }

    pub(crate) fn pass_seconds(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    /// The bodies of the mails sent so far, decoded, oldest first.
    pub(crate) async fn mails(&self) -> Vec<String> {
        self.emls().await.iter().map(|eml| decode(eml)).collect()
    }

    async fn emls(&self) -> Vec<String> {
        self.app.carry_mails().await.unwrap();
        let mut files: Vec<PathBuf> = match std::fs::read_dir(self.folder.path().join("mail")) {
            Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
            Err(_) => Vec::new(),
        };
        files.sort_by_key(|file| {
            let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
            let (at, id) = name.split_once('-').unwrap();
            (at.parse::<i64>().unwrap(), id.parse::<i64>().unwrap())
        });
        files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
    }

    /// The mails sent so far with whom they went to, oldest first.
    pub(crate) async fn letters(&self) -> Vec<(String, String)> {
        let recipient = |eml: &str| {
            let line = eml.lines().find_map(|line| line.strip_prefix("To: "));
            line.expect("a mail names its recipient").trim_matches(['<', '>']).to_owned()
        };
        self.emls().await.iter().map(|eml| (recipient(eml), decode(eml))).collect()
    }

    /// The newest メール通知パスワード.
    pub(crate) async fn mailed_password(&self) -> String {
        let mails = self.mails().await;
        let mail = mails.last().expect("a mail was sent");
        let (_, rest) = mail.split_once("メール通知パスワード　").expect("it holds a password");
        rest[..8].to_owned()
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("portal.db")
    }

    /// Every byte that the portal has put on disk.
    pub(crate) fn disk(&self) -> Vec<u8> {
        let files = ["portal.db", "portal.db-wal"];
        files
            .iter()
            .flat_map(|name| std::fs::read(self.folder.path().join(name)).unwrap_or_default())
            .collect()
    }
}

/// Fills BOT001 and goes on to 入力内容確認.
pub(crate) async fn apply(browser: &mut Browser, start_password: &str) {
    browser.get("/otp/issue").await.is(200);
    let fields = [
        ("mail", MAIL),
        ("mail_again", MAIL),
        ("start_password", start_password),
        ("start_password_again", start_password),
    ];
    browser.submit("/otp/issue", &fields).await.redirects_to("/otp/issue/confirm");
    browser.get("/otp/issue/confirm").await.is(200);
}

/// トークン発行 from its first page to 完了.
pub(crate) async fn issue(portal: &Portal, browser: &mut Browser) {
    apply(browser, "2580").await;
    let mailed = portal.mailed_password().await;
    let fields = [("mailed_password", &*mailed), ("confirmation_password", CONFIRMATION)];
    browser.submit("/otp/issue/confirm", &fields).await.redirects_to("/otp/issue/done");
}

/// 利用開始 after 発行 and the app's 初期設定.
pub(crate) async fn activate(portal: &Portal, browser: &mut Browser) {
    issue(portal, browser).await;
    portal.centre.initialise(MEMBER);
    browser.get("/otp/activate").await.is(200);
    let code = portal.centre.code(MEMBER);
    browser.submit("/otp/activate", &[("code", &code)]).await.redirects_to("/otp/activate/done");
}

/// The decoded text part of a mail.
fn decode(eml: &str) -> String {
    let (_, rest) = eml.split_once("text/plain").expect("a mail has a text part");
    let (head, body) = rest.split_once("\r\n\r\n").unwrap();
    let body = body.split("\r\n--").next().unwrap();
    if head.contains("base64") {
        let packed: String = body.split_whitespace().collect();
        return String::from_utf8(base64::engine::general_purpose::STANDARD.decode(packed).unwrap()).unwrap();
    }
    let joined = body.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        match (head.contains("quoted-printable"), first) {
            (true, b'=') => {
                bytes.extend(hex::decode(&after[..2]).unwrap());
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}
