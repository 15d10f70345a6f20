//! Owns the journeys of what a member changes: where mails go, whether to go on, the clock's offset, sessions elsewhere.
//! Refuses to know the portal inside; the devices are the core's own half.
//! Invariant: a mail that did not arrive was refused by a real mail server, and a second browser is a second browser.

use std::time::Duration;

use harness::banking;
use harness::browser::Browser;
use harness::portal::CONFIRMATION_PASSWORD;
use harness::process::until;
use sha2::{Digest as _, Sha256};

use crate::applying::{self, MAIL, START_PASSWORD};
use crate::money::sign_in;
use crate::staff::enrol;
use crate::stage::Stage;

const REGISTERED: &str = "taro@home.example";
const NEW_MAIL: &str = "taro@new-mail.example.jp";

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_was_refused_is_sent_again_or_elsewhere_and_an_application_can_be_stopped() {
    let stage = Stage::set(None).await;
    let page = &stage.browser.page;

    println!("── 申込を中止する before anything was issued");
    applying::sign_in(&stage).await;
    page.see("screen-top").await;
    applying::open_menu(page).await;
    apply(&stage).await;
    page.press("cancel-application").await;
    page.see("screen-menu").await;
    page.see("notice").await;
    assert_eq!(page.read("registration").await, "未登録");

    println!("── トークン発行のご案内 is refused");
    apply(&stage).await;
    applying::mailed_password(&stage, 1).await;
    stage.mail.refuse(&[MAIL]);
    let ids = applying::confirm(&stage, 1).await;
    wait_for_fate(&stage, true).await;
    page.press("resend").await;
    page.see("notice").await;
    wait_for_fate(&stage, true).await;

    println!("── 再送, to a mailbox that is there again");
    stage.mail.refuse(&[]);
    page.press("resend").await;
    page.see("notice").await;
    stage.mail.wait_for(MAIL, "トークン発行のご案内", 0).await;
    wait_for_fate(&stage, false).await;

    println!("── 宛先の変更");
    page.press("readdress").await;
    page.see("screen-readdress").await;
    assert_eq!(page.read("mail-to").await, MAIL);
    for (again, password) in [(MAIL, CONFIRMATION_PASSWORD), (NEW_MAIL, "kakunin0000")] {
        page.fill("mail", NEW_MAIL).await;
        page.fill("mail-again", again).await;
        page.fill("confirmation-password", password).await;
        page.press_on("submit").await;
        page.see("errors").await;
        assert_eq!(page.value("mail").await, NEW_MAIL, "what was typed is kept");
        assert_eq!(page.value("confirmation-password").await, "");
    }
    page.fill("confirmation-password", CONFIRMATION_PASSWORD).await;
    page.press("submit").await;
    page.see("screen-menu").await;
    assert_eq!(page.read("mail-to").await, NEW_MAIL);
    stage.mail.wait_for(NEW_MAIL, "トークン発行のご案内", 0).await;
    stage.mail.wait_for(MAIL, "お知らせの送付先の変更", 0).await;

    println!("── 申込を中止する after it was issued");
    page.press("activate").await;
    page.press("cancel-application").await;
    page.see("screen-cancel").await;
    page.press("back").await;
    page.see("screen-activate").await;
    page.press("cancel-application").await;
    page.press("confirm").await;
    page.see("screen-menu").await;
    assert_eq!(page.read("registration").await, "未登録");
    assert!(page.is_enabled("issue").await && !page.is_enabled("activate").await);
    assert!(enrol(&stage, &ids, START_PASSWORD).await.is_err(), "the user ID is good for nothing any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_off_is_followed_and_its_owner_changes_the_mail_address_and_ends_a_session_elsewhere()
{
    let app = tempfile::NamedTempFile::new().expect("the system has a folder for temporary files");
    std::fs::write(app.path(), [7; 123_456]).expect("a file can be written");
    let address = "https://banking.example/warifu.deb";
    let stage = Stage::set_for(format!(
        "[[download]]\nplatform = \"linux\"\naddress = \"{address}\"\nfile = \"{}\"\n",
        app.path().display()
    ))
    .await;
    let page = &stage.browser.page;

    println!("── アプリのダウンロード");
    let ids = applying::apply(&stage).await;
    applying::open_menu(page).await;
    page.press("download").await;
    let offer = page.read("download-linux").await;
    assert!(
        offer.contains(&hex::encode(Sha256::digest([7; 123_456]))) && offer.contains("123456"),
        "{offer}"
    );
    let link = "return document.querySelector('[data-testid=download-linux] a').href";
    assert_eq!(page.run(link).await, address);
    let first = "return document.querySelector('[data-testid^=download-]').dataset.testid";
    assert_eq!(page.run(first).await, "download-linux", "the visiting device's comes first");
    assert!(page.run("return document.querySelector('[data-testid=download-android] a')").await.is_null());
    page.press("back").await;

    println!("── a clock that is twenty minutes ahead");
    let mut phone = enrol(&stage, &ids, START_PASSWORD).await.expect("the password is right");
    phone.ahead = 20;
    let code = || phone.code(stage.clock.step());
    stage.clock.next_step();
    applying::open_menu(page).await;
    page.press("activate").await;
    page.fill("code", &code()).await;
    page.press("submit").await;
    page.see("errors").await;
    page.see("clock-off").await;
    page.press("resync").await;
    page.see("screen-resync").await;
    page.fill("first-code", &code()).await;
    page.fill("second-code", &code()).await;
    page.press("submit").await;
    page.see("errors").await;
    stage.clock.next_step();
    page.fill("first-code", &code()).await;
    stage.clock.next_step();
    page.fill("second-code", &code()).await;
    page.press("submit").await;
    page.see("screen-activate").await;
    page.see("notice").await;
    page.fill("code", &code()).await;
    page.press("submit").await;
    page.see("errors").await;
    stage.clock.next_step();
    page.fill("code", &code()).await;
    page.press("submit").await;
    page.see("screen-activated").await;
    applying::sign_out(page).await;
    sign_in(&stage, &phone).await;

    println!("── 登録情報の変更");
    banking::change_mail(page, NEW_MAIL, &code()).await;
    page.see("errors").await;
    assert_eq!(page.value("mail").await, NEW_MAIL, "a used code changes nothing, and what was typed is kept");
    assert_eq!(page.read("registered-mail").await, REGISTERED);
    stage.clock.next_step();
    page.fill("code", &code()).await;
    page.press("submit").await;
    page.see("notice").await;
    assert_eq!(page.read("registered-mail").await, NEW_MAIL);
    for to in [REGISTERED, NEW_MAIL] {
        stage.mail.wait_for(to, "登録情報の変更", 0).await;
    }

    println!("── ログイン中の端末");
    let elsewhere = Browser::open(&stage.folder.path().join("elsewhere")).await;
    stage.clock.next_step();
    applying::sign_in_at(&stage, &elsewhere.page).await;
    elsewhere.page.see("screen-code").await;
    elsewhere.page.fill("code", &code()).await;
    elsewhere.page.press("submit").await;
    elsewhere.page.see("screen-top").await;
    page.press("nav-top").await;
    page.press("sessions").await;
    let rows = "return document.querySelectorAll('[data-testid=sessions] tbody tr').length";
    page.see("end-others").await;
    assert_eq!(page.run(rows).await, 2);
    page.press("end-others").await;
    page.see("notice").await;
    assert_eq!(page.run(rows).await, 1);
    elsewhere.page.press("nav-transfer").await;
    elsewhere.page.see("screen-sign-in").await;
    page.press("nav-transfer").await;
    page.see("screen-transfer").await;
}

/// From the menu to 入力内容確認.
async fn apply(stage: &Stage) {
    let page = &stage.browser.page;
    page.press("issue").await;
    applying::fill_in_application(page).await;
    page.press("next").await;
    page.see("mailed-password").await;
}

/// Opens the menu until it says that the newest mail was refused, or that it was not.
async fn wait_for_fate(stage: &Stage, is_refused: bool) {
    let page = &stage.browser.page;
    let is_problem =
        "return document.querySelector('[data-testid=mail-state]')?.classList.contains('problem')";
    until(&format!("a mail that was refused: {is_refused}"), Duration::from_secs(60), async || {
        page.go(&format!("{}/otp", stage.portal.url)).await;
        page.see("screen-menu").await;
        (page.run(is_problem).await == is_refused).then_some(())
    })
    .await;
}
