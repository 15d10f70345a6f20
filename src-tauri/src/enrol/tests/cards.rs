//! Owns the proof that a card that is not in order stops the app before M1, with its page.
//! Refuses to know how a card is checked: the core's tests know.
//! Invariant: after such a card the centre has heard no M1.

use ed25519_dalek::SigningKey;
use warifu_core::enrol::card;
use warifu_core::time::UnixMillis;
use warifu_core::wire::device::{CARD_PATH, START_PATH, SignedCard};

use super::scripted::{Fate, root};
use super::*;

async fn stopped(card: impl FnOnce(&Scripted) -> SignedCard) -> (Device, Scripted, Refusal) {
    let centre = Scripted::open().await;
    centre.show(card(&centre));
    let device = Device::new();
    let app = device.app(&centre.url);
    let why = enrol(&app, form()).await.expect_err("the card is not in order");
    assert_eq!(why.wait_s, None);
    assert_eq!(centre.heard(START_PATH).len(), 0, "M1 was sent");
    assert_eq!(centre.heard(CARD_PATH).len(), 1, "a card that is not in order is not asked for again");
    assert_eq!(app.look(false), View::Setup { has_tokens: false });
    drop(app);
    (device, centre, why.code)
}

fn signed(centre: &Scripted, change: impl FnOnce(&mut ServiceCard)) -> SignedCard {
    let mut card = centre.card();
    change(&mut card);
    card::sign(&card, &root())
}

#[tokio::test]
async fn a_tampered_card_stops_before_m1() {
    let tampered = |centre: &Scripted| {
        let honest = signed(centre, |_| ());
        let text = String::from_utf8(honest.card.0.clone()).unwrap().replace("仙北", "偽物");
        SignedCard { card: warifu_core::wire::bytes::Blob(text.into_bytes()), ..honest }
    };
    assert_eq!(stopped(tampered).await.2, Refusal::CardRefused);
}

#[tokio::test]
async fn a_card_signed_by_another_root_stops_before_m1() {
    let other = |centre: &Scripted| card::sign(&centre.card(), &SigningKey::from_bytes(&[1; 32]));
    assert_eq!(stopped(other).await.2, Refusal::CardRefused);
}

#[tokio::test]
async fn an_expired_card_stops_before_m1() {
    let expired = |centre: &Scripted| signed(centre, |card| card.expires = UnixMillis(1_440_548_000_000));
    assert_eq!(stopped(expired).await.2, Refusal::CardRefused);
}

#[tokio::test]
async fn another_services_card_stops_before_m1() {
    let other = |centre: &Scripted| signed(centre, |card| card.service_id = "20000001".parse().unwrap());
    assert_eq!(stopped(other).await.2, Refusal::CardRefused);
}

#[tokio::test]
async fn a_card_without_a_key_stops_before_m1() {
    assert_eq!(
        stopped(|centre| signed(centre, |card| card.opaque_keys.clear())).await.2,
        Refusal::CardRefused
    );
}

#[tokio::test]
async fn an_app_that_is_too_old_stops_before_m1_and_goes_on_when_it_is_not() {
    let newer =
        |centre: &Scripted| signed(centre, |card| card.min_app = "99.0.0".to_owned().try_into().unwrap());
    let (device, centre, why) = stopped(newer).await;
    assert_eq!(why, Refusal::AppTooOld);
    centre.show(signed(&centre, |_| ()));
    assert!(is_done(&enrol(&device.app(&centre.url), form()).await.map_err(|why| why.code)));
}

#[tokio::test]
async fn a_card_older_than_one_seen_stops_before_m1_also_after_a_restart() {
    let centre = Scripted::open().await;
    let device = Device::new();
    centre.next(START_PATH, &[Fate::Said(429, Some("1"), "too_many")]);
    assert!(enrol(&device.app(&centre.url), form()).await.is_err());
    assert_eq!(centre.heard(START_PATH).len(), 1, "the card, number 7, was believed");

    centre.show(signed(&centre, |card| card.seq = 6));
    let app = device.app(&centre.url);
    assert_eq!(enrol(&app, form()).await, Err(Refusal::CardRefused.into()));
    assert_eq!(centre.heard(START_PATH).len(), 1, "M1 was sent");
    for seq in [7, 8] {
        centre.show(signed(&centre, |card| card.seq = seq));
        centre.next(START_PATH, &[Fate::Said(429, Some("1"), "too_many")]);
        assert_eq!(enrol(&app, form()).await.map_err(|why| why.code), Err(Refusal::RateLimited));
    }
    centre.show(signed(&centre, |_| ()));
    assert_eq!(enrol(&app, form()).await, Err(Refusal::CardRefused.into()), "8 was seen");
}
