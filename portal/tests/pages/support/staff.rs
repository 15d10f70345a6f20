//! Owns what the tests of the staff's pages share: a colleague with a token, signed in.
//! Refuses to know any single screen.
//! Invariant: everybody here came in through the sign-in page, with a password and a code.

use super::Portal;
use super::browser::{Answer, Browser};

pub(crate) const CLERK: &str = "staff01";
pub(crate) const APPROVER: &str = "staff02";
pub(crate) const AUDITOR: &str = "staff03";
pub(crate) const PASSWORD: &str = "senpoku-shokuin-2026";

/// The same person as the centre knows them.
pub(crate) fn member(id: &str) -> String {
    format!("staff.{id}")
}

/// The password alone.
pub(crate) async fn sign_in(browser: &mut Browser, id: &str, password: &str) -> Answer {
    browser.get("/staff/sign-in").await.is(200);
    browser.submit("/staff/sign-in", &[("staff_id", id), ("staff_password", password)]).await
}

/// The first sign-in: the own token is issued, initialised and activated.
pub(crate) async fn first_sign_in(portal: &Portal, id: &str) -> Browser {
    let mut browser = portal.browser();
    sign_in(&mut browser, id, PASSWORD).await.redirects_to("/staff/token");
    browser.get("/staff/token").await.is(200);
    let twice = [("start_password", "2580"), ("start_password_again", "2580")];
    browser.submit("/staff/token/issue", &twice).await.redirects_to("/staff/token");
    browser.get("/staff/token").await.is(200);
    portal.centre.initialise(&member(id));
    let code = portal.centre.code(&member(id));
    browser.submit("/staff/token/activate", &[("code", &code)]).await.redirects_to("/staff?welcome");
    browser
}

/// A later sign-in, with password and code.
pub(crate) async fn later_sign_in(portal: &Portal, id: &str) -> Browser {
    let mut browser = portal.browser();
    sign_in(&mut browser, id, PASSWORD).await.redirects_to("/staff/sign-in/code");
    browser.get("/staff/sign-in/code").await.is(200);
    let code = portal.centre.code(&member(id));
    browser.submit("/staff/sign-in/code", &[("code", &code)]).await.redirects_to("/staff");
    browser
}

/// Asks for 停止解除 of `member` as the page's form does.
pub(crate) async fn request(browser: &mut Browser, member: &str) -> Answer {
    browser.get(&format!("/staff/reinstate?id={member}")).await.is(200);
    submit_request(browser).await
}

/// The form of the last page, filled in.
pub(crate) async fn submit_request(browser: &mut Browser) -> Answer {
    let fields =
        [("identified", "document"), ("identified_other", ""), ("reason", "番号の打ち間違い\r\nのため")];
    browser.submit("/staff/reinstate", &fields).await
}
