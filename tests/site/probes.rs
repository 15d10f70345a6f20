//! Owns the probing of the institution's pages as an attacker does it, over plain HTTP.
//! Refuses to know what the pages are for.
//! Invariant: no file is reached, and no form without its page's key is taken.

use crate::prober::Prober;
use crate::stage::Stage;

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

#[tokio::test(flavor = "multi_thread")]
async fn no_form_is_taken_without_the_key_of_a_page_given_to_this_very_session() {
    let stage = Stage::set().await;
    let mut member = Prober::new(&stage);
    member.sign_in().await;
    let old = member.get("/otp").await.key();
    let own = member.send("/sign-out", &[("csrf", &old)]).await;
    assert_eq!(own.status, 303, "the page's own key is taken");
    member.sign_in().await;
    let mut other = Prober::new(&stage);
    other.sign_in().await;
    let foreign = other.get("/otp").await.key();
    for path in posts() {
        for (what, key) in
            [("missing", None), ("empty", Some("")), ("old", Some(&*old)), ("foreign", Some(&*foreign))]
        {
            let fields: Vec<(&str, &str)> = key.map(|key| ("csrf", key)).into_iter().collect();
            let got = member.send(path, &fields).await;
            let place = got.place();
            let is_refused = got.status == 403 || (got.status == 303 && place.contains("sign-in"));
            assert!(
                is_refused || (got.status == 303 && ["/", "/otp"].contains(&place)),
                "{path}, {what}: {} {place}",
                got.status
            );
        }
    }
    assert_eq!(member.get("/otp").await.status, 200, "the session was not ended by any of them");
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
