//! Owns the proof that every way in which the keyring fails has its page, and that the app goes on by itself afterwards.
//! Refuses to know the platform's own words for it.
//! Invariant: what was typed is kept, nothing is sent while the keyring fails, and nothing that was there is lost.

use std::path::Path;
use std::time::Duration;

use harness::keyring::PASSWORD;
use harness::page::Page;
use harness::phone::{self, Ids, digits};
use harness::process::until;
use harness::session::{Bus, Session};

use crate::desktops::{Desktop, issue, start_over};
use crate::phones::{START_PASSWORD, Stage};

/// How often the page looks, twice over: what it has not done by then it does not do.
const LOOKS: Duration = Duration::from_secs(5);

/// The form, filled in and sent, which ends on `screen`; no guess was charged for it.
async fn stopped(stage: &Stage, page: &Page, ids: &Ids, screen: &str) {
    page.see("setup").await;
    phone::fill_in(page, ids, START_PASSWORD).await;
    page.press_when_enabled("submit").await;
    page.see(screen).await;
    assert_eq!(stage.centre.status("m-0001").await["issue"]["attempts_left"], 5, "nothing was sent");
}

/// All that was typed is still in the form, ready to be sent.
async fn is_kept(page: &Page, ids: &Ids) {
    page.press("back").await;
    assert_eq!(digits(&page.value("service-id").await), ids.service_id);
    assert_eq!(digits(&page.value("user-id").await), ids.user_id);
    assert_eq!(page.value("start-password").await, START_PASSWORD);
    assert!(page.is_enabled("submit").await, "the agreement is kept, too");
}

/// A machine with a token whose 初期設定完了 was read.
async fn enrolled(stage: &Stage) -> Desktop {
    let desktop = Desktop::new(stage, "one").await;
    let window = desktop.open().await;
    phone::set_up(&window.page, &issue(stage, "m-0001").await, START_PASSWORD).await;
    window.close().await;
    desktop
}

