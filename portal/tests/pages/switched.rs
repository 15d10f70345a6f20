//! Owns the change of language on the page of a refused form: what was typed is there again, in the other language.
//! Refuses to know the words of a page: `english` does.
//! Invariant: the switch acts on nothing, however good the form is, and carries no password and no code.

use warifu_core::wire::bank::TokenState;

use crate::support::browser::Browser;
use crate::support::staff::{APPROVER, CLERK, PASSWORD, first_sign_in};
use crate::support::{CONFIRMATION, LOGIN_ID, LOGIN_PASSWORD, MAIL, MEMBER, Portal, activate, issue};

/// A form: where it is, and what is typed so that it would pass. Of each field, whether it is a secret.
struct Typed<'a> {
    place: &'a str,
    fields: &'a [(&'a str, &'a str, bool)],
}

const OPEN: bool = false;
const SECRET: bool = true;

impl Typed<'_> {
    /// Refused once, then read in English and in Japanese again; at last sent by a switch with all its secrets right.
    async fn is_kept_and_not_acted_on(&self, portal: &Portal, browser: &mut Browser) {
        let action = self.place.split('?').next().unwrap();
        browser.get(self.place).await.is(200);
        let form = browser.page.clone();
        // What stands in a place of its own: a blank is not read as anything else.
        let typed = |value| if value == "document" { value } else { "a typed word" };
        let refused: Vec<_> = self
            .fields
            .iter()
            .map(|(name, value, is_secret)| (*name, if *is_secret { "Secret+&1" } else { typed(value) }))
            .map(|(name, value)| (name, if name == "reason" { "" } else { value }))
            .collect();
        let answer = browser.submit(action, &refused).await;
        answer.is(422).says("<html lang=\"ja\">").does_not_say("Secret+");
        let before = portal.centre.counts();
        for language in ["en", "ja"] {
            let page = browser.switch_language().await;
            page.is(422).says(&format!("<html lang=\"{language}\">")).does_not_say("Secret+");
            for (name, value) in
                refused.iter().filter(|(_, value)| !value.is_empty() && *value != "Secret+&1")
            {
                let kept = format!("value=\"{value}\"");
                let field = page.body.split("<main").nth(1).unwrap();
                let stands = field.contains(&kept) || field.contains("value=\"document\" required checked");
                let is_choice = ["account", "account_type", "role"].contains(name);
                assert!(stands || is_choice, "{name} on {} is lost:\n{field}", self.place);
            }
            let (_, kept) = browser.switch();
            for (name, value) in kept.unwrap() {
                let is_secret = self.fields.iter().any(|(of, _, is_secret)| *of == name && *is_secret);
                assert!(!is_secret || value.is_empty(), "{name} is carried");
            }
        }
        browser.page = form;
        let mut good: Vec<_> = self.fields.iter().map(|(name, value, _)| (*name, *value)).collect();
        good.push(("look", "1"));
        let shown = browser.submit(action, &good).await;
        assert!([200, 422].contains(&shown.status.as_u16()), "{}: {}", self.place, shown.body);
        shown.says("<form class=\"language");
        assert_eq!(portal.centre.counts(), before, "{} was acted on", self.place);
    }
}

const ADDRESSES: [(&str, &str, bool); 2] = [("mail", MAIL, OPEN), ("mail_again", MAIL, OPEN)];

