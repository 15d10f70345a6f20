//! Owns the way of an English reader up to 利用開始: as a stranger, without a token, applying, setting up.
//! Refuses to judge a page: `Reader` reads each of them.
//! Invariant: every refusal on this way is met once.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Method;
use warifu_core::wire::bank::{AttemptOutcome, IssueState, MailState, TokenState};

use super::Reader;
use super::in_use::{HANAKO, transfer};
use crate::support::{CONFIRMATION, LOGIN_ID, LOGIN_PASSWORD, MAIL, MEMBER, Portal, apply, issue};

pub(super) async fn strangers(portal: &Portal) -> BTreeSet<String> {
    let mut reader = Reader::new(portal);
    for path in ["/sign-in", "/sign-in?ended", "/sign-in?left", "/lost-phone", "/download"] {
        reader.get(path).await.is(200);
    }
    reader.get("/nowhere").await.is(404);
    reader.get("/sign-out").await.is(405);
    reader.get("/sign-in").await.is(200);
    let nothing = [("login_id", ""), ("login_password", "")];
    reader.submit("/sign-in", &nothing).await.is(422).says("Please check what you have entered");
    let wrong = [("login_id", LOGIN_ID), ("login_password", "wrong-password")];
    for _ in 0..5 {
        reader.submit("/sign-in", &wrong).await.is(422);
    }
    reader.submit("/sign-in", &wrong).await.is(429).says("Please wait about 30 seconds");
    let form = Some("application/x-www-form-urlencoded");
    for (kind, body, status) in
        [(form, "a=1", 403), (None, "a=1", 415), (form, "a=%ff", 400), (form, &"a".repeat(1 << 20), 413)]
    {
        let answer = reader.browser.send(Method::POST, "/sign-in", kind, Body::from(body.to_owned())).await;
        reader.read("/sign-in", answer.is(status));
    }
    portal.pass(1);
    portal.centre.set_away(true);
    reader.get("/sign-in").await.is(200);
    let right = [("login_id", LOGIN_ID), ("login_password", LOGIN_PASSWORD)];
    reader.submit("/sign-in", &right).await.is(503).says("You are not signed in yet.");
    portal.centre.set_away(false);
    reader.screens
}

pub(super) async fn without_a_token(portal: &Portal) -> BTreeSet<String> {
    let mut reader = Reader::signed_in(portal).await;
    for path in [
        "/",
        "/otp",
        "/otp/issue",
        "/otp/issue?again",
        "/details",
        "/limit",
        "/sessions",
        "/otp/history",
        "/transfer",
    ] {
        reader.get(path).await.is(200);
    }
    for notice in
        ["stopped", "cancelled", "resent", "readdressed", "resynced", "release-taken-back", "changed"]
    {
        reader.get(&format!("/otp?{notice}")).await.is(200).says("role=\"status\"");
    }
    for path in ["/sessions?ended", "/transfer?stopped", "/transfer?late"] {
        reader.get(path).await.is(200).says("role=\"status\"");
    }
    Reader::signed_in(portal).await;
    reader.get("/sessions").await.is(200).says("end-others");

    for (field, bad) in [
        ("account", "3"),
        ("account", ""),
        ("bank", "99"),
        ("branch", "x"),
        ("account_type", "gold"),
        ("number", "12345678"),
        ("number", "1000009"),
        ("number", "1000001"),
        ("payee", "仙北花子"),
        ("amount", "五万"),
        ("amount", ""),
        ("amount", "0"),
        ("amount", "-5000"),
        ("amount", "200001"),
    ] {
        reader.get("/transfer").await.is(200);
        reader.each("/transfer", &HANAKO, field, &[bad], 422).await;
    }
    transfer(&mut reader, "140000").await;
    let late = reader.browser.page.clone();
    let place = transfer(&mut reader, "150000").await;
    let password = [("confirmation_password", "")];
    let wrong = ["", "short", "wrong1234", "wrong1234", "wrong1234", "wrong1234", "wrong1234", CONFIRMATION];
    reader.each("/transfer/password", &password, "confirmation_password", &wrong, 422).await;
    portal.pass(1);
    let right = [("confirmation_password", CONFIRMATION)];
    reader.submit("/transfer/password", &right).await.redirects_to(&place.replace("confirm", "done"));
    reader.get(&place.replace("confirm", "done")).await.is(200).says("¥150,000");
    reader.get("/transfer").await.is(200).says("Today’s transfers</h2>").says("¥150,000");
    reader.browser.page = late;
    reader.submit("/transfer/password", &right).await.is(422).says("No money has moved");
    transfer(&mut reader, "1000").await;
    reader.submit("/transfer/password", &right).await.is(303);
    let again = transfer(&mut reader, "1000").await;
    reader.get(&again).await.is(200).says("was accepted today already");
    reader.screens
}

