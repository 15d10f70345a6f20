//! Owns the proof that the app leaves a centre alone for as long as it asks to be, and then sends the same bytes.
//! Refuses to know how the centre counts.
//! Invariant: a question that was answered with a wait is not repeated by itself.

use warifu_core::wire::device::{CARD_PATH, FINISH_PATH, START_PATH};

use super::scripted::Fate;
use super::*;

async fn waits(path: &'static str, fate: Fate, code: Refusal, wait_s: u64) {
    let centre = Scripted::open().await;
    let device = Device::new();
    let app = device.app(&centre.url);
    centre.next(path, &[fate]);
    assert_eq!(enrol(&app, form()).await, Err(Refused { code, wait_s: Some(wait_s) }));
    assert_eq!(centre.heard(path).len(), 1, "asked again though told to wait");

    assert!(is_done(&enrol(&app, form()).await.map_err(|why| why.code)));
    let starts = centre.heard(START_PATH);
    assert!(starts.windows(2).all(|pair| pair[0] == pair[1]), "the same bytes");
    assert_eq!(centre.issued(), 1);
}

#[tokio::test]
async fn too_many_m1_wait_as_long_as_the_centre_says() {
    waits(START_PATH, Fate::Said(429, Some("90"), "too_many"), Refusal::RateLimited, 90).await;
}

#[tokio::test]
async fn a_busy_centre_is_left_alone_as_long_as_it_says() {
    waits(START_PATH, Fate::Said(503, Some("7"), "busy"), Refusal::CentreBusy, 7).await;
}

#[tokio::test]
async fn too_many_card_requests_wait_alike() {
    waits(CARD_PATH, Fate::Said(429, Some("30"), "too_many"), Refusal::RateLimited, 30).await;
}

#[tokio::test]
async fn a_limit_without_a_number_waits_a_minute_and_an_endless_one_a_day() {
    waits(START_PATH, Fate::Said(429, None, "too_many"), Refusal::RateLimited, 60).await;
    waits(START_PATH, Fate::Said(429, Some("soon"), "too_many"), Refusal::RateLimited, 60).await;
    waits(START_PATH, Fate::Said(429, Some("99999999999"), "too_many"), Refusal::RateLimited, 86_400).await;
}

#[tokio::test]
async fn other_ids_are_sent_as_another_m1() {
    let centre = Scripted::open().await;
    let device = Device::new();
    let app = device.app(&centre.url);
    centre.next(START_PATH, &[Fate::Said(429, Some("90"), "too_many")]);
    let mistyped = Form::typed(SERVICE_ID, "999800000002", START_PASSWORD);
    assert!(enrol(&app, mistyped).await.is_err());
    assert!(is_done(&enrol(&app, form()).await.map_err(|why| why.code)));
    let starts = centre.heard(START_PATH);
    assert_ne!(starts[0], starts[1]);
}

#[tokio::test]
async fn a_pending_initialisation_waits_as_long_as_the_centre_says() {
    for said in [Fate::Said(503, Some("120"), "busy"), Fate::Said(429, Some("120"), "too_many")] {
        let centre = Scripted::open().await;
        let device = Device::left_pending(&centre, Fate::Lost).await;
        let app = device.app(&centre.url);
        centre.next(FINISH_PATH, &[said]);
        let view = resume(&app).await;
        let waits =
            View::Resuming { waits_for: Some(Refusal::CentreBusy), retry_in_s: 120, has_others: false };
        assert_eq!(view, Ok(waits));
        assert!(is_done(&resume(&app).await));
    }
}
