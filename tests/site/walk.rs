//! Owns the walk through every state of a member and of the staff, at each of which every page is looked at.
//! Refuses to judge a single page; `look` does.
//! Invariant: what leads from state to state is what a person would do.

use harness::line::Line;
use harness::portal::Wishes;

use crate::approval;
use crate::crawl::{Eye as _, crawl, screen};
use crate::look::Look;
use crate::money::{self, MAILS_PER_HOUR};
use crate::stage::{LOGIN_ID, STAFF_PASSWORD, START_PASSWORD, Stage};

const MEMBER: &str = "/staff/member?id=m-0001";

#[tokio::test(flavor = "multi_thread")]
async fn every_page_in_every_state_is_drawn_fits_and_axe_finds_nothing() {
    let mut look = Look::open();
    by_links(&mut look).await;

    let mut line = Line::lay().await;
    let settings = format!("[staff]\nsecond_approval = true\n[limits]\nmails_per_hour = {MAILS_PER_HOUR}\n");
    let wishes = Wishes { centre: Some(line.url()), settings, ..Wishes::default() };
    let stage = Stage::set_with(wishes, Vec::new()).await;
    line.lead_to(stage.centre.address());
    let phone = money::walk(&stage, &mut look).await;
    approval::walk(&stage, &mut look, &line, &phone).await;

    look.sheet(&stage.browser).await;
    assert!(look.complaints.is_empty(), "{}", look.complaints.join("\n"));
    assert!(look.missed().is_empty(), "not looked at, or not in a template: {:?}", look.missed());
}

