//! Owns 振込・振替 and its limits page by page: what moves money, what refuses to, and what a doubled form does.
//! Refuses to know the real centre.
//! Invariant: after each test the books balance.

use crate::support::browser::Browser;
use crate::support::{CONFIRMATION, LOGIN_ID, LOGIN_PASSWORD, MEMBER, Portal, activate};
use warifu_core::wire::bank::TokenState;
use warifu_portal::store::Store;

const HANAKO: [(&str, &str); 6] = [
    ("account", "2"),
    ("bank", "９９９９"),
    ("branch", "001"),
    ("account_type", "ordinary"),
    ("number", "1000002"),
    ("payee", "せんぼく はなこ"),
];

fn to_hanako(amount: &str) -> Vec<(&str, &str)> {
    HANAKO.into_iter().chain([("amount", amount)]).collect()
}

/// Fills the form and opens the confirmation page; gives its address.
async fn confirm_page(browser: &mut Browser, amount: &str) -> String {
    browser.get("/transfer").await.is(200);
    let answer = browser.submit("/transfer", &to_hanako(amount)).await;
    let place = answer.headers.get("location").unwrap_or_else(|| panic!("{}", answer.body));
    let place = place.to_str().unwrap().to_owned();
    assert!(place.starts_with("/transfer/confirm?id="), "{place}");
    browser.get(&place).await.is(200).says("センボクハナコ");
    place
}

async fn balanced(portal: &Portal) {
    let store = Store::open(portal.database().parent().unwrap()).unwrap();
    assert_eq!(store.imbalance().await.unwrap(), (0, 0));
}

/// What the first member's own account holds, as the form shows it.
async fn balance(browser: &mut Browser) -> String {
    let page = browser.get("/transfer").await;
    page.body.split("残高 ").nth(1).unwrap().split('）').next().unwrap().to_owned()
}

/// A limit of 700,000 yen that holds already.
async fn raised(portal: &Portal, browser: &mut Browser) {
    browser.get("/limit").await.is(200);
    let code = portal.centre.code(MEMBER);
    browser.submit("/limit", &[("amount", "700,000円"), ("code", &code)]).await.redirects_to("/limit?asked");
    portal.pass(3 * 24 * 60);
    sign_in(portal, browser).await;
}

async fn sign_in(portal: &Portal, browser: &mut Browser) {
    browser.cookies.clear();
    browser.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/sign-in/code");
    browser.get("/sign-in/code").await.is(200);
    let code = portal.centre.code(MEMBER);
    browser.submit("/sign-in/code", &[("code", &code)]).await.redirects_to("/");
}

#[tokio::test]
async fn without_a_token_200_000_yen_a_day_go_with_the_confirmation_password() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    confirm_page(&mut browser, "150,000").await;
    browser
        .submit("/transfer/password", &[("confirmation_password", "wrong1234")])
        .await
        .is(422)
        .says("あと4回間違えると")
        .says("お忘れのときは、仙北信用組合（0187-00-0000");
    let right = [("confirmation_password", CONFIRMATION)];
    let done = browser.submit("/transfer/password", &right).await;
    let done = done.headers["location"].to_str().unwrap().to_owned();
    browser.clone().get(&done).await.is(200).says("150,000円").says("受付番号");
    for _ in 0..2 {
        browser.submit("/transfer/password", &right).await.redirects_to(&done);
    }
    assert_eq!(balance(&mut browser).await, "1,350,000円");
    let page = browser.get("/transfer").await;
    assert_eq!((page.shows("limit").as_str(), page.shows("used").as_str()), ("200,000円", "150,000円"));
    browser
        .submit("/transfer", &to_hanako("50,001"))
        .await
        .is(422)
        .says("今日これから振り込めるのは50,000円");
    portal.pass(24 * 60);
    browser.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/");
    confirm_page(&mut browser, "200000").await;
    balanced(&portal).await;
}

