//! Owns the staff's doors: sign-in, the first token, sessions, patience with guesses.
//! Refuses to know the real centre.
//! Invariant: before the own token is 利用中 nothing about members is shown, and no session of a member opens a door here.

use crate::support::staff::{APPROVER, CLERK, PASSWORD, first_sign_in, later_sign_in, member, sign_in};
use crate::support::{LOGIN_ID, LOGIN_PASSWORD, Portal, issue};
use warifu_core::wire::bank::TokenState;
use warifu_portal::staff_accounts;
use warifu_portal::store::Store;

const DESK: [&str; 5] =
    ["/staff", "/staff?q=demo", "/staff/member?id=m-0001", "/staff/reinstate?id=m-0001", "/staff/requests"];

#[tokio::test]
async fn staff_issue_their_own_token_activate_it_and_sign_in_with_its_codes_from_then_on() {
    let portal = Portal::start().await;
    let mut browser = portal.browser();
    for path in DESK {
        browser.get(path).await.redirects_to("/staff/sign-in");
    }
    sign_in(&mut browser, " ＳＴＡＦＦ０１ ", PASSWORD).await.redirects_to("/staff/token");
    for path in DESK {
        browser.get(path).await.redirects_to("/staff/token");
    }
    browser.get("/staff/token").await.is(200).says("staff01@bank.example").does_not_say("会員の検索");
    let weak = [("start_password", "1234"), ("start_password_again", "12")];
    let answer = browser.submit("/staff/token/issue", &weak).await;
    answer.is(422).says("推測されやすい番号です").does_not_say("value=\"1234\"");
    let twice = [("start_password", "2580"), ("start_password_again", "2580")];
    for _ in 0..2 {
        browser.submit("/staff/token/issue", &twice).await.redirects_to("/staff/token");
    }
    assert_eq!(portal.centre.counts().0, 1, "a double click issues once");
    let own = browser.get("/staff/token").await;
    assert_eq!(own.is(200).shows("service-id"), "10112235");
    assert_eq!(own.shows("user-id"), "999800000001");
    own.says("data-testid=\"qr\"").says("data-testid=\"open-in-app\"").does_not_say("2580");
    assert!(own.body.len() <= 30_000, "the page has {} bytes", own.body.len());
    browser.submit("/staff/token/activate", &[("code", "12345678")]).await.is(422).says("まだ済んでいません");

    portal.centre.initialise(&member(CLERK));
    browser.get("/staff/token").await.is(200).does_not_say("data-testid=\"qr\"");
    browser
        .submit("/staff/token/activate", &[("code", "1234")])
        .await
        .is(422)
        .says("4桁")
        .says("value=\"1234\"");
    browser.submit("/staff/token/activate", &[("code", "12345678")]).await.is(422).says("あと4回間違えると");
    let code = portal.centre.code(&member(CLERK));
    let mut twin = browser.clone();
    browser.submit("/staff/token/activate", &[("code", &code)]).await.redirects_to("/staff?welcome");
    twin.submit("/staff/token/activate", &[("code", &code)]).await.redirects_to("/staff?welcome");
    for mut one in [browser, twin] {
        one.get("/staff?welcome").await.is(200).says("利用を開始しました");
        one.get("/staff?q=demo").await.is(200).says("仙北 太郎");
    }
    let mut later = later_sign_in(&portal, CLERK).await;
    later.get("/staff").await.is(200).says("前回のログイン");
    later.submit("/staff/sign-out", &[]).await.redirects_to("/staff/sign-in?left");
    later.get("/staff").await.redirects_to("/staff/sign-in");
}

