//! Owns 強制停止, and 利用解除 without the phone from its request to the end of its cooling-off.
//! Refuses to know the real centre.
//! Invariant: nothing ends before 72 hours have gone by, nothing that was taken back ends at all.

use crate::support::browser::{Answer, Browser};
use crate::support::staff::{APPROVER, AUDITOR, CLERK, first_sign_in};
use crate::support::{MAIL, MEMBER, Portal, activate};
use warifu_core::wire::bank::TokenState;

const PAGE: &str = "/staff/member?id=m-0001";
const REGISTERED: &str = "taro@home.example";
const HOURS: i64 = 60;

async fn with_a_token(second_approval: bool) -> Portal {
    let portal = Portal::start_with(|config| config.staff.second_approval = second_approval).await;
    activate(&portal, &mut portal.signed_in().await).await;
    portal
}

async fn ask(browser: &mut Browser) -> Answer {
    browser.get("/staff/release?id=m-0001").await.is(200).says("72時間");
    let fields = [("identified", "document"), ("identified_other", ""), ("reason", "携帯を失くした")];
    browser.submit("/staff/release", &fields).await
}

/// Signed in anew: sessions end while the clock moves.
async fn page_of_the_member(portal: &Portal, id: &str) -> Answer {
    let mut staff = crate::support::staff::later_sign_in(portal, id).await;
    staff.get(PAGE).await
}

#[tokio::test]
async fn staff_stop_a_token_in_use_once_with_a_reason_and_never_their_own() {
    let portal = with_a_token(false).await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    clerk.get(PAGE).await.is(200).says("data-testid=\"suspend\"");
    clerk.get("/staff/suspend?id=m-0001").await.is(200);
    clerk.submit("/staff/suspend", &[("reason", " ")]).await.is(422).says("停止する理由を入力してください");
    let mut twin = clerk.clone();
    let place = "/staff/member?id=m-0001&suspended";
    clerk.submit("/staff/suspend", &[("reason", "不審な操作")]).await.redirects_to(place);
    twin.submit("/staff/suspend", &[("reason", "不審な操作")]).await.redirects_to(place);
    let deed = ("suspend", MEMBER.to_owned(), CLERK.to_owned(), "不審な操作".to_owned());
    assert_eq!(portal.centre.ended(), [deed]);
    let stopped = clerk.get(place).await;
    assert_eq!(stopped.is(200).says("停止しました").shows("registration"), "停止中");
    clerk.get("/staff/suspend?id=staff.staff01").await.is(403);
    let mut auditor = first_sign_in(&portal, AUDITOR).await;
    auditor.get("/staff/suspend?id=m-0001").await.is(403);
    auditor.get("/staff/release?id=m-0001").await.is(403);
    auditor.get("/staff/log").await.is(200).says("強制停止").says("不審な操作");
}

#[tokio::test]
async fn a_lost_phones_token_ends_after_72_hours_and_both_addresses_are_told_twice() {
    let portal = with_a_token(false).await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    let before = portal.letters().await.len();
    let mut twin = clerk.clone();
    ask(&mut clerk).await.redirects_to("/staff/member?id=m-0001&release-cooling");
    ask(&mut twin).await.redirects_to("/staff/member?id=m-0001&release-another");
    clerk.get(PAGE).await.is(200).says("に解除されます").does_not_say("data-testid=\"release\"");
    let asked = portal.letters().await.split_off(before);
    assert_eq!(asked.iter().map(|(to, _)| &**to).collect::<Vec<_>>(), [REGISTERED, MAIL]);
    assert!(asked.iter().all(|(_, text)| text.contains("243725864") && text.contains("取り消す")));

    portal.pass(72 * HOURS - 1);
    portal.app.carry_releases().await;
    assert!(portal.centre.ended().is_empty());
    portal.pass(1);
    // The centre does not answer, then its answer is lost: it is asked again, under the same ID.
    portal.centre.set_away(true);
    portal.app.carry_releases().await;
    portal.centre.set_away(false);
    portal.centre.lose_answers(3);
    portal.app.carry_releases().await;
    assert_eq!(portal.centre.ended().len(), 1);
    portal.app.carry_releases().await;
    portal.app.carry_releases().await;
    let (what, member, by, reason) = portal.centre.ended().remove(0);
    assert_eq!((what, &*member, &*by), ("release", MEMBER, CLERK));
    assert!(reason.contains("窓口・本人確認書類") && reason.contains("携帯を失くした"), "{reason}");
    let done = portal.letters().await.split_off(before + 2);
    assert_eq!(done.iter().map(|(to, _)| &**to).collect::<Vec<_>>(), [REGISTERED, MAIL]);
    assert!(done.iter().all(|(_, text)| text.contains("解除しました")));
    let page = page_of_the_member(&portal, CLERK).await;
    assert_eq!(page.is(200).says("利用を解除しました").shows("registration"), "未登録");
}