#[tokio::test]
async fn every_mistake_is_told_at_once_and_nothing_typed_is_lost() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    browser.get("/transfer").await.is(200);
    let bad = [
        ("account", "1"),
        ("bank", "99"),
        ("branch", "x"),
        ("account_type", "gold"),
        ("number", "12345678"),
        ("payee", "仙北花子"),
        ("amount", "五万"),
    ];
    let answer = browser.submit("/transfer", &bad).await;
    answer.is(422).says("4桁の数字です").says("3桁の数字です").says("7桁の数字です");
    answer.says("カタカナ・英数字で").says("数字で入力してください").says("value=\"仙北花子\"");
    for (field, value, says) in [
        ("account", "3", "お支払いの口座を選んでください"),
        ("number", "1000009", "口座は見つかりませんでした"),
        ("payee", "タザワ コジロウ", "口座は見つかりませんでした"),
        ("number", "1000001", "口座は見つかりませんでした"),
    ] {
        let fields = to_hanako("100");
        let fields: Vec<_> =
            fields.into_iter().map(|(name, old)| (name, if name == field { value } else { old })).collect();
        browser.submit("/transfer", &fields).await.is(422).says(says);
    }
    assert_eq!(balance(&mut browser).await, "1,500,000円");
}

#[tokio::test]
async fn with_a_token_a_transfer_needs_its_code_and_both_of_a_double_click_end_on_the_done_page() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    activate(&portal, &mut browser).await;
    let place = confirm_page(&mut browser, "30000").await;
    browser.submit("/transfer/code", &[("code", "99999999")]).await.is(422).says("あと4回間違えると");
    browser.submit("/transfer/code", &[("code", "1234")]).await.is(422).says("value=\"1234\"");
    let code = portal.centre.code(MEMBER);
    let (mut one, mut two) = (browser.clone(), browser.clone());
    let typed = [("code", &*code)];
    let (first, second) =
        tokio::join!(one.submit("/transfer/code", &typed), two.submit("/transfer/code", &typed));
    let done = place.replace("confirm", "done");
    first.redirects_to(&done);
    second.redirects_to(&done);
    browser.get(&place).await.redirects_to(&done);
    assert_eq!(balance(&mut browser).await, "1,470,000円");

    let other = confirm_page(&mut browser, "40000").await;
    browser.submit("/transfer/code", &typed).await.is(422).says("使用済み");
    browser.get(&format!("/transfer?again={}", &other[21..])).await.is(200).says("value=\"40000\"");
    browser.get(&other).await.is(200);
    browser.submit("/transfer/stop", &[]).await.redirects_to("/transfer?stopped");
    browser.get(&other).await.redirects_to("/transfer?stopped");
    balanced(&portal).await;
}

#[tokio::test]
async fn two_tabs_transfer_two_things_and_the_second_one_over_the_limit_is_refused() {
    let portal = Portal::start().await;
    let mut one = portal.signed_in().await;
    let mut two = one.clone();
    confirm_page(&mut one, "120000").await;
    confirm_page(&mut two, "110000").await;
    let right = [("confirmation_password", CONFIRMATION)];
    assert_eq!(one.submit("/transfer/password", &right).await.status.as_u16(), 303);
    let refused = two.submit("/transfer/password", &right).await;
    refused.is(422).says("限度額（200,000円）を超えます").says("お金は動いていません").says("金額を変えて");
    assert_eq!(balance(&mut one).await, "1,380,000円");
    balanced(&portal).await;
}

#[tokio::test]
async fn a_confirmation_page_that_waited_too_long_moves_nothing_and_keeps_what_was_typed() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    let place = confirm_page(&mut browser, "1000").await;
    for _ in 0..2 {
        portal.pass(8);
        browser.clone().get("/").await.is(200);
    }
    let late = format!("/transfer?late&again={}", &place[21..]);
    browser
        .submit("/transfer/password", &[("confirmation_password", CONFIRMATION)])
        .await
        .redirects_to(&late);
    browser.get(&late).await.is(200).says("お金は動いていません").says("value=\"1000\"");
}