pub(super) async fn applying(portal: &Portal) -> BTreeSet<String> {
    let mut reader = Reader::signed_in(portal).await;
    reader.get("/otp/issue").await.is(200);
    let fields =
        [("mail", MAIL), ("mail_again", MAIL), ("start_password", "2580"), ("start_password_again", "2580")];
    for (field, bad) in [
        ("mail", &["", "taro@"][..]),
        ("mail_again", &["", "x@y.example"]),
        ("start_password", &["", "1234", "12", "abcd"]),
        ("start_password_again", &["", "8520"]),
    ] {
        reader.each("/otp/issue", &fields, field, bad, 422).await;
    }
    apply(&mut reader.browser, "2580").await;
    portal.pass(9);
    reader.get("/").await.is(200);
    portal.pass(1);
    reader.get("/otp/issue/confirm").await.is(200);
    let typed = [("mailed_password", "ABCD2345"), ("confirmation_password", CONFIRMATION)];
    reader.submit("/otp/issue/confirm", &typed).await.is(422).says("has run out");
    reader.get("/otp/issue/confirm").await.is(200);
    reader.submit("/otp/issue/mail", &[]).await.redirects_to("/otp/issue/confirm");
    reader.get("/otp/issue/confirm").await.is(200);
    let typed = [("mailed_password", "AAAAAAAA"), ("confirmation_password", CONFIRMATION)];
    reader
        .each(
            "/otp/issue/confirm",
            &typed,
            "mailed_password",
            &["", "AB", "AAAAAAAA", "AAAAAAAA", "AAAAAAAA", "AAAAAAAA", "AAAAAAAA"],
            422,
        )
        .await;
    for _ in 0..8 {
        reader.get("/otp/issue/confirm").await.is(200);
        reader.submit("/otp/issue/mail", &[]).await.redirects_to("/otp/issue/confirm");
    }
    reader.get("/otp/issue/confirm").await.is(200);
    reader.submit("/otp/issue/mail", &[]).await.is(429);
    reader.get("/otp/issue/confirm").await.is(200);
    let mailed = portal.mailed_password().await;
    let typed = [("mailed_password", &*mailed), ("confirmation_password", CONFIRMATION)];
    reader
        .each("/otp/issue/confirm", &typed, "confirmation_password", &["", "short", "wrong1234"], 422)
        .await;
    portal.centre.set_wait(Some((503, Some(30))));
    reader.submit("/otp/issue/confirm", &typed).await.is(503).says("Please wait about 30 seconds");
    portal.centre.set_wait(None);
    reader.get("/otp/issue/confirm").await.is(200).says("press “Confirm” once more");
    reader.submit("/otp/issue/send", &[]).await.redirects_to("/otp/issue/done");
    for path in [
        "/otp/issue/done",
        "/otp/issue/done?resent",
        "/otp/issue/print",
        "/otp/issue",
        "/otp/cancel",
        "/otp/activate",
        "/otp/readdress",
    ] {
        reader.get(path).await.is(200);
    }
    reader.screens
}

pub(super) async fn setting_up(portal: &Portal) -> BTreeSet<String> {
    let mut reader = Reader::signed_in(portal).await;
    issue(portal, &mut reader.browser).await;
    for state in MailState::ALL {
        for to in [MAIL, "hanako@data-bank.example"] {
            portal.centre.set_mail(MEMBER, to, *state);
            reader.get("/otp").await.is(200).says("mail-state");
        }
    }
    let fields = [("mail", MAIL), ("mail_again", MAIL), ("confirmation_password", CONFIRMATION)];
    reader.get("/otp/readdress").await.is(200);
    for (field, bad) in [
        ("mail", &["", "taro@"][..]),
        ("mail_again", &["x"]),
        ("confirmation_password", &["", "short", "wrong1234"]),
    ] {
        reader.each("/otp/readdress", &fields, field, bad, 422).await;
    }
    for wait in [(429, Some(3_600)), (429, None), (503, Some(120)), (503, None)] {
        portal.centre.set_wait(Some(wait));
        reader.submit("/otp/readdress", &fields).await.is(wait.0);
        reader.get("/otp").await.is(200);
        reader.submit("/otp/resend", &[]).await.is(wait.0);
        reader.get("/otp/readdress").await.is(200);
    }
    portal.centre.set_wait(None);
    reader.get("/otp/activate").await.is(200);
    reader.each("/otp/activate", &[("code", "")], "code", &["12345678", "123"], 422).await;
    for outcome in AttemptOutcome::ALL.iter().rev() {
        portal.centre.attempt(MEMBER, *outcome);
        reader.get("/otp").await.is(200).says("next-step");
    }
    for state in IssueState::ALL {
        portal.centre.set_issue(MEMBER, *state);
        reader.get("/otp").await.is(200);
    }
    issue(portal, &mut reader.browser).await;
    portal.centre.initialise(MEMBER);
    reader.get("/otp").await.is(200).says("activate-by");
    portal.centre.set_clock_off(MEMBER, Some(-310));
    reader.get("/otp/activate").await.is(200);
    let code = portal.centre.code(MEMBER);
    reader.each("/otp/activate", &[("code", "")], "code", &["", "1234", "abcd", "99999999"], 422).await;
    reader.get("/otp/resync").await.is(200);
    for (first, second) in [("1234", ""), (&*code, &*code), ("99999998", "99999999")] {
        reader.submit("/otp/resync", &[("first_code", first), ("second_code", second)]).await.is(422);
    }
    let next = format!("{:08}", code.parse::<u32>().unwrap() + 1);
    reader
        .submit("/otp/resync", &[("first_code", &code), ("second_code", &next)])
        .await
        .redirects_to("/otp/activate?resynced");
    reader.get("/otp/activate?resynced").await.is(200).says("We now follow your clock");
    let code = portal.centre.code(MEMBER);
    reader.submit("/otp/activate", &[("code", &code)]).await.redirects_to("/otp/activate/done");
    reader.get("/otp/activate/done").await.is(200);

    portal.centre.set_token(MEMBER, Some(TokenState::Issued));
    reader.get("/otp/activate").await.is(200);
    for _ in 0..4 {
        reader.submit("/otp/activate", &[("code", "99999999")]).await.is(422);
    }
    reader.submit("/otp/activate", &[("code", "99999999")]).await.is(422).says("can no longer be used");
    for state in [TokenState::Void, TokenState::Expired, TokenState::Replaced, TokenState::Revoked] {
        portal.centre.set_token(MEMBER, Some(state));
        reader.get("/otp").await.is(200).says("serial no. 243725864");
    }
    reader.screens
}
