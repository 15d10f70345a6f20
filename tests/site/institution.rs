//! Owns the proof that an institution is configuration: another name, colour, logo, limit, text and service ID.
//! Refuses to know the first institution's pages.
//! Invariant: nothing of the demo institution shows through, on no page and in no mail, and a colour that cannot be read is refused at start.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use harness::banking;
use harness::browser::Browser;
use harness::device::{self, Device, Typed};
use harness::mail::{self, Mail};
use harness::phone::digits;
use harness::portal::{CONFIRMATION_PASSWORD, Portal};
use harness::process::until;
use harness::programs;

use crate::crawl::{Eye, crawl};
use crate::stage::{MAIL, START_PASSWORD, Stage};

const NAME: &str = "角館信用組合";
const SERVICE_ID: &str = "20224466";
const LOGO: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4" fill="#7a1f2b"/></svg>"##;
/// What would give the first institution away.
const OF_THE_FIRST: [&str; 5] =
    ["仙北信用組合", "0187-00-0000", "senpoku@", "senpokushinyoukumiai", harness::centre::SERVICE_ID];

#[tokio::test(flavor = "multi_thread")]
async fn another_institution_is_its_settings_and_nothing_of_the_first_shows_through() {
    let mut stage = Stage::set().await;
    stage.go("/sign-in").await;
    let first = whole(&stage.browser).await;
    assert!(["仙北信用組合", "0187-00-0000"].iter().all(|words| of_the_first(&first).contains(words)));
    let folder = stage.folder.path().join("second");
    open_another(&mut stage, &folder);

    let page = stage.page();
    stage.go("/sign-in").await;
    let text = page.all_text().await;
    assert!(text.contains("かくのだてネット") && text.contains("0187-11-1111"), "{text}");
    assert!(page.read("news").await.contains("年末年始"));
    let colour = page.run("return getComputedStyle(document.querySelector('.head')).borderTopColor").await;
    assert_eq!(colour, "rgb(122, 31, 43)");
    let logo = page.run("return document.querySelector('.brand img').src").await;
    let logo =
        harness::http::client().get(logo.as_str().expect("an address")).send().await.expect("it answers");
    assert_eq!(logo.text().await.expect("a picture"), LOGO);

    println!("── every page");
    let mut reader = Reader::default();
    let eye = &mut reader;
    crawl(&stage, eye, "visitor", "/sign-in").await;
    crawl(&stage, eye, "visitor", "/staff/sign-in").await;
    stage.sign_in().await;
    page.see("screen-top").await;
    stage.apply().await;
    stage.confirm_with(&mail_of(&folder, "メール通知パスワード").await.password()).await;
    let root = certified(&stage, &folder);
    let phone = enrol(&stage, &root).await;
    crawl(&stage, eye, "initialised", "/otp").await;
    banking::transfer(page, "100,001").await;
    assert!(page.read("errors").await.contains("100,000円"), "the limit is the institution's own");
    page.fill("amount", "1,000").await;
    page.press("next").await;
    page.see("screen-transfer-confirm").await;
    eye.at(&stage.browser, "transfer").await;
    page.fill("confirmation-password", CONFIRMATION_PASSWORD).await;
    page.press("submit").await;
    page.see("screen-transfer-done").await;
    eye.at(&stage.browser, "transfer-done").await;
    stage.activate(&phone).await;
    crawl(&stage, eye, "active", "/").await;
    banking::change_limit(page, "500,000", &stage.code(&phone)).await;
    page.see("waiting-limit").await;
    banking::change_mail(page, "taro@new-home.example", &stage.code(&phone)).await;
    page.see("notice").await;
    stage.staff_begins("staff04").await;
    eye.at(&stage.browser, "staff-own-issue").await;
    page.fill("start-password", START_PASSWORD).await;
    page.fill("start-password-again", START_PASSWORD).await;
    page.press("issue").await;
    page.see("screen-own-token").await;
    let own = enrol(&stage, &root).await;
    page.fill("code", &stage.code(&own)).await;
    page.press("submit").await;
    page.see("screen-staff-search").await;
    crawl(&stage, eye, "staff", "/staff").await;
    crawl(&stage, eye, "staff", "/staff/member?id=m-0001").await;
    assert!(reader.pages > 30, "{} pages are not all", reader.pages);

    println!("── every mail");
    mail_of(&folder, "登録情報の変更").await;
    stage.mail.wait_for(MAIL, "ワンタイムパスワードの利用開始", 0).await;
    let (own, centres) = (mail::in_folder(&folder.join("portal/mail")), stage.mail.mails());
    assert!(own.len() >= 5 && centres.len() >= 3, "{} and {} mails", own.len(), centres.len());
    for Mail { subject, text, html, from, .. } in own.iter().chain(&centres) {
        let all = format!("{from}\n{subject}\n{text}\n{html}");
        assert!(subject.contains(NAME) && of_the_first(&all).is_empty(), "{all}");
    }
    assert!(own.iter().all(|mail| mail.from.contains(NAME)));
}