#[tokio::test]
async fn a_dash_in_an_amount_is_told_beside_the_field_and_moves_nothing() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    for amount in ["-5000", "5-000", "－５０００", "5ー000"] {
        browser.get("/transfer").await.is(200);
        let answer = browser.submit("/transfer", &to_hanako(amount)).await;
        answer.is(422).says("金額に「-」は使えません").says("href=\"#amount\"");
        answer.says(&format!("value=\"{amount}\""));
    }
}

#[tokio::test]
async fn every_page_of_a_transfer_shows_the_account_that_pays_and_the_form_what_was_paid_today() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    browser.get("/transfer").await.is(200).does_not_say("data-testid=\"today\"");
    let place = confirm_page(&mut browser, "1000").await;
    let page = browser.get(&place).await;
    assert_eq!(page.shows("fact-from"), "普通 001-1000001");
    page.does_not_say("data-testid=\"twin\"");
    let right = [("confirmation_password", CONFIRMATION)];
    browser.submit("/transfer/password", &right).await;
    let done = browser.get(&place.replace("confirm", "done")).await;
    assert_eq!(done.is(200).shows("fact-from"), "普通 001-1000001");
    let number = done.shows("number");

    // The answer was lost, and the member begins anew.
    let form = browser.get("/transfer").await;
    form.is(200).says("今日の振込・振替</h2>").says(&number).says("センボクハナコ").says("<td>1,000円</td>");
    let again = confirm_page(&mut browser, "1000").await;
    browser.get(&again).await.is(200).says("data-testid=\"twin\"").says(&number);
    let other = confirm_page(&mut browser, "1001").await;
    browser.get(&other).await.is(200).does_not_say("data-testid=\"twin\"");
    // Nobody else sees it, and tomorrow nobody is warned.
    let mut hanako = portal.browser();
    hanako.sign_in("demo0002", LOGIN_PASSWORD).await.redirects_to("/");
    hanako.get("/transfer").await.is(200).does_not_say(&number);
    portal.pass(24 * 60);
    browser.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/");
    browser.get("/transfer").await.is(200).does_not_say(&number);
    let tomorrow = confirm_page(&mut browser, "1000").await;
    browser.get(&tomorrow).await.is(200).does_not_say("data-testid=\"twin\"");
}

#[tokio::test]
async fn a_day_of_many_transfers_still_fits_its_page() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    for n in 1..=22 {
        confirm_page(&mut browser, &n.to_string()).await;
        browser.submit("/transfer/password", &[("confirmation_password", CONFIRMATION)]).await;
    }
    let page = browser.get("/transfer").await;
    page.is(200).says("このほかに2件");
    assert!(page.body.len() <= 30_000, "{}", page.body.len());
}

#[tokio::test]
async fn a_code_that_was_spent_for_nothing_says_that_no_money_moved_and_what_to_change() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    activate(&portal, &mut browser).await;
    let mut other = browser.clone();
    confirm_page(&mut browser, "150000").await;
    confirm_page(&mut other, "140000").await;
    let code = portal.centre.code(MEMBER);
    assert_eq!(other.submit("/transfer/code", &[("code", &code)]).await.status.as_u16(), 303);
    let code = portal.centre.code(MEMBER);
    let refused = browser.submit("/transfer/code", &[("code", &code)]).await;
    refused.is(422).says("お金は動いていません").says("金額を変えて").says("新しく表示された番号");
    // Paid out elsewhere meanwhile.
    confirm_page(&mut browser, "50000").await;
    let database = rusqlite::Connection::open(portal.database()).unwrap();
    let entry = "INSERT INTO entry (account_id, amount, at) VALUES (?1, ?2, 0)";
    database.execute(entry, [2, -1_350_000]).unwrap();
    database.execute(entry, [1, 1_350_000]).unwrap();
    let code = portal.centre.code(MEMBER);
    let refused = browser.submit("/transfer/code", &[("code", &code)]).await;
    refused.is(422).says("残高が足りないため").says("お金は動いていません").says("新しく表示された番号");
    balanced(&portal).await;
}

