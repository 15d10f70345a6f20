//! Owns the probing of the institution's pages as an attacker does it, over plain HTTP.
//! Refuses to know what the pages are for.
//! Invariant: nothing that was sent comes back as markup, no file is reached, no form without its page's key is taken.

use std::collections::BTreeMap;

use harness::portal::LOGIN_PASSWORD;
use harness::visitor::{Got, Visitor, escaped};

use crate::stage::{LOGIN_ID, MAIL, STAFF_PASSWORD, START_PASSWORD, Stage};

const MARKUP: &str = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'";
/// The whole URL table, as it is written.
const ROUTES: [&str; 2] =
    [include_str!("../../portal/src/routes.rs"), include_str!("../../portal/src/staff/mod.rs")];

/// Every address that takes a form.
fn posts() -> Vec<&'static str> {
    let routes = ROUTES.iter().flat_map(|table| table.split(".route(").skip(1));
    let posts: Vec<_> = routes
        .filter(|route| route.split(".route(").next().is_some_and(|one| one.contains("post(")))
        .filter_map(|route| route.split('"').nth(1))
        .collect();
    assert!(
        posts.len() > 30 && posts.contains(&"/sign-in") && posts.contains(&"/staff/suspend"),
        "{posts:?}"
    );
    posts
}

/// A visitor whose every answer is judged.
struct Prober(Visitor);

impl Prober {
    fn new(stage: &Stage) -> Self {
        Self(Visitor::new(&stage.portal.url))
    }

    async fn get(&mut self, path: &str) -> Got {
        judged(path, self.0.get(path).await)
    }

    async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Got {
        judged(path, self.0.post(path, fields).await)
    }

    async fn sign_in(&mut self) {
        let fields = [("login_id", LOGIN_ID), ("login_password", LOGIN_PASSWORD)];
        assert_eq!(self.0.fill("/sign-in", &fields).await.status, 303);
    }
}

fn judged(path: &str, got: Got) -> Got {
    assert!(got.status < 500, "{path} gave {}: {}", got.status, got.body);
    for markup in ["<script>alert", "<img src=x"] {
        assert!(!got.body.contains(markup), "{path} gives markup back:\n{}", got.body);
    }
    for cookie in got.headers.get_all("set-cookie") {
        let cookie = cookie.to_str().expect("a cookie is text");
        for flag in ["HttpOnly", "SameSite=", "Path=/"] {
            assert!(cookie.contains(flag), "{path}: {cookie}");
        }
    }
    got
}

