//! Owns the portal's doors: sessions, cookies, form keys, patience with guesses, headers, bad input.
//! Refuses to know the real centre.
//! Invariant: whatever is sent, the answer is a page with a sentence, never a 5xx.

use crate::support::browser::encode;
use crate::support::{CONFIRMATION, LOGIN_ID, LOGIN_PASSWORD, MAIL, Portal, apply, issue};
use axum::body::Body;
use axum::http::Method;

const FORM: &str = "application/x-www-form-urlencoded";
const POSTS: &[(&str, &[&str])] = &[
    ("/sign-in", &["login_id", "login_password"]),
    ("/otp/issue", &["form", "mail", "mail_again", "start_password", "start_password_again"]),
    ("/otp/issue/confirm", &["application", "mailed_password", "confirmation_password"]),
    ("/otp/issue/send", &["application"]),
    ("/otp/issue/mail", &["application", "form"]),
    ("/otp/issue/stop", &["application"]),
    ("/otp/activate", &["form", "code"]),
    ("/otp/revoke", &["form", "confirmation_password", "code"]),
    ("/otp/cancel", &["form"]),
    ("/sign-out", &[]),
];
const GETS: &[&str] = &[
    "/",
    "/sign-in",
    "/sign-in/code",
    "/otp",
    "/otp/issue",
    "/otp/issue/confirm",
    "/otp/issue/done",
    "/otp/issue/print",
    "/otp/activate",
    "/otp/activate/done",
    "/otp/revoke",
    "/otp/revoke/done",
    "/otp/cancel",
    "/health/live",
    "/health/ready",
];

#[tokio::test]
async fn bad_input_on_every_form_gets_a_page_with_a_sentence() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    apply(&mut browser, "2580").await;
    let member_key = browser.hidden("/sign-out")[0].1.clone();
    let visitor_key = {
        let mut visitor = portal.browser();
        visitor.get("/sign-in").await.is(200);
        browser.cookies.extend(visitor.cookies.clone());
        visitor.hidden("/sign-in")[0].1.clone()
    };
    for (path, names) in POSTS.iter().filter(|(path, _)| *path != "/sign-out") {
        let key = if *path == "/sign-in" { &visitor_key } else { &member_key };
        let with = |value: &str| {
            let mut fields: Vec<(&str, &str)> = vec![("csrf", key)];
            fields.extend(names.iter().map(|name| (*name, value)));
            encode(&fields)
        };
        let missing = encode(&[("csrf", key)]);
        let unknown = with("1") + "&surprise=1";
        let twice = with("1") + &format!("&csrf={key}");
        let broken =
            format!("csrf={key}") + &names.iter().map(|name| format!("&{name}=%ff%fe")).collect::<String>();
        let nul =
            format!("csrf={key}") + &names.iter().map(|name| format!("&{name}=a%00b")).collect::<String>();
        let bodies: Vec<(&str, Option<&str>, Vec<u8>, u16)> = vec![
            ("nothing", Some(FORM), Vec::new(), 403),
            ("no key", Some(FORM), encode(&[(names[0], "1")]).into(), 403),
            ("a wrong key", Some(FORM), encode(&[("csrf", "x"), (names[0], "1")]).into(), 403),
            ("missing fields", Some(FORM), missing.into(), 400),
            ("an unknown field", Some(FORM), unknown.into(), 400),
            ("a field twice", Some(FORM), twice.into(), 400),
            ("broken UTF-8", Some(FORM), broken.into(), 400),
            ("raw bytes", Some(FORM), vec![0xff, 0xfe, 0x00, b'='], 400),
            ("a control character", Some(FORM), nul.into(), 400),
            ("a field too long", Some(FORM), with(&"9".repeat(1_025)).into(), 400),
            ("1 MiB", Some(FORM), vec![b'a'; 1 << 20], 413),
            ("JSON", Some("application/json"), b"{}".to_vec(), 415),
            ("multipart", Some("multipart/form-data; boundary=x"), b"--x--".to_vec(), 415),
            ("no type", None, with("1").into(), 415),
        ];
        for (what, kind, body, status) in bodies {
            let answer = browser.send(Method::POST, path, kind, Body::from(body)).await;
            assert_eq!(answer.status.as_u16(), status, "{what} on {path}: {}", answer.body);
            answer.says("。</p>").says("data-testid=\"errors\"");
        }
        for value in
            ["", " ", "１", "<script>", "'; DROP TABLE member;--", "🎴", &"9".repeat(1_024), "../..", "%"]
        {
            let answer = browser.send(Method::POST, path, Some(FORM), Body::from(with(value))).await;
            let status = answer.status.as_u16();
            assert!((300..500).contains(&status), "{value:?} on {path} gave {status}: {}", answer.body);
            answer.does_not_say("<script>");
        }
    }
}