/// Puts the second institution's portal in the place of the first one's.
fn open_another(stage: &mut Stage, folder: &Path) {
    std::fs::create_dir_all(folder).expect("the test's folder can be written");
    let centre = stage.centre.folder().display().to_string();
    let mut add = vec!["institution", "add", "--service-id", SERVICE_ID, "--name", NAME, "--folder", &centre];
    add.extend(["--name-kana", "カクノダテシンヨウクミアイ", "--mail-from", "kakunodate@otp.example"]);
    std::fs::write(folder.join("bank.key"), operator(folder, &add)).expect("a key can be written");
    std::fs::write(folder.join("logo.svg"), LOGO).expect("a logo can be written");
    let settings = |accent: &str| {
        format!(
            "[institution]\nname = \"{NAME}\"\nsite = \"かくのだてネット\"\naccent = \"{accent}\"\nlogo = \"{}\"\n\
             news = \"年末年始は、12月31日から1月3日までお休みします。\"\nphone = \"0187-11-1111\"\n\
             phone_hours = \"平日 8:30～16:00\"\nsender_addresses = [\"kakunodate@bank.example\"]\n\
             [centre]\nkey_file = \"{}\"\n[mail]\nfrom = \"{NAME} <kakunodate@bank.example>\"\n\
             [limits]\nwithout_token_yen = 100000\n",
            folder.join("logo.svg").display(),
            folder.join("bank.key").display()
        )
    };
    let file = folder.join("portal.toml");
    std::fs::write(&file, settings("#ffd000")).expect("settings can be written");
    let mut refused = Portal::command(folder, &stage.clock, &stage.centre);
    let refused = refused.arg("--config").arg(&file).output().expect("the portal's program starts");
    let why = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && why.contains("#ffd000") && why.contains("contrast"), "{why}");
    std::fs::write(&file, settings("#7a1f2b")).expect("settings can be written");
    stage.portal = Portal::start_with(folder, &stage.clock, &stage.centre, &file);
}

/// The second institution's service card, signed with a root of its own, whose public half is given.
fn certified(stage: &Stage, folder: &Path) -> String {
    let centre = stage.centre.folder().display().to_string();
    let place = ["--folder", &*centre];
    let root = operator(folder, &["card", "keygen", "--out", "root.key"]).trim().to_owned();
    let draft = ["--service-id", SERVICE_ID, "--centre-url", "https://otp.example", "--out", "draft.json"];
    operator(folder, &[&["card", "draft"], &place[..], &draft].concat());
    operator(folder, &["card", "sign", "--root", "root.key", "--draft", "draft.json", "--out", "card.json"]);
    let card = ["--card", "card.json", "--root", &*root];
    operator(folder, &[&["card", "install"], &place[..], &card].concat());
    root
}

/// What the centre's own program says to its operator.
fn operator(folder: &Path, words: &[&str]) -> String {
    let done = Command::new(programs::qa("warifu-server")).current_dir(folder).args(words).output();
    let done = done.expect("the centre's own program starts");
    assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("what is said is text")
}

/// The app's 初期設定 with the IDs that the page shows, by an app that knows this root.
async fn enrol(stage: &Stage, root: &str) -> Device {
    let (centre, now) = (&stage.centre.url, stage.clock.now());
    let user_id = digits(&stage.page().read("user-id").await);
    assert_eq!(digits(&stage.page().read("service-id").await), SERVICE_ID);
    let card = device::card_under(root, centre, SERVICE_ID, now).await;
    let typed = Typed { service_id: SERVICE_ID, user_id: &user_id, start_password: START_PASSWORD };
    let enrolled = device::enrol_with(centre, &card, &typed, now, &mut device::rng()).await;
    enrolled.expect("the password is right")
}

/// Reads every page that it is shown.
#[derive(Default)]
struct Reader {
    pages: usize,
}

impl Eye for Reader {
    async fn at(&mut self, browser: &Browser, name: &str) -> bool {
        let html = whole(browser).await;
        assert!(html.contains(NAME), "{name} is nobody's:\n{html}");
        assert!(of_the_first(&html).is_empty(), "{name} says {:?}:\n{html}", of_the_first(&html));
        self.pages += 1;
        false
    }

    async fn in_english(&mut self, browser: &Browser, name: &str) {
        self.at(browser, name).await;
    }
}

/// A page with all that it has beside what can be seen.
async fn whole(browser: &Browser) -> String {
    let html = browser.page.run("return document.documentElement.outerHTML").await;
    html.as_str().expect("a page has a source").to_owned()
}

fn of_the_first(text: &str) -> Vec<&'static str> {
    OF_THE_FIRST.into_iter().filter(|words| text.contains(words)).collect()
}

/// The newest mail about this that the second portal has written as a file.
async fn mail_of(folder: &Path, subject: &str) -> Mail {
    until(&format!("a mail about {subject}"), Duration::from_secs(60), async || {
        let mails = mail::in_folder(&folder.join("portal/mail")).into_iter().rev();
        mails.into_iter().find(|mail| mail.subject.contains(subject))
    })
    .await
}
