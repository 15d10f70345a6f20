//! Owns the whole journey by keyboard alone, with scripts off, as somebody types who has a Japanese input method on.
//! Refuses to know what the pages look like.
//! Invariant: no element is clicked; what is used has the focus, and the focus can be seen.

use fantoccini::key::Key;
use harness::banking::TO_HANAKO;
use harness::device::Device;
use harness::portal::{CONFIRMATION_PASSWORD, LOGIN_PASSWORD};
use serde_json::json;

use crate::stage::{MAIL, STAFF_PASSWORD, START_PASSWORD, Stage};

const FOCUS: &str = "const e = document.activeElement;
    return [e?.dataset.testid ?? '', getComputedStyle(e).outlineStyle !== 'none' || e === document.body]";

#[tokio::test(flavor = "multi_thread")]
async fn member_and_staff_go_all_the_way_by_keyboard_alone_with_scripts_off_and_full_width_digits() {
    let stage = Stage::set_for_two().await;
    let page = stage.page();
    stage.browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    page.go("data:text/html,<p data-testid=probe>off</p><script>document.querySelector('p').textContent='on'</script>").await;
    assert_eq!(page.read("probe").await, "off", "scripts run");

    println!("── the member, to 利用開始");
    let phone = to_activation(&stage).await;
    press(&stage, "sign-out").await;
    page.see("screen-sign-in").await;
    println!("── the code at sign-in, a transfer, the limit, the mail address");
    sign_in_with(&stage, &phone).await;
    transfer_and_change(&stage, &phone).await;
    println!("── a clerk stops the token and asks for its reinstatement");
    suspend_and_ask(&stage).await;
    println!("── an approver agrees");
    desk(&stage, "ｓｔａｆｆ０２").await;
    press(&stage, "nav-requests").await;
    page.see("screen-staff-requests").await;
    press(&stage, "approve").await;
    page.see("screen-staff-member").await;
    assert_eq!(page.read("registration").await, "利用中");
    println!("── 利用解除");
    stage.go("/sign-in").await;
    if !page.sees("screen-sign-in").await {
        press(&stage, "sign-out").await;
    }
    sign_in_with(&stage, &phone).await;
    press(&stage, "nav-otp").await;
    page.see("screen-menu").await;
    press(&stage, "revoke").await;
    page.see("screen-revoke").await;
    write(&stage, "confirmation-password", CONFIRMATION_PASSWORD).await;
    write(&stage, "code", &wide(&stage.code(&phone))).await;
    press(&stage, "submit").await;
    page.see("screen-revoked").await;
}

/// From the sign-in page to 利用開始完了.
async fn to_activation(stage: &Stage) -> Device {
    let page = stage.page();
    stage.go("/sign-in").await;
    sign_in(stage).await;
    page.see("screen-top").await;
    press(stage, "nav-otp").await;
    page.see("screen-menu").await;
    press(stage, "issue").await;
    page.see("screen-issue").await;
    // What is wrong has the focus, and leads to its field.
    press(stage, "next").await;
    page.see("errors").await;
    assert_eq!(focus(stage).await.0, "errors");
    write(stage, "mail", &wide(MAIL)).await;
    write(stage, "mail-again", &format!(" {MAIL} ")).await;
    write(stage, "start-password", &wide(START_PASSWORD)).await;
    write(stage, "start-password-again", START_PASSWORD).await;
    press(stage, "next").await;
    page.see("mailed-password").await;
    let password = stage.mail.wait_for(MAIL, "メール通知パスワード", 0).await.password();
    let (head, tail) = password.split_at(4);
    write(stage, "mailed-password", &format!(" {} {} ", wide(head), tail.to_lowercase())).await;
    write(stage, "confirmation-password", CONFIRMATION_PASSWORD).await;
    press(stage, "confirm").await;
    page.see("screen-issued").await;
    let phone = stage.enrol(START_PASSWORD).await.expect("the password is right");
    stage.go("/otp").await;
    press(stage, "activate").await;
    page.see("screen-activate").await;
    let code = stage.code(&phone);
    write(stage, "code", &format!("{}　{}", wide(&code[..4]), wide(&code[4..]))).await;
    press(stage, "submit").await;
    page.see("screen-activated").await;
    phone
}

async fn sign_in(stage: &Stage) {
    write(stage, "login-id", "ｄｅｍｏ０００１").await;
    write(stage, "login-password", LOGIN_PASSWORD).await;
    press(stage, "sign-in").await;
}

async fn sign_in_with(stage: &Stage, phone: &Device) {
    sign_in(stage).await;
    stage.page().see("screen-code").await;
    write(stage, "code", &wide(&stage.code(phone))).await;
    press(stage, "submit").await;
    stage.page().see("screen-top").await;
}

