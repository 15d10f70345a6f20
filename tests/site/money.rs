//! Owns the walk to where only deeds, time and mistakes lead: transfers, limits, changes, a wrong clock, what has ended.
//! Refuses to judge a page; `look` does.
//! Invariant: it ends with a token that its member has stopped, which is returned.

use harness::banking::{self, PAYEE};
use harness::centre::SERVICE_ID;
use harness::device::Device;
use harness::portal::{CONFIRMATION_PASSWORD, LOGIN_PASSWORD};
use harness::visitor::Visitor;

use crate::crawl::Eye as _;
use crate::look::Look;
use crate::stage::{LOGIN_ID, START_PASSWORD, Stage};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// So many メール通知パスワード a member may ask for in an hour.
pub(crate) const MAILS_PER_HOUR: usize = 3;

pub(crate) async fn walk(stage: &Stage, look: &mut Look) -> Device {
    refused(stage, look).await;
    off_and_void(stage, look).await;
    stage.clock.advance(2 * 60 * MINUTE);
    without_a_code(stage, look).await;
    let phone = in_use(stage, look).await;
    signed(stage, look, &phone).await;
    renewed_and_ended(stage, look, &phone).await;
    stopped(stage, look).await
}

/// Forms that no page sends, and one that is sent too often; ends on 入力内容確認.
async fn refused(stage: &Stage, look: &mut Look) {
    let page = stage.page();
    println!("── forms that nobody is given");
    stage.sign_in().await;
    page.see("screen-top").await;
    for (name, spoil) in [
        ("forged", "document.querySelector('[action=\"/otp/issue\"] [name=csrf]').value = 'x'"),
        ("malformed", "document.querySelector('[action=\"/otp/issue\"] [name=form]').name = 'x'"),
    ] {
        stage.go("/otp/issue").await;
        page.run(spoil).await;
        page.press("next").await;
        page.see("screen-failure").await;
        look.at(&stage.browser, name).await;
    }
    stage.apply().await;
    for _ in 0..MAILS_PER_HOUR {
        page.press_on("resend").await;
    }
    page.see("screen-failure").await;
    look.at(&stage.browser, "too-many-mails").await;
    stage.go("/otp/issue/confirm").await;
}

async fn off_and_void(stage: &Stage, look: &mut Look) {
    let page = stage.page();
    println!("── a clock that is off, and a token that is void");
    stage.confirm(MAILS_PER_HOUR - 1).await;
    let mut phone = stage.enrol(START_PASSWORD).await.expect("the password is right");
    phone.ahead = 20;
    stage.go("/otp/activate").await;
    page.fill("code", &stage.code(&phone)).await;
    page.press("submit").await;
    page.see("clock-off").await;
    look.at(&stage.browser, "clock-off").await;
    page.press("resync").await;
    page.fill("first-code", &stage.code(&phone)).await;
    page.fill("second-code", &stage.code(&phone)).await;
    page.press("submit").await;
    page.see("screen-activate").await;
    look.at(&stage.browser, "resynced").await;
    for _ in 0..5 {
        if page.sees("issue").await {
            break;
        }
        page.fill("code", &phone.wrong_code(stage.clock.step())).await;
        page.press_on("submit").await;
    }
    page.see("issue").await;
    look.at(&stage.browser, "void").await;
    stage.go("/otp").await;
    look.at(&stage.browser, "menu-void").await;
}

/// What a member transfers before 利用開始; nobody sets the app up afterwards.
async fn without_a_code(stage: &Stage, look: &mut Look) {
    let page = stage.page();
    println!("── a transfer with 確認用パスワード, and an issue that nobody used");
    stage.sign_in().await;
    page.see("screen-top").await;
    stage.apply().await;
    stage.confirm(MAILS_PER_HOUR).await;
    banking::transfer(page, "1,000").await;
    page.see("screen-transfer-confirm").await;
    look.at(&stage.browser, "transfer-password").await;
    page.press("submit").await;
    page.see("errors").await;
    look.at(&stage.browser, "transfer-password-empty").await;
    page.fill("confirmation-password", CONFIRMATION_PASSWORD).await;
    page.press("submit").await;
    page.see("screen-transfer-done").await;
    look.at(&stage.browser, "transfer-done").await;
    look.on_paper(&stage.browser, "transfer-done").await;
    stage.clock.advance(8 * DAY);
    stage.sign_in().await;
    page.see("screen-top").await;
    stage.go("/otp").await;
    look.at(&stage.browser, "menu-issue-expired").await;
}

