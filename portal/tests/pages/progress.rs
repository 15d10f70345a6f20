//! Owns what a member sees and may do between トークン発行 and 利用開始: the mail, another address, the causes of refusals.
//! Refuses to know the real centre.
//! Invariant: each state and each refusal says what happened, what is kept and what to do next.

use crate::support::browser::Browser;
use crate::support::{CONFIRMATION, MAIL, MEMBER, Portal, activate, issue};
use warifu_core::wire::bank::{AttemptOutcome, IssueState, MailState, TokenState};

const OTHER: &str = "hanako@data-bank.example";

fn readdress<'a>(mail: &'a str, again: &'a str, confirmation: &'a str) -> [(&'a str, &'a str); 3] {
    [("mail", mail), ("mail_again", again), ("confirmation_password", confirmation)]
}

/// A portal and a member with an open issue.
async fn issued() -> (Portal, Browser) {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    issue(&portal, &mut browser).await;
    (portal, browser)
}

#[tokio::test]
async fn the_menu_shows_where_the_mail_went_until_when_and_how_many_tries_are_left() {
    let (portal, mut browser) = issued().await;
    let menu = browser.get("/otp").await;
    assert_eq!(menu.is(200).shows("mail-to"), MAIL);
    assert_eq!(menu.shows("attempts-left"), "あと5回試せます");
    assert_eq!(menu.shows("until"), "2026/11/25 18:46（日本時間）");
    assert!(menu.shows("attempts").contains("まだ一度も行われていません"));
    assert!(menu.shows("mail-state").contains("に送りました"));
    portal.centre.set_mail(MEMBER, MAIL, MailState::Queued);
    assert!(browser.get("/otp").await.shows("mail-state").contains("少し時間がかかることがあります"));
    portal.centre.set_mail(MEMBER, MAIL, MailState::Failed);
    for path in ["/otp", "/otp/issue/done"] {
        browser.get(path).await.is(200).says("送れませんでした").says("「宛先の変更」から").says("再送");
    }
    portal.centre.set_mail(MEMBER, OTHER, MailState::Sent);
    browser.get("/otp").await.says(&format!("{OTHER}へのお知らせのメール"));
}

#[tokio::test]
async fn the_mail_is_sent_again_from_both_pages_once_for_each_press() {
    let (portal, mut browser) = issued().await;
    browser.get("/otp").await.is(200);
    for _ in 0..2 {
        browser.submit("/otp/resend", &[]).await.redirects_to("/otp?resent");
    }
    assert_eq!(portal.centre.mailed(), 1);
    browser.get("/otp?resent").await.is(200).says("再送を受け付けました").says("お送りしています");
    browser.get("/otp/issue/done").await.is(200);
    browser.submit("/otp/resend", &[]).await.redirects_to("/otp/issue/done?resent");
    browser.get("/otp/issue/done?resent").await.is(200).says("再送を受け付けました");
    assert_eq!(portal.centre.mailed(), 2);
}

#[tokio::test]
async fn a_mail_is_not_sent_again_once_the_app_is_initialised() {
    let (portal, mut browser) = issued().await;
    browser.get("/otp").await.is(200);
    portal.centre.initialise(MEMBER);
    browser.submit("/otp/resend", &[]).await.redirects_to("/otp?changed");
    assert_eq!(portal.centre.mailed(), 0);
    let menu = browser.get("/otp?changed").await;
    menu.is(200).does_not_say("data-testid=\"resend\"").says("data-testid=\"readdress\"");
    assert_eq!(menu.shows("activate-by"), "2026/11/25 18:46（日本時間）");
}

#[tokio::test]
async fn another_address_takes_the_mails_and_a_second_click_changes_nothing_more() {
    let (portal, mut browser) = issued().await;
    browser.get("/otp/readdress").await.is(200).says(MAIL).says("「トークン発行のご案内」も");
    let fields = readdress(" ｈａｎａｋｏ@data-bank.example", OTHER, CONFIRMATION);
    for _ in 0..2 {
        browser.submit("/otp/readdress", &fields).await.redirects_to("/otp?readdressed");
    }
    assert_eq!(portal.centre.mailed(), 1);
    let menu = browser.get("/otp?readdressed").await;
    assert_eq!(menu.is(200).says("送付先メールアドレスを変更しました").shows("mail-to"), OTHER);
    assert_eq!(browser.get("/otp/issue/done").await.shows("mail-to"), OTHER);

    portal.centre.initialise(MEMBER);
    browser.get("/otp/readdress").await.is(200).says(OTHER).does_not_say("「トークン発行のご案内」も");
    browser
        .submit("/otp/readdress", &readdress(MAIL, MAIL, CONFIRMATION))
        .await
        .redirects_to("/otp?readdressed");
}

