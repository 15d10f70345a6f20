//! Owns the proof that what the institution's pages show below their QR codes opens in the app, as a link and as a text.
//! Refuses to know what a link says: it is taken from the page.
//! Invariant: the passwords are typed by the member, always.

use std::path::Path;
use std::time::Duration;

use harness::page::Page;
use harness::phone;
use harness::process::{Process, until};
use harness::programs;

use crate::applying::{self, START_PASSWORD};
use crate::stage::Stage;

const DAY: i64 = 86_400_000;

#[tokio::test(flavor = "multi_thread")]
async fn the_ids_come_from_the_page_by_its_text_and_by_its_link_which_the_system_opens_with_the_app() {
    let stage = Stage::set(None).await;
    let ids = applying::apply(&stage).await;
    let (link, text) = below_the_qr(&stage.browser.page).await;
    assert!(link.starts_with("warifu://setup?") && !link.contains(START_PASSWORD), "{link}");
    assert_eq!(link, text);

    println!("── the text, pasted");
    let opening = stage.opening(&stage.centre.url);
    let window = opening.open(&programs::qa("warifu")).await;
    let app = &window.page;
    app.see("setup").await;
    paste(app, &format!("{text}&start_password={START_PASSWORD}")).await;
    app.read_until("user-id-error", "番号を読み取れませんでした").await;
    paste(app, &text).await;
    until("both numbers", Duration::from_secs(60), async || is_filled_in(app, &ids).await.then_some(()))
        .await;
    assert_eq!(app.value("start-password").await, "");

    println!("── the link, by the system's own way to open one");
    for field in ["service-id", "user-id"] {
        app.fill(field, "1").await;
    }
    let entry = stage.session.data().join("applications/example.warifu.app.desktop");
    until("the app's entry", Duration::from_secs(60), async || entry.exists().then_some(())).await;
    let said = std::fs::read_to_string(&entry).expect("an entry can be read");
    assert!(said.contains("MimeType=x-scheme-handler/warifu;"), "{said}");
    let mut command = stage.session.command(Path::new("gio"));
    command.arg("launch").arg(&entry).arg(&link);
    let opener = Process::start("opener", &mut command, stage.folder.path());
    until("the numbers of the link", Duration::from_secs(60), async || {
        is_filled_in(app, &ids).await.then_some(())
    })
    .await;
    drop(opener);
    assert_eq!(app.value("start-password").await, "");
    app.fill("start-password", START_PASSWORD).await;
    app.press("agree").await;
    app.press_when_enabled("submit").await;
    phone::go_on_to_code(app).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_comes_from_the_page_by_its_link_and_by_its_text_and_is_booked_with_its_code() {
    let stage = Stage::set(None).await;
    let site = &stage.browser.page;
    let ids = applying::apply(&stage).await;
    let opening = stage.opening(&stage.centre.url);
    let window = opening.open(&programs::qa("warifu")).await;
    let app = &window.page;
    phone::set_up(app, &ids, START_PASSWORD).await;
    stage.clock.leave_at_least(30);
    let mut code = phone::code(app).await;
    applying::activate(site, &code).await;

    println!("── the limit of three days later");
    code = next_code(&stage, app, &code).await;
    site.press("nav-limit").await;
    site.fill("amount", "900000").await;
    site.fill("code", &code).await;
    site.press("submit").await;
    site.see("waiting-limit").await;
    stage.clock.advance(3 * DAY);
    code = next_code(&stage, app, &code).await;
    applying::sign_in(&stage).await;
    site.see("screen-code").await;
    site.fill("code", &code).await;
    site.press("submit").await;
    site.see("screen-top").await;

    println!("── the transfer, by its link");
    site.press("nav-transfer").await;
    for (field, typed) in [
        ("bank", "9999"),
        ("branch", "001"),
        ("number", "1000002"),
        ("payee", "せんぼく はなこ"),
        ("amount", "600000"),
    ] {
        site.fill(field, typed).await;
    }
    site.press("next").await;
    site.press("sign").await;
    site.see("screen-sign").await;
    let (link, text) = below_the_qr(site).await;
    assert!(link.starts_with("warifu://sign?q="), "{link}");
    assert_eq!(link, text);
    let mut command = stage.session.command(&programs::qa("warifu"));
    let opener = Process::start("opener", command.arg(&link), stage.folder.path());
    app.see("confirm").await;
    drop(opener);
    assert_eq!(app.read("amount").await, "600,000円");
    app.press("back").await;
    app.see("code").await;

    println!("── and by its text");
    super::open(app, "open-sign").await;
    app.fill("sign-qr", &text).await;
    app.press("submit").await;
    app.see("confirm").await;
    assert!(app.read("account").await.contains("1000002"));
    assert_eq!(app.read("amount").await, "600,000円");
    stage.clock.leave_at_least(30);
    app.press("confirm").await;
    let signed = super::sign::code(app).await;
    site.fill("code", &signed).await;
    site.press("submit").await;
    site.see("screen-transfer-done").await;
    assert_eq!(site.read("fact-amount").await, "600,000円");
    window.close().await;
}

/// この端末のアプリで開く, and the text to be copied.
async fn below_the_qr(page: &Page) -> (String, String) {
    page.see("qr").await;
    page.see("open-in-app").await;
    let link = page.run("return document.querySelector('[data-testid=\"open-in-app\"]').href").await;
    (link.as_str().unwrap_or_default().to_owned(), page.read("qr-text").await)
}

async fn paste(app: &Page, text: &str) {
    let script = format!(
        "const data = new DataTransfer();
        data.setData('text', '{text}');
        const event = new ClipboardEvent('paste', {{ clipboardData: data, bubbles: true, cancelable: true }});
        document.querySelector('[data-testid=\"user-id\"]').dispatchEvent(event);"
    );
    app.run(&script).await;
}

async fn is_filled_in(app: &Page, ids: &phone::Ids) -> bool {
    phone::digits(&app.value("service-id").await) == ids.service_id
        && phone::digits(&app.value("user-id").await) == ids.user_id
}

async fn next_code(stage: &Stage, app: &Page, old: &str) -> String {
    stage.clock.next_step();
    phone::other_code(app, old).await
}
