//! Owns what a member does about the own account: 登録情報, 利用履歴, the own sessions.
//! Refuses to know the real centre.
//! Invariant: every step is what a browser without JavaScript would do.

use crate::support::{LOGIN_ID, LOGIN_PASSWORD, MEMBER, Portal, activate, issue, staff};

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
    for path in ["/otp", "/otp/issue", "/otp/history", "/transfer", "/limit", "/details", "/sessions"] {
        browser.get(path).await.is(200).says("操作がないときは、20:16（日本時間）");
    }
    portal.pass(10);
    browser.get("/").await.redirects_to("/sign-in?ended");
    let mut browser = portal.signed_in().await;
    activate(&portal, &mut browser).await;
    let mut owing = portal.browser();
    owing.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/sign-in/code");
    owing.get("/sign-in/code").await.is(200).says("20:26（日本時間）までに番号を入力しないときは");
    owing.submit("/sign-in/code", &[("code", "1")]).await.is(422).says("20:26（日本時間）までに");
}

#[tokio::test]
async fn a_clock_that_is_off_is_said_at_activation_and_two_codes_in_a_row_mend_it() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    browser.get("/otp/resync").await.redirects_to("/otp?changed");
    issue(&portal, &mut browser).await;
    browser.get("/otp/resync").await.redirects_to("/otp?changed");
    portal.centre.initialise(MEMBER);
    portal.centre.set_clock_off(MEMBER, Some(-310));
    browser.get("/otp/activate").await.is(200);
    let answer = browser.submit("/otp/activate", &[("code", "99999999")]).await;
    answer.is(422).says("5分10秒ほど遅れています").says("/otp/resync").says("あと4回");

    browser.get("/otp/resync").await.is(200);
    let first = portal.centre.code(MEMBER);
    let next = format!("{:08}", first.parse::<u32>().unwrap() + 1);
    let typed = |first, second| [("first_code", first), ("second_code", second)];
    browser.submit("/otp/resync", &typed("1234", "")).await.is(422).says("4桁です").says("入力してください");
    browser.submit("/otp/resync", &typed(&first, &first)).await.is(422).says("1つ目と同じ");
    browser.submit("/otp/resync", &typed("99999998", "99999999")).await.is(422).says("あと3回");
    for _ in 0..2 {
        browser.submit("/otp/resync", &typed(&first, &next)).await.redirects_to("/otp/activate?resynced");
        browser.get("/otp/resync").await.is(200);
        browser.get("/otp/activate?resynced").await.is(200).says("時刻のずれに合わせました");
        browser.get("/otp/resync").await.is(200);
    }
    browser.get("/otp/activate").await.is(200);
    let code = portal.centre.code(MEMBER);
    browser.submit("/otp/activate", &[("code", &code)]).await.redirects_to("/otp/activate/done");
}

#[tokio::test]
async fn what_to_do_without_a_phone_and_where_the_app_is_can_be_read_by_everybody() {
    let portal = Portal::start_with(|config| {
        config.downloads.push(warifu_portal::config::Download {
            platform: warifu_portal::config::Platform::Android,
            address: "https://bank.example/warifu.apk".to_owned(),
            file: None,
            bytes: Some(9_999_999),
            sha256: Some("b".repeat(64)),
        });
    })
    .await;
    let mut browser = portal.browser();
    browser.get("/lost-phone").await.is(200).says("72時間").says("0187-00-0000");
    let page = browser.get("/download").await;
    page.is(200).says("10.0 MB").says(&"b".repeat(64)).says("download-iphone");
    assert_eq!(page.body.matches("まだ配布していません").count(), 4);
}

#[tokio::test]
async fn a_member_takes_a_release_back_that_somebody_asked_for_and_both_addresses_are_told() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    activate(&portal, &mut browser).await;
    let mut desk = staff::first_sign_in(&portal, staff::CLERK).await;
    desk.get(&format!("/staff/release?id={MEMBER}")).await.is(200);
    let grounds =
        [("identified", "document"), ("identified_other", ""), ("reason", "携帯を紛失したとのお申し出")];
    let asked = desk.submit("/staff/release", &grounds).await;
    assert_eq!(asked.status.as_u16(), 303, "{}", asked.body);

    browser.get("/").await.is(200).says("番号なしの利用解除が申請されています");
    let mut other = portal.browser();
    other.sign_in("demo0002", LOGIN_PASSWORD).await.redirects_to("/");
    other.get("/").await.is(200).does_not_say("番号なしの利用解除が申請されています");
    browser.get("/otp").await.is(200).says("取りやめてください");
    let twin = browser.clone();
    for mut tab in [browser.clone(), twin] {
        tab.submit("/otp/release/take-back", &[]).await.redirects_to("/otp?release-taken-back");
    }
    browser.get("/otp").await.is(200).does_not_say("番号なしの利用解除が申請されています");
    let mails = portal.mails().await;
    assert_eq!(mails.iter().filter(|mail| mail.contains("取りやめになりました")).count(), 2);
    portal.pass(73 * 60);
    assert!(portal.centre.ended().is_empty(), "nothing was released");
}
