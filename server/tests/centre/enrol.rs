//! Owns the proof that a start password is good for five guesses and one device.
//! Refuses to know what the device does with its keys.
//! Invariant: real and unreal IDs are answered alike.

use reqwest::Method;
use serde_json::{Value, json};
use warifu_core::enrol::device::Refused;
use warifu_core::ids::UserId;
use warifu_core::time::DAY;
use warifu_core::wire::bytes::Bytes;
use warifu_core::wire::device::EnrolFinish;

use super::stage::{PASSWORD, Stage, begin, m3};

async fn attempts_left(stage: &Stage) -> Value {
    stage.status("m-1").await["issue"]["attempts_left"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_m1_is_charged_once_and_gets_the_same_m2() {
    let stage = Stage::set().await;
    let user_id = stage.issue("m-1").await;
    let started = begin(&user_id, PASSWORD);
    let first = stage.post("/device/v1/enrol/start", &json!(started.m1())).await;
    for _ in 0..6 {
        assert_eq!(stage.post("/device/v1/enrol/start", &json!(started.m1())).await.body, first.body);
    }
    assert_eq!(attempts_left(&stage).await, 4);
    let mut other = started.m1().clone();
    other.vault = warifu_core::wire::device::VaultLevel::DeviceOnly;
    assert_ne!(stage.post("/device/v1/enrol/start", &json!(other)).await.body, first.body);
    assert_eq!(attempts_left(&stage).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_start_passwords_exhaust_the_issue_and_the_right_one_then_opens_nothing() {
    let stage = Stage::set().await;
    let user_id = stage.issue("m-1").await;
    for left in [4, 3, 2, 1, 0] {
        assert_eq!(stage.agree(&user_id, "2468").await.err(), Some(Refused::Password));
        assert_eq!(attempts_left(&stage).await, left);
    }
    assert_eq!(stage.agree(&user_id, PASSWORD).await.err(), Some(Refused::Password));
    assert_eq!(stage.status("m-1").await["issue"]["state"], "exhausted");
    assert_eq!(stage.status("m-1").await["registration"], "none");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fifth_guess_may_still_be_the_right_one() {
    let stage = Stage::set().await;
    let user_id = stage.issue("m-1").await;
    for _ in 0..4 {
        assert!(stage.agree(&user_id, "2468").await.is_err());
    }
    stage.enrol(&user_id).await;
    assert_eq!(stage.status("m-1").await["token"]["state"], "issued");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_m3_gets_the_same_m4_for_seven_days_and_makes_one_token() {
    let stage = Stage::set().await;
    let user_id = stage.issue("m-1").await;
    let agreed = stage.agree(&user_id, PASSWORD).await.unwrap_or_else(|why| panic!("{why}"));
    let m3 = m3(&agreed);
    let (one, two, three) = tokio::join!(stage.send_m3(&m3), stage.send_m3(&m3), stage.send_m3(&m3));
    one.good();
    assert_eq!((&one.body, &one.body), (&two.body, &three.body));
    stage.pass(6 * DAY);
    assert_eq!(stage.send_m3(&m3).await.body, one.body);
    stage.pass(2 * DAY);
    assert_eq!(stage.send_m3(&m3).await.status.as_u16(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_devices_with_the_right_password_the_first_commit_wins_and_the_member_is_told() {
    let stage = Stage::set().await;
    let user_id = stage.issue("m-1").await;
    let first = stage.agree(&user_id, PASSWORD).await.unwrap_or_else(|why| panic!("{why}"));
    let second = stage.agree(&user_id, PASSWORD).await.unwrap_or_else(|why| panic!("{why}"));
    stage.send_m3(&m3(&second)).await.good();
    for _ in 0..3 {
        assert_refused_like_any(&stage, &m3(&first)).await;
    }
    let mails = stage.mails_after(3).await;
    assert_eq!(mails.iter().filter(|name| name.ends_with("second-device.eml")).count(), 1, "{mails:?}");
}

/// Refused in the words and the shape of every refusal, which names the message that it is about.
async fn assert_refused_like_any(stage: &Stage, m3: &EnrolFinish) {
    let reply = stage.send_m3(m3).await;
    let said = reply.json();
    assert_eq!((reply.status.as_u16(), &said["code"]), (403, &json!("enrol_refused")));
    assert_eq!(said["message"], "The initialisation is refused.");
    assert_eq!(said["about"], json!(Bytes(m3.digest())));
    assert_eq!(said.as_object().map(|fields| fields.len()), Some(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_of_an_initialisation_is_one_and_the_same() {
    let stage = Stage::set().await;
    let agreed = stage.agree(&stage.issue("m-1").await, PASSWORD).await.unwrap_or_else(|why| panic!("{why}"));
    let good = m3(&agreed);
    let mut proof = good.clone();
    proof.storage_proof.0[0] ^= 1;
    let mut ke3 = good.clone();
    ke3.ke3.0[5] ^= 1;
    let mut unknown = good.clone();
    unknown.enrol_id = warifu_core::ids::EnrolId::from_bytes([7; 16]);
    let unreal = begin(&UserId::parse("999999999999").unwrap(), PASSWORD);
    let mut fake = good.clone();
    fake.enrol_id = stage.send_m1(&unreal).await.enrol_id;
    for bad in [&proof, &ke3, &unknown, &fake] {
        assert_refused_like_any(&stage, bad).await;
    }
    // None of it spoiled the right one, until its time was over.
    stage.pass(300_000);
    assert_refused_like_any(&stage, &good).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unreal_ids_and_services_are_answered_in_the_shape_of_real_ones() {
    let stage = Stage::set().await;
    let real = begin(&stage.issue("m-1").await, PASSWORD);
    let unreal = begin(&UserId::parse("999999999999").unwrap(), PASSWORD);
    let mut elsewhere = begin(&UserId::parse("999999999999").unwrap(), PASSWORD).m1().clone();
    elsewhere.service_id = warifu_core::ids::ServiceId::parse("00000000").unwrap();
    let mut shapes = Vec::new();
    for m1 in [real.m1(), unreal.m1(), &elsewhere] {
        let reply = stage.post("/device/v1/enrol/start", &json!(m1)).await;
        let again = stage.post("/device/v1/enrol/start", &json!(m1)).await;
        assert_eq!(reply.body, again.body);
        let said = reply.good();
        let fields: Vec<_> = said.as_object().unwrap().keys().cloned().collect();
        shapes.push((reply.body.len(), fields, said["ttl_s"].clone()));
    }
    assert_eq!(shapes[0], shapes[1]);
    assert_eq!(shapes[0], shapes[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_beyond_the_limit_of_an_hour_are_refused_for_unreal_ids_too() {
    let stage = Stage::set_with(|config| config.limits.starts_per_hour = 3).await;
    for user_id in [stage.issue("m-1").await, UserId::parse("999999999999").unwrap()] {
        for _ in 0..3 {
            stage.send_m1(&begin(&user_id, "2468")).await;
        }
        let refused = stage.post("/device/v1/enrol/start", &json!(begin(&user_id, "2468").m1())).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (429, &json!("too_many")));
        assert!(refused.headers.contains_key("retry-after"));
    }
    assert_eq!(attempts_left(&stage).await, 2);
    stage.pass(3_600_000);
    stage.send_m1(&begin(&UserId::parse("999999999999").unwrap(), "2468")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_no_point_of_the_group_is_malformed_and_not_charged() {
    let stage = Stage::set().await;
    let user_id = stage.issue("m-1").await;
    let mut m1 = begin(&user_id, PASSWORD).m1().clone();
    m1.ke1.0[..32].fill(0xff);
    let reply = stage.post("/device/v1/enrol/start", &json!(m1)).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["code"]), (400, &json!("malformed")));
    assert_eq!(attempts_left(&stage).await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_expires_after_seven_days_and_a_newer_one_cancels_the_older() {
    let stage = Stage::set().await;
    let old = stage.issue("m-1").await;
    let new = stage.issue("m-1").await;
    assert_ne!(old, new);
    assert_eq!(stage.agree(&old, PASSWORD).await.err(), Some(Refused::Password));
    assert_eq!(stage.status("m-1").await["issue"]["user_id"], new.as_str());
    stage.pass(7 * DAY);
    assert_eq!(stage.agree(&new, PASSWORD).await.err(), Some(Refused::Password));
    assert_eq!(stage.status("m-1").await["issue"]["state"], "expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_card_of_an_unknown_service_is_not_found_and_every_answer_is_not_stored() {
    let stage = Stage::set().await;
    let unknown = stage.send(Method::GET, "/device/v1/services/00000000", &[], "").await;
    assert_eq!((unknown.status.as_u16(), &unknown.json()["code"]), (404, &json!("not_found")));
    let known = stage.send(Method::GET, "/device/v1/services/10112235", &[], "").await;
    assert_eq!(known.headers["cache-control"], "no-store");
    assert_eq!(stage.card().await.name, "仙北信用組合");
}
