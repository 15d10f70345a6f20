//! Owns what 停止 does to a member's sessions, whoever stopped the token and wherever it was noticed.
//! Refuses to know the real centre.
//! Invariant: after it no session of the member opens a page, and whoever knows the password still reads what to do.

use crate::support::browser::Browser;
use crate::support::staff::{CLERK, first_sign_in, later_sign_in, member, sign_in as staff_signs_in};
use crate::support::{CONFIRMATION, LOGIN_ID, LOGIN_PASSWORD, MEMBER, Portal, activate};
use warifu_core::wire::bank::TokenState;

/// A portal, and two browsers in which a member with a token in use is signed in.
async fn in_use() -> (Portal, Browser, Browser) {
    let portal = Portal::start().await;
    let mut here = portal.signed_in().await;
    activate(&portal, &mut here).await;
    let mut elsewhere = portal.browser();
    elsewhere.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/sign-in/code");
    elsewhere.get("/sign-in/code").await.is(200);
    let code = portal.centre.code(MEMBER);
    elsewhere.submit("/sign-in/code", &[("code", &code)]).await.redirects_to("/");
    (portal, here, elsewhere)
}

/// Every session has ended, and the password leads to the page that says what to do.
async fn nobody_is_in(portal: &Portal, browsers: [&mut Browser; 2]) {
    for browser in browsers {
        let place =
            if browser.cookies.contains_key("warifu-session") { "/sign-in?ended" } else { "/sign-in" };
        browser.get("/sessions").await.redirects_to(place);
    }
    let answer = portal.browser().sign_in(LOGIN_ID, LOGIN_PASSWORD).await;
    answer.is(403).says("以降のログインはできません").says("0187-00-0000");
}

#[tokio::test]
async fn the_wrong_code_at_release_that_stops_the_token_ends_every_session() {
    let (portal, mut here, mut elsewhere) = in_use().await;
    here.get("/otp/revoke").await.is(200);
    let wrong = [("confirmation_password", CONFIRMATION), ("code", "99999999")];
    for left in (1..5).rev() {
        here.submit("/otp/revoke", &wrong).await.is(422).says(&format!("あと{left}回間違えると"));
    }
    here.submit("/otp/revoke", &wrong).await.is(403).says("以降のログインはできません");
    nobody_is_in(&portal, [&mut here, &mut elsewhere]).await;
}

#[tokio::test]
async fn a_token_that_staff_stop_ends_every_session_of_the_member_at_once() {
    let (portal, mut here, mut elsewhere) = in_use().await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    clerk.get("/staff/suspend?id=m-0001").await.is(200);
    let done = clerk.submit("/staff/suspend", &[("reason", "不審な操作")]).await;
    done.redirects_to("/staff/member?id=m-0001&suspended");
    nobody_is_in(&portal, [&mut here, &mut elsewhere]).await;
    clerk.get("/staff").await.is(200);
}

#[tokio::test]
async fn a_token_stopped_in_the_app_ends_every_session_with_the_first_page_that_asks_the_centre() {
    for path in ["/", "/otp", "/otp/issue", "/otp/revoke", "/otp/history", "/transfer", "/limit", "/details"]
    {
        let (portal, mut here, mut elsewhere) = in_use().await;
        portal.centre.set_token(MEMBER, Some(TokenState::Suspended));
        here.get(path).await.is(403).says("以降のログインはできません").says("停止を解除するには");
        assert!(!here.cookies.contains_key("warifu-session"), "{path}");
        nobody_is_in(&portal, [&mut here, &mut elsewhere]).await;
    }
}

#[tokio::test]
async fn a_stop_that_is_noticed_at_sign_in_ends_the_sessions_of_before() {
    let (portal, mut here, mut elsewhere) = in_use().await;
    portal.centre.set_token(MEMBER, Some(TokenState::Suspended));
    portal.browser().sign_in(LOGIN_ID, LOGIN_PASSWORD).await.is(403);
    nobody_is_in(&portal, [&mut here, &mut elsewhere]).await;
    // 停止解除 brings none of them back.
    portal.centre.set_token(MEMBER, Some(TokenState::Active));
    here.get("/").await.redirects_to("/sign-in?ended");
    here.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/sign-in/code");
}

#[tokio::test]
async fn the_fifth_wrong_code_at_sign_in_ends_the_session_in_the_other_browser_too() {
    let (portal, mut here, mut elsewhere) = in_use().await;
    let mut guesser = portal.browser();
    guesser.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/sign-in/code");
    guesser.get("/sign-in/code").await.is(200);
    for _ in 0..4 {
        guesser.submit("/sign-in/code", &[("code", "99999999")]).await.is(422);
    }
    guesser.submit("/sign-in/code", &[("code", "99999999")]).await.is(403);
    nobody_is_in(&portal, [&mut here, &mut elsewhere]).await;
}

#[tokio::test]
async fn a_colleagues_token_that_is_stopped_ends_their_sessions_and_no_others() {
    let portal = Portal::start().await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    let mut approver = first_sign_in(&portal, "staff02").await;
    let mut again = later_sign_in(&portal, "staff02").await;
    clerk.get(&format!("/staff/suspend?id={}", member("staff02"))).await.is(200);
    let done = clerk.submit("/staff/suspend", &[("reason", "端末の紛失")]).await;
    done.redirects_to("/staff/member?id=staff.staff02&suspended");
    for browser in [&mut approver, &mut again] {
        browser.get("/staff").await.redirects_to("/staff/sign-in?ended");
    }
    clerk.get("/staff").await.is(200);
    let answer = staff_signs_in(&mut portal.browser(), "staff02", crate::support::staff::PASSWORD).await;
    answer.is(403).says("ほかの職員に");
}