/// The keyring is started anew and nobody has unlocked it.
async fn locked(stage: &Stage) -> Desktop {
    let mut desktop = enrolled(stage).await;
    desktop.session.end_keyring();
    desktop.session.start_keyring_with(None).await;
    assert!(desktop.session.is_keyring_locked());
    desktop
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_bus_there_is_no_safe_place_and_what_was_typed_is_kept() {
    let stage = Stage::set();
    let ids = issue(&stage, "m-0001").await;
    let desktop = Desktop::on(&stage, "one", Bus::Without);
    let window = desktop.open().await;
    stopped(&stage, &window.page, &ids, "no-vault").await;
    is_kept(&window.page, &ids).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keyring_service_there_is_no_safe_place_until_one_is_started() {
    let stage = Stage::set();
    let ids = issue(&stage, "m-0001").await;
    let mut desktop = Desktop::on(&stage, "one", Bus::Bare);
    let window = desktop.open().await;
    stopped(&stage, &window.page, &ids, "no-vault").await;
    is_kept(&window.page, &ids).await;
    window.page.press_when_enabled("submit").await;
    window.page.see("no-vault").await;
    desktop.session.start_keyring().await;
    window.page.see("done").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_without_a_collection_is_no_safe_place() {
    let stage = Stage::set();
    let ids = issue(&stage, "m-0001").await;
    let mut desktop = Desktop::on(&stage, "one", Bus::Bare);
    desktop.session.start_keyring_with(None).await;
    let window = desktop.open().await;
    stopped(&stage, &window.page, &ids, "no-vault").await;
    is_kept(&window.page, &ids).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_keyring_is_waited_for_and_the_code_comes_by_itself() {
    let stage = Stage::set();
    let desktop = locked(&stage).await;
    let window = desktop.open().await;
    window.page.see("vault-locked").await;
    assert!(desktop.session.unlock_keyring(PASSWORD));
    window.page.see("code").await;
    assert_eq!(phone::code(&window.page).await.len(), 8);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_unlock_stays_on_the_page_and_the_right_one_goes_on() {
    let stage = Stage::set();
    let desktop = locked(&stage).await;
    let window = desktop.open().await;
    window.page.see("vault-locked").await;
    assert!(!desktop.session.unlock_keyring("not its password"));
    tokio::time::sleep(LOOKS).await;
    assert!(window.page.sees("vault-locked").await);
    assert!(desktop.session.unlock_keyring(PASSWORD));
    window.page.see("code").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_that_is_dismissed_comes_back_to_the_page() {
    let stage = Stage::set();
    let desktop = locked(&stage).await;
    let window = desktop.open().await;
    window.page.press("retry").await;
    answer_prompt(&desktop.session, &["key", "Escape"]).await;
    window.page.see("vault-locked").await;
    window.page.press_when_enabled("retry").await;
    let typed = ["type", "--delay", "20", PASSWORD];
    answer_prompt(&desktop.session, &typed).await;
    answer_prompt(&desktop.session, &["key", "Return"]).await;
    window.page.see("code").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_meets_a_locked_keyring_is_sent_once_it_is_unlocked() {
    let stage = Stage::set();
    let mut desktop = Desktop::new(&stage, "one").await;
    desktop.session.end_keyring();
    desktop.session.start_keyring_with(None).await;
    let ids = issue(&stage, "m-0001").await;
    let window = desktop.open().await;
    window.page.see("setup").await;
    phone::fill_in(&window.page, &ids, START_PASSWORD).await;
    window.page.press_when_enabled("submit").await;
    answer_prompt(&desktop.session, &["key", "Escape"]).await;
    window.page.see("vault-locked").await;
    is_kept(&window.page, &ids).await;
    window.page.press_when_enabled("submit").await;
    answer_prompt(&desktop.session, &["key", "Escape"]).await;
    window.page.see("vault-locked").await;
    assert!(desktop.session.unlock_keyring(PASSWORD));
    window.page.see("done").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_is_deleted_while_the_app_runs_ends_on_the_page_of_the_missing_key() {
    let stage = Stage::set();
    // A bus that starts no keyring of its own when the app looks for one in between.
    let mut desktop = Desktop::on(&stage, "one", Bus::Bare);
    desktop.session.start_keyring().await;
    let window = desktop.open().await;
    phone::set_up(&window.page, &issue(&stage, "m-0001").await, START_PASSWORD).await;
    assert_eq!(phone::code(&window.page).await.len(), 8);
    desktop.session.end_keyring();
    std::fs::remove_dir_all(desktop.session.keyrings()).expect("the keyring has files");
    desktop.session.start_keyring().await;
    // The next code is asked for at the next step.
    desktop.set_clock(60_000);
    window.page.see("key-missing").await;
    start_over(&window.page).await;
    phone::set_up(&window.page, &issue(&stage, "m-0002").await, START_PASSWORD).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_ends_while_the_app_runs_has_its_page_and_the_code_comes_back_with_it() {
    let stage = Stage::set();
    let mut desktop = Desktop::on(&stage, "one", Bus::Bare);
    desktop.session.start_keyring().await;
    let window = desktop.open().await;
    phone::set_up(&window.page, &issue(&stage, "m-0001").await, START_PASSWORD).await;
    desktop.session.end_keyring();
    desktop.set_clock(60_000);
    window.page.see("no-vault").await;
    desktop.session.start_keyring().await;
    window.page.see("code").await;
    window.close().await;
}

/// Types on the system's own window that asks for the keyring's password.
async fn answer_prompt(session: &Session, keys: &[&str]) {
    let prompt = until("the system's window for the password", Duration::from_secs(60), async || {
        let search = ["search", "--onlyvisible", "--class", "gcr-prompter"];
        let found = session.command(Path::new("xdotool")).args(search).output();
        let found = found.expect("xdotool can be started");
        String::from_utf8_lossy(&found.stdout).lines().last().map(str::to_owned)
    })
    .await;
    // It takes the keyboard only when it was drawn.
    tokio::time::sleep(Duration::from_secs(1)).await;
    for words in [&["windowfocus", "--sync", &prompt][..], keys] {
        let told = session.command(Path::new("xdotool")).args(words).status();
        assert!(told.is_ok_and(|status| status.success()), "xdotool {words:?}");
    }
}
