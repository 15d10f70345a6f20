//! Owns the journeys of a phone that is lost, changed or set up too late, and of a mail server that was down.
//! Refuses to know the portal inside; the devices are the core's own half.
//! Invariant: the member ends signed in with the phone at hand, whatever happened before.

use std::time::Duration;

use harness::portal::CONFIRMATION_PASSWORD;
use harness::process::until;

use crate::applying::{self, MAIL, START_PASSWORD};
use crate::money::sign_in;
use crate::staff::{self, enrol, first_sign_in};
use crate::stage::Stage;

const HOUR: i64 = 3_600_000;
const REGISTERED: &str = "taro@home.example";
const MEMBER: &str = "m-0001";

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_phone_is_released_after_72_hours_unless_its_owner_takes_it_back() {
    let stage = Stage::set(None).await;
    let page = &stage.browser.page;
    let ids = applying::apply(&stage).await;
    let phone = enrol(&stage, &ids, START_PASSWORD).await.expect("the password is right");
    applying::activate(page, &phone.code(stage.clock.step())).await;

    println!("── somebody says that the phone is lost; its owner takes it back");
    let staffs = first_sign_in(&stage).await;
    ask_for_release(&stage).await;
    for to in [REGISTERED, MAIL] {
        stage.mail.wait_for(to, "利用解除", 0).await;
    }
    page.go(&stage.portal.url).await;
    page.see("release-due").await;
    page.press("take-release-back").await;
    assert!(page.read("notice").await.contains("取りやめました"));
    stage.clock.advance(73 * HOUR);
    sign_in(&stage, &phone).await;

    println!("── it is lost indeed");
    page.go(&format!("{}/staff", stage.portal.url)).await;
    staff::sign_in(page).await;
    page.see("screen-staff-code").await;
    page.fill("code", &staffs.code(stage.clock.step())).await;
    page.press("submit").await;
    page.see("screen-staff-search").await;
    ask_for_release(&stage).await;
    stage.clock.advance(71 * HOUR);
    applying::sign_in(&stage).await;
    page.see("screen-code").await;
    page.press("lost-phone").await;
    assert!(page.read("screen-lost-phone").await.contains("72時間"));
    stage.clock.advance(2 * HOUR);
    stage.mail.wait_for(REGISTERED, "】利用解除のお知らせ", 0).await;

    println!("── the password alone, and another phone");
    applying::sign_in(&stage).await;
    page.see("screen-top").await;
    applying::open_menu(page).await;
    assert_eq!(page.read("registration").await, "未登録");
    page.press("issue").await;
    applying::fill_in_application(page).await;
    page.press("next").await;
    let ids = applying::confirm(&stage, 1).await;
    let other = enrol(&stage, &ids, START_PASSWORD).await.expect("the password is right");
    applying::activate(page, &other.code(stage.clock.step())).await;
    applying::sign_out(page).await;
    sign_in(&stage, &other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_was_down_an_issue_that_expired_and_a_changed_phone_end_well() {
    let mut stage = Stage::set(None).await;
    let pages = stage.portal.url.clone();

    println!("── the mail server is down");
    stage.mail.stop();
    applying::sign_in(&stage).await;
    let page = &stage.browser.page;
    page.see("screen-top").await;
    applying::open_menu(page).await;
    page.press("issue").await;
    applying::fill_in_application(page).await;
    page.press("next").await;
    page.see("screen-confirm").await;
    assert!(
        page.read("screen-confirm").await.contains(MAIL),
        "where the mail goes is said while it is on its way"
    );
    assert!(!page.sees("mail-state").await && page.is_enabled("resend").await);
    println!("── for longer than its password is good");
    for minutes in [6, 5] {
        stage.clock.advance(minutes * 60_000);
        page.go(&format!("{pages}/otp/issue/confirm")).await;
        page.see("screen-confirm").await;
    }
    until("a mail that was given up", Duration::from_secs(60), async || {
        page.go(&format!("{pages}/otp/issue/confirm")).await;
        page.sees("mail-state").await.then_some(())
    })
    .await;
    assert!(page.read("mail-state").await.contains("再送"), "what to do is said");
    assert!(stage.mail.mails().is_empty(), "nothing has come");
    println!("── it is back");
    stage.mail.resume().await;
    let page = &stage.browser.page;
    page.press_on("resend").await;
    applying::confirm(&stage, 0).await;

    println!("── nobody sets the app up in seven days");
    stage.clock.advance(8 * 24 * HOUR);
    applying::sign_in(&stage).await;
    page.see("screen-top").await;
    applying::open_menu(page).await;
    assert!(page.read("note").await.contains("初期設定の期限が過ぎたため"));
    page.press("issue").await;
    applying::fill_in_application(page).await;
    page.press("next").await;
    let ids = applying::confirm(&stage, 1).await;
    let old = enrol(&stage, &ids, START_PASSWORD).await.expect("the password is right");
    applying::activate(page, &old.code(stage.clock.step())).await;

    println!("── 機種変更: released with the old phone, issued for the new one");
    stage.clock.next_step();
    applying::open_menu(page).await;
    page.press("revoke").await;
    page.fill("confirmation-password", CONFIRMATION_PASSWORD).await;
    page.fill("code", &old.code(stage.clock.step())).await;
    page.press("submit").await;
    page.see("screen-revoked").await;
    page.press("next").await;
    page.press("issue").await;
    applying::fill_in_application(page).await;
    page.press("next").await;
    let ids = applying::confirm(&stage, 2).await;
    let new = enrol(&stage, &ids, START_PASSWORD).await.expect("the password is right");
    applying::activate(page, &new.code(stage.clock.step())).await;
    applying::sign_out(page).await;
    stage.clock.next_step();
    applying::sign_in(&stage).await;
    page.see("screen-code").await;
    page.fill("code", &old.code(stage.clock.step())).await;
    page.press("submit").await;
    assert!(page.read("errors").await.contains("違います"), "the old phone's codes are over");
    page.go(&format!("{pages}/sign-in/code")).await;
    page.fill("code", &new.code(stage.clock.step())).await;
    page.press("submit").await;
    page.see("screen-top").await;

    println!("── what the centre saw of it, and 心当たりがない");
    applying::open_menu(page).await;
    page.press("history").await;
    let uses = page.read("uses").await;
    assert!(
        uses.contains("ログイン") && uses.contains("番号が違いました") && uses.contains("利用開始"),
        "{uses}"
    );
    page.press("unknown").await;
    page.see("screen-stop").await;
    page.press("submit").await;
    page.see("screen-suspended").await;
    stage.mail.wait_for(MAIL, "停止", 0).await;
    applying::sign_in(&stage).await;
    page.see("screen-suspended").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_renewed_before_its_end_without_a_day_between() {
    let stage = Stage::set(None).await;
    let page = &stage.browser.page;
    let ids = applying::apply(&stage).await;
    let old = enrol(&stage, &ids, START_PASSWORD).await.expect("the password is right");
    applying::activate(page, &old.code(stage.clock.step())).await;
    page.press("next").await;
    assert!(!page.is_enabled("issue").await);

    println!("── in its last sixty days");
    let left = old.facts.expires_at.0 - stage.clock.now().0;
    stage.clock.advance(left - 30 * 24 * HOUR);
    sign_in(&stage, &old).await;
    applying::open_menu(page).await;
    assert!(page.read("note").await.contains("有効期限が近づいています"));
    page.press("issue").await;
    applying::fill_in_application(page).await;
    page.press("next").await;
    let ids = applying::confirm(&stage, 1).await;
    let new = enrol(&stage, &ids, START_PASSWORD).await.expect("the password is right");
    applying::sign_out(page).await;
    sign_in(&stage, &old).await;
    stage.clock.next_step();
    applying::activate(page, &new.code(stage.clock.step())).await;
    applying::sign_out(page).await;
    sign_in(&stage, &new).await;
}

/// Staff, who are signed in, ask for the release of the member's token.
async fn ask_for_release(stage: &Stage) {
    let page = &stage.browser.page;
    page.go(&format!("{}/staff/release?id={MEMBER}", stage.portal.url)).await;
    page.press("identified-phone").await;
    page.fill("reason", "携帯を紛失したとのお申し出").await;
    page.press("submit").await;
    page.see("screen-staff-member").await;
}
