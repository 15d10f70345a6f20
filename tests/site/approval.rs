//! Owns the walk through what two of the staff do together, and what its member sees of it.
//! Refuses to judge a page; `look` does.
//! Invariant: it begins with a token that is stopped, and every page is seen by whom it is for.

use harness::device::Device;
use harness::line::Line;

use crate::crawl::Eye as _;
use crate::look::Look;
use crate::stage::{STAFF_PASSWORD, Stage};

pub(crate) async fn walk(stage: &Stage, look: &mut Look, line: &Line, phone: &Device) {
    let own = asked_for(stage, look).await;
    stage.staff_leaves().await;
    agreed(stage, look, line).await;
    stage.staff_leaves().await;

    println!("── the member, whose release waits");
    let page = stage.page();
    stage.sign_in_with(phone).await;
    look.at(&stage.browser, "top-release").await;
    stage.go("/otp").await;
    look.at(&stage.browser, "menu-release").await;
    page.press("take-release-back").await;
    page.see("notice").await;
    look.at(&stage.browser, "release-taken-back").await;

    println!("── a clerk whose token stops");
    stage.go("/staff/sign-in").await;
    page.fill("staff-id", "staff01").await;
    page.fill("staff-password", STAFF_PASSWORD).await;
    page.press("sign-in").await;
    page.see("screen-staff-code").await;
    for _ in 0..5 {
        page.fill("code", &own.wrong_code(stage.clock.step())).await;
        page.press_on("submit").await;
    }
    page.see("screen-staff-stopped").await;
    look.at(&stage.browser, "staff-stopped").await;
}

/// The clerk asks for 停止解除 and for the release; gives the clerk's own token.
async fn asked_for(stage: &Stage, look: &mut Look) -> Device {
    let page = stage.page();
    println!("── a clerk asks");
    stage.staff_begins("staff01").await;
    let own = stage.staff_goes_on().await;
    for (what, waits) in [("reinstate", "request-waits"), ("release", "release-waits")] {
        stage.go(&format!("/staff/{what}?id=m-0001")).await;
        look.at(&stage.browser, &format!("clerk-{what}-to-be-approved")).await;
        page.press("identified-document").await;
        page.fill("reason", "窓口で本人に確かめた").await;
        page.press("submit").await;
        page.see(waits).await;
        look.at(&stage.browser, &format!("clerk-{what}-waits")).await;
    }
    stage.go("/staff/requests").await;
    look.at(&stage.browser, "clerk-own-requests").await;
    own
}

/// An approver agrees to both; the first time the centre cannot be told.
async fn agreed(stage: &Stage, look: &mut Look, line: &Line) {
    let page = stage.page();
    println!("── an approver agrees");
    stage.staff_begins("staff02").await;
    stage.staff_goes_on().await;
    stage.go("/staff").await;
    look.at(&stage.browser, "approver-search").await;
    stage.go("/staff/requests").await;
    look.at(&stage.browser, "approver-requests").await;
    line.cut("/reinstate");
    page.press("approve").await;
    page.see("screen-failure").await;
    look.at(&stage.browser, "approver-centre-away").await;
    stage.go("/staff/requests").await;
    page.see("send").await;
    look.at(&stage.browser, "approver-unsent").await;
    stage.go("/staff/member?id=m-0001").await;
    look.at(&stage.browser, "approver-member-unsent").await;
    line.let_pass();
    stage.go("/staff/requests").await;
    page.press("send").await;
    page.see("screen-staff-member").await;
    look.at(&stage.browser, "approver-reinstated").await;
    stage.go("/staff/requests").await;
    page.press("approve").await;
    page.see("screen-staff-member").await;
    look.at(&stage.browser, "approver-release-cools").await;
    stage.go("/staff/requests").await;
    look.at(&stage.browser, "approver-cooling").await;
}
