//! Owns what staff do about their own account: the password, and the sessions elsewhere.
//! Refuses to know the real centre.
//! Invariant: a mailed password opens one page, for seven days; whoever changes a password is the only one left signed in.

use crate::support::Portal;
use crate::support::browser::Browser;
use crate::support::staff::{AUDITOR, CLERK, PASSWORD, first_sign_in, later_sign_in, member, sign_in};

const LEAD: &str = "staff04";
const NEW: &str = "a-new-password-2026";
const DAY: i64 = 24 * 60;

fn change<'a>(old: &'a str, new: &'a str, again: &'a str) -> [(&'a str, &'a str); 3] {
    [("old_password", old), ("new_password", new), ("new_password_again", again)]
}

/// The password in the newest mail.
async fn mailed(portal: &Portal) -> String {
    let (_, text) = portal.letters().await.pop().expect("a mail was sent");
    let (_, rest) = text.split_once("パスワード　").expect("it names a password");
    rest.split_whitespace().next().unwrap().to_owned()
}

/// An account whose first password is on its way, made by an administrator.
async fn invited(portal: &Portal) -> (Browser, String) {
    let mut lead = first_sign_in(portal, LEAD).await;
    lead.get("/staff/accounts/add").await.is(200);
    let new = [("new_id", "staff09"), ("name", "新人"), ("mail", "new@bank.example"), ("role", "clerk")];
    lead.submit("/staff/accounts/add", &new).await.redirects_to("/staff/accounts?added");
    let password = mailed(portal).await;
    (lead, password)
}

#[tokio::test]
async fn a_mailed_password_opens_nothing_until_its_owner_has_chosen_another() {
    let portal = Portal::start().await;
    let (_, password) = invited(&portal).await;
    let mut new = portal.browser();
    sign_in(&mut new, "staff09", &password).await.redirects_to("/staff/token");
    for path in ["/staff/token", "/staff/token/issue"] {
        new.get(path).await.redirects_to("/staff/password");
    }
    let page = new.get("/staff/password").await;
    page.is(200).says("メールで届いたものです").says("data-testid=\"ends-at\"").does_not_say("会員の検索");
    for (old, chosen, again, says) in [
        ("", "", "", "今のパスワードを入力してください"),
        (&*password, "short", "short", "12～128文字"),
        (&*password, &*password, &*password, "今のパスワードと同じです"),
        (&*password, "my-STAFF09-word", "my-STAFF09-word", "職員IDを含む"),
        (&*password, NEW, "a-new-password-2027", "2回の入力が違って"),
        ("not-this-one", NEW, NEW, "今のパスワードが違います"),
    ] {
        let answer = new.submit("/staff/password", &change(old, chosen, again)).await;
        answer.is(422).says(says).does_not_say(NEW).does_not_say(&password);
    }
    // Once, twice.
    for _ in 0..2 {
        let mut click = new.clone();
        click.submit("/staff/password", &change(&password, NEW, NEW)).await.redirects_to("/staff/token");
    }
    new.get("/staff/token").await.is(200).says("new@bank.example");
    sign_in(&mut portal.browser(), "staff09", &password).await.is(422);
    sign_in(&mut portal.browser(), "staff09", NEW).await.redirects_to("/staff/token");
}

