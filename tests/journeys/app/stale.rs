//! Owns the proof that no code outlives its minute, whatever holds the app up, and that nothing runs while it is hidden.
//! Refuses to measure times: machines are slow at will.
//! Invariant: what was on show is recorded frame by frame inside the page.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use harness::logind::Logind;
use harness::page::Page;
use harness::phone::digits;
use harness::process::until;
use harness::window::Window;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use warifu_core::wire::bank::Verdict;

use super::{Desk, MINUTE, SECOND};

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

/// Records what the code's place shows, and when. What the page itself had to do by then comes first. A window draws no
/// frames while the app behind it stands still, but its timers go on, and what they find the next frame would show.
const WATCH: &str = "const shown = (window.shown = []);
    const later = () => setTimeout(note, 0, Date.now());
    const note = (asked) => {
        if (Date.now() - asked > 200) return later();
        shown.push([Date.now(), document.querySelector('[data-testid=\"code-value\"]')?.textContent ?? '']);
        setTimeout(later, 20);
    };
    later();";

/// Longer than a tick of the page may be late without being held up.
const HELD_UP: Duration = Duration::from_secs(2);

/// An app that stands still.
struct Stopped {
    app: Vec<Pid>,
    pages: Vec<Pid>,
}

impl Stopped {
    fn new(window: &Window) -> Self {
        let (app, pages): (Vec<Pid>, Vec<Pid>) =
            members(window.group()).into_iter().partition(|id| name(*id) == "warifu");
        assert!(!app.is_empty() && !pages.is_empty(), "{app:?} and {pages:?}");
        signal(&app, Signal::SIGSTOP);
        signal(&pages, Signal::SIGSTOP);
        Self { app, pages }
    }

    fn go_on(self) {
        signal(&self.pages, Signal::SIGCONT);
        signal(&self.app, Signal::SIGCONT);
    }

