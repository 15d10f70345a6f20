//! Owns the proof that no code outlives its minute, whatever holds the app up, and that nothing runs while it is hidden.
//! Refuses to measure times: machines are slow at will.
//! Invariant: what was on show is recorded frame by frame inside the page.

use std::time::Duration;

use harness::page::Page;
use harness::phone::digits;
use harness::process::until;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use warifu_core::wire::bank::Verdict;

use super::Desk;

/// Records what the code's place shows, each time that it is drawn otherwise.
pub(super) async fn watch(page: &Page) {
    page.run(
        "window.frames_seen = [];
        const look = () => {
            const shown = document.querySelector('[data-testid=\"code-value\"]')?.textContent ?? '';
            if (shown !== window.frames_seen.at(-1)) window.frames_seen.push(shown);
            requestAnimationFrame(look);
        };
        look();",
    )
    .await;
}

/// What was recorded, codes and blanks as empty texts, once `code` is among it.
pub(super) async fn frames_until(page: &Page, code: &str) -> Vec<String> {
    until("a frame with the code", Duration::from_secs(30), async || {
        let seen = page.run("return window.frames_seen").await;
        let shown = seen.as_array().into_iter().flatten();
        let frames: Vec<String> = shown.map(|shown| digits(shown.as_str().unwrap_or_default())).collect();
        frames.iter().any(|shown| shown == code).then_some(frames)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_whole_app_was_stopped_over_a_change_the_old_code_does_not_come_back() {
    let desk = Desk::set().await;
    let window = desk.in_use().await;
    let page = &window.page;
    let old = desk.next_code(page).await;
    watch(page).await;
    let stopped = members(window.group());
    assert!(stopped.len() >= 2, "the app has a process for its window and one for its pages: {stopped:?}");
    for signal in [Signal::SIGSTOP, Signal::SIGCONT] {
        if signal == Signal::SIGCONT {
            desk.clock.next_step();
        }
        for process in &stopped {
            kill(*process, signal).expect("the test may signal its own programs");
        }
    }
    let new = harness::phone::other_code(page, &old).await;
    assert_eq!(desk.judge("verify", &new).await, Verdict::Accepted);
    let frames = frames_until(page, &new).await;
    let first_new = frames.iter().position(|shown| *shown == new).expect("the new code was on show");
    assert!(!frames[first_new..].contains(&old));
    window.close().await;
}

/// The processes of a group but for the driver, whose number the group has.
fn members(group: u32) -> Vec<Pid> {
    let entries = std::fs::read_dir("/proc").expect("the system has /proc");
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok())
        .filter(|id| {
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            // The name in brackets may hold blanks; after it: state, parent, group.
            let after = stat.rsplit_once(')').map(|(_, after)| after).unwrap_or_default();
            let of: Option<u32> = after.split_whitespace().nth(2).and_then(|of| of.parse().ok());
            of == Some(group) && id.unsigned_abs() != group
        })
        .map(Pid::from_raw)
        .collect()
}

/// Counts the timers that wait, and lets the page believe that nobody can see it.
const HIDE: &str = "const live = (window.live_timers = new Set());
    const [set, clear] = [window.setTimeout.bind(window), window.clearTimeout.bind(window)];
    window.setTimeout = (then, ms, ...rest) => {
        const id = set((...all) => { live.delete(id); then(...all); }, ms, ...rest);
        // The driver has timers of its own.
        if (new Error().stack.includes('code.js')) live.add(id);
        return id;
    };
    window.clearTimeout = (id) => { live.delete(id); clear(id); };
    window.seen_as = 'visible';
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => window.seen_as });";

#[tokio::test(flavor = "multi_thread")]
async fn while_nobody_can_see_it_no_timer_runs_and_no_code_stays() {
    let desk = Desk::set().await;
    let window = desk.in_use().await;
    let page = &window.page;
    page.run(HIDE).await;
    // The timers of before the count are replaced with the next code.
    let old = desk.next_code(page).await;
    until("a timer that is counted", Duration::from_secs(30), async || {
        (page.run("return window.live_timers.size").await.as_u64() > Some(0)).then_some(())
    })
    .await;
    let seen = page
        .run(
            "window.seen_as = 'hidden';
            document.dispatchEvent(new Event('visibilitychange'));
            const shown = document.querySelector('[data-testid=\"code-value\"]').textContent;
            return [window.live_timers.size, shown];",
        )
        .await;
    assert_eq!(seen[0], Value::from(0), "a timer waits while nobody can see it");
    assert_eq!(digits(seen[1].as_str().unwrap_or_default()), "", "a code stays while nobody can see it");
    desk.clock.next_step();
    page.run("window.seen_as = 'visible'; document.dispatchEvent(new Event('visibilitychange'));").await;
    let new = harness::phone::other_code(page, &old).await;
    assert_eq!(desk.judge("verify", &new).await, Verdict::Accepted);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_code_is_offered_in_the_last_seconds_and_can_be_switched_off() {
    let desk = Desk::set().await;
    let window = desk.in_use().await;
    let page = &window.page;
    let (old, next) = loop {
        let old = desk.next_code(page).await;
        let left = 60_000 - desk.clock.now().0.rem_euclid(60_000);
        desk.clock.advance(left - 4_500);
        // On a busy machine the minute may be over before the button is pressed.
        if page.sees("next-code").await || wait_for_next(page).await {
            page.press("next-code").await;
            break (old.clone(), harness::phone::other_code(page, &old).await);
        }
    };
    assert_ne!(old, next);
    desk.clock.next_step();
    assert_eq!(desk.judge("verify", &next).await, Verdict::Accepted, "it is the code of the minute after");

    super::open_about(page).await;
    page.press("offers-next").await;
    page.press("back").await;
    page.see("code").await;
    assert_eq!(page.run("return document.querySelector('[data-testid=\"next-code\"]')").await, Value::Null);
    window.close().await;
}

async fn wait_for_next(page: &Page) -> bool {
    for _ in 0..30 {
        if page.sees("next-code").await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}