#[tokio::test]
async fn each_problem_of_another_address_is_named_and_the_addresses_stay() {
    let (portal, mut browser) = issued().await;
    browser.get("/otp/readdress").await.is(200);
    let answer = browser.submit("/otp/readdress", &readdress("hanako@", "x", "123")).await;
    answer
        .is(422)
        .says("メールアドレスの形ではありません")
        .says("2回の入力が違っています")
        .says("半角英数字6～12桁です");
    answer.says("value=\"hanako@\"").says("value=\"x\"").does_not_say("value=\"123\"");
    let wrong = readdress(OTHER, OTHER, "kakunin9999");
    for left in (1..5).rev() {
        let answer = browser.submit("/otp/readdress", &wrong).await;
        answer.is(422).says(&format!("あと{left}回間違えると")).says(&format!("value=\"{OTHER}\""));
    }
    browser.submit("/otp/readdress", &wrong).await.is(422).says("しばらく確認を止めます");
    let right = readdress(OTHER, OTHER, CONFIRMATION);
    browser.submit("/otp/readdress", &right).await.is(422).says("あと30秒ほど待って");
    assert_eq!(portal.centre.mailed(), 0);
    portal.pass_seconds(30);
    browser.submit("/otp/readdress", &right).await.redirects_to("/otp?readdressed");
}

#[tokio::test]
async fn an_address_is_not_changed_before_an_issue_nor_after_activation() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    browser.get("/otp/readdress").await.redirects_to("/otp");
    issue(&portal, &mut browser).await;
    browser.get("/otp/readdress").await.is(200);
    let late = browser.clone();
    activate(&portal, &mut browser).await;
    browser.get("/otp/readdress").await.redirects_to("/otp");
    let fields = readdress(OTHER, OTHER, CONFIRMATION);
    late.clone().submit("/otp/readdress", &fields).await.redirects_to("/otp?changed");
    browser.get("/otp").await.is(200).does_not_say("data-testid=\"progress\"");
}

#[tokio::test]
async fn each_cause_of_a_refused_initialisation_is_told_with_what_to_do() {
    let told = [
        (AttemptOutcome::Unfinished, "利用開始パスワードが違うか、通信が途中で切れています"),
        (AttemptOutcome::TooLate, "先に別の端末で初期設定が済んでいました"),
        (AttemptOutcome::Expired, "初期設定の期限が過ぎていました"),
        (AttemptOutcome::Exhausted, "もう残っていませんでした"),
        (AttemptOutcome::Used, "もう済んでいました"),
        (AttemptOutcome::Cancelled, "取り消されていました"),
        (AttemptOutcome::Enrolled, "初期設定が済みました"),
    ];
    let (portal, mut browser) = issued().await;
    for (at, (outcome, words)) in told.into_iter().enumerate() {
        portal.centre.attempt(MEMBER, outcome);
        let menu = browser.get("/otp").await;
        menu.is(200).says(words).says("2026/11/18 ").says("お心当たりのない時刻");
        assert_eq!(menu.shows("attempts-left"), format!("あと{}回試せます", 5usize.saturating_sub(at + 1)));
    }
    browser.get("/otp").await.does_not_say("通信が途中で切れています");
}

#[tokio::test]
async fn the_next_step_follows_from_the_newest_attempt() {
    let (portal, mut browser) = issued().await;
    browser.get("/otp").await.says("メールの案内からアプリを入れ");
    portal.centre.attempt(MEMBER, AttemptOutcome::Unfinished);
    browser.get("/otp").await.says("アプリでもう一度初期設定をしてください");
    portal.centre.initialise(MEMBER);
    browser.get("/otp").await.says("初期設定を済ませたアプリの番号を入力してください");
    portal.centre.attempt(MEMBER, AttemptOutcome::TooLate);
    browser.get("/otp").await.says("お心当たりがなければ、利用を開始せず");
}

#[tokio::test]
async fn a_dead_issue_says_what_happened_and_offers_a_new_one() {
    let (portal, mut browser) = issued().await;
    let told = [
        (IssueState::Expired, AttemptOutcome::Expired, "初期設定の期限が過ぎたため"),
        (IssueState::Exhausted, AttemptOutcome::Exhausted, "利用開始パスワードの間違いが続いたため"),
        (IssueState::Cancelled, AttemptOutcome::Cancelled, "前回の発行は取り消されています"),
    ];
    for (state, outcome, words) in told {
        portal.centre.set_issue(MEMBER, state);
        portal.centre.attempt(MEMBER, outcome);
        let menu = browser.get("/otp").await;
        assert_eq!(menu.is(200).says(words).shows("registration"), "未登録");
        menu.says("もう一度トークン発行をお申し込みください").says("href=\"/otp/issue\"");
        for gone in ["resend", "readdress", "mail-to", "attempts-left", "until"] {
            menu.does_not_say(&format!("data-testid=\"{gone}\""));
        }
    }
    browser.get("/otp/issue/done").await.redirects_to("/otp");
    issue(&portal, &mut browser).await;
    assert_eq!(browser.get("/otp").await.shows("registration"), "トークン発行済");
}