#[tokio::test]
async fn whoever_has_no_address_is_told_by_staff_and_the_page_and_the_log_say_so() {
    let portal = Portal::start().await;
    let store = warifu_portal::store::Store::open(portal.database().parent().unwrap()).unwrap();
    let new = warifu_portal::accounts::NewMember {
        member_id: "m-0009",
        login_id: "demo0009",
        name: "角館 次郎",
        kana: "",
        mail: "",
        form_limit: None,
        login_password: "senpoku-2026",
        confirmation_password: "kakunin2026",
    };
    warifu_portal::accounts::add_member(&store, new).await.unwrap();
    portal.centre.set_token("m-0009", Some(TokenState::Active));
    let mut clerk = first_sign_in(&portal, CLERK).await;
    clerk.get("/staff/member?id=m-0009").await.is(200).says("登録されていません");
    clerk.get("/staff/release?id=m-0009").await.is(200).says("知らせるメールアドレスがありません");
    let fields = [("identified", "document"), ("identified_other", ""), ("reason", "携帯を失くした")];
    let place = "/staff/member?id=m-0009&release-untold";
    clerk.submit("/staff/release", &fields).await.redirects_to(place);
    clerk.get(place).await.is(200).says("電話か郵便で本人に知らせてください");
    let mut auditor = first_sign_in(&portal, AUDITOR).await;
    auditor.get("/staff/log").await.is(200).says("知らせるメールアドレスなし");
    clerk.get("/staff/release?id=m-0001").await.redirects_to("/staff/member?id=m-0001&moved");
}

#[tokio::test]
async fn where_two_persons_are_needed_the_cooling_off_begins_with_the_approval() {
    let portal = with_a_token(true).await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    let mut approver = first_sign_in(&portal, APPROVER).await;
    ask(&mut clerk).await.redirects_to("/staff/member?id=m-0001&release-requested");
    portal.pass(5);
    let waiting = approver.get("/staff/requests").await;
    waiting.is(200).says("携帯を失くした場合").says("data-testid=\"approve\"");
    let request = approver.hidden("/staff/releases/approve")[1].1.clone();
    clerk.get("/staff/requests").await.is(200).does_not_say("data-testid=\"approve\"");
    let csrf = clerk.hidden("/staff/releases/decline")[0].1.clone();
    clerk.post("/staff/releases/approve", &[("csrf", &csrf), ("request", &request)]).await.is(403);
    approver
        .submit("/staff/releases/approve", &[])
        .await
        .redirects_to("/staff/member?id=m-0001&release-cooling");
    portal.pass(72 * HOURS - 1);
    portal.app.carry_releases().await;
    assert!(portal.centre.ended().is_empty());
    portal.pass(1);
    portal.app.carry_releases().await;
    assert!(portal.centre.ended()[0].3.contains("承認：staff02。"));
}

#[tokio::test]
async fn a_release_that_staff_take_back_or_that_another_token_overtook_ends_nothing() {
    let portal = with_a_token(false).await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    ask(&mut clerk).await.redirects_to("/staff/member?id=m-0001&release-cooling");
    clerk.get("/staff/requests").await.is(200).says("申請を取り下げる");
    let before = portal.letters().await.len();
    for _ in 0..2 {
        let mut click = clerk.clone();
        click
            .submit("/staff/releases/decline", &[])
            .await
            .redirects_to("/staff/member?id=m-0001&release-declined");
    }
    let told = portal.letters().await.split_off(before);
    assert_eq!(told.iter().map(|(to, _)| &**to).collect::<Vec<_>>(), [REGISTERED, MAIL], "once each");
    assert!(told.iter().all(|(_, text)| text.contains("職員の手続きで取りやめになりました")));
    ask(&mut clerk).await.redirects_to("/staff/member?id=m-0001&release-cooling");
    // The member released it with a code meanwhile.
    portal.centre.set_token(MEMBER, Some(TokenState::Revoked));
    portal.pass(80 * HOURS);
    portal.app.carry_releases().await;
    portal.app.carry_releases().await;
    assert!(portal.centre.ended().is_empty());
    let mut auditor = first_sign_in(&portal, AUDITOR).await;
    let log = auditor.get("/staff/log").await;
    log.is(200).says("利用解除の申請").says("利用解除の取りやめ").says("利用解除の失効");
}
