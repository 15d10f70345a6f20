//! Owns the proof that a device's wrong clock is told in words and does no harm, with and without the centre.
//! Refuses to know how the centre's time is proven.
//! Invariant: whether a code is right is the centre's to say.

use std::time::Duration;

use harness::phone;
use harness::process::until;
use warifu_core::wire::bank::Verdict;

use super::{DAY, Desk, HOUR, MINUTE, SECOND, START_PASSWORD, open_about};

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_wrong_is_told_in_words_and_the_codes_are_right_all_the_same() {
    let desk = Desk::set().await;
    desk.set_device_clock(130 * SECOND);
    let ids = desk.issue().await;
    let window = desk.open().await;
    let page = &window.page;
    page.see("setup").await;
    phone::fill_in(page, &ids, START_PASSWORD).await;
    page.press_when_enabled("submit").await;
    page.see("done").await;
    // By half of what the centre's answer took this may be off: on a busy machine that is seconds.
    let said = page.read("clock-off").await;
    assert!(said.contains("この端末の時計は2分") && said.contains("進んでいます"), "{said}");
    phone::go_on_to_code(page).await;
    let first = desk.fresh_code(page, "").await;
    assert_eq!(desk.judge("activate", &first).await, Verdict::Accepted);

    println!("── a start that nobody told the time yet");
    window.close().await;
    desk.set_device_clock(-(26 * HOUR) - 20 * SECOND);
    let window = desk.open().await;
    let page = &window.page;
    page.read_until("clock-note", "この端末の時計は1日2時間遅れています").await;
    let second = desk.next_code(page).await;
    assert_eq!(desk.judge("verify", &second).await, Verdict::Accepted);

    println!("── 端末情報");
    open_about(page).await;
    page.read_until("clock", "この端末の時計は1日2時間遅れています").await;
    // To the second, with half a second for the way there and back; an answer that took longer is asked for again.
    desk.set_device_clock(130 * SECOND + SECOND / 2);
    let is_exact = async || {
        page.press_when_enabled("check").await;
        let said = page.read_until("clock", "進んでいます").await;
        said.contains("この端末の時計は2分10秒進んでいます").then_some(())
    };
    until("2分10秒", Duration::from_secs(60), is_exact).await;
    desk.set_device_clock(0);
    page.press_when_enabled("check").await;
    page.read_until("clock", "この端末の時計は合っています").await;
    page.press("back").await;
    page.see("code").await;
    assert!(!page.sees("clock-note").await, "a clock that was put right is not spoken of any more");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_while_a_code_is_on_show_is_noticed_and_changes_no_code() {
    let desk = Desk::set().await;
    let window = desk.in_use().await;
    let page = &window.page;
    page.see("code").await;
    for ahead in [3 * HOUR, -2 * DAY, 0] {
        page.see("code").await;
        desk.set_device_clock(ahead);
        page.read_until("message", "この端末の時計が変わりました").await;
        let after = desk.next_code(page).await;
        assert_eq!(desk.judge("verify", &after).await, Verdict::Accepted, "{ahead}");
    }
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_centre_codes_follow_the_devices_clock_forth_and_back() {
    let mut desk = Desk::set().await;
    desk.in_use().await.close().await;
    let url = std::mem::replace(&mut desk.centre.url, "http://127.0.0.1:9".to_owned());
    let window = desk.open().await;
    let page = &window.page;
    page.see("code").await;
    desk.clock.leave_at_least(50);
    let first = phone::code(page).await;
    desk.set_device_clock(HOUR);
    let forth = phone::other_code(page, &first).await;
    desk.set_device_clock(0);
    let back = phone::other_code(page, &forth).await;
    desk.centre.url = url;
    // The same minute has the same code; on a slow machine the next minute may have begun.
    if back != first {
        assert_eq!(desk.judge("verify", &back).await, Verdict::Accepted);
    }

    println!("── 端末情報 says what it cannot say");
    open_about(page).await;
    page.read_until("clock", "通信できませんでした").await;
    page.see("vault-level").await;
    page.press("back").await;
    let code = desk.next_code(page).await;
    assert_eq!(desk.judge("verify", &code).await, Verdict::Accepted);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_years_ahead_ends_no_token_where_the_centre_is_there_and_takes_nothing_where_it_is_not() {
    const AHEAD: i64 = 10 * 366 * DAY;
    let mut desk = Desk::set().await;
    desk.in_use().await.close().await;
    desk.set_device_clock(AHEAD);
    let window = desk.open().await;
    let page = &window.page;
    page.see("code").await;
    let code = desk.next_code(page).await;
    assert_eq!(desk.judge("verify", &code).await, Verdict::Accepted);
    page.read_until("clock-note", "進んでいます").await;
    window.close().await;

    println!("── with nobody to ask");
    let url = std::mem::replace(&mut desk.centre.url, "http://127.0.0.1:9".to_owned());
    let window = desk.open().await;
    let page = &window.page;
    page.read_until("expired", "端末の日付が正しいこと").await;
    desk.set_device_clock(0);
    page.press_when_enabled("retry").await;
    page.see("code").await;
    let code = desk.next_code(page).await;
    desk.centre.url = url;
    assert_eq!(desk.judge("verify", &code).await, Verdict::Accepted);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_midnight_in_japan_and_with_a_second_put_in_the_code_goes_on_and_never_back() {
    let mut desk = Desk::set().await;
    let window = desk.in_use().await;
    let page = &window.page;
    let japan = desk.clock.now().0 + 9 * HOUR;
    desk.clock.advance(DAY - japan.rem_euclid(DAY) - 20 * SECOND);
    let after = desk.next_code(page).await;
    assert_eq!(desk.judge("verify", &after).await, Verdict::Accepted);
    window.close().await;

    println!("── two seconds before the minute once more, with nobody to ask");
    desk.centre.url = "http://127.0.0.1:9".to_owned();
    let window = desk.open().await;
    let page = &window.page;
    page.see("code").await;
    let old = desk.next_code(page).await;
    super::stale::watch(page).await;
    let new = desk.next_code(page).await;
    let set = desk.clock.now().0;
    // Long enough for the old code to be asked for and shown, were it asked for.
    desk.set_device_clock(-set.rem_euclid(MINUTE) - 2 * SECOND + SECOND / 10);
    page.read_until("message", "この端末の時計が変わりました").await;
    let is_over = async || (desk.clock.now().0 > set + 5 * SECOND).then_some(());
    until("the seconds that came twice to be over", Duration::from_secs(30), is_over).await;
    let frames = super::stale::frames_until(page, &new).await;
    let first_new = frames.iter().position(|shown| *shown == new).expect("the new code was on show");
    assert!(!frames[first_new..].contains(&old), "the code went back: {}", frames.len());
    window.close().await;
}
