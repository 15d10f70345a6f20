//! Owns what staff see of a member: the search, the token's true state, the true causes of refusals.
//! Refuses to know the real centre.
//! Invariant: whatever the state, the page says it in words, and never a code, a key or a start password.

use crate::support::staff::{CLERK, first_sign_in, member};
use crate::support::{MAIL, MEMBER, Portal, activate, issue};
use warifu_core::wire::bank::{AttemptOutcome, IssueState, MailState, TokenState};

const PAGE: &str = "/staff/member?id=m-0001";

#[tokio::test]
async fn a_member_is_found_by_login_id_name_reading_member_id_and_serial() {
    let portal = Portal::start().await;
    activate(&portal, &mut portal.signed_in().await).await;
    let mut staff = first_sign_in(&portal, CLERK).await;
    // The member's own pages were shown with the serial already, at the latest at the next sign-in.
    portal.browser().sign_in("demo0001", crate::support::LOGIN_PASSWORD).await;
    for words in [
        "demo0001",
        "%E4%BB%99%E5%8C%97+%E5%A4%AA%E9%83%8E",
        "m-0001",
        "243725864",
        "%E3%81%9B%E3%82%93%E3%81%BC%E3%81%8F%E3%81%9F%E3%82%8D%E3%81%86",
    ] {
        let answer = staff.get(&format!("/staff?q={words}")).await;
        answer.is(200).says("1件").says("仙北 太郎").says("href=\"/staff/member?id=m-0001\"");
    }
    staff.get("/staff?q=demo").await.is(200).says("3件");
    staff.get("/staff?q=x").await.is(200).says("2文字以上");
    staff.get("/staff?q=%25%25").await.is(200).says("見つかりませんでした");
    staff.get("/staff?q=%ff").await.is(200);
    staff.get("/staff?q=staff02").await.is(200).says("職員ID staff02");
    staff.get("/staff?q=%3Cscript%3E").await.is(200).does_not_say("<script>");
    for unknown in ["m-9999", "", "..%2f", "m/0001", "%ff", "m-0001%00"] {
        staff.get(&format!("/staff/member?id={unknown}")).await.redirects_to("/staff?unknown");
    }
}

#[tokio::test]
async fn staff_see_the_true_state_and_the_true_cause_of_every_refused_initialisation() {
    let portal = Portal::start().await;
    let mut staff = first_sign_in(&portal, CLERK).await;
    let nothing = staff.get(PAGE).await;
    assert_eq!(nothing.is(200).shows("registration"), "未登録");
    nothing.says("data-testid=\"no-token\"").says("data-testid=\"no-issue\"");

    issue(&portal, &mut portal.signed_in().await).await;
    for _ in 0..4 {
        portal.centre.attempt(MEMBER, AttemptOutcome::Unfinished);
    }
    let open = staff.get(PAGE).await;
    assert_eq!(open.is(200).shows("registration"), "トークン発行済");
    assert_eq!(open.shows("user-id"), "999800000002");
    assert_eq!(open.shows("attempts-left"), "あと1回試せます");
    assert_eq!((open.shows("mail-to"), open.shows("newest-mail-to")), (MAIL.to_owned(), MAIL.to_owned()));
    assert_eq!(open.body.matches("利用開始パスワードが違うか").count(), 4);
    open.does_not_say("2580");

    portal.centre.attempt(MEMBER, AttemptOutcome::Exhausted);
    portal.centre.set_issue(MEMBER, IssueState::Exhausted);
    portal.centre.set_mail(MEMBER, MAIL, MailState::Failed);
    let exhausted = staff.get(PAGE).await;
    exhausted.is(200).says("利用開始パスワードを試せる回数が、もう残っていませんでした");
    assert!(exhausted.shows("issue-state").contains("間違いが続いたため"));
    assert!(exhausted.shows("newest-mail-state").starts_with("送れませんでした"));
}

#[tokio::test]
async fn staff_see_serial_dates_vault_and_wrong_codes_and_how_a_token_ended() {
    let portal = Portal::start().await;
    let mut staff = first_sign_in(&portal, CLERK).await;
    activate(&portal, &mut portal.signed_in().await).await;
    let active = staff.get(PAGE).await;
    assert_eq!(active.is(200).shows("registration"), "利用中");
    assert_eq!(
        (active.shows("serial"), active.shows("token-state")),
        ("243725864".to_owned(), "利用中".to_owned())
    );
    assert_eq!(active.shows("wrong-left"), "あと5回続けて間違えると停止します");
    assert!(active.shows("vault").contains("封をして保管"));
    assert_eq!(active.shows("started-on"), "2026/11/18");
    assert!(active.shows("expires-at").ends_with("（日本時間）"));
    active.does_not_say("data-testid=\"reinstate\"");
    assert_eq!(active.shows("drift"), "センターの時計と合っています");
    for words in ["利用履歴", "<td>ログイン</td>", "正しい番号でした"] {
        active.says(words);
    }
    for (state, words) in [
        (TokenState::Revoked, "利用を解除しました"),
        (TokenState::Replaced, "機種変更により"),
        (TokenState::Expired, "有効期限が過ぎました"),
        (TokenState::Void, "利用を開始しないまま"),
    ] {
        portal.centre.set_token(MEMBER, Some(state));
        staff.get(PAGE).await.is(200).says(words).says("data-testid=\"no-token\"");
    }
    portal.centre.set_away(true);
    staff.get(PAGE).await.is(503).says("次にすること").says("href=\"/staff\"");
}

#[tokio::test]
async fn a_colleagues_suspension_is_lifted_by_another_and_never_by_oneself() {
    let portal = Portal::start().await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    first_sign_in(&portal, "staff02").await;
    portal.centre.set_token(&member("staff02"), Some(TokenState::Suspended));
    let own = clerk.get("/staff/member?id=staff.staff01").await;
    own.is(200).says("ほかの職員が行います").does_not_say("data-testid=\"reinstate\"");
    clerk.get("/staff/reinstate?id=staff.staff01").await.is(403);
    let mut browser = portal.browser();
    let answer =
        crate::support::staff::sign_in(&mut browser, "staff02", crate::support::staff::PASSWORD).await;
    answer.is(403).says("ほかの職員に");
    let done = crate::support::staff::request(&mut clerk, "staff.staff02").await;
    done.redirects_to("/staff/member?id=staff.staff02&reinstated");
    crate::support::staff::later_sign_in(&portal, "staff02").await;
    // Whose own token is stopped is out with the first look that tells of it.
    portal.centre.set_token(&member(CLERK), Some(TokenState::Suspended));
    clerk.get("/staff/member?id=staff.staff01").await.does_not_say("data-testid=\"reinstate\"");
    clerk.get("/staff/reinstate?id=staff.staff01").await.redirects_to("/staff/sign-in?ended");
}