async fn transfer_and_change(stage: &Stage, phone: &Device) {
    let page = stage.page();
    press(stage, "nav-transfer").await;
    page.see("screen-transfer").await;
    reach(stage, "account").await;
    for (field, text) in TO_HANAKO {
        write(stage, field, &wide(text)).await;
    }
    write(stage, "amount", "１，０００円").await;
    press(stage, "next").await;
    page.see("screen-transfer-confirm").await;
    write(stage, "code", &wide(&stage.code(phone))).await;
    press(stage, "submit").await;
    page.see("screen-transfer-done").await;

    press(stage, "nav-limit").await;
    page.see("screen-limit").await;
    write(stage, "amount", "９００，０００").await;
    write(stage, "code", &wide(&stage.code(phone))).await;
    press(stage, "submit").await;
    page.see("waiting-limit").await;

    press(stage, "nav-details").await;
    page.see("screen-details").await;
    write(stage, "mail", &wide("taro@new-home.example")).await;
    write(stage, "mail-again", " taro@new-home.example ").await;
    write(stage, "code", &wide(&stage.code(phone))).await;
    press(stage, "submit").await;
    page.see("notice").await;
    assert_eq!(page.read("registered-mail").await, "taro@new-home.example");
}

/// The first sign-in of one of the staff, to the search.
async fn desk(stage: &Stage, id: &str) {
    let page = stage.page();
    stage.go("/staff/sign-in").await;
    write(stage, "staff-id", id).await;
    write(stage, "staff-password", STAFF_PASSWORD).await;
    press(stage, "sign-in").await;
    page.see("screen-own-issue").await;
    write(stage, "start-password", &wide(START_PASSWORD)).await;
    write(stage, "start-password-again", START_PASSWORD).await;
    press(stage, "issue").await;
    page.see("screen-own-token").await;
    let own = stage.enrol(START_PASSWORD).await.expect("the password is right");
    write(stage, "code", &wide(&stage.code(&own))).await;
    press(stage, "submit").await;
    page.see("screen-staff-search").await;
}

async fn suspend_and_ask(stage: &Stage) {
    let page = stage.page();
    desk(stage, "ｓｔａｆｆ０１").await;
    write(stage, "q", "ｄｅｍｏ０００１").await;
    press(stage, "search").await;
    page.see("found").await;
    press(stage, "person").await;
    page.see("screen-staff-member").await;
    press(stage, "suspend").await;
    page.see("screen-staff-suspend").await;
    write(stage, "reason", "不審な操作").await;
    press(stage, "submit").await;
    page.see("screen-staff-member").await;
    assert_eq!(page.read("registration").await, "停止中");
    press(stage, "reinstate").await;
    page.see("screen-staff-reinstate").await;
    reach(stage, "identified-document").await;
    page.press_key(Key::Space, 1).await;
    write(stage, "reason", "本人に確かめた").await;
    press(stage, "submit").await;
    page.see("request-waits").await;
    press(stage, "sign-out").await;
    page.see("screen-staff-sign-in").await;
}

/// Full width, as an input method gives it.
fn wide(text: &str) -> String {
    text.chars()
        .map(|c| char::from_u32(u32::from(c) + 0xfee0).filter(|_| c.is_ascii_graphic()).unwrap_or(c))
        .collect()
}

async fn focus(stage: &Stage) -> (String, bool) {
    let said = stage.page().run(FOCUS).await;
    (said[0].as_str().unwrap_or_default().to_owned(), said[1].as_bool().unwrap_or_default())
}

/// Tabs until this element has the focus.
async fn reach(stage: &Stage, test_id: &str) {
    stage.page().see(test_id).await;
    for _ in 0..60 {
        let (has_it, is_seen) = focus(stage).await;
        assert!(is_seen, "the focus on {has_it} cannot be seen");
        if has_it == test_id {
            return;
        }
        stage.page().press_key(Key::Tab, 1).await;
    }
    panic!("{test_id} cannot be reached by the tab key:\n{}", stage.page().all_text().await);
}

/// Types as an input method does: composed first, then committed.
async fn write(stage: &Stage, test_id: &str, text: &str) {
    reach(stage, test_id).await;
    let composed = json!({ "text": "あ", "selectionStart": 1, "selectionEnd": 1 });
    if test_id != "reason" {
        stage.browser.devtools("Input.imeSetComposition", composed).await;
    }
    stage.browser.devtools("Input.insertText", json!({ "text": text })).await;
}

async fn press(stage: &Stage, test_id: &str) {
    reach(stage, test_id).await;
    stage.page().press_key(Key::Enter, 1).await;
}
