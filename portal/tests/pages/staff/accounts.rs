//! Owns 職員の管理: accounts and roles as administrators change them.
//! Refuses to know the real centre.
//! Invariant: nobody changes their own account; a first password is mailed and never shown.

use crate::support::browser::Browser;
use crate::support::staff::{APPROVER, CLERK, first_sign_in, later_sign_in, member, sign_in};
use crate::support::{MEMBER, Portal};
use warifu_core::wire::bank::TokenState;

const LEAD: &str = "staff04";
const PAGE: &str = "/staff/accounts";

async fn post(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> crate::support::browser::Answer {
    browser.get(PAGE).await.is(200);
    let hidden = browser.hidden("/staff/sign-out");
    let mut all = vec![("csrf", &*hidden[0].1)];
    all.extend_from_slice(fields);
    browser.post(path, &all).await
}

#[tokio::test]
async fn an_administrator_makes_an_account_whose_password_only_its_owner_is_mailed() {
    let portal = Portal::start().await;
    let mut lead = first_sign_in(&portal, LEAD).await;
    lead.get("/staff/accounts/add").await.is(200);
    let wrong = [("new_id", "ab"), ("name", " "), ("mail", "x"), ("role", "")];
    let answer = lead.submit("/staff/accounts/add", &wrong).await;
    answer
        .is(422)
        .says("href=\"#new_id\"")
        .says("href=\"#name\"")
        .says("href=\"#mail\"")
        .says("href=\"#role\"");
    let fields = [
        ("new_id", "ｓｔａｆｆ０９"),
        ("name", "<b>新人</b>"),
        ("mail", "new@bank.example"),
        ("role", "approver"),
    ];
    lead.submit("/staff/accounts/add", &fields).await.redirects_to("/staff/accounts?added");
    let page = lead.get("/staff/accounts?added").await;
    page.is(200).says("staff09").does_not_say("<b>新人</b>").says("メールで送られます");
    let (to, text) = portal.letters().await.pop().unwrap();
    assert_eq!(to, "new@bank.example");
    let (_, rest) = text.split_once("パスワード　").unwrap();
    let password = rest.split_whitespace().next().unwrap().to_owned();
    assert!(password.len() == 20 && !text.contains("staff09"));
    page.does_not_say(&password);
    sign_in(&mut portal.browser(), "staff09", &password).await.redirects_to("/staff/token");
    lead.get(PAGE).await.is(200).says("最初のパスワードの変更待ち");
    // Taken.
    lead.get("/staff/accounts/add").await.is(200);
    lead.submit("/staff/accounts/add", &fields).await.is(422).says("すでに使われています");
}

#[tokio::test]
async fn only_administrators_reach_the_page_and_none_changes_their_own_account() {
    let portal = Portal::start().await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    for path in [PAGE, "/staff/accounts/add"] {
        clerk.get(path).await.is(403);
    }
    clerk.get("/staff").await.is(200).does_not_say("職員の管理</a>");
    let csrf = clerk.hidden("/staff/sign-out")[0].1.clone();
    for (path, extra) in
        [("role", Some(("role", "approver-admin"))), ("disable", None), ("permit", Some(("form", "f")))]
    {
        let mut fields = vec![("csrf", &*csrf), ("id", APPROVER)];
        fields.extend(extra);
        clerk.post(&format!("/staff/accounts/{path}"), &fields).await.is(403);
    }
    let mut lead = first_sign_in(&portal, LEAD).await;
    let refused = "/staff/accounts?refused";
    post(&mut lead, "/staff/accounts/role", &[("id", LEAD), ("role", "auditor-admin")])
        .await
        .redirects_to(refused);
    post(&mut lead, "/staff/accounts/disable", &[("id", LEAD)]).await.redirects_to(refused);
    post(&mut lead, "/staff/accounts/permit", &[("id", LEAD), ("form", "f")]).await.redirects_to(refused);
    post(&mut lead, "/staff/accounts/role", &[("id", CLERK), ("role", "root")]).await.is(400);
}

#[tokio::test]
async fn a_new_role_ends_the_sessions_and_a_disabled_account_is_out() {
    let portal = Portal::start().await;
    let mut lead = first_sign_in(&portal, LEAD).await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    let role = [("id", CLERK), ("role", "auditor")];
    post(&mut lead, "/staff/accounts/role", &role).await.redirects_to("/staff/accounts?changed");
    clerk.get("/staff").await.redirects_to("/staff/sign-in?ended");
    let mut clerk = later_sign_in(&portal, CLERK).await;
    clerk.get("/staff/log").await.is(200).says("役割の変更").says("staff04");
    post(&mut lead, "/staff/accounts/disable", &[("id", CLERK)])
        .await
        .redirects_to("/staff/accounts?disabled");
    clerk.get("/staff").await.redirects_to("/staff/sign-in?ended");
    lead.get(PAGE).await.is(200).says("利用停止（元に戻せません）");
}

#[tokio::test]
async fn a_colleagues_lost_token_is_released_and_the_first_sign_in_is_possible_once_more() {
    let portal = Portal::start().await;
    let mut lead = first_sign_in(&portal, LEAD).await;
    first_sign_in(&portal, CLERK).await;
    lead.get(PAGE).await.is(200);
    let permit = [("id", CLERK), ("form", "one")];
    for _ in 0..2 {
        post(&mut lead, "/staff/accounts/permit", &permit).await.redirects_to("/staff/accounts?permitted");
    }
    let ended = portal.centre.ended();
    assert_eq!((ended.len(), ended[0].0, &*ended[0].1), (1, "release", "staff.staff01"));
    sign_in(&mut portal.browser(), CLERK, crate::support::staff::PASSWORD).await.redirects_to("/staff/token");
    portal.centre.set_token(&member(CLERK), Some(TokenState::Revoked));
    assert!(!ended.iter().any(|(_, who, ..)| who == MEMBER));
}
