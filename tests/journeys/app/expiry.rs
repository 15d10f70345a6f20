//! Owns the proof of a token's end: told in time, renewed beside itself, and gone when the new one was used.
//! Refuses to know who asked for the new token.
//! Invariant: there is no day on which the member has no code.

use harness::phone;
use warifu_core::wire::bank::Verdict;

use super::{DAY, Desk, MEMBER, MINUTE, START_PASSWORD, open};

#[tokio::test(flavor = "multi_thread")]
async fn from_60_days_before_its_end_a_token_is_renewed_beside_itself() {
    let desk = Desk::set().await;
    let window = desk.in_use().await;
    window.close().await;
    let ends = desk.centre.status(MEMBER).await["token"]["expires_at"].as_i64().expect("a token in use ends");
    desk.clock.advance(ends - desk.clock.now().0 - 59 * DAY);
    let window = desk.open().await;
    let page = &window.page;
    page.see("expiring").await;
    assert_eq!(page.read("days-left").await, "あと59日");
    page.press("later").await;
    page.read_until("expires-soon", "あと59日").await;
    window.close().await;

    println!("── once per notice, and each of them");
    let mut window = desk.open().await;
    window.page.see("code").await;
    for days in [30, 7, 1] {
        window.close().await;
        // Days that have begun count: this is a minute after the notice was due.
        desk.clock.advance(ends - desk.clock.now().0 - days * DAY + MINUTE);
        window = desk.open().await;
        window.page.see("expiring").await;
        assert_eq!(window.page.read("days-left").await, format!("あと{days}日"));
        window.page.press("later").await;
        window.page.read_until("expires-soon", &format!("あと{days}日")).await;
    }
    window.close().await;
    let window = desk.open().await;
    let page = &window.page;
    page.see("code").await;
    let old = desk.fresh_code(page, "").await;
    assert_eq!(desk.judge("verify", &old).await, Verdict::Accepted);
    page.press("renew").await;
    page.see("expiring").await;
    page.press("renew").await;
    page.see("setup").await;
    let ids = desk.issue().await;
    assert_eq!(
        phone::digits(&page.value("service-id").await),
        ids.service_id,
        "it is known which institution"
    );
    phone::set_up(page, &ids, START_PASSWORD).await;
    let serial = page.read("serial").await;

    println!("── the old one works until the new one was used");
    open(page, "open-tokens").await;
    choose(page, &serial, false).await;
    let still = desk.next_code(page).await;
    assert_eq!(desk.judge("verify", &still).await, Verdict::Accepted);
    open(page, "open-tokens").await;
    choose(page, &serial, true).await;
    let new = desk.next_code(page).await;
    assert_eq!(desk.judge("activate", &new).await, Verdict::Accepted);

    println!("── and then it is gone, and offered for removal");
    open(page, "open-tokens").await;
    choose(page, &serial, false).await;
    open(page, "open-about").await;
    page.read_until("clock", "組合では使われていない").await;
    page.press("back").await;
    page.see("ended").await;
    page.press("remove-ended").await;
    page.press("proceed").await;
    page.press("confirm").await;
    page.see("code").await;
    assert_eq!(page.read("serial").await, serial, "the new one is left");
    let last = desk.next_code(page).await;
    assert_eq!(desk.judge("verify", &last).await, Verdict::Accepted);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_on_show_goes_when_its_token_ends_and_the_page_says_what_to_do() {
    let desk = Desk::set().await;
    let window = desk.in_use().await;
    let page = &window.page;
    page.see("code").await;
    let ends = desk.centre.status(MEMBER).await["token"]["expires_at"].as_i64().expect("a token in use ends");
    desk.clock.advance(ends - desk.clock.now().0 + MINUTE);
    page.see("expired").await;
    assert!(!page.sees("code-value").await, "no code after the end");
    assert!(page.all_text().await.contains("トークン発行"), "it says what to do");
    page.press("start-over").await;
    page.press("proceed").await;
    page.press("confirm").await;
    page.see("setup").await;
    window.close().await;
}

/// The row of the token with this serial number, or the other row.
async fn choose(page: &harness::page::Page, serial: &str, is_it: bool) {
    page.see("tokens").await;
    let script = format!(
        "const rows = [...document.querySelectorAll('[data-testid=\"token\"]')];
        rows.find((row) => row.textContent.includes('{serial}') === {is_it}).click();"
    );
    page.run(&script).await;
    page.see("code").await;
}