#[tokio::test]
async fn what_fails_here_says_where_to_look_before_anything_is_done_twice() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    let database = rusqlite::Connection::open(portal.database()).unwrap();
    database.execute_batch("ALTER TABLE signing RENAME TO gone").unwrap();
    let place = confirm_page(&mut browser, "1000").await;
    let failed = browser.get(&place.replace("confirm", "sign")).await;
    failed.is(500).says("今日の振込・振替").says("同じ振込をもう一度しないで").says("href=\"/transfer\"");
}

#[tokio::test]
async fn another_members_transfer_is_nobodys() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    let place = confirm_page(&mut browser, "1000").await;
    let mut other = portal.browser();
    other.sign_in("demo0002", LOGIN_PASSWORD).await.redirects_to("/");
    other.get(&place).await.redirects_to("/transfer");
    other.get(&place.replace("confirm", "done")).await.redirects_to("/transfer");
    let form = other.clone();
    other.get("/transfer").await.is(200);
    drop(form);
    let again = format!("/transfer?again={}", &place[21..]);
    other.get(&again).await.is(200).does_not_say("value=\"1000\"");
}

#[tokio::test]
async fn the_wrong_code_that_stops_the_token_ends_every_session_and_the_limit_falls() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    activate(&portal, &mut browser).await;
    raised(&portal, &mut browser).await;
    assert_eq!(browser.get("/limit").await.shows("limit"), "700,000円");
    let mut elsewhere = portal.browser();
    sign_in(&portal, &mut elsewhere).await;
    confirm_page(&mut browser, "30000").await;
    for _ in 0..4 {
        browser.submit("/transfer/code", &[("code", "99999999")]).await;
        browser.get("/transfer").await.is(200);
        confirm_page(&mut browser, "30000").await;
    }
    browser
        .submit("/transfer/code", &[("code", "99999999")])
        .await
        .is(403)
        .says("以降のログインはできません");
    elsewhere.get("/").await.redirects_to("/sign-in?ended");

    portal.centre.set_token(MEMBER, Some(TokenState::Active));
    sign_in(&portal, &mut browser).await;
    assert_eq!(browser.get("/limit").await.shows("limit"), "200,000円");
    assert_eq!(balance(&mut browser).await, "1,500,000円");
}

#[tokio::test]
async fn a_higher_limit_holds_after_three_days_is_mailed_and_can_be_taken_back_until_then() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    browser.get("/limit").await.is(200).says("ご利用の間だけ");
    activate(&portal, &mut browser).await;
    browser.get("/limit").await.is(200);
    for (amount, says) in [
        ("1,010,000", "1,000,000円"),
        ("505,000", "1万円単位"),
        ("200000", "今の限度額と同じ金額（200,000円）です。限度額は変わっていません"),
        ("", "金額を入力"),
    ] {
        browser.submit("/limit", &[("amount", amount), ("code", "12345678")]).await.is(422).says(says);
    }
    browser
        .submit("/limit", &[("amount", "500000"), ("code", "99999999")])
        .await
        .is(422)
        .says("あと4回")
        .says("value=\"500000\"");
    let code = portal.centre.code(MEMBER);
    let fields = [("amount", "５００，０００円"), ("code", &*code)];
    for _ in 0..2 {
        browser.submit("/limit", &fields).await.redirects_to("/limit?asked");
    }
    let mails = portal.mails().await;
    let told: Vec<_> = mails.iter().filter(|mail| mail.contains("500,000円")).collect();
    assert_eq!(told.len(), 2, "one to each address, however often the form arrives");
    assert!(told[0].contains("2026/11/21 00:00"), "{}", told[0]);

    let page = browser.get("/limit").await;
    assert_eq!((page.shows("limit"), page.shows("waiting-limit")), ("200,000円".into(), "500,000円".into()));
    let before = browser.clone();
    for _ in 0..2 {
        browser.submit("/limit/take-back", &[]).await.redirects_to("/limit?taken-back");
    }
    browser.get("/limit").await.is(200).does_not_say("waiting-limit");

    raised(&portal, &mut browser).await;
    assert_eq!(browser.get("/transfer").await.shows("limit"), "700,000円");
    before.clone().submit("/limit/take-back", &[]).await.redirects_to("/sign-in?ended");
    browser.get("/limit").await.is(200);
    let code = portal.centre.code(MEMBER);
    browser.submit("/limit", &[("amount", "100000"), ("code", &code)]).await.redirects_to("/limit?asked");
    assert_eq!(browser.get("/limit").await.shows("limit"), "100,000円", "a lower one holds at once");

    browser.get("/otp/revoke").await.is(200);
    let code = portal.centre.code(MEMBER);
    let fields = [("confirmation_password", CONFIRMATION), ("code", &*code)];
    browser.submit("/otp/revoke", &fields).await.redirects_to("/otp/revoke/done");
    browser.get("/otp/revoke/done").await.is(200);
    assert_eq!(browser.get("/transfer").await.shows("limit"), "200,000円");
}

