//! Owns the proof of コピー: another program finds the code on show, marked as sensitive, for as long as the app says.
//! Refuses to know how the clipboard is reached.
//! Invariant: what the member put there is the member's; no press goes without an answer.

use std::time::Duration;

use harness::clipboard;
use harness::keyboard;
use harness::page::Page;
use harness::phone::digits;
use harness::process::until;

use super::Desk;

const SOON: Duration = Duration::from_secs(60);
const COPIED: &str = "コピーしました";
const OWN: &str = "買い物のメモ";
const MARK: &str = "x-kde-passwordManagerHint";

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_code_is_there_and_goes_and_the_members_own_text_stays() {
    let mut desk = Desk::set().await;
    desk.session.set("WARIFU_QA_CLIPBOARD_S", "15");
    let window = desk.in_use().await;
    let page = &window.page;
    // With the focus the code does not hide itself.
    keyboard::focus(&desk.session, "warifu").await;
    let found = || clipboard::read(&desk.session, None);

    println!("── there, marked, and gone");
    copy(&desk, page).await;
    until("an empty clipboard", SOON, async || found().is_none().then_some(())).await;

    println!("── the member's own text");
    copy(&desk, page).await;
    let own = clipboard::put(&desk.session, OWN);
    until("the member's own text", SOON, async || (found().as_deref() == Some(OWN)).then_some(())).await;
    // The message goes when the code would.
    until("the message to go", SOON, async || message(page).await.is_empty().then_some(())).await;
    assert_eq!(found().as_deref(), Some(OWN));

    println!("── no code outlives the app");
    copy(&desk, page).await;
    window.close().await;
    until("an empty clipboard", SOON, async || found().is_none().then_some(())).await;
    drop(own);
}

/// コピー, until another program finds the code on show: once more where the code has changed or gone before that looked.
async fn copy(desk: &Desk, page: &Page) {
    until("the code on show on the clipboard", SOON, async || {
        desk.fresh_code(page, "").await;
        let step = desk.clock.step();
        page.press("copy").await;
        page.read_until("message", COPIED).await;
        let found = clipboard::read(&desk.session, None)?;
        let mark = clipboard::read(&desk.session, Some(MARK))?;
        let shown = digits(&page.read("code-value").await);
        (desk.clock.step() == step).then_some(())?;
        assert_eq!(found, shown, "another code than the one on show was copied");
        assert_eq!(mark, "secret");
        Some(())
    })
    .await;
}

/// Presses once. What is returned was on show then.
const PRESS: &str = "const at = (id) => document.querySelector(`[data-testid=\"${id}\"]`);
    const shown = at('code-value').textContent;
    at('copy').click();
    return shown;";

#[tokio::test(flavor = "multi_thread")]
async fn a_press_in_the_instant_in_which_the_code_changes_copies_the_new_one() {
    let desk = Desk::set().await;
    let window = desk.in_use().await;
    let page = &window.page;
    keyboard::focus(&desk.session, "warifu").await;

    println!("── while no code is on show");
    desk.fresh_code(page, "").await;
    // Whoever comes back to the window gets a code that was asked for anew.
    let shown = page.run(&format!("window.dispatchEvent(new Event('focus')); {PRESS}")).await;
    assert_eq!(digits(shown.as_str().unwrap_or_default()), "", "a code is on show before it was asked for");
    copied(&desk, page, "").await;

    println!("── before the page knows that the minute is over");
    until("a press in time", SOON, async || {
        let old = desk.fresh_code(page, "").await;
        desk.clock.next_step();
        let shown = page.run(PRESS).await;
        copied(&desk, page, &old).await;
        // On a busy machine the page may have asked for the time before the press came.
        (digits(shown.as_str().unwrap_or_default()) == old).then_some(())
    })
    .await;
    window.close().await;
}

/// Waits until a code, another one than `old`, is on show and on the clipboard.
async fn copied(desk: &Desk, page: &Page, old: &str) {
    until("the code on show on the clipboard", SOON, async || {
        let found = clipboard::read(&desk.session, None)?;
        let said = message(page).await;
        let shown = digits(&page.read("code-value").await);
        (found == shown && found != old && said.contains(COPIED)).then_some(())
    })
    .await;
}

async fn message(page: &Page) -> String {
    let said = page.run("return document.querySelector('[data-testid=\"message\"]').textContent").await;
    said.as_str().unwrap_or_default().to_owned()
}
