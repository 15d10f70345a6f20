//! Owns the proof of 端末情報・時刻・履歴: 心当たりがない, and how the window looks and speaks.
//! Refuses to know how the centre stops a token.
//! Invariant: nothing is stopped before the second yes.

use harness::line::Line;
use harness::page::Page;
use harness::phone;
use serde_json::json;
use warifu_core::wire::bank::Verdict;

use super::{Desk, START_PASSWORD, open_about};

#[tokio::test(flavor = "multi_thread")]
async fn a_use_that_was_not_the_members_stops_the_token_at_once_when_it_was_asked_twice() {
    let desk = Desk::set().await;
    let window = desk.in_use().await;
    let page = &window.page;
    let code = desk.next_code(page).await;
    assert_eq!(desk.judge("verify", &code).await, Verdict::Accepted);
    open_about(page).await;

    println!("── the way back is there twice");
    page.press("stop").await;
    page.see("stop-page").await;
    page.press("proceed").await;
    page.see("confirm").await;
    page.press("back").await;
    page.see("about").await;
    assert_eq!(desk.registration().await, json!("active"));
    page.press("stop").await;
    page.press("proceed").await;
    page.press("confirm").await;
    page.see("stopped").await;
    assert_eq!(desk.registration().await, json!("suspended"));
    page.press("next").await;
    page.read_until("suspended", "停止中").await;
    let next = desk.next_code(page).await;
    assert_eq!(desk.judge("verify", &next).await, Verdict::Suspended);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_the_centre_did_not_hear_of_is_told_and_done_at_the_next_press() {
    let mut desk = Desk::set().await;
    let mut line = Line::lay().await;
    line.lead_to(desk.centre.address());
    let url = std::mem::replace(&mut desk.centre.url, line.url());
    let ids = desk.issue().await;
    let window = desk.open().await;
    desk.centre.url = url;
    let page = &window.page;
    phone::set_up(page, &ids, START_PASSWORD).await;
    let code = desk.fresh_code(page, "").await;
    assert_eq!(desk.judge("activate", &code).await, Verdict::Accepted);
    open_about(page).await;
    let serial = page.read("serial").await;

    println!("── the centre is gone");
    line.cut_all();
    page.press("stop").await;
    assert_eq!(page.read("serial").await, serial, "it is said whose token it is");
    page.press("proceed").await;
    page.press("confirm").await;
    page.see("stop-failed").await;
    let said = page.all_text().await;
    for wanted in ["まだ停止できていません", "つながりませんでした", "お電話ください"]
    {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    assert_eq!(desk.registration().await, json!("active"));
    page.run("document.querySelector('main').dataset.testid = 'before'").await;
    page.press("retry").await;
    page.see("stop-failed").await;
    assert_eq!(desk.registration().await, json!("active"));

    println!("── and back");
    line.let_pass();
    page.press_when_enabled("retry").await;
    page.see("stopped").await;
    assert_eq!(desk.registration().await, json!("suspended"));
    page.press("language").await;
    page.read_until("stopped", "The token is stopped").await;
    page.press("language").await;
    page.read_until("stopped", "トークンを停止しました").await;
    page.press("next").await;
    page.read_until("suspended", "停止中").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn language_text_size_and_colours_are_seen_at_once_and_kept() {
    let desk = Desk::set().await;
    let window = desk.in_use().await;
    let page = &window.page;
    open_about(page).await;
    for choice in ["text-larger", "theme-dark", "language-en"] {
        page.press(choice).await;
    }
    page.read_until("version", "One-time password").await;
    assert_eq!(manner(page).await, json!(["en", "larger", "dark"]));
    page.press("open-licences").await;
    page.see("licences").await;
    assert!(page.all_text().await.contains("serde"), "the parts are named");
    window.close().await;

    let window = desk.open().await;
    window.page.see("code").await;
    assert_eq!(manner(&window.page).await, json!(["en", "larger", "dark"]));
    open_about(&window.page).await;
    window.page.press("language-system").await;
    window.page.read_until("version", "ワンタイムパスワード").await;
    window.close().await;
}

async fn manner(page: &Page) -> serde_json::Value {
    page.run("const { lang, dataset } = document.documentElement; return [lang, dataset.text, dataset.theme]")
        .await
}
