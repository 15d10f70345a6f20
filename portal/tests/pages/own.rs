//! Owns what a member does about the own account: 登録情報, 利用履歴, the own sessions.
//! Refuses to know the real centre.
//! Invariant: every step is what a browser without JavaScript would do.

use crate::support::{LOGIN_ID, LOGIN_PASSWORD, MEMBER, Portal, activate};

#[tokio::test]
async fn another_address_needs_a_code_and_both_are_told() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    browser.get("/details").await.is(200).says("taro@home.example").does_not_say("mail-again");
    activate(&portal, &mut browser).await;
    browser.get("/details").await.is(200);
    let new = "new@home.example";
    let typed = |again, code| [("mail", new), ("mail_again", again), ("code", code)];
    browser
        .submit("/details", &typed("other@home.example", "12345678"))
        .await
        .is(422)
        .says("2回の入力が違って");
    browser.submit("/details", &typed(new, "99999999")).await.is(422).says("あと4回").says(new);
    let code = portal.centre.code(MEMBER);
    for _ in 0..2 {
        browser.submit("/details", &typed(new, &code)).await.redirects_to("/details?changed");
    }
    assert_eq!(browser.get("/details").await.shows("registered-mail"), new);
    let mails = portal.mails().await;
    let told = mails.iter().filter(|mail| mail.contains("変更後　new@home.example"));
    assert_eq!(told.count(), 2, "the old address and the new one, once each");
}

#[tokio::test]
async fn whoever_does_not_know_a_use_stops_the_token_after_being_asked_once_more() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    browser.get("/otp/history").await.is(200).says("まだありません").does_not_say("心当たりがない</a>");
    browser.get("/otp/stop").await.redirects_to("/otp");
    activate(&portal, &mut browser).await;
    let mut elsewhere = portal.browser();
    elsewhere.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/sign-in/code");
    elsewhere.get("/sign-in/code").await.is(200);
    let code = portal.centre.code(MEMBER);
    elsewhere.submit("/sign-in/code", &[("code", &code)]).await.redirects_to("/");

    browser.get("/otp/history").await.is(200).says("ログイン").says("心当たりがない</a>");
    browser.get("/otp/stop").await.is(200).says("停止しますか");
    elsewhere.get("/").await.is(200);
    browser.submit("/otp/stop", &[]).await.is(403).says("以降のログインはできません");
    browser.get("/").await.redirects_to("/sign-in");
    elsewhere.get("/").await.redirects_to("/sign-in?ended");
    browser.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.is(403).says("以降のログインはできません");
}

#[tokio::test]
async fn a_member_sees_the_own_sessions_and_ends_the_others() {
    let portal = Portal::start().await;
    let mut one = portal.signed_in().await;
    let mut two = portal.signed_in().await;
    let mut stranger = portal.browser();
    stranger.sign_in("demo0002", LOGIN_PASSWORD).await.redirects_to("/");
    let page = one.get("/sessions").await;
    assert_eq!(page.is(200).body.matches("<tr><td>").count(), 2);
    assert_eq!(page.body.matches("この端末</b>").count(), 1);
    one.submit("/sessions/end", &[]).await.redirects_to("/sessions?ended");
    two.get("/").await.redirects_to("/sign-in?ended");
    stranger.get("/").await.is(200);
    one.get("/sessions").await.is(200).says("ほかに、ログイン中の端末はありません");
}

#[tokio::test]
async fn every_page_says_when_the_session_ends() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    let page = browser.get("/").await;
    let (_, rest) = page.body.split_once("data-testid=\"ends-at\">").unwrap();
    assert!(rest.starts_with("操作がないときは、20:16（日本時間）"), "{rest}");
    portal.pass(10);
    browser.get("/").await.redirects_to("/sign-in?ended");
}
