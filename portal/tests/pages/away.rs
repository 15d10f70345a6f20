//! Owns what a member sees when the centre or the mail server does not answer.
//! Refuses to know why it does not.
//! Invariant: the page says what is kept and what to do; nothing happens twice when the answer alone was lost.

use crate::support::{CONFIRMATION, LOGIN_ID, LOGIN_PASSWORD, MAIL, MEMBER, Portal, activate, apply, issue};

#[tokio::test]
async fn without_the_centre_nobody_signs_in_past_the_code() {
    let portal = Portal::start().await;
    portal.centre.set_away(true);
    let mut browser = portal.browser();
    browser.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.is(503).says("センターに接続できませんでした");
    browser.get("/").await.redirects_to("/sign-in");
    portal.centre.set_away(false);
    browser.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/");
}

#[tokio::test]
async fn without_the_centre_every_page_says_what_is_kept() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    issue(&portal, &mut browser).await;
    browser.get("/otp/activate").await.is(200);
    portal.centre.set_away(true);
    browser.clone().get("/").await.is(200).says("登録状況を確認できません");
    for path in [
        "/otp",
        "/otp/issue",
        "/otp/issue/done",
        "/otp/activate",
        "/otp/revoke",
        "/otp/cancel",
        "/otp/readdress",
    ] {
        browser.clone().get(path).await.is(503).says("お手続きの状態").says("次にすること");
    }
    browser.submit("/otp/activate", &[("code", "12345678")]).await.is(503).says("お手続きの状態");
    browser.get("/health/ready").await.is(200);
}

#[tokio::test]
async fn the_address_typed_is_kept_when_the_centre_goes_away() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    browser.get("/otp/issue").await.is(200);
    portal.centre.set_away(true);
    let fields =
        [("mail", MAIL), ("mail_again", MAIL), ("start_password", "2580"), ("start_password_again", "2580")];
    browser.submit("/otp/issue", &fields).await.is(503).says("メールアドレスは残っています");
    portal.centre.set_away(false);
    browser.get("/otp/issue").await.is(200).says(&format!("value=\"{MAIL}\""));
}

#[tokio::test]
async fn a_confirmed_application_goes_on_without_typing_anything_again() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    apply(&mut browser, "2580").await;
    let mailed = portal.mailed_password().await;
    portal.centre.set_away(true);
    let fields = [("mailed_password", &*mailed), ("confirmation_password", CONFIRMATION)];
    browser.submit("/otp/issue/confirm", &fields).await.is(503).says("パスワードの確認は残っています");
    portal.centre.set_away(false);
    browser.get("/otp/issue/confirm").await.is(200).says("センターから返事がなかった");
    browser.submit("/otp/issue/send", &[]).await.redirects_to("/otp/issue/done");
    assert_eq!(portal.centre.counts().0, 1);
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_and_nothing_happens_twice() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    apply(&mut browser, "2580").await;
    let mailed = portal.mailed_password().await;
    portal.centre.lose_answers(1);
    let fields = [("mailed_password", &*mailed), ("confirmation_password", CONFIRMATION)];
    browser.submit("/otp/issue/confirm", &fields).await.redirects_to("/otp/issue/done");
    assert_eq!(portal.centre.counts().0, 1);

    portal.centre.initialise(MEMBER);
    browser.get("/otp/activate").await.is(200);
    let code = portal.centre.code(MEMBER);
    portal.centre.lose_answers(3);
    browser.submit("/otp/activate", &[("code", &code)]).await.is(503);
    browser.get("/otp/activate").await.redirects_to("/otp");
    assert_eq!(browser.get("/otp").await.shows("registration"), "利用中");
}

#[tokio::test]
async fn a_code_page_survives_an_absent_centre() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    activate(&portal, &mut browser).await;
    let mut member = portal.browser();
    member.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/sign-in/code");
    member.get("/sign-in/code").await.is(200);
    let code = portal.centre.code(MEMBER);
    portal.centre.set_away(true);
    let page = member.clone();
    member.submit("/sign-in/code", &[("code", &code)]).await.is(503).says("確認は済んでいます");
    portal.centre.set_away(false);
    let mut again = page;
    again.submit("/sign-in/code", &[("code", &code)]).await.redirects_to("/");
}

#[tokio::test]
async fn a_mail_server_that_is_down_is_tried_again_and_a_mail_past_its_time_is_shown() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let portal = Portal::start_with(|config| config.mail.smtp = Some(format!("smtp://{closed}"))).await;
    let mut browser = portal.signed_in().await;
    apply(&mut browser, "2580").await;
    portal.app.carry_mails().await.unwrap();
    browser.get("/otp/issue/confirm").await.is(200).does_not_say("メールを送れませんでした");
    portal.pass(9);
    browser.get("/otp/issue/confirm").await.is(200);
    portal.pass(1);
    portal.app.carry_mails().await.unwrap();
    browser.get("/otp/issue/confirm").await.is(200).says("メールを送れませんでした");
}

#[tokio::test]
async fn a_member_cannot_flood_an_address_with_mails() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    apply(&mut browser, "2580").await;
    for _ in 0..9 {
        browser.get("/otp/issue/confirm").await.is(200);
        browser.submit("/otp/issue/mail", &[]).await.redirects_to("/otp/issue/confirm");
    }
    browser.get("/otp/issue/confirm").await.is(200);
    browser.submit("/otp/issue/mail", &[]).await.is(429).says("1時間ほど待ってから");
    assert_eq!(portal.mails().await.len(), 10);
}
