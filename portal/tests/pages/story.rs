//! Owns the member's way through the pages: issue, activation, sign-in with a code, release, and its refusals.
//! Refuses to know the real centre: a fake one in memory stands for it.
//! Invariant: every step is what a browser without JavaScript would do.

use crate::support::{CONFIRMATION, LOGIN_ID, LOGIN_PASSWORD, MAIL, MEMBER, Portal, activate, apply, issue};
use warifu_core::wire::bank::{IssueState, TokenState};

#[tokio::test]
async fn a_member_applies_activates_signs_in_with_a_code_and_releases() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    assert_eq!(browser.get("/otp").await.is(200).shows("registration"), "未登録");

    issue(&portal, &mut browser).await;
    let done = browser.get("/otp/issue/done").await;
    assert_eq!(done.is(200).shows("service-id"), "10112235");
    assert_eq!(done.shows("user-id"), "999800000001");
    done.says(MAIL).says("data-testid=\"qr\"");
    let print = browser.get("/otp/issue/print").await;
    assert_eq!(print.is(200).shows("user-id"), "999800000001");
    for page in [&done, &print] {
        let link = "warifu://setup?service_id=10112235&#38;user_id=999800000001";
        assert_eq!(page.shows("qr-text"), link);
        page.says(&format!("href=\"{link}\" data-testid=\"open-in-app\""));
        assert!(page.body.len() <= 30_000, "the page has {} bytes", page.body.len());
    }
    assert_eq!(browser.get("/otp").await.shows("registration"), "トークン発行済");

    browser.get("/otp/activate").await.is(200).says("初期設定がまだ済んでいません");
    portal.centre.initialise(MEMBER);
    let first = portal.centre.code(MEMBER);
    browser.get("/otp/activate").await.is(200).does_not_say("初期設定がまだ済んでいません");
    browser.submit("/otp/activate", &[("code", &first)]).await.redirects_to("/otp/activate/done");
    browser.get("/otp/activate/done").await.is(200).says("利用を開始しました");
    assert_eq!(browser.get("/otp").await.shows("registration"), "利用中");
    browser.submit("/sign-out", &[]).await.redirects_to("/sign-in?left");
    browser.get("/otp").await.redirects_to("/sign-in");

    browser.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/sign-in/code");
    browser.get("/").await.redirects_to("/sign-in/code");
    browser.get("/sign-in/code").await.is(200);
    browser.submit("/sign-in/code", &[("code", &first)]).await.is(422).says("使用済み");
    browser.submit("/sign-in/code", &[("code", "99999999")]).await.is(422).says("あと4回間違えると");
    let second = portal.centre.code(MEMBER);
    let typed = format!("{}－{}", &second[..4], &second[4..]);
    browser.submit("/sign-in/code", &[("code", &typed)]).await.redirects_to("/");
    browser.get("/").await.is(200).says("前回のログイン");

    browser.get("/otp/revoke").await.is(200).says("BOS001").says("200,000円");
    let third = portal.centre.code(MEMBER);
    let wrong = [("confirmation_password", "kakunin9999"), ("code", &*third)];
    browser.submit("/otp/revoke", &wrong).await.is(422).says("確認用パスワードが違います").says(&third);
    let right = [("confirmation_password", CONFIRMATION), ("code", &*third)];
    browser.submit("/otp/revoke", &right).await.redirects_to("/otp/revoke/done");
    browser.get("/otp/revoke/done").await.is(200).says("利用を解除しました").says("200,000円");
    assert_eq!(browser.get("/otp").await.shows("registration"), "未登録");

    let mut later = portal.browser();
    later.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/");
}

#[tokio::test]
async fn each_problem_of_the_first_form_is_named_and_nothing_but_passwords_is_lost() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    browser.get("/otp/issue").await.is(200);
    let fields = [
        ("mail", "taro@"),
        ("mail_again", "taro@data"),
        ("start_password", "1234"),
        ("start_password_again", "1235"),
    ];
    let answer = browser.submit("/otp/issue", &fields).await;
    answer
        .is(422)
        .says("メールアドレスの形ではありません")
        .says("2回の入力が違っています")
        .says("推測されやすい番号です");
    answer.says("value=\"taro@\"").says("value=\"taro@data\"").does_not_say("value=\"1234\"");
    browser.get("/otp").await.is(200);
    browser.get("/otp/issue").await.is(200).says("value=\"taro@\"");

    let wide = [
        ("mail", " ｔａｒｏ@data-bank.example "),
        ("mail_again", MAIL),
        ("start_password", "２５ ８０"),
        ("start_password_again", "2580"),
    ];
    browser.submit("/otp/issue", &wide).await.redirects_to("/otp/issue/confirm");
}

#[tokio::test]
async fn a_mailed_password_bears_five_wrong_tries_and_another_one_can_be_sent() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    apply(&mut browser, "2580").await;
    let first = portal.mailed_password().await;
    let typed = |mailed: &'static str| [("mailed_password", mailed), ("confirmation_password", CONFIRMATION)];
    for left in (1..5).rev() {
        let answer = browser.submit("/otp/issue/confirm", &typed("AAAAAAAA")).await;
        answer.is(422).says(&format!("あと{left}回間違えると無効になります"));
    }
    browser.submit("/otp/issue/confirm", &typed("AAAAAAAA")).await.is(422).says("無効になりました");
    let right = [("mailed_password", &*first), ("confirmation_password", CONFIRMATION)];
    browser.submit("/otp/issue/confirm", &right).await.is(422).says("無効になりました");

    browser.submit("/otp/issue/mail", &[]).await.redirects_to("/otp/issue/confirm");
    let second = portal.mailed_password().await;
    assert_ne!(first, second);
    browser.get("/otp/issue/confirm").await.is(200);
    let right = [("mailed_password", &*second.to_lowercase()), ("confirmation_password", CONFIRMATION)];
    browser.submit("/otp/issue/confirm", &right).await.redirects_to("/otp/issue/done");
}

