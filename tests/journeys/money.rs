//! Owns the journeys of money: a limit raised and used after three days, transfers with their codes, 取引認証.
//! Refuses to know the portal inside; the device is the core's own half.
//! Invariant: what moved is read from the pages, as the member reads it.

use harness::banking::{self, PAYEE};
use harness::device::Device;

use crate::applying::{self, MAIL, START_PASSWORD};
use crate::staff::enrol;
use crate::stage::Stage;

const DAY: i64 = 86_400_000;
const REGISTERED: &str = "taro@home.example";

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_is_raised_used_after_three_days_and_falls_with_the_release() {
    let stage = Stage::set(None).await;
    let page = &stage.browser.page;

    println!("── 200,000 yen without a token");
    let ids = applying::apply(&stage).await;
    banking::transfer(page, "200,001").await;
    assert!(page.read("errors").await.contains("限度額（200,000円）を超えます"));
    let phone = enrol(&stage, &ids, START_PASSWORD).await.expect("the password is right");
    applying::activate(page, &phone.code(stage.clock.step())).await;

    println!("── 振込・振替限度額の変更");
    stage.clock.next_step();
    banking::change_limit(page, "９００，０００", &phone.code(stage.clock.step())).await;
    assert_eq!(page.read("waiting-limit").await, "900,000円");
    assert_eq!(page.read("limit").await, "200,000円");
    for to in [REGISTERED, MAIL] {
        let mail = stage.mail.wait_for(to, "限度額変更の受付", 0).await;
        assert!(mail.text.contains("900,000円") && mail.text.contains("New limit"), "{}", mail.text);
    }
    page.press("take-back").await;
    assert!(page.read("notice").await.contains("取り消しました"));
    stage.clock.next_step();
    banking::change_limit(page, "900000", &phone.code(stage.clock.step())).await;
    page.see("waiting-limit").await;
    banking::transfer(page, "300000").await;
    assert!(page.read("errors").await.contains("限度額（200,000円）を超えます"), "not before three days");

    println!("── three days later: a transfer with its code");
    stage.clock.advance(3 * DAY);
    sign_in(&stage, &phone).await;
    banking::transfer(page, "300000").await;
    page.see("screen-transfer-confirm").await;
    page.fill("code", &phone.wrong_code(stage.clock.step())).await;
    page.press("submit").await;
    assert!(page.read("errors").await.contains("あと4回間違えると"));
    stage.clock.next_step();
    page.fill("code", &phone.code(stage.clock.step())).await;
    page.press("submit").await;
    page.see("screen-transfer-done").await;
    assert_eq!(page.read("fact-amount").await, "300,000円");

    println!("── above the threshold: 取引認証");
    banking::transfer(page, "600000").await;
    page.press("sign").await;
    page.see("screen-sign").await;
    page.see("qr").await;
    let code = |yen| phone.signature(&ids.service_id, PAYEE, yen, stage.clock.step());
    page.fill("code", &code(599_999)).await;
    page.press("submit").await;
    assert!(page.read("errors").await.contains("違います"), "a code for another amount says no");
    page.fill("code", &code(600_000)).await;
    page.press("submit").await;
    page.see("screen-transfer-done").await;
    page.press("nav-transfer").await;
    assert_eq!(
        (page.read("used").await.as_str(), page.read("left").await.as_str()),
        ("900,000円", "0円まで")
    );

    println!("── the release takes the limit down");
    stage.clock.next_step();
    applying::open_menu(page).await;
    page.press("revoke").await;
    page.fill("confirmation-password", harness::portal::CONFIRMATION_PASSWORD).await;
    page.fill("code", &phone.code(stage.clock.step())).await;
    page.press("submit").await;
    page.see("screen-revoked").await;
    page.press("nav-transfer").await;
    assert_eq!(page.read("limit").await, "200,000円");
}

/// The password and the code, to トップページ.
pub(crate) async fn sign_in(stage: &Stage, phone: &Device) {
    let page = &stage.browser.page;
    stage.clock.next_step();
    applying::sign_in(stage).await;
    page.see("screen-code").await;
    page.fill("code", &phone.code(stage.clock.step())).await;
    page.press("submit").await;
    page.see("screen-top").await;
}
