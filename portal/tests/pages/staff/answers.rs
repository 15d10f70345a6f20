//! Owns what the staff's routes answer to every kind of input.
//! Refuses to know what a page is for.
//! Invariant: whatever is sent, the answer is a page with a sentence, never a 5xx, and nothing is changed by GET.

use axum::body::Body;
use axum::http::Method;

use crate::support::browser::encode;
use crate::support::routes::{addresses, routes};
use crate::support::staff::{AUDITOR, PASSWORD, first_sign_in, sign_in};
use crate::support::{MEMBER, Portal, activate};
use warifu_core::wire::bank::TokenState;

const FORM: &str = "application/x-www-form-urlencoded";
const POSTS: [(&str, &[&str]); 20] = [
    ("/staff/sign-in", &["staff_id", "staff_password"]),
    ("/staff/reinstate", &["form", "id", "serial", "reason", "identified", "identified_other"]),
    ("/staff/requests/approve", &["request"]),
    ("/staff/requests/decline", &["request"]),
    ("/staff/requests/send", &["request"]),
    ("/staff/suspend", &["form", "id", "serial", "reason"]),
    ("/staff/release", &["form", "id", "serial", "reason", "identified", "identified_other"]),
    ("/staff/releases/approve", &["request"]),
    ("/staff/releases/decline", &["request"]),
    ("/staff/accounts/add", &["new_id", "name", "mail", "role"]),
    ("/staff/accounts/role", &["id", "role"]),
    ("/staff/accounts/permit", &["form", "id"]),
    ("/staff/accounts/disable", &["id"]),
    ("/staff/accounts/invite", &["id"]),
    ("/staff/password", &["old_password", "new_password", "new_password_again"]),
    ("/staff/sign-in/code", &["form", "code"]),
    ("/staff/token/issue", &["form", "start_password", "start_password_again"]),
    ("/staff/token/activate", &["form", "code"]),
    ("/staff/sessions/end", &[]),
    ("/staff/sign-out", &[]),
];
/// Every page of the staff's.
pub(crate) const GETS: [&str; 20] = [
    "/staff",
    "/staff?q=demo",
    "/staff/sign-in",
    "/staff/member?id=m-0001",
    "/staff/reinstate?id=m-0001",
    "/staff/requests",
    "/staff/log",
    "/staff/token",
    "/staff/token/issue",
    "/staff/sign-in/code",
    "/staff/sessions",
    "/staff/password",
    "/staff/suspend?id=m-0001",
    "/staff/release?id=m-0001",
    "/staff/expiring",
    "/staff/figures",
    "/staff/accounts",
    "/staff/accounts/add",
    "/staff/audit",
    "/staff/audit?check",
];

#[test]
fn every_route_of_the_staffs_table_is_looked_at() {
    assert_eq!(addresses(POSTS.iter().map(|(path, _)| *path)), routes(true, "post"));
    assert_eq!(addresses(GETS), routes(true, "get"));
}