#[tokio::test]
async fn a_members_session_opens_no_door_of_the_staff_and_the_other_way_round() {
    let portal = Portal::start().await;
    let mut member = portal.signed_in().await;
    for path in DESK {
        member.get(path).await.redirects_to("/staff/sign-in");
    }
    let mut staff = first_sign_in(&portal, CLERK).await;
    staff.get("/staff").await.is(200);
    for path in ["/", "/otp", "/otp/issue"] {
        staff.get(path).await.redirects_to("/sign-in");
    }
    // The same random value in the other's cookie names no session there.
    let (of_member, of_staff) =
        (member.cookies["warifu-session"].clone(), staff.cookies["warifu-staff"].clone());
    let mut odd = portal.browser();
    odd.cookies.insert("warifu-staff".to_owned(), of_member);
    odd.get("/staff").await.redirects_to("/staff/sign-in?ended");
    odd.cookies.insert("warifu-session".to_owned(), of_staff);
    odd.get("/").await.redirects_to("/sign-in?ended");

    let mut wrong = portal.browser();
    sign_in(&mut wrong, LOGIN_ID, LOGIN_PASSWORD).await.is(422);
    wrong.sign_in(CLERK, PASSWORD).await.is(422);
}

#[tokio::test]
async fn a_session_of_the_staff_ends_after_ten_minutes_without_use() {
    let portal = Portal::start().await;
    let mut browser = first_sign_in(&portal, CLERK).await;
    for _ in 0..3 {
        portal.pass(9);
        browser.get("/staff").await.is(200);
    }
    browser.get("/staff").await.says("操作がないときは、20:43（日本時間）");
    let mut owing = portal.browser();
    sign_in(&mut owing, CLERK, PASSWORD).await.redirects_to("/staff/sign-in/code");
    owing.get("/staff/sign-in/code").await.is(200).says("20:43（日本時間）までに番号を入力しないときは");
    portal.pass(10);
    browser.get("/staff").await.redirects_to("/staff/sign-in?ended");
    browser
        .get("/staff/sign-in?ended")
        .await
        .is(200)
        .says("ログインしていない状態です")
        .says("システムの管理者に");
}

#[tokio::test]
async fn a_colleagues_sign_in_ends_the_session_that_the_browser_had() {
    let portal = Portal::start().await;
    let mut shared = portal.browser();
    shared.get("/staff/sign-in").await.is(200);
    let mut before = first_sign_in(&portal, CLERK).await;
    shared.cookies.insert("warifu-staff".to_owned(), before.cookies["warifu-staff"].clone());
    before.get("/staff").await.is(200);
    let fields = [("staff_id", APPROVER), ("staff_password", PASSWORD)];
    shared.submit("/staff/sign-in", &fields).await.redirects_to("/staff/token");
    before.get("/staff").await.redirects_to("/staff/sign-in?ended");
}

#[tokio::test]
async fn an_unknown_staff_id_a_disabled_one_and_a_wrong_password_answer_alike() {
    let portal = Portal::start().await;
    let store = Store::open(portal.database().parent().unwrap()).unwrap();
    staff_accounts::disable_staff(&store, APPROVER, warifu_core::time::UnixMillis(7)).await.unwrap();
    let mut seen = Vec::new();
    for (id, password) in [(CLERK, "wrong"), ("nobody", "wrong"), (APPROVER, PASSWORD)] {
        let mut browser = portal.browser();
        browser.get("/staff/sign-in").await.is(200);
        let mut pages = Vec::new();
        for _ in 0..6 {
            let fields = [("staff_id", id), ("staff_password", password)];
            let answer = browser.submit("/staff/sign-in", &fields).await;
            let key = browser.hidden("/staff/sign-in")[0].1.clone();
            pages.push((answer.status, answer.body.replace(&format!("\"{id}\""), "").replace(&key, "")));
        }
        seen.push(pages);
    }
    assert!(seen[0] == seen[1] && seen[1] == seen[2], "the answers differ");
    assert!(
        seen[0][0]
            .1
            .contains("忘れたときは、システムの管理者に申し出てください（仙北信用組合 0187-00-0000）")
    );
    assert_eq!((seen[0][4].0.as_u16(), seen[0][5].0.as_u16()), (422, 429));
    // Waiting ends by itself, and members' guesses are counted apart.
    portal.browser().sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/");
    portal.pass_seconds(30);
    sign_in(&mut portal.browser(), CLERK, PASSWORD).await.redirects_to("/staff/token");
}