#[tokio::test]
async fn what_a_member_typed_outlives_the_switch() {
    let portal = Portal::start().await;
    let passwords = [("login_id", LOGIN_ID, OPEN), ("login_password", LOGIN_PASSWORD, SECRET)];
    let sign_in = Typed { place: "/sign-in", fields: &passwords };
    sign_in.is_kept_and_not_acted_on(&portal, &mut portal.browser()).await;

    let mut member = portal.signed_in().await;
    let chosen = [("start_password", "2580", SECRET), ("start_password_again", "2580", SECRET)];
    let fields = [ADDRESSES, chosen].concat();
    Typed { place: "/otp/issue", fields: &fields }.is_kept_and_not_acted_on(&portal, &mut member).await;
    assert!(portal.letters().await.is_empty(), "nothing is mailed");
    member.get("/otp/issue/confirm").await.redirects_to("/otp/issue?again");
    let transfer = [
        ("account", "2", OPEN),
        ("bank", "9999", OPEN),
        ("branch", "001", OPEN),
        ("account_type", "ordinary", OPEN),
        ("number", "1000002", OPEN),
        ("payee", "センボク ハナコ", OPEN),
        ("amount", "1000", OPEN),
    ];
    Typed { place: "/transfer", fields: &transfer }.is_kept_and_not_acted_on(&portal, &mut member).await;

    issue(&portal, &mut member).await;
    let fields = [&ADDRESSES[..], &[("confirmation_password", CONFIRMATION, SECRET)]].concat();
    Typed { place: "/otp/readdress", fields: &fields }.is_kept_and_not_acted_on(&portal, &mut member).await;
    let mut member = portal.signed_in().await;
    activate(&portal, &mut member).await;
    let code = portal.centre.code(MEMBER);
    let fields = [("amount", "500000", OPEN), ("code", &*code, SECRET)];
    Typed { place: "/limit", fields: &fields }.is_kept_and_not_acted_on(&portal, &mut member).await;
    member.get("/limit").await.is(200).does_not_say("waiting-limit");
    let fields = [&ADDRESSES[..], &[("code", &*code, SECRET)]].concat();
    Typed { place: "/details", fields: &fields }.is_kept_and_not_acted_on(&portal, &mut member).await;
    member.get("/details").await.is(200).does_not_say(MAIL);
}

#[tokio::test]
async fn what_staff_typed_outlives_the_switch() {
    let portal = Portal::start().await;
    let passwords = [("staff_id", CLERK, OPEN), ("staff_password", PASSWORD, SECRET)];
    let sign_in = Typed { place: "/staff/sign-in", fields: &passwords };
    sign_in.is_kept_and_not_acted_on(&portal, &mut portal.browser()).await;

    activate(&portal, &mut portal.signed_in().await).await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    let grounds =
        [("identified", "document", OPEN), ("identified_other", "", OPEN), ("reason", "a reason", OPEN)];
    let reason = &grounds[2..];
    for (place, fields) in [("/staff/release?id=m-0001", &grounds[..]), ("/staff/suspend?id=m-0001", reason)]
    {
        Typed { place, fields }.is_kept_and_not_acted_on(&portal, &mut clerk).await;
    }
    portal.centre.set_token(MEMBER, Some(TokenState::Suspended));
    let reinstate = Typed { place: "/staff/reinstate?id=m-0001", fields: &grounds };
    reinstate.is_kept_and_not_acted_on(&portal, &mut clerk).await;
    clerk.get("/staff/requests").await.is(200).says("data-testid=\"no-requests\"");
    assert!(portal.centre.reinstated().is_empty() && portal.centre.ended().is_empty());

    let mut lead = first_sign_in(&portal, "staff04").await;
    let account = [
        ("new_id", "staff09", OPEN),
        ("name", "New", OPEN),
        ("mail", "new@bank.example", OPEN),
        ("role", "clerk", OPEN),
    ];
    Typed { place: "/staff/accounts/add", fields: &account }
        .is_kept_and_not_acted_on(&portal, &mut lead)
        .await;
    lead.get("/staff/accounts").await.is(200).does_not_say("staff09");
    first_sign_in(&portal, APPROVER).await;
}

#[tokio::test]
async fn a_long_reason_outlives_the_switch_and_a_form_without_its_key_is_refused_there_too() {
    let portal = Portal::start().await;
    activate(&portal, &mut portal.signed_in().await).await;
    let mut clerk = first_sign_in(&portal, CLERK).await;
    clerk.get("/staff/suspend?id=m-0001").await.is(200);
    let long = "携帯を失くした。".repeat(80);
    clerk.submit("/staff/suspend", &[("reason", &long)]).await.is(422).says(&long);
    clerk.switch_language().await.is(422).says("up to 400 characters").says(&format!("\">{long}</textarea>"));
    let forged = [("csrf", "x"), ("look", "1"), ("reason", "x")];
    clerk.post("/staff/suspend?id=m-0001", &forged).await.is(403);
    // A page that keeps nothing knows no such field.
    clerk.get("/staff/sessions").await.is(200);
    let key = clerk.hidden("/staff/sign-out")[0].1.clone();
    clerk.post("/staff/sessions/end", &[("csrf", &*key), ("look", "1")]).await.is(400);
}
