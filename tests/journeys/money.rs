//! Owns the journeys of money: a limit raised and used after three days, transfers with their codes, 取引認証.
//! Refuses to know the portal inside; the device is the core's own half.
//! Invariant: what moved is read from the pages, as the member reads it.

use harness::device::Device;
use harness::page::Page;
use warifu_core::encoding::hmac_sha256;
use warifu_core::ids::{AccountNo, ServiceId};
use warifu_core::otp::Code;
use warifu_core::sign::{Amount, Challenge, TransactionKind};

use crate::applying::{self, MAIL, START_PASSWORD};
use crate::staff::enrol;
use crate::stage::Stage;

const DAY: i64 = 86_400_000;
const REGISTERED: &str = "taro@home.example";
const HANAKO: &str = "1000002";

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_is_raised_used_after_three_days_and_falls_with_the_release() {
    let stage = Stage::set(None).await;
    let page = &stage.browser.page;

    println!("── 200,000 yen without a token");
    let ids = applying::apply(&stage).await;
    fill_in(page, "200,001").await;
    assert!(page.read("errors").await.contains("限度額（200,000円）を超えます"));
    let phone = enrol(&stage, &ids, START_PASSWORD).await.expect("the password is right");
    applying::activate(page, &phone.code(stage.clock.step())).await;

    println!("── 振込・振替限度額の変更");
    stage.clock.next_step();
    page.press("nav-limit").await;
    page.fill("amount", "９００，０００").await;
    page.fill("code", &phone.code(stage.clock.step())).await;
    page.press("submit").await;
    assert_eq!(page.read("waiting-limit").await, "900,000円");
    assert_eq!(page.read("limit").await, "200,000円");
    for to in [REGISTERED, MAIL] {
        let mail = stage.mail.wait_for(to, "限度額変更の受付", 0).await;
        assert!(mail.text.contains("900,000円") && mail.text.contains("New limit"), "{}", mail.text);
    }
    page.press("take-back").await;
    assert!(page.read("notice").await.contains("取り消しました"));
    stage.clock.next_step();
    page.fill("amount", "900000").await;
    page.fill("code", &phone.code(stage.clock.step())).await;
    page.press("submit").await;
    page.see("waiting-limit").await;
    fill_in(page, "300000").await;
    assert!(page.read("errors").await.contains("限度額（200,000円）を超えます"), "not before three days");

    println!("── three days later: a transfer with its code");
    stage.clock.advance(3 * DAY);
    sign_in(&stage, &phone).await;
    fill_in(page, "300000").await;
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
    fill_in(page, "600000").await;
    page.press("sign").await;
    page.see("screen-sign").await;
    page.see("qr").await;
    let code = signature(&ids.service_id, &phone, &stage, 599_999);
    page.fill("code", &code).await;
    page.press("submit").await;
    assert!(page.read("errors").await.contains("違います"), "a code for another amount says no");
    page.fill("code", &signature(&ids.service_id, &phone, &stage, 600_000)).await;
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

/// 振込・振替 to 仙北 花子, as far as 次へ.
async fn fill_in(page: &Page, amount: &str) {
    page.press("nav-transfer").await;
    page.see("screen-transfer").await;
    for (field, text) in [
        ("bank", "9999"),
        ("branch", "００１"),
        ("number", "100 0002"),
        ("payee", "せんぼく はなこ"),
        ("amount", amount),
    ] {
        page.fill(field, text).await;
    }
    page.press("next").await;
}

/// What the app shows for this account and amount when they are typed into it.
fn signature(service_id: &str, phone: &Device, stage: &Stage, yen: u64) -> String {
    let service_id = ServiceId::parse(service_id).expect("8 digits");
    let account = AccountNo::parse(HANAKO).expect("7 digits");
    let amount = Amount::try_from(yen).expect("an amount");
    let challenge = Challenge::typed(&service_id, TransactionKind::Transfer, &account, amount);
    let mac = hmac_sha256(phone.agreed.keys.txn.expose(), &[&challenge.message(stage.clock.step())]);
    Code::from_mac(&mac).expose().to_owned()
}
