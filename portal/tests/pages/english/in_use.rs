//! Owns the way of an English reader with a token in use: changes, transfers, its end, and a centre that is away.
//! Refuses to judge a page: `Reader` reads each of them.
//! Invariant: every refusal on this way is met once.

use std::collections::BTreeSet;

use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::TokenState;
use warifu_portal::store::Store;

use super::{PAGES, Reader};
use crate::support::staff::{CLERK, first_sign_in};
use crate::support::{CONFIRMATION, LOGIN_ID, LOGIN_PASSWORD, MEMBER, Portal, activate};

pub(super) const HANAKO: [(&str, &str); 7] = [
    ("account", "2"),
    ("bank", "9999"),
    ("branch", "001"),
    ("account_type", "ordinary"),
    ("number", "1000002"),
    ("payee", "センボク ハナコ"),
    ("amount", "1000"),
];

/// Fills the form and opens the confirmation page; gives its address.
pub(super) async fn transfer(reader: &mut Reader, amount: &str) -> String {
    reader.get("/transfer").await.is(200);
    let fields: Vec<_> = HANAKO
        .into_iter()
        .map(|(name, value)| (name, if name == "amount" { amount } else { value }))
        .collect();
    let answer = reader.submit("/transfer", &fields).await;
    let place = answer.headers["location"].to_str().unwrap().to_owned();
    reader.get(&place).await.is(200);
    place
}

pub(super) async fn changing(portal: &Portal) -> BTreeSet<String> {
    let mut reader = Reader::signed_in(portal).await;
    activate(portal, &mut reader.browser).await;
    for path in PAGES {
        reader.get(path).await.is(200);
    }
    let mut clerk = first_sign_in(portal, CLERK).await;
    clerk.get(&format!("/staff/release?id={MEMBER}")).await.is(200);
    let grounds = [("identified", "document"), ("identified_other", ""), ("reason", "携帯を失くした")];
    clerk.submit("/staff/release", &grounds).await;
    for path in ["/", "/otp"] {
        reader.get(path).await.is(200).says("release-due");
    }
    reader.submit("/otp/release/take-back", &[]).await.redirects_to("/otp?release-taken-back");

    reader.get("/limit").await.is(200);
    let wanted = [("amount", "500000"), ("code", "99999999")];
    reader.each("/limit", &wanted, "amount", &["1010000", "505000", "200000", "", "x", "500000"], 422).await;
    let code = portal.centre.code(MEMBER);
    reader.submit("/limit", &[("amount", "700000"), ("code", &code)]).await.redirects_to("/limit?asked");
    for notice in ["asked", "taken-back", "late"] {
        reader.get(&format!("/limit?{notice}")).await.is(200).says("waiting-limit").says("role=\"status\"");
    }
    reader.get("/details").await.is(200);
    let change = [("mail", "new@home.example"), ("mail_again", "new@home.example"), ("code", "99999999")];
    reader.each("/details", &change, "mail", &["", "x", "new@home.example"], 422).await;
    reader
        .submit("/details", &[change[0], change[1], ("code", &code)])
        .await
        .is(422)
        .says("has been used already");
    reader.get("/details?changed").await.is(200).says("role=\"status\"");
    let store = Store::open(portal.database().parent().unwrap()).unwrap();
    warifu_portal::bounces::note(&store, "taro@home.example", UnixMillis(0)).await.unwrap();
    reader.get("/details").await.is(200).says("A mail could not be sent to this address (1970/01/01 09:00");
    reader.screens
}

/// Signs in with a code, after whatever was wrong.
async fn sign_in(portal: &Portal, reader: &mut Reader) {
    reader.browser.cookies.clear();
    reader.browser.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/sign-in/code");
    reader.get("/sign-in/code").await.is(200);
    reader.each("/sign-in/code", &[("code", "")], "code", &["", "1234", "99999999"], 422).await;
    let code = portal.centre.code(MEMBER);
    reader.submit("/sign-in/code", &[("code", &code)]).await.redirects_to("/");
}