#[tokio::test]
async fn a_token_that_ended_says_how_and_offers_a_new_issue() {
    let (portal, mut browser) = issued().await;
    portal.centre.initialise(MEMBER);
    let told = [
        (TokenState::Void, "利用を開始しないまま、無効になりました"),
        (TokenState::Expired, "有効期限が過ぎました"),
        (TokenState::Replaced, "機種変更により使えなくなりました"),
        (TokenState::Revoked, "利用を解除しました"),
    ];
    for (state, words) in told {
        portal.centre.set_token(MEMBER, Some(state));
        let menu = browser.get("/otp").await;
        assert_eq!(menu.is(200).says(words).says("シリアルNo 243725864").shows("registration"), "未登録");
        menu.says("href=\"/otp/issue\"").does_not_say("data-testid=\"progress\"");
    }
}

#[tokio::test]
async fn the_centres_limits_are_told_with_the_wait_and_nothing_typed_is_lost() {
    let (portal, mut browser) = issued().await;
    let waits = [
        ((429, Some(3_600)), "1時間ほど待ってから", "回数が上限に達しました"),
        ((429, Some(45)), "45秒ほど待ってから", "回数が上限に達しました"),
        ((429, None), "しばらく待ってから", "回数が上限に達しました"),
        ((503, Some(120)), "2分ほど待ってから", "混み合っています"),
        ((503, Some(0)), "しばらく待ってから", "混み合っています"),
    ];
    for ((status, seconds), wait, words) in waits {
        browser.get("/otp").await.is(200);
        portal.centre.set_wait(Some((status, seconds)));
        let answer = browser.submit("/otp/resend", &[]).await;
        answer.is(status).says(wait).says(words).says("そのまま使えます").says("href=\"/otp\"");
        let told = answer.headers.get("retry-after").map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(told, seconds.filter(|seconds| *seconds > 0).map(|seconds| seconds.to_string()));

        browser.get("/otp/readdress").await.is(200);
        let fields = readdress(OTHER, OTHER, CONFIRMATION);
        let answer = browser.submit("/otp/readdress", &fields).await;
        answer.is(status).says(wait).says(&format!("value=\"{OTHER}\"")).does_not_say(CONFIRMATION);
        portal.centre.set_wait(None);
        assert_eq!(portal.centre.mailed(), 0);
    }
    browser
        .submit("/otp/readdress", &readdress(OTHER, OTHER, CONFIRMATION))
        .await
        .redirects_to("/otp?readdressed");
}

#[tokio::test]
async fn an_issue_that_has_to_wait_keeps_the_confirmed_application() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    crate::support::apply(&mut browser, "2580").await;
    let mailed = portal.mailed_password().await;
    portal.centre.set_wait(Some((503, Some(30))));
    let fields = [("mailed_password", &*mailed), ("confirmation_password", CONFIRMATION)];
    let answer = browser.submit("/otp/issue/confirm", &fields).await;
    answer.is(503).says("30秒ほど待ってから").says("パスワードの確認は残っています");
    portal.centre.set_wait(None);
    browser.get("/otp/issue/confirm").await.is(200);
    browser.submit("/otp/issue/send", &[]).await.redirects_to("/otp/issue/done");
}

#[tokio::test]
async fn without_the_centre_resending_and_readdressing_say_so_and_a_lost_answer_changes_nothing_twice() {
    let (portal, mut browser) = issued().await;
    browser.get("/otp").await.is(200);
    let menu = browser.clone();
    browser.get("/otp/readdress").await.is(200);
    portal.centre.set_away(true);
    menu.clone().submit("/otp/resend", &[]).await.is(503).says("お手続きの状態");
    let fields = readdress(OTHER, OTHER, CONFIRMATION);
    let answer = browser.submit("/otp/readdress", &fields).await;
    answer.is(503).says("センターに接続できませんでした").says(&format!("value=\"{OTHER}\""));
    portal.centre.set_away(false);

    portal.centre.lose_answers(3);
    browser.submit("/otp/readdress", &fields).await.is(503);
    browser.submit("/otp/readdress", &fields).await.redirects_to("/otp?readdressed");
    assert_eq!(portal.centre.mailed(), 1);
}
