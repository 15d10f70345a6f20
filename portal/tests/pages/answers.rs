//! Owns what every route answers to every kind of input: bad forms, wrong methods, odd paths; headers; GET.
//! Refuses to know what a page is for.
//! Invariant: whatever is sent, the answer is a page with a sentence, never a 5xx.

use axum::body::Body;
use axum::http::Method;

use crate::support::browser::encode;
use crate::support::routes::{addresses, routes};
use crate::support::{LOGIN_PASSWORD, Portal, apply, issue};
use warifu_core::wire::bank::TokenState;

const FORM: &str = "application/x-www-form-urlencoded";
const POSTS: &[(&str, &[&str])] = &[
    ("/sign-in", &["login_id", "login_password"]),
    ("/otp/issue", &["form", "mail", "mail_again", "start_password", "start_password_again"]),
    ("/otp/issue/confirm", &["application", "mailed_password", "confirmation_password"]),
    ("/otp/issue/send", &["application"]),
    ("/otp/issue/mail", &["application", "form"]),
    ("/otp/issue/stop", &["application"]),
    ("/otp/resend", &["form", "place"]),
    ("/otp/readdress", &["form", "mail", "mail_again", "confirmation_password"]),
    ("/otp/activate", &["form", "code"]),
    ("/otp/revoke", &["form", "confirmation_password", "code"]),
    ("/otp/cancel", &["form"]),
    ("/otp/resync", &["form", "first_code", "second_code"]),
    ("/otp/release/take-back", &["id"]),
    ("/otp/stop", &["form"]),
    ("/transfer", &["form", "account", "bank", "branch", "account_type", "number", "payee", "amount"]),
    ("/transfer/code", &["form", "id", "code"]),
    ("/transfer/password", &["form", "id", "confirmation_password"]),
    ("/transfer/sign", &["form", "id", "code"]),
    ("/transfer/sign/begin", &["form", "id"]),
    ("/transfer/stop", &["id"]),
    ("/limit", &["form", "amount", "code"]),
    ("/limit/take-back", &["id"]),
    ("/details", &["form", "mail", "mail_again", "code"]),
    ("/sign-in/code", &["form", "code"]),
    ("/sessions/end", &[]),
    ("/sign-out", &[]),
    ("/language", &[]),
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
    "/otp/readdress",
    "/otp/activate",
    "/otp/activate/done",
    "/otp/revoke",
    "/otp/revoke/done",
    "/otp/cancel",
    "/otp/resync",
    "/otp/history",
    "/otp/stop",
    "/lost-phone",
    "/download",
    "/language?in=ja&to=%2F",
    "/transfer",
    "/transfer/confirm",
    "/transfer/confirm?id=x",
    "/transfer/sign?id=x",
    "/transfer/done?id=x",
    "/limit",
    "/details",
    "/sessions",
    "/health/live",
    "/health/ready",
];

#[test]
fn every_route_of_the_members_table_is_looked_at() {
    assert_eq!(addresses(POSTS.iter().map(|(path, _)| *path)), routes(false, "post"));
    let files = "/assets/{file}";
    let found: Vec<_> = routes(false, "get").into_iter().filter(|path| *path != files).collect();
    assert_eq!(addresses(GETS.iter().copied()), found);
}

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
    // Who still owes the code, of another member, so that no other form is touched by it.
    portal.centre.code("m-0002");
    portal.centre.set_token("m-0002", Some(TokenState::Active));
    let mut owing = portal.browser();
    owing.sign_in("demo0002", LOGIN_PASSWORD).await.redirects_to("/sign-in/code");
    owing.get("/sign-in/code").await.is(200);
    let owing_key = owing.hidden("/sign-in/code")[0].1.clone();
    let signed_in = browser;
    // What has no field of its own is refused for its key alone.
    for (path, names) in POSTS.iter().filter(|(_, names)| !names.is_empty()) {
        let mut browser = if *path == "/sign-in/code" { owing.clone() } else { signed_in.clone() };
        let key = match *path {
            "/sign-in" => &visitor_key,
            "/sign-in/code" => &owing_key,
            _ => &member_key,
        };
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
            assert!((200..500).contains(&status), "{value:?} on {path} gave {status}: {}", answer.body);
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
    for path in ["/otp/issue/mail", "/otp/issue/stop", "/otp/issue/send", "/otp/resend", "/sign-out"] {
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
        assert!(answer.body.len() <= 30_000, "{path} has {} bytes", answer.body.len());
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