#[tokio::test]
async fn an_invitation_is_good_for_seven_days_and_another_one_can_be_sent() {
    let portal = Portal::start().await;
    let (_, password) = invited(&portal).await;
    portal.pass(7 * DAY);
    let mut late = portal.browser();
    sign_in(&mut late, "staff09", &password).await.is(403).says("期限が過ぎました").says("管理者に");
    late.get("/staff/password").await.redirects_to("/staff/sign-in");
    let mut lead = later_sign_in(&portal, LEAD).await;
    lead.get("/staff/accounts").await.is(200);
    let csrf = lead.hidden("/staff/accounts/invite")[0].1.clone();
    for (id, place) in [("staff09", "?invited"), (LEAD, "?refused"), ("nobody", "?refused")] {
        let fields = [("csrf", &*csrf), ("id", id)];
        lead.post("/staff/accounts/invite", &fields).await.redirects_to(&format!("/staff/accounts{place}"));
    }
    let again = mailed(&portal).await;
    assert_ne!(again, password);
    lead.get("/staff/accounts?invited").await.is(200).says("メールで送りました").does_not_say(&again);
    sign_in(&mut late, "staff09", &password).await.is(422);
    sign_in(&mut late, "staff09", &again).await.redirects_to("/staff/token");
    late.get("/staff/token").await.redirects_to("/staff/password");
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_mailed_one_and_nothing_else_opens_before_it_is_changed() {
    let portal = Portal::start().await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    let mut lead = first_sign_in(&portal, LEAD).await;
    lead.get("/staff/accounts").await.is(200);
    let csrf = lead.hidden("/staff/accounts/invite")[0].1.clone();
    let fields = [("csrf", &*csrf), ("id", CLERK)];
    lead.post("/staff/accounts/invite", &fields).await.redirects_to("/staff/accounts?invited");
    clerk.get("/staff").await.redirects_to("/staff/sign-in?ended");
    let password = mailed(&portal).await;
    sign_in(&mut clerk, CLERK, &password).await.redirects_to("/staff/sign-in/code");
    clerk.get("/staff/sign-in/code").await.is(200);
    let code = portal.centre.code(&member(CLERK));
    clerk.submit("/staff/sign-in/code", &[("code", &code)]).await.redirects_to("/staff");
    for path in ["/staff", "/staff/member?id=m-0001", "/staff/requests", "/staff/sessions"] {
        clerk.get(path).await.redirects_to("/staff/password");
    }
    clerk.get("/staff/password").await.is(200);
    clerk.submit("/staff/password", &change(&password, NEW, NEW)).await.redirects_to("/staff?password");
    clerk.get("/staff?password").await.is(200).says("パスワードを変更しました");
}

#[tokio::test]
async fn a_change_of_password_ends_the_other_sessions_and_stands_in_the_log() {
    let portal = Portal::start().await;
    let mut here = first_sign_in(&portal, CLERK).await;
    let mut elsewhere = later_sign_in(&portal, CLERK).await;
    let mut auditor = first_sign_in(&portal, AUDITOR).await;
    here.get("/staff/password").await.is(200).does_not_say("メールで届いたもの");
    here.submit("/staff/password", &change(PASSWORD, NEW, NEW)).await.redirects_to("/staff?password");
    here.get("/staff").await.is(200);
    elsewhere.get("/staff").await.redirects_to("/staff/sign-in?ended");
    auditor.get("/staff/log").await.is(200).says("パスワードの変更</td>");
    sign_in(&mut elsewhere, CLERK, PASSWORD).await.is(422);
    // Guesses at the old one are counted.
    here.get("/staff/password").await.is(200);
    for _ in 0..5 {
        let wrong = change("not-this-one", "another-password-1", "another-password-1");
        here.submit("/staff/password", &wrong).await.is(422).says("今のパスワードが違います");
    }
    let right = change(NEW, "another-password-1", "another-password-1");
    here.submit("/staff/password", &right).await.is(422).says("30秒ほど待ってから");
}

#[tokio::test]
async fn staff_see_their_own_sessions_and_end_the_others() {
    let portal = Portal::start().await;
    let mut one = first_sign_in(&portal, CLERK).await;
    let mut two = later_sign_in(&portal, CLERK).await;
    let mut colleague = first_sign_in(&portal, AUDITOR).await;
    let page = one.get("/staff/sessions").await;
    assert_eq!(page.is(200).body.matches("<tr><td>").count(), 2);
    assert_eq!(page.body.matches("この端末</b>").count(), 1);
    one.submit("/staff/sessions/end", &[]).await.redirects_to("/staff/sessions?ended");
    two.get("/staff").await.redirects_to("/staff/sign-in?ended");
    colleague.get("/staff").await.is(200);
    one.get("/staff/sessions").await.is(200).says("ほかに、ログイン中の端末はありません");
}
