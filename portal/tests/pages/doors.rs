//! Owns the portal's doors: sessions, cookies, form keys, patience with guesses.
//! Refuses to know the real centre.
//! Invariant: only the right member gets in, and no stranger can keep them out for good.

use crate::support::browser::Browser;
use crate::support::{CONFIRMATION, LOGIN_ID, LOGIN_PASSWORD, MAIL, Portal, apply};

#[tokio::test]
async fn over_https_cookies_are_bound_to_the_host_and_the_browser_is_told_to_stay() {
    let portal = Portal::start_with(|c| c.public_url = Some("https://bank.example".to_owned())).await;
    let mut browser = portal.browser();
    let answer = browser.sign_in(LOGIN_ID, LOGIN_PASSWORD).await;
    answer.redirects_to("/");
    for cookie in answer.headers.get_all("set-cookie") {
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.starts_with("__Host-warifu-") && cookie.contains("; Secure"), "{cookie}");
        assert!(cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
    }
    assert!(answer.headers.contains_key("strict-transport-security"));
    browser.get("/").await.is(200);
}

#[tokio::test]
async fn a_session_ends_after_ten_minutes_without_use_and_what_was_typed_is_kept() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    for _ in 0..3 {
        portal.pass(9);
        browser.get("/").await.is(200);
    }
    apply(&mut browser, "2580").await;
    portal.pass(10);
    browser.get("/").await.redirects_to("/sign-in?ended");
    browser.get("/sign-in?ended").await.is(200).says("ログインしていない状態です").says("0187-00-0000");
    browser.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/");
    browser.get("/otp/issue/confirm").await.redirects_to("/otp/issue?again");
    browser
        .get("/otp/issue?again")
        .await
        .is(200)
        .says(&format!("value=\"{MAIL}\""))
        .says("もう一度入力してください");
}

#[tokio::test]
async fn a_session_in_use_ends_after_its_longest_time() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    for _ in 0..79 {
        portal.pass(9);
        browser.get("/").await.is(200);
    }
    // 12 hours after the sign-in, not ten minutes from here: no page puts that off.
    let page = browser.get("/").await;
    assert_eq!(
        page.shows("ends-at"),
        "08:06（日本時間）に自動でログアウトします。続けるときは、もう一度ログインしてください。"
    );
    portal.pass(9);
    browser.get("/").await.redirects_to("/sign-in?ended");
}

#[tokio::test]
async fn signing_in_gives_a_fresh_session_and_a_planted_cookie_stays_worthless() {
    let portal = Portal::start().await;
    let mut browser = portal.browser();
    let planted = "A".repeat(43);
    browser.cookies.insert("warifu-session".to_owned(), planted.clone());
    browser.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/");
    assert_ne!(browser.cookies["warifu-session"], planted);
    let mut attacker = portal.browser();
    attacker.cookies.insert("warifu-session".to_owned(), planted);
    attacker.get("/").await.redirects_to("/sign-in?ended");
}

#[tokio::test]
async fn on_a_shared_machine_a_sign_in_ends_the_session_that_it_takes_the_place_of() {
    let portal = Portal::start().await;
    let mut shared = portal.browser();
    shared.get("/sign-in").await.is(200);
    let form = shared.page.clone();
    shared.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/");
    let mut before = shared.clone();
    shared.page.clone_from(&form);
    let sign_in = |id, password| [("login_id", id), ("login_password", password)];
    shared.submit("/sign-in", &sign_in("demo0002", "wrong")).await.is(422);
    before.get("/").await.is(200);
    // Once, twice: a double click ends signed in.
    for _ in 0..2 {
        shared.page.clone_from(&form);
        shared.submit("/sign-in", &sign_in("demo0002", LOGIN_PASSWORD)).await.redirects_to("/");
    }
    before.get("/").await.redirects_to("/sign-in?ended");
    shared.get("/").await.is(200).says("仙北 花子");
    let sessions = shared.get("/sessions").await;
    assert_eq!(sessions.body.matches("<tr><td>").count(), 1, "the first click's session has ended, too");
}

#[tokio::test]
async fn a_form_of_another_session_is_refused() {
    let portal = Portal::start().await;
    let mut one = portal.signed_in().await;
    let mut two = portal.browser();
    two.sign_in("demo0002", LOGIN_PASSWORD).await.redirects_to("/");
    one.get("/otp").await.is(200);
    two.page = one.page.clone();
    two.submit("/sign-out", &[]).await.is(403).says("受け付けていません");
    two.get("/").await.is(200);
}

#[tokio::test]
async fn an_unknown_login_id_and_a_wrong_password_answer_alike_and_are_slowed_alike() {
    let portal = Portal::start().await;
    let mut pages = Vec::new();
    for login_id in [LOGIN_ID, "nobody99"] {
        let mut browser = portal.browser();
        browser.get("/sign-in").await.is(200);
        let mut seen = Vec::new();
        for _ in 0..7 {
            let answer =
                browser.submit("/sign-in", &[("login_id", login_id), ("login_password", "wrong")]).await;
            let key = browser.hidden("/sign-in")[0].1.clone();
            seen.push((
                answer.status,
                answer.body.replace(&format!("value=\"{login_id}\""), "").replace(&key, "KEY"),
            ));
        }
        pages.push(seen);
    }
    assert!(pages[0] == pages[1], "the two answers differ");
    assert!(pages[0][0].1.contains("お忘れのときは、仙北信用組合（0187-00-0000"), "the way on is told");
    assert_eq!(pages[0][4].0, 422);
    assert_eq!(pages[0][5].0, 429);

    portal.pass_seconds(30);
    portal.browser().sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/");
}

