//! Owns 停止解除 on the staff's pages: alone, and with a second person's approval.
//! Refuses to know the real centre.
//! Invariant: one request, one effect; nobody approves what they asked for.

use crate::support::browser::Browser;
use crate::support::staff::{APPROVER, AUDITOR, CLERK, first_sign_in, request, submit_request};
use crate::support::{MEMBER, Portal, activate};
use warifu_core::wire::bank::TokenState;

/// A portal with a suspended member.
async fn suspended(second_approval: bool) -> Portal {
    let portal = Portal::start_with(|config| config.staff.second_approval = second_approval).await;
    activate(&portal, &mut portal.signed_in().await).await;
    portal.centre.set_token(MEMBER, Some(TokenState::Suspended));
    portal
}

/// The ID of the one request that is shown.
async fn shown_request(browser: &mut Browser) -> String {
    let page = browser.get("/staff/requests").await;
    page.is(200);
    let (_, rest) = page.body.split_once("name=\"request\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_clerk_reinstates_a_member_once_with_reason_and_identification_in_the_centres_words() {
    let portal = suspended(false).await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    clerk.get("/staff/member?id=m-0001").await.is(200).says("data-testid=\"reinstate\"");
    let page = clerk.get("/staff/reinstate?id=m-0001").await;
    assert_eq!(page.is(200).shows("serial"), "243725864");
    let form = clerk.clone();
    submit_request(&mut clerk).await.redirects_to("/staff/member?id=m-0001&reinstated");
    form.clone()
        .submit(
            "/staff/reinstate",
            &[("identified", "document"), ("identified_other", ""), ("reason", "番号の打ち間違い のため")],
        )
        .await
        .redirects_to("/staff/member?id=m-0001&reinstated");
    let reason = "本人確認：窓口・本人確認書類。理由：番号の打ち間違い のため".to_owned();
    assert_eq!(portal.centre.reinstated(), [(MEMBER.to_owned(), CLERK.to_owned(), reason)]);
    let member = clerk.get("/staff/member?id=m-0001&reinstated").await;
    assert_eq!(member.is(200).says("停止を解除しました").shows("registration"), "利用中");
    let mut back = form;
    back.submit(
        "/staff/reinstate",
        &[("identified", "phone"), ("identified_other", ""), ("reason", "別の理由")],
    )
    .await
    .redirects_to("/staff/member?id=m-0001&changed");
    clerk.get("/staff/reinstate?id=m-0001").await.redirects_to("/staff/member?id=m-0001&changed");
    assert_eq!(portal.centre.reinstated().len(), 1);
}

#[tokio::test]
async fn what_is_missing_in_the_form_is_named_and_what_was_typed_stays() {
    let portal = suspended(false).await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    clerk.get("/staff/reinstate?id=m-0001").await.is(200);
    let answer = clerk.submit("/staff/reinstate", &[("identified_other", ""), ("reason", " ")]).await;
    answer
        .is(422)
        .says("本人確認の方法を選んでください")
        .says("理由を入力してください")
        .says("href=\"#identified\"");
    let long = "あ".repeat(401);
    let fields = [("identified", "other"), ("identified_other", ""), ("reason", &*long)];
    let answer = clerk.submit("/staff/reinstate", &fields).await;
    answer.is(422).says("確認の方法を入力してください").says("400文字以内").says(&long).says("checked");
    let fields = [("identified", "other"), ("identified_other", &"い".repeat(51)), ("reason", "x")];
    clerk.submit("/staff/reinstate", &fields).await.is(422).says("50文字以内");
    assert!(portal.centre.reinstated().is_empty());
    let (other, long) = ("い".repeat(50), "あ".repeat(400));
    let fields = [("identified", "other"), ("identified_other", &*other), ("reason", &*long)];
    let done = clerk.submit("/staff/reinstate", &fields).await;
    done.redirects_to("/staff/member?id=m-0001&reinstated");
    assert!(portal.centre.reinstated()[0].2.contains(&other));
}

#[tokio::test]
async fn where_two_persons_are_needed_the_requester_cannot_approve_and_the_approver_can_once() {
    let portal = suspended(true).await;
    let mut approver = first_sign_in(&portal, APPROVER).await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    request(&mut clerk, MEMBER).await.redirects_to("/staff/member?id=m-0001&requested");
    assert!(portal.centre.reinstated().is_empty());
    clerk
        .get("/staff/member?id=m-0001")
        .await
        .is(200)
        .says("承認を待っています")
        .does_not_say("data-testid=\"reinstate\"");
    let id = shown_request(&mut clerk).await;
    let csrf = clerk.hidden("/staff/requests/decline")[0].1.clone();
    clerk.get("/staff/requests").await.is(200).does_not_say("data-testid=\"approve\"").says("取り下げる");
    let forced = [("csrf", &*csrf), ("request", &*id)];
    clerk.post("/staff/requests/approve", &forced).await.is(403);
    clerk.post("/staff/requests/send", &forced).await.redirects_to("/staff/member?id=m-0001&requested");
    assert!(portal.centre.reinstated().is_empty());

    approver.get("/staff").await.is(200).says("1件");
    approver.get("/staff/requests").await.is(200).says("番号の打ち間違い のため").says("仙北 太郎");
    let mut twin = approver.clone();
    approver.submit("/staff/requests/approve", &[]).await.redirects_to("/staff/member?id=m-0001&reinstated");
    twin.submit("/staff/requests/approve", &[]).await.redirects_to("/staff/member?id=m-0001&reinstated");
    let reinstated = portal.centre.reinstated();
    assert_eq!((reinstated.len(), &*reinstated[0].1), (1, CLERK));
    assert!(reinstated[0].2.contains("承認：staff02。"), "{}", reinstated[0].2);
    approver.get("/staff/requests").await.is(200).says("ありません");
}

#[tokio::test]
async fn an_approver_does_not_approve_their_own_request_nor_one_for_their_own_token() {
    let portal = suspended(true).await;
    let mut approver = first_sign_in(&portal, APPROVER).await;
    request(&mut approver, MEMBER).await.redirects_to("/staff/member?id=m-0001&requested");
    let id = shown_request(&mut approver).await;
    let csrf = approver.hidden("/staff/requests/decline")[0].1.clone();
    let forced = [("csrf", &*csrf), ("request", &*id)];
    approver.post("/staff/requests/approve", &forced).await.is(403);

    let mut clerk = first_sign_in(&portal, CLERK).await;
    portal.centre.set_token("staff.staff02", Some(TokenState::Suspended));
    request(&mut clerk, "staff.staff02").await.redirects_to("/staff/member?id=staff.staff02&requested");
    // With the own token stopped nobody is signed in to approve anything.
    approver.get("/staff/requests").await.redirects_to("/staff/sign-in?ended");
    for part in clerk.get("/staff/requests").await.body.split("name=\"request\" value=\"").skip(1) {
        let forced = [("csrf", &*csrf), ("request", part.split('"').next().unwrap())];
        approver.post("/staff/requests/approve", &forced).await.redirects_to("/staff/sign-in?ended");
    }
    assert!(portal.centre.reinstated().is_empty());
}

#[tokio::test]
async fn the_search_counts_what_this_person_may_approve_and_nothing_else() {
    let portal = suspended(true).await;
    let mut approver = first_sign_in(&portal, APPROVER).await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    let waits = "あなたの承認を待っている申請が";
    // The own request.
    request(&mut approver, MEMBER).await.redirects_to("/staff/member?id=m-0001&requested");
    approver.get("/staff").await.is(200).does_not_say(waits);
    approver.get("/staff/requests").await.is(200);
    approver.submit("/staff/requests/decline", &[]).await.redirects_to("/staff/member?id=m-0001&declined");
    // Somebody else's, of either kind.
    request(&mut clerk, MEMBER).await.redirects_to("/staff/member?id=m-0001&requested");
    clerk.get("/staff/release?id=m-0001").await.is(200);
    let grounds = [("identified", "document"), ("identified_other", ""), ("reason", "携帯を失くした")];
    clerk.submit("/staff/release", &grounds).await.redirects_to("/staff/member?id=m-0001&release-requested");
    let page = approver.get("/staff").await;
    page.is(200).says(waits).says("<b>2件</b>").says("<a href=\"/staff/requests\">申請と承認へ</a>");
    approver.get("/staff/requests").await.is(200).says("<h1>申請と承認</h1>");
    clerk.get("/staff").await.is(200).does_not_say(waits);
    // Approved, but the centre has not heard of it: there is nothing left to approve.
    portal.centre.lose_answers(3);
    approver.submit("/staff/requests/approve", &[]).await.is(503);
    approver.get("/staff").await.is(200).says("<b>1件</b>");
    approver.get("/staff/requests").await.is(200);
    approver
        .submit("/staff/releases/approve", &[])
        .await
        .redirects_to("/staff/member?id=m-0001&release-cooling");
    approver.get("/staff").await.is(200).does_not_say(waits);
}

#[tokio::test]
async fn a_reason_far_too_long_and_one_that_turns_the_text_are_told_beside_their_field() {
    let portal = suspended(false).await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    clerk.get("/staff/reinstate?id=m-0001").await.is(200);
    let long = "停止解除の理由".repeat(400);
    let fields = [("identified", "document"), ("identified_other", ""), ("reason", &*long)];
    clerk.submit("/staff/reinstate", &fields).await.is(422).says("400文字以内").says(&long);
    for turning in ["\u{202e}", "\u{202a}", "\u{2066}", "\u{2069}"] {
        let reason = format!("番号の{turning}打ち間違い");
        let fields = [("identified", "document"), ("identified_other", ""), ("reason", &*reason)];
        clerk
            .submit("/staff/reinstate", &fields)
            .await
            .is(422)
            .says("文字の向きを変える")
            .says("href=\"#reason\"");
        let fields = [("identified", "other"), ("identified_other", &*reason), ("reason", "x")];
        clerk.submit("/staff/reinstate", &fields).await.is(422).says("href=\"#identified_other\"");
    }
    assert!(portal.centre.reinstated().is_empty());
}

#[tokio::test]
async fn a_request_is_taken_back_declined_or_overtaken_and_then_opens_nothing() {
    let portal = suspended(true).await;
    let mut approver = first_sign_in(&portal, APPROVER).await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    request(&mut clerk, MEMBER).await.redirects_to("/staff/member?id=m-0001&requested");
    approver.get("/staff/requests").await.is(200);
    let late = approver.clone();
    clerk.get("/staff/requests").await.is(200);
    clerk.submit("/staff/requests/decline", &[]).await.redirects_to("/staff/member?id=m-0001&declined");
    late.clone()
        .submit("/staff/requests/approve", &[])
        .await
        .redirects_to("/staff/member?id=m-0001&declined");

    request(&mut clerk, MEMBER).await.redirects_to("/staff/member?id=m-0001&requested");
    let mut second = first_sign_in(&portal, AUDITOR).await;
    second.get("/staff/reinstate?id=m-0001").await.is(403);
    approver.get("/staff/requests").await.is(200);
    portal.centre.set_token(MEMBER, Some(TokenState::Revoked));
    approver.submit("/staff/requests/approve", &[]).await.redirects_to("/staff/member?id=m-0001&changed");
    assert!(portal.centre.reinstated().is_empty());
    approver.get("/staff/requests").await.is(200).says("ありません");
}

#[tokio::test]
async fn two_requests_for_one_member_are_one_and_an_answer_that_was_lost_is_asked_for_again() {
    let portal = suspended(false).await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    let mut other = first_sign_in(&portal, APPROVER).await;
    other.get("/staff/reinstate?id=m-0001").await.is(200);
    clerk.get("/staff/reinstate?id=m-0001").await.is(200);
    portal.centre.lose_answers(3);
    submit_request(&mut clerk).await.is(503).says("申請は残っています");
    assert_eq!(portal.centre.reinstated().len(), 1);
    clerk.get("/staff/requests").await.is(200).says("もう一度送ってください");
    let id = shown_request(&mut clerk).await;
    let csrf = clerk.hidden("/staff/requests/send")[0].1.clone();
    let late = [("csrf", &*csrf), ("request", &*id)];
    clerk.post("/staff/requests/decline", &late).await.redirects_to("/staff/requests");
    portal.centre.set_token(MEMBER, Some(TokenState::Suspended));
    submit_request(&mut other).await.redirects_to("/staff/member?id=m-0001&another");
    clerk.submit("/staff/requests/send", &[]).await.redirects_to("/staff/member?id=m-0001&reinstated");
    assert_eq!(portal.centre.reinstated().len(), 1);
    clerk.get("/staff/requests").await.is(200).says("ありません");
}
