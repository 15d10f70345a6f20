//! Owns the proof that a window which nobody uses does not go on showing a code.
//! Refuses to shorten the minute: it goes by.
//! Invariant: the focus is the display's own, moved as a person moves it to another window.

use std::path::Path;
use std::time::Duration;

use harness::keyboard;
use harness::page::Page;
use harness::phone::{self, digits};
use harness::process::{Process, until};

use super::Desk;

const SOON: Duration = Duration::from_secs(60);
/// The minute, and as much again for a busy machine.
const A_MINUTE_LATER: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn a_minute_without_the_focus_hides_the_code_and_a_press_shows_it_again() {
    let desk = Desk::set().await;
    let window = desk.in_use().await;
    let page = &window.page;
    let mut command = desk.session.command(Path::new("xmessage"));
    let other = Process::start("another-window", command.arg("another window"), desk.folder.path());
    keyboard::focus(&desk.session, "warifu").await;
    has_focus(page, true).await;
    desk.fresh_code(page, "").await;
    assert!(!page.sees("reveal").await, "nothing is hidden while it is used");

    keyboard::focus(&desk.session, "xmessage").await;
    has_focus(page, false).await;
    assert!(!page.sees("reveal").await, "the code is not hidden at once");
    until("the code to be hidden", A_MINUTE_LATER, async || page.sees("reveal").await.then_some(())).await;
    assert_eq!(digits(&page.read("code-value").await), "");
    page.read_until("message", "番号を隠しました").await;

    page.press("reveal").await;
    let code = phone::code(page).await;
    assert_eq!(code.len(), 8);
    assert!(!page.sees("reveal").await);
    drop(other);
    window.close().await;
}

async fn has_focus(page: &Page, wanted: bool) {
    until("the focus", SOON, async || (page.run("return document.hasFocus()").await == wanted).then_some(()))
        .await;
}