#[tokio::test]
async fn strangers_guesses_do_not_slow_a_browser_in_which_a_colleague_signed_in() {
    let portal = Portal::start().await;
    let mut colleague = first_sign_in(&portal, CLERK).await;
    colleague.get("/staff").await.is(200);
    colleague.submit("/staff/sign-out", &[]).await.redirects_to("/staff/sign-in?left");
    for _ in 0..8 {
        sign_in(&mut portal.browser(), CLERK, "wrong").await;
    }
    sign_in(&mut portal.browser(), CLERK, PASSWORD).await.is(429);
    sign_in(&mut colleague, CLERK, PASSWORD).await.redirects_to("/staff/sign-in/code");
}

#[tokio::test]
async fn the_code_at_sign_in_is_asked_for_once_and_the_session_before_it_opens_nothing() {
    let portal = Portal::start().await;
    first_sign_in(&portal, CLERK).await;
    let mut browser = portal.browser();
    sign_in(&mut browser, CLERK, PASSWORD).await.redirects_to("/staff/sign-in/code");
    for path in DESK {
        browser.get(path).await.redirects_to("/staff/sign-in/code");
    }
    browser.get("/staff/sign-in/code").await.is(200);
    browser.submit("/staff/sign-in/code", &[("code", "99999999")]).await.is(422).says("あと4回間違えると");
    let code = portal.centre.code(&member(CLERK));
    let mut old = browser.clone();
    for _ in 0..2 {
        old.clone().submit("/staff/sign-in/code", &[("code", &code)]).await.redirects_to("/staff");
    }
    old.get("/staff").await.redirects_to("/staff/sign-in?ended");
    let fresh = portal.centre.code(&member(CLERK));
    old.page.clone_from(&browser.page);
    old.submit("/staff/sign-in/code", &[("code", &fresh)]).await.redirects_to("/staff/sign-in?ended");
}

#[tokio::test]
async fn once_a_token_was_there_a_password_alone_makes_no_other_until_an_operator_permits_it() {
    let portal = Portal::start().await;
    first_sign_in(&portal, CLERK).await;
    for ended in [TokenState::Revoked, TokenState::Expired] {
        portal.centre.set_token(&member(CLERK), Some(ended));
        let answer = sign_in(&mut portal.browser(), CLERK, PASSWORD).await;
        answer.is(403).says("パスワードだけではログインできません");
    }
    let store = Store::open(portal.database().parent().unwrap()).unwrap();
    staff_accounts::permit_token(&store, CLERK, warifu_core::time::UnixMillis(7)).await.unwrap();
    sign_in(&mut portal.browser(), CLERK, PASSWORD).await.redirects_to("/staff/token");
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once() {
    let portal = Portal::start().await;
    let mut browser = first_sign_in(&portal, CLERK).await;
    let store = Store::open(portal.database().parent().unwrap()).unwrap();
    staff_accounts::disable_staff(&store, CLERK, warifu_core::time::UnixMillis(7)).await.unwrap();
    browser.get("/staff").await.redirects_to("/staff/sign-in?ended");
}

#[tokio::test]
async fn passwords_and_cookies_of_the_staff_do_not_lie_on_disk_and_a_member_may_not_be_named_like_staff() {
    let portal = Portal::start().await;
    let mut browser = first_sign_in(&portal, CLERK).await;
    issue(&portal, &mut portal.signed_in().await).await;
    browser.get("/staff").await.is(200);
    let disk = portal.disk();
    let holds = |text: &str| disk.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("staff01@bank.example"));
    for secret in [PASSWORD, &*browser.cookies["warifu-staff"]] {
        assert!(!holds(secret), "{secret}");
    }
    let new = warifu_portal::accounts::NewMember {
        member_id: "staff.staff01",
        login_id: "intruder",
        name: "x",
        kana: "",
        mail: "",
        form_limit: None,
        login_password: "long-enough",
        confirmation_password: "kakunin1",
    };
    let store = Store::open(portal.database().parent().unwrap()).unwrap();
    assert!(warifu_portal::accounts::add_member(&store, new).await.is_err());
}
