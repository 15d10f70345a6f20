//! Owns the proof of コピー: another program finds the code on show, marked as sensitive, for as long as the app says.
//! Refuses to know how the clipboard is reached.
//! Invariant: what the member put there is the member's.

use std::time::Duration;

use harness::clipboard;
use harness::keyboard;
use harness::page::Page;
use harness::phone::digits;
use harness::process::until;

use super::Desk;

const SOON: Duration = Duration::from_secs(60);
const OWN: &str = "買い物のメモ";

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_code_is_there_and_goes_and_the_members_own_text_stays() {
    let mut desk = Desk::set().await;
    desk.session.set("WARIFU_QA_CLIPBOARD_S", "12");
    let window = desk.in_use().await;
    let page = &window.page;
    // With the focus the code does not hide itself.
    keyboard::focus(&desk.session, "warifu").await;

    println!("── there, marked, and gone");
    copy(&desk, page).await;
    until("an empty clipboard", SOON, async || clipboard::read(&desk.session, None).is_none().then_some(()))
        .await;

    println!("── the member's own text");
    copy(&desk, page).await;
    let own = clipboard::put(&desk.session, OWN);
    let found = || clipboard::read(&desk.session, None);
    until("the member's own text", SOON, async || (found().as_deref() == Some(OWN)).then_some(())).await;
    until("the message to go", SOON, async || message(page).await.is_empty().then_some(())).await;
    assert_eq!(found().as_deref(), Some(OWN));

    println!("── no code outlives the app");
    copy(&desk, page).await;
    window.close().await;
    until("an empty clipboard", SOON, async || found().is_none().then_some(())).await;
    drop(own);
}

/// コピー, until another program finds the code on show: on a busy machine a copy may have gone before it is looked at.
async fn copy(desk: &Desk, page: &Page) {
    until("the code on show on the clipboard", SOON, async || {
        desk.fresh_code(page, "").await;
        // While the code is drawn anew a press does nothing; the answer to one that does something is waited for.
        (page.run(PRESS).await == true).then_some(())?;
        until("the message", SOON, async || message(page).await.contains("コピーしました").then_some(()))
            .await;
        let found = clipboard::read(&desk.session, None)?;
        let mark = clipboard::read(&desk.session, Some("x-kde-passwordManagerHint"))?;
        (found == digits(&page.read("code-value").await) && mark == "secret").then_some(())
    })
    .await;
}

const PRESS: &str = "const at = (id) => document.querySelector(`[data-testid=\"${id}\"]`);
    at('message').replaceChildren();
    const isThere = /[0-9]/.test(at('code-value').textContent);
    if (isThere) at('copy').click();
    return isThere;";

async fn message(page: &Page) -> String {
    let said = page.run("return document.querySelector('[data-testid=\"message\"]').textContent").await;
    said.as_str().unwrap_or_default().to_owned()
}