/// Sends every one of these forms with no key, an empty one and those of other sessions: each is refused for its key,
/// before anything else is looked at.
async fn refuses(prober: &mut Prober, paths: &[&str], keys: &[&str]) {
    for path in paths {
        for key in [None, Some("")].into_iter().chain(keys.iter().copied().map(Some)) {
            let fields: Vec<(&str, &str)> = key.map(|key| ("csrf", key)).into_iter().collect();
            let got = prober.send(path, &fields).await;
            assert_eq!(got.status, 403, "{path} with {key:?} leads to {}", got.place());
            assert!(got.body.contains("画面の有効期限が切れました"), "{path} with {key:?}:\n{}", got.body);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_form_is_taken_without_the_key_of_a_page_given_to_this_very_session() {
    let stage = Stage::set().await;
    let mut member = Prober::new(&stage);
    member.sign_in().await;
    let old = member.get("/otp").await.key();
    let own = member.send("/sign-out", &[("csrf", &old)]).await;
    assert_eq!(own.status, 303, "the page's own key is taken");
    let mut other = Prober::new(&stage);
    let fields = [("login_id", "demo0002"), ("login_password", LOGIN_PASSWORD)];
    assert_eq!(other.0.fill("/sign-in", &fields).await.status, 303);
    let foreign = other.get("/otp").await.key();
    let keys = [&*old, &*foreign];
    let (staffs, members): (Vec<_>, Vec<_>) = posts().into_iter().partition(|p| p.starts_with("/staff"));
    let (codes, members): (Vec<_>, Vec<_>) = members.into_iter().partition(|p| *p == "/sign-in/code");
    let first = ["/staff/token/issue", "/staff/token/activate"];
    let (setups, staffs): (Vec<_>, Vec<_>) = staffs.into_iter().partition(|p| first.contains(p));
    let (staff_codes, staffs): (Vec<_>, Vec<_>) =
        staffs.into_iter().partition(|p| *p == "/staff/sign-in/code");
    assert!(codes.len() == 1 && staff_codes.len() == 1 && setups.len() == 2, "each is there");

    println!("── a member with a token in use");
    stage.sign_in().await;
    stage.page().see("screen-top").await;
    stage.apply().await;
    stage.confirm(0).await;
    let phone = stage.enrol(START_PASSWORD).await.expect("the password is right");
    stage.go("/otp/activate").await;
    stage.page().fill("code", &stage.code(&phone)).await;
    stage.page().press("submit").await;
    stage.page().see("screen-activated").await;
    member.0.cookies = cookies(&stage).await;
    refuses(&mut member, &members, &keys).await;
    assert_eq!(member.get("/otp").await.status, 200, "the session was not ended by any of them");
    assert!(member.get("/otp/stop").await.status == 200, "nor was the token stopped or released");
    // No session of the staff's is there that a key could fit.
    for path in staffs.iter().chain(&setups).chain(&staff_codes).filter(|p| **p != "/staff/sign-in") {
        let got = member.send(path, &[("csrf", &foreign)]).await;
        assert_eq!((got.status, got.place().split('?').next()), (303, Some("/staff/sign-in")), "{path}");
    }

    println!("── who still owes the code");
    let mut owing = Prober::new(&stage);
    owing.sign_in().await;
    refuses(&mut owing, &codes, &keys).await;

    println!("── staff, at the first sign-in and at their desk");
    stage.staff_begins("staff04").await;
    let mut staff = Prober::new(&stage);
    staff.0.cookies = cookies(&stage).await;
    refuses(&mut staff, &setups, &keys).await;
    stage.staff_goes_on().await;
    staff.0.cookies = cookies(&stage).await;
    refuses(&mut staff, &staffs, &keys).await;
    assert_eq!(staff.get("/staff/accounts").await.status, 200, "the session was not ended by any of them");
    let mut owing = Prober::new(&stage);
    let fields = [("staff_id", "staff04"), ("staff_password", STAFF_PASSWORD)];
    assert_eq!(owing.0.fill("/staff/sign-in", &fields).await.place(), "/staff/sign-in/code");
    refuses(&mut owing, &staff_codes, &keys).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_file_outside_is_reached_and_every_answer_is_protected() {
    let stage = Stage::set().await;
    let mut prober = Prober::new(&stage);
    for path in [
        "/assets/../portal.db",
        "/assets/..%2fportal.db",
        "/assets/%2e%2e/%2e%2e/etc/passwd",
        "/assets/..%252f..%252fetc%252fpasswd",
        "/assets/%2fetc%2fpasswd",
        "/assets/..\\..\\etc\\passwd",
        "/assets/pages.css%00.svg",
        "/..;/etc/passwd",
        "/staff/..%2fassets",
        "/assets/",
        "//evil.example/",
        "/.git/config",
        "/portal.db",
    ] {
        let got = prober.get(path).await;
        assert!([400, 404].contains(&got.status), "{path} gave {}", got.status);
        assert!(!got.body.contains("root:") && !got.body.contains("SQLite format"), "{path}");
    }
    for path in ["/sign-in", "/staff/sign-in", "/nothing", "/otp", "/assets/nothing.css"] {
        let got = prober.get(path).await;
        let policy = got.headers["content-security-policy"].to_str().expect("a policy is text");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"), "{policy}");
        for (name, value) in [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer")] {
            assert_eq!(got.headers[name], value, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn markup_and_line_breaks_in_any_field_come_back_as_text_and_reach_no_mails_head() {
    let stage = Stage::set().await;
    let mut member = Prober::new(&stage);
    let visitor = member.get("/sign-in").await.key();
    let wrong = [("csrf", &*visitor), ("login_id", MARKUP), ("login_password", MARKUP)];
    assert_eq!(member.send("/sign-in", &wrong).await.status, 422);
    member.sign_in().await;
    let key = member.get("/otp/issue").await.key();
    let broken = format!("{MAIL}\r\nBcc: thief@evil.example");
    for mail in [MARKUP, &broken, "a@b.example,thief@evil.example", "<thief@evil.example>"] {
        let fields = [
            ("csrf", &*key),
            ("mail", mail),
            ("mail_again", mail),
            ("start_password", START_PASSWORD),
            ("start_password_again", START_PASSWORD),
        ];
        let got = member.send("/otp/issue", &fields).await;
        assert!([400, 422].contains(&got.status), "{mail:?} gave {}", got.status);
    }
    for path in
        ["/sign-in?ended=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "/%3Cscript%3Ealert(1)%3C/script%3E"]
    {
        member.get(path).await;
    }

    let mut staff = Prober::new(&stage);
    let key = staff.get("/staff/sign-in").await.key();
    let wrong = [("csrf", &*key), ("staff_id", MARKUP), ("staff_password", MARKUP)];
    assert_eq!(staff.send("/staff/sign-in", &wrong).await.status, 422);
    // The browser carries staff to their desk; the prober goes on with its cookies.
    stage.staff_begins("staff04").await;
    stage.staff_goes_on().await;
    staff.0.cookies = cookies(&stage).await;
    let search = staff.get(&format!("/staff?q={}", escaped(MARKUP))).await;
    assert_eq!(search.status, 200);
    let key = staff.get("/staff/accounts/add").await.key();
    let mail = "x@bank.example\r\nBcc: thief@evil.example";
    for (id, name, mail) in [(MARKUP, MARKUP, MARKUP), ("staff50", "a\r\nBcc: thief@evil.example", mail)] {
        let fields = [("csrf", &*key), ("new_id", id), ("name", name), ("mail", mail), ("role", "clerk")];
        let got = staff.send("/staff/accounts/add", &fields).await;
        assert!([400, 422].contains(&got.status), "{}", got.status);
    }
    let stored = [
        ("csrf", &*key),
        ("new_id", "staff50"),
        ("name", MARKUP),
        ("mail", "x@bank.example"),
        ("role", "clerk"),
    ];
    assert_eq!(staff.send("/staff/accounts/add", &stored).await.status, 303);
    for path in ["/staff/accounts", "/staff?q=staff50", "/staff/member?id=staff.staff50"] {
        assert!(staff.get(path).await.body.contains("&#60;script&#62;"), "{path} shows it as text");
    }
    let invited = stage.mail.wait_for("x@bank.example", "職員用の画面", 0).await;
    assert!(!invited.text.contains("<script>"));
    assert!(stage.mail.mails().iter().all(|mail| !mail.to.contains("evil.example")));

    println!("── nothing secret in the logs");
    let log = stage.portal.log();
    assert!(log.contains("/staff/accounts/add"), "the log holds the addresses");
    let cookies = staff.0.cookies.values().chain(member.0.cookies.values()).map(String::as_str);
    for secret in [LOGIN_PASSWORD, STAFF_PASSWORD, START_PASSWORD, stage.centre.key(), "evil.example", "q="]
        .into_iter()
        .chain(cookies)
    {
        assert!(!log.contains(secret), "{secret} stands in the log");
    }
}

/// The browser's cookies, with those that scripts cannot see.
async fn cookies(stage: &Stage) -> BTreeMap<String, String> {
    let said = stage.browser.devtools("Network.getAllCookies", serde_json::json!({})).await;
    let cookies = said["cookies"].as_array().expect("a list of cookies").iter();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    cookies.map(|cookie| (text(&cookie["name"]), text(&cookie["value"]))).collect()
}