#[tokio::test]
async fn above_the_threshold_only_a_code_for_this_very_transfer_moves_money() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    activate(&portal, &mut browser).await;
    raised(&portal, &mut browser).await;
    let place = confirm_page(&mut browser, "600000").await;
    let csrf = browser.hidden("/transfer/sign/begin");
    let csrf: Vec<(&str, &str)> = csrf.iter().map(|(name, value)| (&**name, &**value)).collect();
    let code = portal.centre.code(MEMBER);
    let with_code: Vec<_> = csrf.iter().copied().chain([("code", &*code)]).collect();
    browser.post("/transfer/code", &with_code).await.redirects_to(&place);

    let sign = place.replace("confirm", "sign");
    for _ in 0..2 {
        browser.submit("/transfer/sign/begin", &[]).await.redirects_to(&sign);
    }
    let page = browser.get(&sign).await;
    page.is(200).says("data-testid=\"qr\"").says("600000");
    let link = page.shows("qr-text");
    assert!(link.starts_with("warifu://sign?q="), "{link}");
    page.says(&format!("href=\"{link}\" data-testid=\"open-in-app\""));
    assert!(page.body.len() <= 30_000, "the page has {} bytes", page.body.len());
    assert_eq!(portal.centre.signing().0, "1000002");
    browser.submit("/transfer/sign", &[("code", &code)]).await.is(422).says("あと4回間違えると");
    portal.centre.let_signing_expire();
    let (_, amount, right) = portal.centre.signing();
    assert_eq!(amount, 600_000);
    browser.submit("/transfer/sign", &[("code", &right)]).await.is(422).says("時間が過ぎました");
    browser.submit("/transfer/sign/begin", &[]).await.redirects_to(&sign);
    browser.get(&sign).await.is(200);
    let (_, _, right) = portal.centre.signing();
    let done = place.replace("confirm", "done");
    for _ in 0..2 {
        browser.submit("/transfer/sign", &[("code", &right)]).await.redirects_to(&done);
    }
    assert_eq!(balance(&mut browser).await, "900,000円");
    balanced(&portal).await;
}

#[tokio::test]
async fn when_the_centre_is_away_or_its_answer_is_lost_no_money_moves_twice() {
    let portal = Portal::start().await;
    let mut browser = portal.signed_in().await;
    activate(&portal, &mut browser).await;
    let place = confirm_page(&mut browser, "30000").await;
    let code = portal.centre.code(MEMBER);
    portal.centre.set_away(true);
    browser.clone().submit("/transfer/code", &[("code", &code)]).await.is(503).says("まだ受け付けていません");
    portal.centre.set_away(false);
    portal.centre.lose_answers(2);
    browser
        .submit("/transfer/code", &[("code", &code)])
        .await
        .redirects_to(&place.replace("confirm", "done"));
    assert_eq!(balance(&mut browser).await, "1,470,000円");
    balanced(&portal).await;
}