#[tokio::test]
async fn bad_input_on_every_form_of_the_staff_gets_a_page_with_a_sentence() {
    let portal = Portal::start().await;
    let mut browser = first_sign_in(&portal, "staff02").await;
    browser.get("/staff").await.is(200);
    let key = browser.hidden("/staff/sign-out")[0].1.clone();
    let visitor_key = {
        let mut visitor = portal.browser();
        visitor.get("/staff/sign-in").await.is(200);
        browser.cookies.extend(visitor.cookies.clone());
        visitor.hidden("/staff/sign-in")[0].1.clone()
    };
    // Those who have not come so far yet, of other colleagues.
    let mut setting_up = portal.browser();
    sign_in(&mut setting_up, "staff03", PASSWORD).await.redirects_to("/staff/token");
    setting_up.get("/staff/token").await.is(200);
    let setup_key = setting_up.hidden("/staff/token/issue")[0].1.clone();
    first_sign_in(&portal, "staff01").await;
    let mut owing = portal.browser();
    sign_in(&mut owing, "staff01", PASSWORD).await.redirects_to("/staff/sign-in/code");
    owing.get("/staff/sign-in/code").await.is(200);
    let owing_key = owing.hidden("/staff/sign-in/code")[0].1.clone();
    let on_duty = browser;
    // What has no field of its own is refused for its key alone.
    for (path, names) in POSTS.into_iter().filter(|(_, names)| !names.is_empty()) {
        let (mut browser, key) = match path {
            "/staff/sign-in" => (on_duty.clone(), &visitor_key),
            "/staff/sign-in/code" => (owing.clone(), &owing_key),
            "/staff/token/issue" | "/staff/token/activate" => (setting_up.clone(), &setup_key),
            _ => (on_duty.clone(), &key),
        };
        let with = |value: &str| {
            let mut fields: Vec<(&str, &str)> = vec![("csrf", key)];
            fields.extend(names.iter().map(|name| (*name, value)));
            encode(&fields)
        };
        let bodies: [(&str, Option<&str>, Vec<u8>, u16); 8] = [
            ("nothing", Some(FORM), Vec::new(), 403),
            ("a wrong key", Some(FORM), encode(&[("csrf", "x"), (names[0], "1")]).into(), 403),
            ("missing fields", Some(FORM), encode(&[("csrf", key)]).into(), 400),
            ("an unknown field", Some(FORM), (with("1") + "&surprise=1").into(), 400),
            ("a control character", Some(FORM), (with("1") + &format!("&{}2=%00", names[0])).into(), 400),
            ("a field too long", Some(FORM), with(&"9".repeat(1_601)).into(), 400),
            ("1 MiB", Some(FORM), vec![b'a'; 1 << 20], 413),
            ("JSON", Some("application/json"), b"{}".to_vec(), 415),
        ];
        for (what, kind, body, status) in bodies {
            let answer = browser.send(Method::POST, path, kind, Body::from(body)).await;
            assert_eq!(answer.status.as_u16(), status, "{what} on {path}: {}", answer.body);
            answer.says("。</p>").says("data-testid=\"errors\"").says("職員用");
        }
        for value in
            ["", " ", "１", "<script>", "'; DROP TABLE staff_log;--", "🎴", "../..", "%", "staff.staff02"]
        {
            let answer = browser.send(Method::POST, path, Some(FORM), Body::from(with(value))).await;
            let status = answer.status.as_u16();
            assert!((300..500).contains(&status), "{value:?} on {path} gave {status}: {}", answer.body);
            answer.does_not_say("<script>");
        }
        browser.send(Method::DELETE, path, None, Body::empty()).await.is(405);
    }
}

#[tokio::test]
async fn get_on_the_staffs_pages_changes_nothing_at_the_centre_and_every_page_is_protected() {
    let portal = Portal::start().await;
    activate(&portal, &mut portal.signed_in().await).await;
    portal.centre.set_token(MEMBER, Some(TokenState::Suspended));
    for staff in [AUDITOR, "staff01", "staff04"] {
        let mut browser = first_sign_in(&portal, staff).await;
        let before = portal.centre.counts();
        for path in GETS {
            let answer = browser.get(path).await;
            assert!([200, 303, 403].contains(&answer.status.as_u16()), "{path} gave {}", answer.status);
            assert!(
                answer.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'")
            );
            assert_eq!(answer.headers["cache-control"], "no-store");
            if answer.status.is_success() {
                answer.says("data-testid=\"ends-at\"");
            }
            assert!(answer.body.len() <= 30_000, "{path} has {} bytes", answer.body.len());
            for inline in ["<script", "style=", "<style", "onclick", "javascript:"] {
                answer.does_not_say(inline);
            }
        }
        assert_eq!(portal.centre.counts(), before);
        browser.get("/staff/nothing").await.is(404).says("職員用");
    }
}
