//! Owns what happens when a person clicks twice, goes back, or works in two tabs.
//! Refuses to know the real centre.
//! Invariant: one intention, one effect; and the person ends where one click would have led.

use crate::support::{CONFIRMATION, LOGIN_ID, LOGIN_PASSWORD, MAIL, MEMBER, Portal, activate, apply, issue};

const START: [(&str, &str); 4] =
    [("mail", MAIL), ("mail_again", MAIL), ("start_password", "2580"), ("start_password_again", "2580")];

#[tokio::test]
async fn a_double_click_on_next_and_on_send_again_sends_one_mail_each() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    browser.get("/otp/issue").await.is(200);
    for _ in 0..2 {
        browser.submit("/otp/issue", &START).await.redirects_to("/otp/issue/confirm");
    }
    assert_eq!(portal.mails().await.len(), 1);
    browser.get("/otp/issue/confirm").await.is(200);
    for _ in 0..2 {
        browser.submit("/otp/issue/mail", &[]).await.redirects_to("/otp/issue/confirm");
    }
    assert_eq!(portal.mails().await.len(), 2);
}

#[tokio::test]
async fn a_double_click_on_confirm_issues_once_even_when_both_arrive_together() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    apply(&mut browser, "2580").await;
    let mailed = portal.mailed_password().await;
    let fields = [("mailed_password", &*mailed), ("confirmation_password", CONFIRMATION)];
    let (mut one, mut two) = (browser.clone(), browser.clone());
    let (first, second) =
        tokio::join!(one.submit("/otp/issue/confirm", &fields), two.submit("/otp/issue/confirm", &fields));
    first.redirects_to("/otp/issue/done");
    second.redirects_to("/otp/issue/done");
    browser.submit("/otp/issue/confirm", &fields).await.redirects_to("/otp/issue/done");
    assert_eq!(portal.centre.counts().0, 1);
}

#[tokio::test]
async fn a_double_click_on_sign_in_and_on_the_code_ends_signed_in() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    activate(&portal, &mut browser).await;

    let mut fresh = portal.browser();
    fresh.get("/sign-in").await.is(200);
    let fields = [("login_id", LOGIN_ID), ("login_password", LOGIN_PASSWORD)];
    let mut twin = fresh.clone();
    fresh.submit("/sign-in", &fields).await.redirects_to("/sign-in/code");
    twin.submit("/sign-in", &fields).await.redirects_to("/sign-in/code");

    twin.get("/sign-in/code").await.is(200);
    let code = portal.centre.code(MEMBER);
    let mut before = twin.clone();
    twin.submit("/sign-in/code", &[("code", &code)]).await.redirects_to("/");
    before.submit("/sign-in/code", &[("code", &code)]).await.redirects_to("/");
    before.get("/").await.is(200);
    assert_ne!(before.cookies["warifu-session"], twin.cookies["warifu-session"]);
}

#[tokio::test]
async fn the_session_before_the_code_opens_nothing_and_another_form_cannot_replay_the_code() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    activate(&portal, &mut browser).await;
    let mut member = portal.browser();
    member.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/sign-in/code");
    member.get("/sign-in/code").await.is(200);
    let mut old = member.clone();
    let code = portal.centre.code(MEMBER);
    member.submit("/sign-in/code", &[("code", &code)]).await.redirects_to("/");

    old.get("/").await.redirects_to("/sign-in?ended");
    let csrf = old.hidden("/sign-in/code").into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    let other_form = [("csrf", &*csrf), ("form", "another"), ("code", &*code)];
    old.post("/sign-in/code", &other_form).await.redirects_to("/sign-in?ended");
    let fresh = portal.centre.code(MEMBER);
    old.submit("/sign-in/code", &[("code", &fresh)]).await.redirects_to("/sign-in?ended");
    portal.pass(2);
    old.submit("/sign-in/code", &[("code", &code)]).await.redirects_to("/sign-in?ended");
}

#[tokio::test]
async fn a_double_click_on_activate_and_on_revoke_ends_on_the_done_page() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    issue(&portal, &mut browser).await;
    portal.centre.initialise(MEMBER);
    browser.get("/otp/activate").await.is(200);
    let mut tab = browser.clone();
    tab.get("/otp/activate").await.is(200);
    let code = portal.centre.code(MEMBER);
    for _ in 0..2 {
        browser.submit("/otp/activate", &[("code", &code)]).await.redirects_to("/otp/activate/done");
    }
    tab.submit("/otp/activate", &[("code", &code)]).await.redirects_to("/otp/activate/done");

    browser.get("/otp/revoke").await.is(200);
    let mut tab = browser.clone();
    tab.get("/otp/revoke").await.is(200);
    let code = portal.centre.code(MEMBER);
    let fields = [("confirmation_password", CONFIRMATION), ("code", &*code)];
    for _ in 0..2 {
        browser.submit("/otp/revoke", &fields).await.redirects_to("/otp/revoke/done");
    }
    tab.submit("/otp/revoke", &fields).await.redirects_to("/otp/revoke/done");
}

#[tokio::test]
async fn a_second_tab_with_another_address_takes_over_and_the_first_is_told() {
    let portal = Portal::start().await;
    let mut one = portal.signed_in().await;
    apply(&mut one, "2580").await;
    let mailed = portal.mailed_password().await;
    let mut two = one.clone();
    two.get("/otp/issue").await.is(200).says(MAIL);
    let other = "hanako@data-bank.example";
    let fields = [
        ("mail", other),
        ("mail_again", other),
        ("start_password", "8642"),
        ("start_password_again", "8642"),
    ];
    two.submit("/otp/issue", &fields).await.redirects_to("/otp/issue/confirm");
    let old = [("mailed_password", &*mailed), ("confirmation_password", CONFIRMATION)];
    one.submit("/otp/issue/confirm", &old).await.redirects_to("/otp/issue/confirm");
    one.get("/otp/issue/confirm").await.is(200).says(other);
    one.submit("/otp/issue/confirm", &old).await.is(422).says("メール通知パスワードが違います");
    assert_eq!(portal.centre.counts().0, 0);
}

#[tokio::test]
async fn going_back_and_typing_another_code_tries_the_other_code() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    issue(&portal, &mut browser).await;
    portal.centre.initialise(MEMBER);
    browser.get("/otp/activate").await.is(200);
    let page = browser.clone();
    browser.submit("/otp/activate", &[("code", "99999999")]).await.is(422).says("あと4回間違えると");
    let mut back = page.clone();
    back.submit("/otp/activate", &[("code", "99999999")]).await.is(422).says("あと4回間違えると");
    let code = portal.centre.code(MEMBER);
    let mut back = page;
    back.submit("/otp/activate", &[("code", &code)]).await.redirects_to("/otp/activate/done");
}
