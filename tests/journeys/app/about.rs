//! Owns the proof of 端末情報・時刻・履歴: 心当たりがない, and how the window looks and speaks.
//! Refuses to know how the centre stops a token.
//! Invariant: nothing is stopped before the second yes.

use harness::page::Page;
use serde_json::json;
use warifu_core::wire::bank::Verdict;

use super::{Desk, open_about};

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