#[tokio::test]
async fn wrong_methods_unknown_paths_and_odd_queries_get_a_page() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    for (path, _) in POSTS {
        for method in [Method::PUT, Method::DELETE, Method::PATCH] {
            let answer = browser.send(method, path, None, Body::empty()).await;
            answer.is(405).says("。</p>");
            assert!(answer.headers.contains_key("allow"), "{path}");
        }
    }
    for path in ["/otp/issue/mail", "/otp/issue/stop", "/otp/issue/send", "/sign-out"] {
        browser.get(path).await.is(405).says("。</p>");
    }
    let unknown = [
        "/x",
        "/otp/",
        "/otp/x",
        "/assets/",
        "/assets/x.css",
        "/assets/%ff",
        "/assets/..%2f..%2fetc",
        "/%00",
        "//",
    ];
    for path in unknown {
        browser.get(path).await.is(404).says("ページが見つかりません");
    }
    for path in ["/otp?x=%ff", "/otp?%00", "/sign-in?ended=%ff&x", "/?=&&&"] {
        let status = browser.get(path).await.status.as_u16();
        assert!((200..400).contains(&status), "{path}");
    }
    for cookie in ["", "x", "%ff", "AAAA", &"A".repeat(43), &"A".repeat(5_000)] {
        let mut odd = portal.browser();
        odd.cookies.insert("warifu-session".to_owned(), cookie.to_owned());
        let status = odd.get("/").await.status.as_u16();
        assert_eq!(status, 303, "{cookie}");
    }
}

#[tokio::test]
async fn get_changes_nothing() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    issue(&portal, &mut browser).await;
    apply(&mut browser, "8642").await;
    let before = (portal.centre.counts(), portal.mails().await.len());
    for path in GETS {
        let status = browser.get(path).await.status.as_u16();
        assert!([200, 303].contains(&status), "{path} gave {status}");
    }
    assert_eq!((portal.centre.counts(), portal.mails().await.len()), before);
    browser.get("/otp/issue/confirm").await.is(200);
}

#[tokio::test]
async fn every_answer_carries_the_security_headers_and_pages_carry_no_script_and_no_inline_style() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    issue(&portal, &mut browser).await;
    for path in GETS.iter().chain(&["/nowhere"]) {
        let answer = browser.get(path).await;
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        for part in ["default-src 'none'", "style-src 'self'", "frame-ancestors 'none'", "form-action 'self'"]
        {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"));
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer");
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert!(!answer.headers.contains_key("strict-transport-security"));
        for inline in ["<script", "style=", "<style", "onclick", "javascript:"] {
            answer.does_not_say(inline);
        }
    }
    let page = browser.get("/").await;
    let (_, rest) = page.body.split_once("href=\"/assets/").unwrap();
    let sheet = format!("/assets/{}", rest.split('"').next().unwrap());
    let sheet = browser.get(&sheet).await;
    assert_eq!(sheet.is(200).headers["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(sheet.headers["content-type"], "text/css; charset=utf-8");
}

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
    browser.get("/sign-in?ended").await.is(200).says("安全のためにログアウトしました");
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