#[tokio::test]
async fn strangers_guesses_do_not_slow_a_browser_in_which_the_member_signed_in() {
    let portal = Portal::start().await;
    let mut member = portal.signed_in().await;
    member.get("/").await.is(200);
    member.submit("/sign-out", &[]).await.redirects_to("/sign-in?left");
    let mut stranger = portal.browser();
    for _ in 0..8 {
        stranger.sign_in(LOGIN_ID, "wrong").await;
    }
    stranger.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.is(429);
    member.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/");
}

/// A browser that was never here, as the proxy in front names its address.
fn unknown(portal: &Portal, from: &'static str) -> Browser {
    let mut browser = portal.browser();
    browser.from = Some(from);
    browser
}

#[tokio::test]
async fn an_outsiders_guesses_keep_no_new_browser_of_the_member_out() {
    let portal = Portal::start_with(|config| config.behind_proxy = true).await;
    for _ in 0..8 {
        unknown(&portal, "10.0.0.1, 203.0.113.7").sign_in(LOGIN_ID, "wrong").await;
    }
    // The same line, whatever the caller says of itself, and nobody else.
    for same in ["203.0.113.7", "198.51.100.9, 203.0.113.200"] {
        unknown(&portal, same).sign_in(LOGIN_ID, LOGIN_PASSWORD).await.is(429).says("30秒ほど待ってから");
    }
    unknown(&portal, "203.0.114.7").sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/");

    // Where no proxy is said to stand in front, nobody chooses whom to be counted with.
    let portal = Portal::start().await;
    for _ in 0..5 {
        unknown(&portal, "203.0.113.7").sign_in(LOGIN_ID, "wrong").await.is(422);
    }
    unknown(&portal, "203.0.114.7").sign_in(LOGIN_ID, LOGIN_PASSWORD).await.is(429);
}

#[tokio::test]
async fn guesses_from_everywhere_have_an_end_within_the_hour_and_a_known_browser_still_opens() {
    let portal = Portal::start_with(|config| {
        config.behind_proxy = true;
        config.limits.guesses_per_hour = 6;
    })
    .await;
    let mut known = unknown(&portal, "192.0.2.1");
    known.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/");
    for from in ["203.0.113.7", "198.51.100.9", "2001:db8::1", "2001:db8:0:100::1", "192.0.2.9"] {
        unknown(&portal, from).sign_in(LOGIN_ID, "wrong").await.is(422);
    }
    let mut elsewhere = unknown(&portal, "203.0.114.7");
    elsewhere.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.is(429).says("1時間ほど待ってから");
    known.submit_sign_out().await;
    known.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/");
    portal.pass(60);
    elsewhere.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/");
}

#[tokio::test]
async fn two_members_who_share_a_browser_are_both_known_there() {
    let portal = Portal::start().await;
    let mut shared = portal.browser();
    for login in [LOGIN_ID, "demo0002"] {
        shared.sign_in(login, LOGIN_PASSWORD).await.redirects_to("/");
        shared.submit_sign_out().await;
    }
    for _ in 0..8 {
        portal.browser().sign_in(LOGIN_ID, "wrong").await;
    }
    portal.browser().sign_in(LOGIN_ID, LOGIN_PASSWORD).await.is(429);
    shared.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/");
}

#[tokio::test]
async fn passwords_cookies_and_mailed_passwords_do_not_lie_on_disk() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    apply(&mut browser, "86420975").await;
    let mailed = portal.mailed_password().await;
    let disk = portal.disk();
    let holds = |text: &str| disk.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds(MAIL));
    for secret in [LOGIN_PASSWORD, CONFIRMATION, "86420975", &*browser.cookies["warifu-session"]] {
        assert!(!holds(secret), "{secret}");
    }
    let database = rusqlite_text(&portal);
    assert!(!database.contains(&mailed));
}

/// All text that a reader of the live tables would see.
fn rusqlite_text(portal: &Portal) -> String {
    let database = rusqlite::Connection::open(portal.database()).unwrap();
    let mut rows = database.prepare("SELECT text || html || subject FROM outbox").unwrap();
    rows.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap).collect()
}

#[tokio::test]
async fn the_demo_says_so_and_a_portal_that_is_none_does_not() {
    let portal = Portal::start().await;
    portal.browser().get("/sign-in").await.is(200).says("見本").says(LOGIN_PASSWORD);
    let real = Portal::start_with(|config| config.demo = false).await;
    let mut browser = real.browser();
    browser.get("/sign-in").await.is(200).does_not_say("見本").does_not_say(LOGIN_PASSWORD);
    browser.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.is(422);
}
