//! Owns the journey of two of the staff: what one may do alone, what takes another one, what the member sees of both.
//! Refuses to know the portal inside; the staff have a browser of their own.
//! Invariant: money that was on its way when the token stopped has not moved.

use harness::banking;
use harness::browser::Browser;
use harness::page::Page;

use crate::applying::{self, MAIL, START_PASSWORD};
use crate::money::sign_in;
use crate::staff::{STAFF_PASSWORD, begin, enrol};
use crate::stage::Stage;

const HOUR: i64 = 3_600_000;
const REGISTERED: &str = "taro@home.example";
const MEMBER: &str = "m-0001";
const REASON: &str = "窓口で本人に確かめた";

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_staff_stopped_during_a_transfer_is_reinstated_and_released_only_by_a_second_person() {
    let stage = Stage::set_for("[staff]\nsecond_approval = true\n".to_owned()).await;
    let page = &stage.browser.page;
    let ids = applying::apply(&stage).await;
    let phone = enrol(&stage, &ids, START_PASSWORD).await.expect("the password is right");
    applying::activate(page, &phone.code(stage.clock.step())).await;
    let staff = Browser::open(&stage.folder.path().join("desk")).await;
    let desk = &staff.page;
    begin(&stage, desk, "staff01", STAFF_PASSWORD).await;

    println!("── 強制停止, while the member confirms a transfer");
    stage.clock.next_step();
    banking::transfer(page, "1,000").await;
    page.see("screen-transfer-confirm").await;
    page.fill("code", &phone.code(stage.clock.step())).await;
    look_up(&stage, desk).await;
    desk.press("suspend").await;
    desk.press("submit").await;
    desk.see("errors").await;
    desk.fill("reason", "不審な操作があるとの連絡").await;
    desk.press("submit").await;
    desk.see("screen-staff-member").await;
    assert_eq!(desk.read("registration").await, "停止中");
    page.press("submit").await;
    applying::sign_in(&stage).await;
    page.see("screen-suspended").await;
    stage.mail.wait_for(MAIL, "停止", 0).await;

    println!("── a clerk asks for 停止解除 and for the release of a lost phone, and can do neither alone");
    for (what, waits) in [("reinstate", "request-waits"), ("release", "release-waits")] {
        look_up(&stage, desk).await;
        desk.press(what).await;
        desk.press("identified-document").await;
        desk.fill("reason", REASON).await;
        desk.press("submit").await;
        desk.see(waits).await;
        assert_eq!(desk.read("registration").await, "停止中");
    }
    desk.press("nav-requests").await;
    desk.see("request").await;
    assert!(!desk.sees("approve").await, "nobody approves what they asked for");
    assert!(!desk.sees("request-due").await, "the 72 hours have not begun");
    leave(desk).await;

    println!("── an approver agrees to the first");
    begin(&stage, desk, "staff02", STAFF_PASSWORD).await;
    desk.press("nav-requests").await;
    assert_eq!(desk.read("request-reason").await, REASON);
    desk.press("approve").await;
    desk.see("screen-staff-member").await;
    assert_eq!(desk.read("registration").await, "利用中");
    stage.mail.wait_for(MAIL, "停止解除", 0).await;
    sign_in(&stage, &phone).await;
    page.see("release").await;
    assert!(!page.sees("release-due").await, "nobody has agreed to the release");
    page.press("nav-transfer").await;
    assert_eq!(page.read("used").await, "0円", "nothing has moved");

    println!("── and to the second");
    desk.press("nav-requests").await;
    desk.press("approve").await;
    desk.see("release-waits").await;
    desk.press("nav-requests").await;
    desk.see("request-due").await;
    page.press("nav-top").await;
    page.see("release-due").await;
    stage.clock.advance(71 * HOUR);
    sign_in(&stage, &phone).await;
    stage.clock.advance(2 * HOUR);
    for to in [REGISTERED, MAIL] {
        stage.mail.wait_for(to, "】利用解除のお知らせ", 0).await;
    }
    applying::sign_in(&stage).await;
    page.see("screen-top").await;
    applying::open_menu(page).await;
    assert_eq!(page.read("registration").await, "未登録");
    page.see("note").await;
}

/// The member's page, by the search.
async fn look_up(stage: &Stage, desk: &Page) {
    desk.go(&format!("{}/staff", stage.portal.url)).await;
    desk.fill("q", MEMBER).await;
    desk.press("search").await;
    desk.press("person").await;
    desk.see("screen-staff-member").await;
}

async fn leave(desk: &Page) {
    desk.press("sign-out").await;
    desk.see("screen-staff-sign-in").await;
}