    /// The page goes on before the app behind it can tell it anything: the code of before is not on show from then on.
    async fn goes_on_without(self, old: &str, desk: &Desk, page: &Page) {
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).expect("the machine's clock is past 1970");
        let goes_on = now().as_millis();
        signal(&self.pages, Signal::SIGCONT);
        tokio::time::sleep(HELD_UP / 2).await;
        let told = now().as_millis();
        signal(&self.app, Signal::SIGCONT);
        let new = harness::phone::other_code(page, old).await;
        assert_eq!(desk.judge("verify", &new).await, Verdict::Accepted);
        let shown = until("the code among what was on show", Duration::from_secs(60), async || {
            let shown = page.run("return window.shown").await;
            let shown: Vec<(u64, String)> = serde_json::from_value(shown).expect("these are times and texts");
            let later = shown.into_iter().map(|(at, shown)| (u128::from(at), digits(&shown)));
            let later: Vec<_> = later.filter(|(at, _)| *at >= goes_on).collect();
            later.iter().any(|(_, shown)| *shown == new).then_some(later)
        })
        .await;
        assert!(shown.iter().any(|(at, _)| *at < told), "the page did nothing before it could be told");
        let stale = shown.iter().filter(|(_, shown)| shown == old).count();
        assert_eq!(stale, 0, "the old code was on show after its step");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_whole_app_was_stopped_over_a_change_the_old_code_is_not_on_show() {
    let desk = Desk::set().await;
    let window = desk.in_use().await;
    let page = &window.page;
    page.run(WATCH).await;
    let (old, step, stopped) = loop {
        let old = desk.next_code(page).await;
        let step = desk.clock.step();
        let left = MINUTE - desk.clock.now().0.rem_euclid(MINUTE);
        desk.clock.advance(left - 5 * SECOND);
        let counts_down = async || {
            let left = page.read("remaining").await.parse::<i64>();
            (desk.clock.step() != step || left.is_ok_and(|left| left <= 5)).then_some(())
        };
        until("the last five seconds", Duration::from_secs(60), counts_down).await;
        let stopped = Stopped::new(&window);
        // On a busy machine the minute may have been over before the app stood still.
        if desk.clock.step() == step {
            break (old, step, stopped);
        }
        stopped.go_on();
    };
    let is_over = async || (desk.clock.step() != step).then_some(());
    until("the end of the step", Duration::from_secs(60), is_over).await;
    stopped.goes_on_without(&old, &desk, page).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_was_held_up_is_blank_until_it_was_told_what_time_it_is() {
    let desk = Desk::set().await;
    let window = desk.in_use().await;
    let page = &window.page;
    page.run(WATCH).await;
    let old = desk.next_code(page).await;
    let stopped = Stopped::new(&window);
    // As in a sleep that the window's own count knows nothing of: by that, the code has most of a minute left.
    desk.clock.next_step();
    tokio::time::sleep(HELD_UP).await;
    stopped.goes_on_without(&old, &desk, page).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_app_behind_it_stands_still_the_window_counts_down_and_ends_its_code() {
    ends_alone("").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_next_code_that_was_asked_for_and_does_not_come_keeps_no_old_one_on_show() {
    ends_alone(
        "setTimeout(() => {
            window.pressed = true;
            document.querySelector('[data-testid=\"next-code\"]').click();
        }, 1000);",
    )
    .await;
}

/// The window by itself at the end of a code, once it was told to do that a second later.
async fn ends_alone(told: &'static str) {
    /// What a beat and a drawing may take on a busy machine.
    const DRAWN: Duration = Duration::from_millis(700);
    let desk = Desk::set().await;
    let window = desk.in_use().await;
    let page = &window.page;
    page.run(WATCH).await;
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).expect("the machine's clock is past 1970");
    let (old, step, ends, apps) = loop {
        let old = desk.next_code(page).await;
        let step = desk.clock.step();
        let left = MINUTE - desk.clock.now().0.rem_euclid(MINUTE);
        desk.clock.advance(left - 6 * SECOND);
        let counts_down = async || {
            let left = page.read("remaining").await.parse::<i64>();
            (desk.clock.step() != step || left.is_ok_and(|left| left <= 5)).then_some(())
        };
        until("the last five seconds", Duration::from_secs(60), counts_down).await;
        let apps: Vec<Pid> = members(window.group()).into_iter().filter(|id| name(*id) == "warifu").collect();
        page.run(told).await;
        signal(&apps, Signal::SIGSTOP);
        let left = MINUTE - desk.clock.now().0.rem_euclid(MINUTE);
        // On a busy machine the minute may have been over before the app stood still.
        if desk.clock.step() == step && left > 2 * SECOND {
            break (old, step, now() + Duration::from_millis(left.unsigned_abs()), apps);
        }
        signal(&apps, Signal::SIGCONT);
    };
    let is_over = async || (desk.clock.step() != step).then_some(());
    until("the end of the step", Duration::from_secs(60), is_over).await;
    tokio::time::sleep(DRAWN * 3).await;
    let went_on = now();
    signal(&apps, Signal::SIGCONT);
    let new = harness::phone::other_code(page, &old).await;
    assert_eq!(desk.judge("verify", &new).await, Verdict::Accepted);
    assert_eq!(page.run("return window.pressed === true").await, !told.is_empty());
    let shown: Vec<(u64, String)> =
        serde_json::from_value(page.run("return window.shown").await).expect("these are times and texts");
    let between = |from: Duration, to: Duration| {
        let shown = shown.iter().map(|(at, shown)| (Duration::from_millis(*at), digits(shown)));
        shown.filter(|(at, _)| *at > from && *at < to).map(|(_, shown)| shown).collect::<Vec<_>>()
    };
    let after = between(ends + DRAWN, went_on);
    assert!(!after.is_empty() && after.iter().all(String::is_empty), "after its minute: {after:?}");
    assert!(
        between(ends - Duration::from_secs(2), ends - DRAWN).contains(&old),
        "it was taken away too early"
    );
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_systems_clock_goes_on_without_the_windows_count_the_code_is_taken_away_first() {
    let desk = Desk::set().await;
    let window = desk.in_use().await;
    let page = &window.page;
    let code = desk.next_code(page).await;
    // As after a sleep: the count stood still, the clock did not.
    page.run(
        "const place = document.querySelector('[data-testid=\"code-value\"]');
        const seen = (window.texts_seen = []);
        new MutationObserver(() => seen.push(place.textContent)).observe(place, { childList: true, subtree: true });
        const now = Date.now.bind(Date);
        Date.now = () => now() + 3_600_000;",
    )
    .await;
    let seen = until("a blank and the code again", Duration::from_secs(30), async || {
        let seen = page.run("return window.texts_seen").await;
        let seen = seen.as_array().into_iter().flatten();
        let seen: Vec<String> = seen.map(|seen| digits(seen.as_str().unwrap_or_default())).collect();
        (seen.len() >= 2).then_some(seen)
    })
    .await;
    assert_eq!(seen[0], "", "what was on show may be old");
    assert_eq!(seen[1], code, "it is the same minute");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_machine_sleeps_the_window_is_blank_and_only_a_new_code_comes_after_it() {
    let mut desk = Desk::set().await;
    let logind = Logind::on(&mut desk.session);
    let window = desk.in_use().await;
    let page = &window.page;
    logind.held().await;
    let old = desk.next_code(page).await;
    logind.sleep().await;
    // Asleep: nothing of the app runs, and the minute goes by.
    assert_eq!(
        digits(&page.read("code-value").await),
        "",
        "a code is on show while the machine falls asleep"
    );
    watch(page).await;
    let stopped = members(window.group());
    signal(&stopped, Signal::SIGSTOP);
    desk.clock.next_step();
    signal(&stopped, Signal::SIGCONT);
    assert_eq!(
        digits(&page.read("code-value").await),
        "",
        "a code is on show before logind said that all are awake"
    );
    logind.wake();
    let new = harness::phone::other_code(page, &old).await;
    assert_eq!(desk.judge("verify", &new).await, Verdict::Accepted);
    let frames = frames_until(page, &new).await;
    assert!(!frames.contains(&old), "{frames:?}");

    println!("── and the next time");
    logind.held().await;
    logind.sleep().await;
    assert_eq!(digits(&page.read("code-value").await), "");
    logind.wake();
    harness::phone::code(page).await;
    window.close().await;
}

fn signal(processes: &[Pid], signal: Signal) {
    for process in processes {
        kill(*process, signal).expect("the test may signal its own programs");
    }
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

fn name(process: Pid) -> String {
    std::fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default().trim().to_owned()
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
