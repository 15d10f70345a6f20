//! Owns the proof of 端末情報・時刻・履歴: the last uses, 心当たりがない, and how the window looks and speaks.
//! Refuses to know how the centre keeps uses.
//! Invariant: what the page says of a use is what the centre decided.

use harness::page::Page;
use serde_json::json;
use warifu_core::wire::bank::Verdict;

use super::{Desk, open_about};

#[tokio::test(flavor = "multi_thread")]
async fn the_last_uses_are_told_with_their_true_causes_and_one_that_was_not_the_members_stops_the_token_at_once()
 {
    let desk = Desk::set().await;
    let window = desk.in_use().await;
    let page = &window.page;
    let code = desk.next_code(page).await;
    assert_eq!(desk.judge("verify", &code).await, Verdict::Accepted);
    assert_eq!(desk.judge("verify", &code).await, Verdict::Used);
    let wrong = if code == "00000000" { "00000001" } else { "00000000" };
    assert_eq!(desk.judge("verify", wrong).await, Verdict::Wrong);
    open_about(page).await;
    page.read_until("uses", "利用開始").await;
    let said = page.read("uses").await;
    for wanted in
        ["ログイン", "受け付けました", "断りました：番号が違いました", "断りました：一度使われた番号でした"]
    {
        assert!(said.contains(wanted), "the uses do not say {wanted}:\n{said}");
    }

    println!("── asked twice, and the way back is there twice");
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
    let next = {
        page.press("next").await;
        page.read_until("suspended", "停止中").await;
        desk.next_code(page).await
    };
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
