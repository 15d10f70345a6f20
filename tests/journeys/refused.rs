//! Owns the proof that an initialisation is refused without a word too much, and that nothing typed is lost by it.
//! Refuses to know the words of the refusal.
//! Invariant: the app is the real one in its window.

use harness::false_centre::FalseCentre;
use harness::phone::{self, Ids, digits};
use harness::programs;
use warifu_core::time::SECOND;
use warifu_core::wire::device::{CARD_PATH, START_PATH};

use crate::applying::{self, START_PASSWORD};
use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_start_password_gets_the_general_refusal_and_the_ids_are_kept() {
    let stage = Stage::set(None).await;
    let ids = applying::apply(&stage).await;
    let opening = stage.opening(&stage.centre.url);
    let window = opening.open(&programs::qa("warifu")).await;
    let app = &window.page;
    app.see("setup").await;
    phone::fill_in(app, &ids, "2468").await;
    app.press_when_enabled("submit").await;
    app.see("enrol-refused").await;
    let wrong = app.all_text().await;
    app.press("back").await;
    assert_eq!(digits(&app.value("service-id").await), ids.service_id);
    assert_eq!(digits(&app.value("user-id").await), ids.user_id);
    assert_eq!(app.value("start-password").await, "", "a password is typed anew");
    assert_eq!(stage.centre.status("m-0001").await["issue"]["attempts_left"], 4);

    // An ID that does not exist gets the same page.
    let unknown = Ids { service_id: ids.service_id.clone(), user_id: "123456789012".to_owned() };
    app.fill("user-id", &unknown.user_id).await;
    send_again(app).await;
    app.see("enrol-refused").await;
    assert_eq!(app.all_text().await, wrong, "a refusal tells which of the two was wrong");

    app.press("back").await;
    app.fill("user-id", &ids.user_id).await;
    send_again(app).await;
    phone::go_on_to_code(app).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_sends_a_false_centre_nothing_after_m2() {
    let stage = Stage::set(None).await;
    let ids = applying::apply(&stage).await;
    let trap = FalseCentre::lie_in_wait().await;
    let url = trap.url();
    let trap = trap.work(&stage.centre.url, &ids.user_id, START_PASSWORD, &stage.clock);
    let opening = stage.opening(&url);
    let window = opening.open(&programs::qa("warifu")).await;
    window.page.see("setup").await;
    phone::fill_in(&window.page, &ids, START_PASSWORD).await;
    window.page.press_when_enabled("submit").await;
    window.page.see("enrol-refused").await;
    // Time for whatever the app might still send.
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert_eq!(trap.heard(), [format!("GET {CARD_PATH}{}", ids.service_id), format!("POST {START_PATH}")]);
    window.close().await;

    let opening = stage.opening(&stage.centre.url);
    let window = opening.open(&programs::qa("warifu")).await;
    phone::set_up(&window.page, &ids, START_PASSWORD).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_too_many_tries_the_app_says_how_long_counts_down_and_then_goes_on() {
    let once = vec![("WARIFU_SERVER_ENROL_STARTS_PER_HOUR", "1".to_owned())];
    let stage = Stage::set_with(None, once).await;
    let ids = applying::apply(&stage).await;
    let opening = stage.opening(&stage.centre.url);
    let window = opening.open(&programs::qa("warifu")).await;
    let app = &window.page;
    app.see("setup").await;
    phone::fill_in(app, &ids, "2468").await;
    app.press_when_enabled("submit").await;
    app.see("enrol-refused").await;
    app.press("back").await;
    // All but half a minute of the hour that the first try began.
    stage.clock.advance((3_600 - 30) * SECOND);
    send_again(app).await;
    app.see("rate-limited").await;
    assert!(!app.is_enabled("retry").await, "nothing is sent before the time is over");
    let told = app.read("wait").await;
    assert!(told.chars().any(|c| c.is_ascii_digit()), "{told}");
    app.press_when_enabled("retry").await;
    phone::go_on_to_code(app).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_keeps_keys_too_weakly_is_told_why_and_no_guess_is_charged() {
    let stage = Stage::set(None).await;
    let ids = applying::apply(&stage).await;
    stage.centre.demand("hardware_computed");
    let opening = stage.opening(&stage.centre.url);
    let window = opening.open(&programs::qa("warifu")).await;
    let app = &window.page;
    app.see("setup").await;
    phone::fill_in(app, &ids, START_PASSWORD).await;
    app.press_when_enabled("submit").await;
    app.see("vault-too-weak").await;
    app.press("back").await;
    assert_eq!(digits(&app.value("user-id").await), ids.user_id);
    assert_eq!(stage.centre.status("m-0001").await["issue"]["attempts_left"], 5);

    stage.centre.demand("sealed");
    send_again(app).await;
    phone::go_on_to_code(app).await;
    assert_eq!(stage.centre.status("m-0001").await["token"]["vault"], "sealed");
    window.close().await;
}

/// The form once more, with the right start password: that one is never kept.
async fn send_again(app: &harness::page::Page) {
    app.fill("start-password", START_PASSWORD).await;
    agree(app).await;
    app.press_when_enabled("submit").await;
}

/// The agreement, if it is not given any more.
async fn agree(app: &harness::page::Page) {
    let agreed = app.run("return document.querySelector('[data-testid=agree]').checked").await;
    if agreed != true {
        app.press("agree").await;
    }
}