pub(super) async fn transferring(portal: &Portal) -> BTreeSet<String> {
    let mut reader = Reader::signed_in(portal).await;
    activate(portal, &mut reader.browser).await;
    let used = portal.centre.code(MEMBER);
    reader.get("/limit").await.is(200);
    reader.submit("/limit", &[("amount", "700000"), ("code", &used)]).await.redirects_to("/limit?asked");
    portal.pass(3 * 24 * 60);
    sign_in(portal, &mut reader).await;
    let place = transfer(&mut reader, "1000").await;
    reader.each("/transfer/code", &[("code", "")], "code", &["", "1234", &used, "99999999"], 422).await;
    portal.centre.set_away(true);
    reader.submit("/transfer/code", &[("code", "12345678")]).await.is(503).says("not been accepted yet");
    portal.centre.set_away(false);
    reader.get(&place).await.is(200);
    portal.centre.set_wait(Some((429, Some(60))));
    reader
        .submit("/transfer/code", &[("code", "12345678")])
        .await
        .is(422)
        .says("Please wait about 60 seconds");
    portal.centre.set_wait(None);

    let place = transfer(&mut reader, "600000").await;
    let sign = place.replace("confirm", "sign");
    reader.submit("/transfer/sign/begin", &[]).await.redirects_to(&sign);
    reader.get(&sign).await.is(200);
    reader.each("/transfer/sign", &[("code", "")], "code", &["", "1234", "99999999"], 422).await;
    portal.centre.let_signing_expire();
    let (_, _, late) = portal.centre.signing();
    reader
        .submit("/transfer/sign", &[("code", &late)])
        .await
        .is(422)
        .says("The time for the approval is over");
    reader.submit("/transfer/stop", &[]).await.redirects_to("/transfer?stopped");

    transfer(&mut reader, "400000").await;
    let late = reader.browser.page.clone();
    transfer(&mut reader, "390000").await;
    let code = portal.centre.code(MEMBER);
    reader.submit("/transfer/code", &[("code", &code)]).await.is(303);
    reader.browser.page = late;
    let code = portal.centre.code(MEMBER);
    reader.submit("/transfer/code", &[("code", &code)]).await.is(422).says("is used up");
    reader.screens
}

pub(super) async fn ending(portal: &Portal) -> BTreeSet<String> {
    let mut reader = Reader::signed_in(portal).await;
    activate(portal, &mut reader.browser).await;
    let used = portal.centre.code(MEMBER);
    reader.get("/otp/revoke").await.is(200);
    let typed = [("confirmation_password", ""), ("code", "99999999")];
    reader
        .each("/otp/revoke", &typed, "confirmation_password", &["", "short", "wrong1234", CONFIRMATION], 422)
        .await;
    let typed = [("confirmation_password", CONFIRMATION), ("code", &*used)];
    let mut twin = reader.browser.clone();
    reader.submit("/otp/revoke", &typed).await.redirects_to("/otp/revoke/done");
    reader.get("/otp/revoke/done").await.is(200);
    for (state, status) in [(TokenState::Expired, 422), (TokenState::Suspended, 403)] {
        portal.centre.set_token(MEMBER, Some(TokenState::Active));
        twin.get("/otp/revoke").await.is(200);
        portal.centre.set_token(MEMBER, Some(state));
        let answer = twin.submit("/otp/revoke", &[typed[0], ("code", "12345678")]).await;
        reader.read("/otp/revoke", answer.is(status));
    }
    reader.get("/").await.redirects_to("/sign-in?ended");
    reader.get("/sign-in?ended").await.is(200).says("You are not signed in");

    portal.centre.set_token(MEMBER, Some(TokenState::Active));
    sign_in(portal, &mut reader).await;
    portal.centre.set_token(MEMBER, Some(TokenState::Suspended));
    reader.get("/otp").await.is(403).says("Your one-time password is suspended");
    portal.centre.set_token(MEMBER, Some(TokenState::Active));
    sign_in(portal, &mut reader).await;
    reader.get("/otp/revoke").await.is(200);
    for _ in 0..3 {
        reader.submit("/otp/revoke", &[typed[0], ("code", "99999999")]).await.is(422);
    }
    portal.centre.set_token(MEMBER, Some(TokenState::Active));
    reader.get("/otp/stop").await.is(200);
    reader.submit("/otp/stop", &[]).await.is(403).says("You cannot sign in any more");
    reader.get("/sign-in").await.is(200);
    let right = [("login_id", LOGIN_ID), ("login_password", LOGIN_PASSWORD)];
    reader.submit("/sign-in", &right).await.is(403).says("How to have it lifted");
    reader.screens
}

pub(super) async fn away(portal: &Portal) -> BTreeSet<String> {
    let mut reader = Reader::signed_in(portal).await;
    activate(portal, &mut reader.browser).await;
    reader.get("/otp/revoke").await.is(200);
    portal.centre.set_away(true);
    reader.get("/").await.is(200).says("cannot be looked up right now");
    for path in [
        "/otp",
        "/otp/issue",
        "/otp/issue/done",
        "/otp/activate",
        "/otp/activate/done",
        "/otp/revoke/done",
        "/otp/cancel",
        "/otp/readdress",
        "/otp/history",
        "/otp/stop",
        "/otp/resync",
        "/transfer",
        "/limit",
        "/details",
    ] {
        reader.get(path).await.is(503).says("What to do next:").says("What is kept:");
    }
    portal.centre.set_away(false);
    let database = rusqlite::Connection::open(portal.database()).unwrap();
    database.execute_batch("ALTER TABLE account RENAME TO gone").unwrap();
    let failed = reader.get("/transfer").await;
    failed
        .is(500)
        .says("Something went wrong on our side")
        .says("Please do not make the same transfer again");
    reader.screens
}
