//! Owns the proof that a full disk, a folder that cannot be written, a second start and a clock before 1970 have their
//! pages.
//! Refuses to know which file was written when it failed.
//! Invariant: what was typed is kept, and the app works again as soon as what was in its way is gone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use harness::phone::{self, digits};
use harness::process::{Process, until};
use harness::programs;
use harness::session::{Bus, Session};
use harness::window::Window;

use crate::desktops::{Desktop, issue};
use crate::phones::{START_PASSWORD, Stage};

/// Before 1970, from any year that this is run in.
const FIFTY_SEVEN_YEARS: i64 = 57 * 366 * 86_400_000;

/// The app's folder on a disk of its own with nothing left but `left` KiB.
fn nearly_full(desktop: &mut Desktop, left: u32) {
    let folder = desktop.app_folder().join("vault");
    std::fs::create_dir_all(&folder).expect("the test's folder can be written");
    let folder = folder.display();
    let fill =
        format!("head -c $((({left_of} - {left}) * 1024)) /dev/zero > '{folder}/filler'", left_of = 64);
    desktop.session.mount(Some(format!("mount -t tmpfs -o size=64k tmpfs '{folder}'; {fill}")));
}

/// Where that disk is seen from outside.
fn filler(desktop: &Desktop, window: &Window) -> PathBuf {
    let inside = desktop.app_folder().join("vault/filler");
    let inside = inside.strip_prefix("/").expect("the test's folder is named from the root");
    Path::new("/proc").join(window.id().to_string()).join("root").join(inside)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_before_anything_is_sent_and_the_form_goes_out_once_there_is_room() {
    let stage = Stage::set();
    let ids = issue(&stage, "m-0001").await;
    let mut desktop = Desktop::new(&stage, "one").await;
    for left in [0, 4] {
        nearly_full(&mut desktop, left);
        let window = desktop.open().await;
        let page = &window.page;
        page.see("setup").await;
        phone::fill_in(page, &ids, START_PASSWORD).await;
        page.press_when_enabled("submit").await;
        page.see("storage-failed").await;
        assert_eq!(stage.centre.status("m-0001").await["issue"]["attempts_left"], 5, "nothing was sent");
        page.press("back").await;
        assert_eq!(digits(&page.value("user-id").await), ids.user_id);
        assert_eq!(page.value("start-password").await, START_PASSWORD);
        page.press_when_enabled("submit").await;
        page.see("storage-failed").await;
        if left == 0 {
            window.close().await;
        } else {
            std::fs::remove_file(filler(&desktop, &window)).expect("the disk is seen from outside");
            page.press_when_enabled("retry").await;
            phone::go_on_to_code(page).await;
            window.close().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_has_its_page_and_the_token_is_there_when_it_can() {
    let stage = Stage::set();
    let ids = issue(&stage, "m-0001").await;
    let mut desktop = Desktop::new(&stage, "one").await;
    assert_eq!(desktop.enrol(&ids).screen, "done");
    let folder = desktop.app_folder();
    let folder = folder.display();
    desktop
        .session
        .mount(Some(format!("mount --bind '{folder}' '{folder}'; mount -o remount,bind,ro '{folder}'")));
    let window = desktop.open().await;
    window.page.see("storage-failed").await;
    window.page.press("retry").await;
    window.page.see("storage-failed").await;
    window.close().await;
    desktop.session.mount(None);
    let window = desktop.open().await;
    phone::go_on_to_code(&window.page).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_ends_at_once_and_brings_the_first_window_to_the_front() {
    let stage = Stage::set();
    let desktop = Desktop::new(&stage, "one").await;
    let first = desktop.open().await;
    first.page.see("setup").await;
    let own = xdotool(&desktop.session, &["search", "--onlyvisible", "--class", "warifu"]);
    // Another window has the keyboard.
    let mut other = desktop.session.command(Path::new("xmessage"));
    let other = Process::start("other", other.args(["-buttons", "ok", "in front"]), &desktop.folder);
    let front = until("the other window", Duration::from_secs(30), async || {
        Some(xdotool(&desktop.session, &["search", "--onlyvisible", "--class", "xmessage"]))
            .filter(|it| !it.is_empty())
    })
    .await;
    xdotool(&desktop.session, &["windowfocus", "--sync", &front]);
    assert_eq!(xdotool(&desktop.session, &["getwindowfocus"]), front);

    let mut command = desktop.session.command(&programs::qa("warifu"));
    let mut second = Process::start("second", &mut command, &desktop.folder);
    until("the end of the second start", Duration::from_secs(60), async || second.has_ended().then_some(()))
        .await;
    until("the first window in front", Duration::from_secs(30), async || {
        (xdotool(&desktop.session, &["getwindowfocus"]) == own).then_some(())
    })
    .await;
    first.page.see("setup").await;
    drop(other);
    first.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_with_a_link_fills_the_form_of_the_first() {
    let stage = Stage::set();
    let desktop = Desktop::new(&stage, "one").await;
    let first = desktop.open().await;
    first.page.see("setup").await;
    first.page.fill("start-password", START_PASSWORD).await;
    let mut command = desktop.session.command(&programs::qa("warifu"));
    command.arg("warifu://setup?service_id=10112235&user_id=999800000001");
    let second = Process::start("second", &mut command, &desktop.folder);
    until("a form that is filled in", Duration::from_secs(60), async || {
        (digits(&first.page.value("user-id").await) == "999800000001").then_some(())
    })
    .await;
    assert_eq!(digits(&first.page.value("service-id").await), "10112235");
    assert_eq!(first.page.value("start-password").await, START_PASSWORD, "what was typed is kept");
    drop(second);
    first.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_bus_a_second_window_says_that_the_first_is_open_and_goes_on_when_it_is_closed() {
    let stage = Stage::set();
    let desktop = Desktop::on(&stage, "one", Bus::Without);
    let mut command = desktop.session.command(&programs::qa("warifu"));
    let first = Process::start("first", &mut command, &desktop.folder);
    until("the folder of the first", Duration::from_secs(60), async || {
        desktop.app_folder().join("vault/lock").exists().then_some(())
    })
    .await;
    let second = desktop.open().await;
    second.page.see("already-open").await;
    first.kill();
    second.page.see("setup").await;
    second.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_before_1970_has_its_page_and_the_form_goes_out_when_it_is_right() {
    let stage = Stage::set();
    let ids = issue(&stage, "m-0001").await;
    let mut desktop = Desktop::new(&stage, "one").await;
    let window = desktop.open().await;
    let page = &window.page;
    page.see("setup").await;
    desktop.set_clock(-FIFTY_SEVEN_YEARS);
    phone::fill_in(page, &ids, START_PASSWORD).await;
    page.press_when_enabled("submit").await;
    page.see("clock-wrong").await;
    assert_eq!(stage.centre.status("m-0001").await["issue"]["attempts_left"], 5, "nothing was sent");
    desktop.set_clock(0);
    phone::go_on_to_code(page).await;
    assert_eq!(phone::code(page).await.len(), 8);

    // While a code is on show, and at a start, with no centre that could say what time it is.
    window.close().await;
    desktop.lose_the_centre();
    let window = desktop.open().await;
    window.page.see("code").await;
    desktop.set_clock(-FIFTY_SEVEN_YEARS);
    window.page.see("clock-wrong").await;
    window.close().await;
    let window = desktop.open().await;
    window.page.see("clock-wrong").await;
    desktop.set_clock(0);
    window.page.see("code").await;
    window.close().await;
}

fn xdotool(session: &Session, words: &[&str]) -> String {
    let answer = session.command(Path::new("xdotool")).args(words).output().expect("xdotool can be started");
    String::from_utf8_lossy(&answer.stdout).trim().to_owned()
}