/// Everything that takes a code, and sessions elsewhere; ends with a higher limit that waits.
async fn in_use(stage: &Stage, look: &mut Look) -> Device {
    let page = stage.page();
    println!("── transfers, limits and changes with a code");
    stage.apply().await;
    stage.confirm(MAILS_PER_HOUR + 1).await;
    let phone = stage.enrol(START_PASSWORD).await.expect("the password is right");
    stage.activate(&phone).await;
    banking::transfer(page, "1,000").await;
    page.see("screen-transfer-confirm").await;
    look.at(&stage.browser, "transfer-code").await;
    page.press("stop").await;
    page.see("screen-transfer").await;
    look.at(&stage.browser, "transfer-stopped").await;
    banking::transfer(page, "1,000").await;
    page.see("screen-transfer-confirm").await;
    come_back(stage, [8, 8]).await;
    page.see("screen-transfer").await;
    look.at(&stage.browser, "transfer-late").await;

    banking::change_limit(page, "900,000", &stage.code(&phone)).await;
    page.see("waiting-limit").await;
    look.at(&stage.browser, "limit-waiting").await;
    page.press_on("take-back").await;
    look.at(&stage.browser, "limit-taken-back").await;
    banking::change_mail(page, "taro@new-home.example", &stage.code(&phone)).await;
    page.see("notice").await;
    look.at(&stage.browser, "details-changed").await;
    banking::change_limit(page, "900,000", &stage.code(&phone)).await;
    page.see("waiting-limit").await;

    let mut elsewhere = Visitor::new(&stage.portal.url);
    let passwords = [("login_id", LOGIN_ID), ("login_password", LOGIN_PASSWORD)];
    elsewhere.fill("/sign-in", &passwords).await;
    let code = stage.code(&phone);
    let entered = elsewhere.submit("/sign-in/code", "/sign-in/code", &[("code", &code)]).await;
    assert_eq!(entered.place(), "/", "{}", entered.body);
    stage.go("/sessions").await;
    look.at(&stage.browser, "sessions").await;
    page.press("end-others").await;
    page.see("notice").await;
    look.at(&stage.browser, "sessions-ended").await;
    phone
}

async fn signed(stage: &Stage, look: &mut Look, phone: &Device) {
    let page = stage.page();
    println!("── 取引認証");
    stage.clock.advance(3 * DAY);
    stage.sign_in_with(phone).await;
    banking::transfer(page, "600,000").await;
    page.see("sign").await;
    look.at(&stage.browser, "transfer-signature").await;
    page.press("sign").await;
    page.see("qr").await;
    look.at(&stage.browser, "sign").await;
    page.fill("code", &phone.signature(SERVICE_ID, PAYEE, 599_999, stage.clock.step())).await;
    page.press("submit").await;
    page.see("errors").await;
    look.at(&stage.browser, "sign-wrong").await;
    stage.go(&asked(stage, "/transfer/sign").await).await;
    come_back(stage, [6, 5]).await;
    page.see("notice").await;
    assert!(!page.sees("qr").await, "its time is not over");
    look.at(&stage.browser, "sign-over").await;
}

async fn renewed_and_ended(stage: &Stage, look: &mut Look, phone: &Device) {
    let page = stage.page();
    println!("── the last days of a token, and after them");
    stage.clock.advance(phone.facts.expires_at.0 - stage.clock.now().0 - 30 * DAY);
    stage.sign_in_with(phone).await;
    stage.go("/otp").await;
    look.at(&stage.browser, "menu-renewal").await;
    stage.apply().await;
    stage.confirm(MAILS_PER_HOUR + 2).await;
    stage.go("/otp").await;
    look.at(&stage.browser, "menu-renewing").await;
    stage.clock.advance(31 * DAY);
    stage.sign_in().await;
    page.see("screen-top").await;
    stage.go("/otp").await;
    look.at(&stage.browser, "menu-expired").await;
}

/// Another token, stopped by its member.
async fn stopped(stage: &Stage, look: &mut Look) -> Device {
    let page = stage.page();
    println!("── 心当たりがない");
    stage.apply().await;
    stage.confirm(MAILS_PER_HOUR + 3).await;
    let phone = stage.enrol(START_PASSWORD).await.expect("the password is right");
    stage.activate(&phone).await;
    stage.go("/otp/history").await;
    page.press("unknown").await;
    page.see("screen-stop").await;
    page.press("submit").await;
    page.see("screen-suspended").await;
    look.at(&stage.browser, "stopped-by-the-member").await;
    phone
}

/// Opens the page on show once more after so many minutes, with another page between, so that the session lives on.
async fn come_back(stage: &Stage, [first, second]: [i64; 2]) {
    let here = stage.page().run("return location.pathname + location.search").await;
    stage.clock.advance(first * MINUTE);
    stage.go("/").await;
    stage.page().see("screen-top").await;
    stage.clock.advance(second * MINUTE);
    stage.go(here.as_str().expect("a page has an address")).await;
}

/// The address of a page about the transfer whose form is on show.
async fn asked(stage: &Stage, path: &str) -> String {
    let id = stage.page().run("return document.querySelector('main [name=id]').value").await;
    format!("{path}?id={}", id.as_str().expect("a form names its transfer"))
}
