//! Owns the proof that a pending initialisation without a future ends in a page, and leaves no key behind.
//! Refuses to know the words of the page.
//! Invariant: how it ended outlives the app until it was read.

use warifu_core::issue::PENDING_FOR;
use warifu_core::wire::device::FINISH_PATH;

use super::scripted::{Fate, REFUSED};
use super::*;
use crate::vault::Ending;

/// The page stays over a restart until it was read; then the form works at once.
async fn ended(device: &Device, centre: &Scripted, code: Refusal) {
    assert!(!device.has_keys(), "a key is left");
    let app = device.app(&centre.url);
    assert_eq!(app.look(false), refusal(code));
    assert_eq!(resume(&app).await, Ok(refusal(code)));
    assert_eq!(app.read_ending(), Ok(View::Setup { has_tokens: false }));
    drop(app);
    let app = device.app(&centre.url);
    assert_eq!(app.look(false), View::Setup { has_tokens: false });
    assert!(is_done(&enrol(&app, form()).await.map_err(|why| why.code)));
}

#[tokio::test]
async fn a_refusal_ends_in_the_plain_page() {
    let centre = Scripted::open().await;
    let device = Device::left_pending(&centre, Fate::Lost).await;
    assert!(device.has_keys());
    centre.next(FINISH_PATH, &[REFUSED]);
    assert_eq!(resume(&device.app(&centre.url)).await, Err(Refusal::EnrolRefused));
    ended(&device, &centre, Refusal::EnrolRefused).await;
}

#[tokio::test]
async fn after_its_day_offline_it_ends_in_a_page_of_its_own() {
    let centre = Scripted::open().await;
    let device = Device::left_pending(&centre, Fate::Lost).await;
    let offline = device.app(NOWHERE);
    offline.clock.set_ahead(PENDING_FOR - 60_000);
    assert!(matches!(resume(&offline).await, Ok(View::Resuming { .. })));
    offline.clock.set_ahead(PENDING_FOR + 60_000);
    assert_eq!(resume(&offline).await, Err(Refusal::SetupUnfinished));
    drop(offline);
    ended(&device, &centre, Refusal::SetupUnfinished).await;
}

#[tokio::test]
async fn after_its_day_refused_busy_or_damaged_it_ends_in_the_same_page() {
    for fates in [&[REFUSED][..], &[Fate::Said(503, Some("90"), "busy")], &[Fate::AnswerDamaged]] {
        let centre = Scripted::open().await;
        let device = Device::left_pending(&centre, Fate::Lost).await;
        let app = device.app(&centre.url);
        app.clock.set_ahead(PENDING_FOR + 60_000);
        centre.next(FINISH_PATH, fates);
        assert_eq!(resume(&app).await, Err(Refusal::SetupUnfinished), "{fates:?}");
        assert!(!device.has_keys());
    }
}

#[tokio::test]
async fn an_app_that_died_before_it_erased_what_was_refused_goes_on_with_it() {
    let centre = Scripted::open().await;
    let device = Device::left_pending(&centre, Fate::Lost).await;
    let died = device.app(&centre.url);
    died.place().unwrap().note_ending(Some(Ending::Refused)).unwrap();
    drop(died);
    let app = device.app(&centre.url);
    assert!(matches!(app.look(false), View::Resuming { .. }));
    centre.next(FINISH_PATH, &[REFUSED]);
    assert_eq!(resume(&app).await, Err(Refusal::EnrolRefused));
    drop(app);
    ended(&device, &centre, Refusal::EnrolRefused).await;
}

#[tokio::test]
async fn an_ending_that_was_noted_too_early_is_forgotten_with_the_token() {
    let centre = Scripted::open().await;
    let device = Device::left_pending(&centre, Fate::AnswerLost).await;
    let app = device.app(&centre.url);
    app.place().unwrap().note_ending(Some(Ending::Refused)).unwrap();
    assert!(is_done(&resume(&app).await));
    assert_eq!(app.remove(), Ok(View::Setup { has_tokens: false }));
}

#[tokio::test]
async fn a_wrong_start_password_leaves_the_form_as_the_first_screen() {
    let centre = Scripted::open().await;
    let device = Device::new();
    let app = device.app(&centre.url);
    let wrong = Form::typed(SERVICE_ID, USER_ID, "8642");
    assert_eq!(enrol(&app, wrong).await, Err(Refusal::EnrolRefused.into()));
    assert!(centre.heard(FINISH_PATH).is_empty(), "nothing is sent after M2");
    assert!(!device.has_keys());
    assert_eq!(app.look(false), View::Setup { has_tokens: false });
}
