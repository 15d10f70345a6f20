//! Owns the way of an English reader among the staff: sign-in and the own token, the desk, approval, oversight.
//! Refuses to judge a page: `Reader` reads each of them.
//! Invariant: every screen of the staff's is met, with what is refused there.

use std::collections::BTreeSet;

use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::{AttemptOutcome, IssueState, MailState, TokenState};
use warifu_portal::store::Store;

use super::Reader;
use crate::staff::answers::GETS;
use crate::support::staff::{APPROVER, AUDITOR, CLERK, PASSWORD, first_sign_in, member};
use crate::support::{MAIL, MEMBER, Portal, activate, issue};

const LEAD: &str = "staff04";
const NEW: &str = "a-new-password-2026";

/// What every request about a member's token says.
const GROUNDS: [(&str, &str); 3] =
    [("identified", "document"), ("identified_other", ""), ("reason", "typed wrong")];

/// A colleague with a token, whose pages are read from now on.
async fn colleague(portal: &Portal, id: &str) -> Reader {
    let mut reader = Reader::new(portal);
    let languages = reader.browser.languages;
    reader.browser = first_sign_in(portal, id).await;
    reader.browser.languages = languages;
    reader.get("/staff").await.is(200);
    reader
}

impl Reader {
    /// The staff's sign-in page with this password.
    async fn enters(&mut self, id: &str, password: &str) -> crate::support::browser::Answer {
        self.browser.cookies.remove("warifu-staff");
        self.get("/staff/sign-in").await.is(200);
        self.submit("/staff/sign-in", &[("staff_id", id), ("staff_password", password)]).await
    }

    /// Each of these addresses, with something to say above the page.
    async fn told(&mut self, path: &str, notices: &[&str]) {
        for notice in notices {
            self.get(&format!("{path}{notice}")).await.is(200).says("role=\"status\"");
        }
    }
}

pub(super) async fn beginning(portal: &Portal) -> BTreeSet<String> {
    let mut reader = Reader::new(portal);
    reader.get("/staff/nowhere").await.is(404).says("Staff</span>");
    reader.told("/staff/sign-in", &["?ended", "?left"]).await;
    reader.enters("", "").await.is(422).says("Please enter the staff ID.");
    for _ in 0..5 {
        reader.enters(CLERK, "wrong").await.is(422).says("The staff ID or the password is wrong");
    }
    reader.enters(CLERK, PASSWORD).await.is(429).says("Please wait about 30 seconds");
    portal.pass(1);
    portal.centre.set_away(true);
    reader.enters(CLERK, PASSWORD).await.is(503).says("You are not signed in yet.");
    portal.centre.set_away(false);

    reader.enters(CLERK, PASSWORD).await.redirects_to("/staff/token");
    reader.get("/staff/token").await.is(200).says("have the token issued");
    let weak = [("start_password", "1234"), ("start_password_again", "12")];
    reader.submit("/staff/token/issue", &weak).await.is(422);
    let chosen = [("start_password", "2580"), ("start_password_again", "2580")];
    reader.submit("/staff/token/issue", &chosen).await.redirects_to("/staff/token");
    reader.get("/staff/token/issue").await.is(200).says("issued already");
    for outcome in AttemptOutcome::ALL {
        portal.centre.attempt(&member(CLERK), *outcome);
        reader.get("/staff/token").await.is(200).says("Tries left until");
    }
    let early = reader.submit("/staff/token/activate", &[("code", "12345678")]).await;
    early.is(422).says("is not done yet");
    portal.centre.initialise(&member(CLERK));
    let code = [("code", "")];
    reader.each("/staff/token/activate", &code, "code", &["", "1234", "abcd", "99999999"], 422).await;
    for _ in 0..3 {
        reader.submit("/staff/token/activate", &[("code", "99999999")]).await.is(422);
    }
    reader
        .submit("/staff/token/activate", &[("code", "99999999")])
        .await
        .is(422)
        .says("can no longer be used");
    let setting_up = reader.screens;
    let mut reader = colleague(portal, APPROVER).await;
    reader.screens.extend(setting_up);
    reader.told("/staff", &["?welcome", "?password", "?unknown"]).await;

    reader.enters(APPROVER, PASSWORD).await.redirects_to("/staff/sign-in/code");
    reader.get("/staff/sign-in/code").await.is(200).says("If you do not enter the code by");
    portal.centre.set_away(true);
    let away = reader.submit("/staff/sign-in/code", &[("code", "12345678")]).await;
    away.is(503).says("have been checked");
    portal.centre.set_away(false);
    reader.get("/staff/sign-in/code").await.is(200);
    let wrong = ["", "123", "99999999", "99999999", "99999999", "99999999"];
    reader.each("/staff/sign-in/code", &code, "code", &wrong, 422).await;
    let stopped = reader.submit("/staff/sign-in/code", &[("code", "99999999")]).await;
    stopped.is(403).says("Please ask a colleague to reinstate it.");
    portal.centre.set_token(&member(APPROVER), Some(TokenState::Revoked));
    reader.enters(APPROVER, PASSWORD).await.is(403).says("You have no token in use");
    reader.screens
}