/// Whatever links lead to, from the first visit to the release.
async fn by_links(look: &mut Look) {
    let stage = Stage::set().await;
    let page = stage.page();

    println!("── strangers");
    crawl(&stage, look, "visitor", "/sign-in").await;
    crawl(&stage, look, "visitor", "/staff/sign-in").await;
    stage.go("/nothing").await;
    look.at(&stage.browser, "visitor-not-found").await;
    stage.go("/sign-in").await;
    page.fill("login-id", LOGIN_ID).await;
    page.fill("login-password", "wrong-password").await;
    page.press("sign-in").await;
    page.see("errors").await;
    look.at(&stage.browser, "visitor-sign-in-wrong").await;

    println!("── a member without a token");
    stage.sign_in().await;
    page.see("screen-top").await;
    crawl(&stage, look, "none", "/").await;

    println!("── applied, issued, initialised");
    stage.apply().await;
    crawl(&stage, look, "applied", "/otp/issue/confirm").await;
    stage.go("/otp/issue/confirm").await;
    stage.confirm(0).await;
    look.at(&stage.browser, "issued-done").await;
    look.on_paper(&stage.browser, "issued-done").await;
    assert!(stage.enrol("2468").await.is_none());
    stage.go("/otp/issue/print").await;
    look.at(&stage.browser, "issued-print").await;
    crawl(&stage, look, "issued", "/otp").await;
    stage.go("/otp/issue/done").await;
    let phone = stage.enrol(START_PASSWORD).await.expect("the password is right");
    crawl(&stage, look, "initialised", "/otp").await;
    stage.go("/otp/activate").await;
    page.fill("code", &phone.wrong_code(stage.clock.step())).await;
    page.press("submit").await;
    page.see("errors").await;
    look.at(&stage.browser, "initialised-activate-wrong").await;

    println!("── in use");
    page.fill("code", &stage.code(&phone)).await;
    page.press("submit").await;
    page.see("screen-activated").await;
    look.at(&stage.browser, "active-activated").await;
    look.on_paper(&stage.browser, "active-activated").await;
    crawl(&stage, look, "active", "/").await;

    println!("── the code at sign-in, and the end of all tries");
    stage.go("/").await;
    page.press("sign-out").await;
    page.see("screen-sign-in").await;
    look.at(&stage.browser, "left").await;
    stage.sign_in().await;
    page.see("screen-code").await;
    look.at(&stage.browser, "code").await;
    for tried in 1..=5 {
        page.fill("code", &phone.wrong_code(stage.clock.step())).await;
        page.press_on("submit").await;
        page.see("errors").await;
        look.at(&stage.browser, &format!("code-wrong-{tried}")).await;
    }
    page.see("screen-suspended").await;

    println!("── the staff's own token");
    stage.staff_begins("staff01").await;
    crawl(&stage, look, "setup", "/staff/token").await;
    stage.go("/staff/token").await;
    page.fill("start-password", START_PASSWORD).await;
    page.fill("start-password-again", START_PASSWORD).await;
    page.press("issue").await;
    page.see("screen-own-token").await;
    crawl(&stage, look, "own-token", "/staff/token").await;
    stage.go("/staff/token").await;
    let own = stage.enrol(START_PASSWORD).await.expect("the password is right");
    page.fill("code", &stage.code(&own)).await;
    page.press("submit").await;
    page.see("screen-staff-search").await;

    println!("── the clerk, with a suspended member");
    look.at(&stage.browser, "clerk-welcome").await;
    for words in ["demo", "x", "nobody-at-all"] {
        stage.go(&format!("/staff?q={words}")).await;
        look.at(&stage.browser, &format!("clerk-search-{words}")).await;
    }
    crawl(&stage, look, "clerk-suspended", MEMBER).await;
    stage.go("/staff/release?id=m-0001").await;
    page.press("identified-document").await;
    page.fill("reason", "携帯を失くした").await;
    page.press("submit").await;
    page.see("release-waits").await;
    look.at(&stage.browser, "clerk-release-waits").await;
    crawl(&stage, look, "clerk-waiting", "/staff/requests").await;
    stage.go("/staff/requests").await;
    page.press("decline").await;
    page.see("screen-staff-member").await;
    stage.go("/staff/reinstate?id=m-0001").await;
    page.press("identified-document").await;
    page.fill("reason", "番号の打ち間違い").await;
    page.press("submit").await;
    page.see("screen-staff-member").await;
    crawl(&stage, look, "clerk-active", MEMBER).await;
    stage.go("/staff/audit").await;
    look.at(&stage.browser, "clerk-not-allowed").await;
    stage.go("/staff").await;
    page.press("sign-out").await;
    page.see("screen-staff-sign-in").await;
    look.at(&stage.browser, "staff-left").await;
    page.fill("staff-id", "staff01").await;
    page.fill("staff-password", STAFF_PASSWORD).await;
    page.press("sign-in").await;
    page.see("screen-staff-code").await;
    crawl(&stage, look, "staff", "/staff/sign-in/code").await;

    for (id, state) in [("staff03", "auditor"), ("staff04", "administrator")] {
        println!("── {state}");
        if screen(&stage).await == "staff-code" {
            page.press("sign-out").await;
            page.see("screen-staff-sign-in").await;
        }
        stage.staff_begins(id).await;
        stage.staff_goes_on().await;
        crawl(&stage, look, state, "/staff").await;
        stage.go("/staff").await;
        page.press("sign-out").await;
        page.see("screen-staff-sign-in").await;
    }

    println!("── released, and the centre away");
    stage.sign_in().await;
    page.see("screen-code").await;
    page.fill("code", &stage.code(&phone)).await;
    page.press("submit").await;
    page.see("screen-top").await;
    stage.go("/otp/revoke").await;
    page.fill("confirmation-password", harness::portal::CONFIRMATION_PASSWORD).await;
    page.fill("code", &stage.code(&phone)).await;
    page.press("submit").await;
    page.see("screen-revoked").await;
    look.at(&stage.browser, "revoked").await;
    look.on_paper(&stage.browser, "revoked").await;
    crawl(&stage, look, "revoked", "/otp").await;
    let Stage { browser, portal, centre, .. } = stage;
    centre.kill();
    browser.page.go(&format!("{}/otp", portal.url)).await;
    look.at(&browser, "away").await;
}
