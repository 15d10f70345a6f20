//! Owns the proof that a refusal in the window loses nothing: what was typed is there, and the same form goes through later.
//! Refuses to know why a centre says no: a gate before the real one, or the line to it, says it.
//! Invariant: each refusal ends in the token, set up from what was typed before it.

use ed25519_dalek::SigningKey;
use harness::clipboard;
use harness::device;
use harness::gate::Gate;
use harness::line::Line;
use harness::page::Page;
use harness::phone::{self, Ids, digits};
use sha2::{Digest as _, Sha256};
use warifu_core::enrol::card;
use warifu_core::wire::device::{CARD_PATH, FINISH_PATH, ServiceCard};

use super::{Desk, HOUR, MINUTE, START_PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_what_was_typed_is_kept_and_goes_through_as_soon_as_there_is_one() {
    let desk = Desk::set().await;
    let ids = desk.issue().await;
    let mut line = Line::lay().await;
    line.cut_all();
    line.lead_to(desk.centre.address());
    let window = desk.open_to(&line.url()).await;
    let page = &window.page;
    page.see("setup").await;
    phone::fill_in(page, &ids, START_PASSWORD).await;
    page.press_when_enabled("submit").await;
    page.see("offline").await;
    page.press("back").await;
    is_kept(page, &ids, START_PASSWORD).await;
    page.press_when_enabled("submit").await;
    page.see("offline").await;
    line.let_pass();
    page.press_when_enabled("retry").await;
    phone::go_on_to_code(page).await;
    phone::code(page).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_with_the_centre_or_its_card_the_same_form_goes_through_in_the_end() {
    let desk = Desk::set().await;
    let ids = desk.issue().await;
    let gate = Gate::before(&desk.centre.url).await;
    let window = desk.open_to(&gate.url()).await;
    let page = &window.page;
    page.see("setup").await;

    println!("── no such institution");
    let mistyped = Ids { service_id: "10112236".to_owned(), user_id: ids.user_id.clone() };
    phone::fill_in(page, &mistyped, START_PASSWORD).await;
    refused(page, &mistyped, "service-unknown").await;
    page.fill("service-id", &ids.service_id).await;

    println!("── a centre that cannot answer now");
    gate.say(CARD_PATH, 503, "");
    refused(page, &ids, "centre-busy").await;

    println!("── a card that no root has signed");
    let real = device::card(&desk.centre.url, &ids.service_id, desk.clock.now()).await;
    gate.say(CARD_PATH, 200, signed(&real, &SigningKey::from_bytes(&[7; 32])));
    refused(page, &ids, "card-refused").await;

    println!("── an institution that asks for a newer app");
    let root = SigningKey::from_bytes(&Sha256::digest("warifu demo root, known to everyone").into());
    let min_app = "99.0.0".to_owned().try_into().expect("a version");
    gate.say(CARD_PATH, 200, signed(&ServiceCard { min_app, ..real }, &root));
    refused(page, &ids, "app-too-old").await;

    println!("── and all is well again");
    gate.let_pass();
    page.press_when_enabled("submit").await;
    phone::go_on_to_code(page).await;
    phone::code(page).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_initialisation_that_did_not_end_within_its_day_is_begun_again_from_what_was_typed() {
    let desk = Desk::set().await;
    let ids = desk.issue().await;
    let gate = Gate::before(&desk.centre.url).await;
    gate.say(FINISH_PATH, 503, "");
    let window = desk.open_to(&gate.url()).await;
    let page = &window.page;
    page.see("setup").await;
    phone::fill_in(page, &ids, START_PASSWORD).await;
    page.press_when_enabled("submit").await;
    page.see("resuming").await;
    desk.clock.advance(25 * HOUR);
    // It asks again by itself, within a few seconds.
    page.see("setup-unfinished").await;
    gate.let_pass();
    page.press("back").await;
    is_kept(page, &ids, START_PASSWORD).await;
    page.press_when_enabled("submit").await;
    phone::go_on_to_code(page).await;
    phone::code(page).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_not_of_this_minute_any_more_is_not_copied_but_the_one_that_is() {
    let desk = Desk::set().await;
    let window = desk.in_use().await;
    let page = &window.page;
    // The page is held up: what it sets its timers for never comes, so that the code stays on show.
    page.run(
        "const set = window.setTimeout.bind(window);
        window.setTimeout = (...all) => (new Error().stack.includes('code.js') ? 0 : set(...all));
        window.dispatchEvent(new Event('focus'));",
    )
    .await;
    let old = phone::code(page).await;
    desk.clock.advance(2 * MINUTE);
    page.press("copy").await;
    page.read_until("message", "コピーしました").await;
    let copied = clipboard::read(&desk.session, None);
    assert_ne!(copied.as_ref(), Some(&old), "the old code is on the clipboard");
    assert_eq!(copied, Some(phone::code(page).await), "another code than the one on show was copied");
    window.close().await;
}

fn signed(card: &ServiceCard, root: &SigningKey) -> String {
    serde_json::to_string(&card::sign(card, root)).expect("a card has a JSON form")
}

/// 送信, which ends on this page; from it back to the form, with all that was typed.
async fn refused(page: &Page, typed: &Ids, code: &str) {
    page.press_when_enabled("submit").await;
    page.see(code).await;
    page.press("back").await;
    is_kept(page, typed, START_PASSWORD).await;
}

async fn is_kept(page: &Page, typed: &Ids, start_password: &str) {
    page.see("setup").await;
    assert_eq!(digits(&page.value("service-id").await), typed.service_id);
    assert_eq!(digits(&page.value("user-id").await), typed.user_id);
    assert_eq!(page.value("start-password").await, start_password);
    assert_eq!(page.run("return document.querySelector('[data-testid=agree]').checked").await, true);
}
