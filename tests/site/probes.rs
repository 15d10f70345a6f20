//! Owns the probing of the institution's pages as an attacker does it, over plain HTTP.
//! Refuses to know what the pages are for.
//! Invariant: no file is reached, and no form without its page's key is taken.

use std::collections::BTreeMap;

use harness::portal::LOGIN_PASSWORD;

use crate::prober::Prober;
use crate::stage::{STAFF_PASSWORD, START_PASSWORD, Stage};

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

/// Takes no form: it keeps the language for this browser, and sends the browser on with its form to where that is judged.
const SWITCH: &str = "/language";

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
    assert_eq!(other.visitor.fill("/sign-in", &fields).await.status, 303);
    let foreign = other.get("/otp").await.key();
    let keys = [&*old, &*foreign];
    let (staffs, members): (Vec<_>, Vec<_>) = posts().into_iter().partition(|p| p.starts_with("/staff"));
    let (switches, members): (Vec<_>, Vec<_>) = members.into_iter().partition(|p| *p == SWITCH);
    let (codes, members): (Vec<_>, Vec<_>) = members.into_iter().partition(|p| *p == "/sign-in/code");
    let first = ["/staff/token/issue", "/staff/token/activate"];
    let (setups, staffs): (Vec<_>, Vec<_>) = staffs.into_iter().partition(|p| first.contains(p));
    let (staff_codes, staffs): (Vec<_>, Vec<_>) =
        staffs.into_iter().partition(|p| *p == "/staff/sign-in/code");
    assert!(codes.len() == 1 && staff_codes.len() == 1 && setups.len() == 2, "each is there");
    assert_eq!(switches, [SWITCH]);
    for (to, place) in [("/otp/cancel", "/otp/cancel"), ("//elsewhere.example", "/"), ("/language", "/")] {
        let got = other.send(&format!("{SWITCH}?in=en&to={to}"), &[]).await;
        assert_eq!((got.status, got.place()), (307, place), "{to}");
    }

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
    member.visitor.cookies = cookies(&stage).await;
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
    staff.visitor.cookies = cookies(&stage).await;
    refuses(&mut staff, &setups, &keys).await;
    stage.staff_goes_on().await;
    staff.visitor.cookies = cookies(&stage).await;
    refuses(&mut staff, &staffs, &keys).await;
    assert_eq!(staff.get("/staff/accounts").await.status, 200, "the session was not ended by any of them");
    let mut owing = Prober::new(&stage);
    let fields = [("staff_id", "staff04"), ("staff_password", STAFF_PASSWORD)];
    assert_eq!(owing.visitor.fill("/staff/sign-in", &fields).await.place(), "/staff/sign-in/code");
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

/// The cookies of the browser's visitor.
async fn cookies(stage: &Stage) -> BTreeMap<String, String> {
    let said = stage.browser.devtools("Network.getAllCookies", serde_json::json!({})).await;
    let cookies = said["cookies"].as_array().expect("a list of cookies").iter();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    cookies.map(|cookie| (text(&cookie["name"]), text(&cookie["value"]))).collect()
}