pub(super) async fn desk(portal: &Portal) -> BTreeSet<String> {
    let mut reader = colleague(portal, CLERK).await;
    let mut member = portal.signed_in().await;
    let page = format!("/staff/member?id={MEMBER}");
    reader.get(&page).await.is(200).says("There is no token now.");
    issue(portal, &mut member).await;
    for outcome in AttemptOutcome::ALL {
        portal.centre.attempt(MEMBER, *outcome);
        reader.get(&page).await.is(200).says("does not show these causes");
    }
    for state in IssueState::ALL {
        portal.centre.set_issue(MEMBER, *state);
        reader.get(&page).await.is(200).says("State of the issue");
    }
    for state in MailState::ALL {
        portal.centre.set_mail(MEMBER, MAIL, *state);
        reader.get(&page).await.is(200).says("newest-mail-state");
    }
    issue(portal, &mut member).await;
    portal.centre.initialise(MEMBER);
    reader.get(&page).await.is(200).says("To be put to use by");
    activate(portal, &mut member).await;
    let store = Store::open(portal.database().parent().unwrap()).unwrap();
    warifu_portal::bounces::note(&store, "taro@home.example", UnixMillis(0)).await.unwrap();
    reader.get(&page).await.is(200).says("could not be sent (1970/01/01 09:00, Japan time)");
    for path in GETS {
        reader.get(path).await;
    }
    for (asked, says) in [
        ("demo", "Found: 3"),
        ("nobody", "Nobody was found"),
        ("x", "at least 2 characters"),
        ("staff", "Staff ID"),
    ] {
        reader.get(&format!("/staff?q={asked}")).await.is(200).says(says);
    }
    let notices = [
        "reinstated",
        "requested",
        "declined",
        "changed",
        "another",
        "suspended",
        "moved",
        "release-requested",
        "release-cooling",
        "release-untold",
        "release-declined",
        "release-taken-back",
        "release-another",
        "released",
    ];
    for notice in notices {
        reader.told(&page, &[&format!("&{notice}")]).await;
    }
    for path in ["/staff/audit", "/staff/log", "/staff/accounts"] {
        reader.get(path).await.is(403).says("Your role does not include this page.");
    }

    let other = [("identified", "other"), GROUNDS[1], GROUNDS[2]];
    let long = "x".repeat(401);
    reader.get(&format!("/staff/release?id={MEMBER}")).await.is(200).says("suspend</a> the token first");
    reader.submit("/staff/release", &[("identified_other", ""), ("reason", "")]).await.is(422);
    reader.each("/staff/release", &GROUNDS, "reason", &["", &long, "a\u{202e}b"], 422).await;
    reader.each("/staff/release", &other, "identified_other", &["", &long[..51], "a\u{202e}b"], 422).await;
    reader.get(&format!("/staff/suspend?id={MEMBER}")).await.is(200);
    reader.submit("/staff/suspend", &[("reason", "")]).await.is(422).says("Please enter the reason");
    portal.centre.set_away(true);
    reader.submit("/staff/suspend", &[("reason", "x")]).await.is(503);
    for path in [&page, "/staff/expiring", "/staff/figures"] {
        reader.get(path).await.is(503).says("What to do next:").says("What is kept:");
    }
    portal.centre.set_away(false);
    for state in TokenState::ALL.iter().filter(|state| **state != TokenState::Issued) {
        portal.centre.set_token(MEMBER, Some(*state));
        reader.get(&page).await.is(200);
    }
    portal.centre.set_token(MEMBER, Some(TokenState::Suspended));
    reader.get(&page).await.is(200).says("Not checked while it is suspended").says("Reinstate</a>");
    reader.get(&format!("/staff/reinstate?id={MEMBER}")).await.is(200);
    reader.submit("/staff/reinstate", &[("identified_other", ""), ("reason", "")]).await.is(422);
    reader.get("/staff/member?id=staff.staff01").await.is(200).says("A colleague suspends");

    first_sign_in(portal, AUDITOR).await;
    let mut elsewhere = portal.browser();
    crate::support::staff::sign_in(&mut elsewhere, CLERK, PASSWORD).await;
    reader.get("/staff/sessions").await.is(200).says("No other device");
    reader.told("/staff/sessions", &["?ended"]).await;
    let change = [("old_password", "not-this-one"), ("new_password", NEW), ("new_password_again", NEW)];
    reader.get("/staff/password").await.is(200);
    for (field, bad) in [
        ("old_password", &["", "not-this-one", NEW][..]),
        ("new_password", &["", "short", "my-staff01-word"]),
        ("new_password_again", &["", "another"]),
    ] {
        reader.each("/staff/password", &change, field, bad, 422).await;
    }
    let database = rusqlite::Connection::open(portal.database()).unwrap();
    database.execute_batch("ALTER TABLE reinstatement RENAME TO gone").unwrap();
    reader.get("/staff/requests").await.is(500).says("“Requests” tell whether it was done");
    reader.screens
}