#[tokio::test]
async fn a_mailed_password_is_good_for_ten_minutes() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    apply(&mut browser, "2580").await;
    let mailed = portal.mailed_password().await;
    portal.pass(5);
    browser.get("/otp/issue/confirm").await.is(200);
    portal.pass(5);
    let fields = [("mailed_password", &*mailed), ("confirmation_password", CONFIRMATION)];
    browser.submit("/otp/issue/confirm", &fields).await.is(422).says("有効時間が過ぎました");
    assert_eq!(portal.centre.counts().0, 0);
}

#[tokio::test]
async fn wrong_confirmation_passwords_have_to_wait_and_the_right_one_works_afterwards() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    apply(&mut browser, "2580").await;
    let mailed = portal.mailed_password().await;
    let wrong = [("mailed_password", &*mailed), ("confirmation_password", "kakunin9999")];
    for left in (1..5).rev() {
        let answer = browser.submit("/otp/issue/confirm", &wrong).await;
        answer.is(422).says(&format!("あと{left}回間違えると")).says(&format!("value=\"{mailed}\""));
    }
    browser.submit("/otp/issue/confirm", &wrong).await.is(422).says("しばらく確認を止めます");
    let right = [("mailed_password", &*mailed), ("confirmation_password", CONFIRMATION)];
    browser.submit("/otp/issue/confirm", &right).await.is(422).says("あと30秒ほど待って");
    portal.pass_seconds(30);
    browser.submit("/otp/issue/confirm", &right).await.redirects_to("/otp/issue/done");
}

#[tokio::test]
async fn an_application_can_be_stopped_before_and_after_the_issue() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    apply(&mut browser, "2580").await;
    browser.submit("/otp/issue/stop", &[]).await.redirects_to("/otp?stopped");
    browser.get("/otp?stopped").await.is(200).says("申込を中止しました");
    browser.get("/otp/issue/confirm").await.redirects_to("/otp");
    assert_eq!(portal.centre.counts(), (0, 0));

    issue(&portal, &mut browser).await;
    browser.get("/otp/cancel").await.is(200);
    browser.submit("/otp/cancel", &[]).await.redirects_to("/otp?cancelled");
    assert_eq!(browser.get("/otp?cancelled").await.shows("registration"), "未登録");
}

#[tokio::test]
async fn activation_says_whether_the_app_is_not_ready_the_code_wrong_or_the_token_void() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    issue(&portal, &mut browser).await;
    browser.get("/otp/activate").await.is(200);
    browser
        .submit("/otp/activate", &[("code", "12345678")])
        .await
        .is(422)
        .says("初期設定がまだ済んでいません");
    browser
        .submit("/otp/activate", &[("code", "1234567")])
        .await
        .is(422)
        .says("7桁")
        .says("value=\"1234567\"");
    portal.centre.initialise(MEMBER);
    for left in (1..5).rev() {
        let answer = browser.submit("/otp/activate", &[("code", "12345678")]).await;
        answer.is(422).says(&format!("あと{left}回間違えると"));
    }
    browser
        .submit("/otp/activate", &[("code", "12345678")])
        .await
        .is(422)
        .says("このトークンは無効になりました");

    issue(&portal, &mut browser).await;
    portal.centre.set_issue(MEMBER, IssueState::Exhausted);
    browser.get("/otp").await.is(200).says("利用開始パスワードの間違いが続いたため");
}

#[tokio::test]
async fn five_wrong_codes_at_sign_in_end_in_the_page_that_says_whom_to_call() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    activate(&portal, &mut browser).await;
    let mut other = portal.browser();
    other.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/sign-in/code");
    other.get("/sign-in/code").await.is(200);
    let late = other.clone();
    for _ in 0..4 {
        other.submit("/sign-in/code", &[("code", "99999999")]).await.is(422);
    }
    let answer = other.submit("/sign-in/code", &[("code", "99999999")]).await;
    answer.is(403).says("以降のログインはできません").says("0187-00-0000");
    let right = portal.centre.code(MEMBER);
    late.clone().submit("/sign-in/code", &[("code", &right)]).await.redirects_to("/sign-in?ended");
    other.get("/").await.redirects_to("/sign-in");
    other.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.is(403).says("以降のログインはできません");
    browser.get("/otp").await.redirects_to("/sign-in?ended");
}

#[tokio::test]
async fn a_token_that_was_released_elsewhere_asks_for_no_code() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    activate(&portal, &mut browser).await;
    let mut other = portal.browser();
    other.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/sign-in/code");
    other.get("/sign-in/code").await.is(200);
    portal.centre.set_token(MEMBER, Some(TokenState::Revoked));
    other.submit("/sign-in/code", &[("code", "12345678")]).await.redirects_to("/sign-in");
}
