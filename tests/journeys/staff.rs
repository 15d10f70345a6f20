//! Owns the staff's journeys: their own token, the true causes of refusals, and lifting a suspension.
//! Refuses to know the portal inside; staff and member share a browser, as nobody should have to fear.
//! Invariant: the devices are the core's own half over HTTP, the pages are the real ones.

use harness::device::{self, Device, Ended, Typed};
use harness::page::Page;
use harness::phone::{Ids, digits};

use crate::applying::{self, MAIL, START_PASSWORD};
use crate::stage::Stage;

const STAFF_ID: &str = "staff01";
pub(crate) const STAFF_PASSWORD: &str = "senpoku-shokuin-2026";
const STAFF_MAIL: &str = "staff01@bank.example";
const MEMBER: &str = "m-0001";

#[tokio::test(flavor = "multi_thread")]
async fn staff_see_the_true_causes_and_lift_a_suspension_and_the_member_signs_in_again() {
    let stage = Stage::set(None).await;
    let page = &stage.browser.page;

    println!("── five wrong start passwords");
    let ids = applying::apply(&stage).await;
    for _ in 0..5 {
        let refused = enrol(&stage, &ids, "2468").await.err();
        assert!(matches!(refused, Some(Ended::Device(_))), "{refused:?}");
    }

    println!("── the staff's own token");
    let own = first_sign_in(&stage).await;
    stage.mail.wait_for(STAFF_MAIL, "トークン発行のご案内", 0).await;

    println!("── the true causes");
    page.fill("q", "せんぼく たろう").await;
    page.press("search").await;
    page.press("person").await;
    page.see("screen-staff-member").await;
    assert_eq!(page.read("registration").await, "未登録");
    assert!(page.read("issue-state").await.contains("利用開始パスワードの間違いが続いたため"));
    let causes = page.read("attempts").await;
    assert_eq!(causes.matches("利用開始パスワードが違うか").count(), 5, "{causes}");
    assert_eq!(digits(&page.read("user-id").await), ids.user_id);

    println!("── the member's token, suspended by five wrong codes");
    let phone = active_token(&stage).await;
    applying::sign_out(page).await;
    applying::sign_in(&stage).await;
    for tried in 1..=5 {
        page.see("code").await;
        page.fill("code", &phone.wrong_code(stage.clock.step())).await;
        page.press_on("submit").await;
        page.see("errors").await;
        assert_eq!(page.sees("screen-suspended").await, tried == 5, "after {tried}");
    }

    println!("── 停止解除");
    page.go(&format!("{}/staff/member?id={MEMBER}", stage.portal.url)).await;
    page.see("screen-staff-member").await;
    assert_eq!(page.read("registration").await, "停止中");
    let serial = page.read("serial").await;
    page.press("reinstate").await;
    page.see("screen-staff-reinstate").await;
    assert_eq!(page.read("serial").await, serial);
    page.press("submit").await;
    page.see("errors").await;
    page.press("identified-document").await;
    page.fill("reason", "番号の打ち間違い。窓口で本人と確認した").await;
    page.press("submit").await;
    page.see("screen-staff-member").await;
    assert!(page.read("notice").await.contains("停止を解除しました"));
    assert_eq!(page.read("registration").await, "利用中");
    stage.mail.wait_for(MAIL, "停止解除", 0).await;

    println!("── the member signs in again");
    stage.clock.next_step();
    applying::sign_in(&stage).await;
    page.see("screen-code").await;
    page.fill("code", &phone.code(stage.clock.step())).await;
    page.press("submit").await;
    page.see("screen-top").await;

    println!("── the staff's next sign-in asks for a code");
    page.go(&format!("{}/staff", stage.portal.url)).await;
    page.see("screen-staff-search").await;
    page.press("sign-out").await;
    sign_in(page).await;
    page.see("screen-staff-code").await;
    page.fill("code", &own.code(stage.clock.step())).await;
    page.press("submit").await;
    page.see("screen-staff-search").await;
}

pub(crate) async fn enrol(stage: &Stage, ids: &Ids, start_password: &str) -> Result<Device, Ended> {
    let typed = Typed { service_id: &ids.service_id, user_id: &ids.user_id, start_password };
    device::enrol(&stage.centre.url, &typed, stage.clock.now()).await
}

pub(crate) async fn sign_in(page: &Page) {
    sign_in_as(page, STAFF_ID, STAFF_PASSWORD).await;
}

pub(crate) async fn sign_in_as(page: &Page, id: &str, password: &str) {
    page.fill("staff-id", id).await;
    page.fill("staff-password", password).await;
    page.press("sign-in").await;
}

/// The first sign-in of a clerk, to the search; gives the device.
pub(crate) async fn first_sign_in(stage: &Stage) -> Device {
    begin(stage, &stage.browser.page, STAFF_ID, STAFF_PASSWORD).await
}

/// The first sign-in of any of the staff, with a fresh token, to the search; gives the device.
pub(crate) async fn begin(stage: &Stage, page: &Page, id: &str, password: &str) -> Device {
    page.go(&format!("{}/staff/sign-in", stage.portal.url)).await;
    sign_in_as(page, id, password).await;
    begin_token(stage, page).await
}

/// The own token of one of the staff who is signed in, from its issue to the search; gives the device.
pub(crate) async fn begin_token(stage: &Stage, page: &Page) -> Device {
    page.see("screen-own-issue").await;
    page.fill("start-password", START_PASSWORD).await;
    page.fill("start-password-again", START_PASSWORD).await;
    page.press("issue").await;
    page.see("screen-own-token").await;
    let service_id = digits(&page.read("service-id").await);
    let user_id = digits(&page.read("user-id").await);
    let own =
        enrol(stage, &Ids { service_id, user_id }, START_PASSWORD).await.expect("the password is right");
    page.fill("code", &own.code(stage.clock.step())).await;
    page.press("submit").await;
    page.see("screen-staff-search").await;
    own
}

/// Another トークン発行 of the member, who is signed in, to 利用開始; gives the device.
async fn active_token(stage: &Stage) -> Device {
    let page = &stage.browser.page;
    page.go(&stage.portal.url).await;
    applying::open_menu(page).await;
    page.press("issue").await;
    applying::fill_in_application(page).await;
    page.press("next").await;
    let ids = applying::confirm(stage, 1).await;
    let phone = enrol(stage, &ids, START_PASSWORD).await.expect("the password is right");
    applying::activate(page, &phone.code(stage.clock.step())).await;
    phone
}