pub(super) async fn deciding(portal: &Portal) -> BTreeSet<String> {
    let mut clerk = colleague(portal, CLERK).await;
    let mut approver = colleague(portal, APPROVER).await;
    clerk.get("/staff/requests").await.is(200).says("No request waits");
    activate(portal, &mut portal.signed_in().await).await;
    portal.centre.set_token(MEMBER, Some(TokenState::Suspended));
    for what in ["reinstate", "release"] {
        clerk.get(&format!("/staff/{what}?id={MEMBER}")).await.is(200).says(">Request</button>");
        clerk.submit(&format!("/staff/{what}"), &GROUNDS).await.is(303);
    }
    clerk.get(&format!("/staff/member?id={MEMBER}")).await.is(200).says("waits for another approver");
    clerk.get("/staff/requests").await.is(200).says("This is your request.").says("by an identity document");
    approver.get("/staff").await.is(200).says("<b>2 requests</b> wait for your approval");
    approver.get("/staff/requests").await.is(200).says("Decline</button>");
    portal.centre.lose_answers(3);
    approver.submit("/staff/requests/approve", &[]).await.is(503).says("It can be sent once more");
    approver.get("/staff").await.is(200).says("<b>1 request</b> waits for your approval");
    approver.get("/staff/requests").await.is(200).says("Send once more</button>");
    approver.get(&format!("/staff/member?id={MEMBER}")).await.is(200).says("the centre gave no answer");
    approver.get("/staff/requests").await.is(200);
    approver.submit("/staff/releases/approve", &[]).await.is(303);
    approver.get("/staff/requests").await.is(200).says("To be released").says("Call it off</button>");
    approver.get(&format!("/staff/member?id={MEMBER}")).await.is(200).says("The token is released at");
    clerk.screens.extend(approver.screens);
    clerk.screens
}

pub(super) async fn overseeing(portal: &Portal) -> BTreeSet<String> {
    activate(portal, &mut portal.signed_in().await).await;
    portal.centre.set_token("m-0999", Some(TokenState::Active));
    let mut reader = colleague(portal, AUDITOR).await;
    for path in GETS {
        reader.get(path).await;
    }
    reader.get("/staff/log").await.is(200).says("(operator)").says("Account made").says("Own token in use");
    reader.get("/staff/log?before=1").await.is(200).says("There are no lines.");
    reader.get("/staff/audit?check").await.is(200).says("12 rows were checked");
    portal.centre.break_audit();
    reader.get("/staff/audit?check").await.is(200).says("No. 7 of 10112235/3 is not as it was written");
    reader.get("/staff/audit?before=7").await.is(200).says("Newest");
    reader.get("/staff/figures?ago=1").await.is(200).says("Figures of 2026/11/17").says("23:00</th>");
    reader.get("/staff/expiring").await.is(200).says("30 days").says("(not registered)");

    let mut lead = colleague(portal, LEAD).await;
    let notices = ["?added", "?changed", "?permitted", "?invited", "?disabled", "?refused"];
    lead.told("/staff/accounts", &notices).await;
    lead.get("/staff/accounts").await.is(200).says("auditor, staff accounts").says("(you)");
    lead.get("/staff/accounts/add").await.is(200);
    let new = [("new_id", "staff09"), ("name", "New"), ("mail", "new@bank.example"), ("role", "clerk")];
    for (field, bad) in
        [("new_id", &["", CLERK][..]), ("name", &["", "a\u{202e}b"]), ("mail", &["x"]), ("role", &["root"])]
    {
        lead.each("/staff/accounts/add", &new, field, bad, 422).await;
    }
    lead.submit("/staff/accounts/add", &new).await.redirects_to("/staff/accounts?added");
    lead.get("/staff/accounts").await.is(200).says("First password not changed yet");
    let (_, letter) = portal.letters().await.pop().unwrap();
    let (_, rest) = letter.split_once("This is your first password").expect("the letter is in English, too");
    let (_, rest) = rest.split_once(": ").unwrap();
    let first = rest.split_whitespace().next().unwrap();
    reader.enters("staff09", first).await.redirects_to("/staff/token");
    reader.get("/staff/password").await.is(200).says("Your present password came by mail.");
    portal.pass(7 * 24 * 60);
    reader.enters("staff09", first).await.is(403).says("The time for your first password is over");
    reader.screens.extend(lead.screens);
    reader.screens
}
