//! Owns the proof that two codes in a row bring a device with a wrong clock back, and bring nobody else in.
//! Refuses to know how the drift is kept.
//! Invariant: the device's clock is off by whole minutes; the centre's is right.

use serde_json::{Value, json};
use warifu_core::time::DAY;

use super::stage::{PASSWORD, Phone, Reply, Stage, fresh_id};

/// How far the device's clock is ahead, steps.
const AHEAD: i64 = 20;

async fn resync(stage: &Stage, phone: &Phone, first: i64, second: i64) -> Reply {
    let now = stage.step();
    let wish = json!({ "first": phone.code(now.offset(first)), "second": phone.code(now.offset(second)) });
    stage.ask("m-1", "resync", wish).await
}

async fn verdict(stage: &Stage, phone: &Phone, first: i64, second: i64) -> Value {
    resync(stage, phone, first, second).await.good()["verdict"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_twenty_minutes_ahead_is_followed_after_two_codes_in_a_row() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    let shown = |by| phone.code(stage.step().offset(AHEAD + by));
    assert_eq!(stage.verdict("m-1", &shown(0)).await, "wrong");
    assert_eq!(verdict(&stage, &phone, AHEAD, AHEAD + 1).await, "accepted");
    assert_eq!(stage.verdict("m-1", &shown(1)).await, "used", "the pair is spent");
    stage.next_step();
    assert_eq!(stage.verdict("m-1", &shown(1)).await, "accepted");
    assert_eq!(stage.status("m-1").await["token"]["wrong_left"], 5, "the count begins anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_code_is_never_accepted_again_through_resync() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    let used = phone.code(stage.step());
    assert_eq!(stage.verdict("m-1", &used).await, "accepted");
    assert_eq!(verdict(&stage, &phone, 0, 1).await, "used");
    assert_eq!(verdict(&stage, &phone, -2, -1).await, "used");
    assert_eq!(stage.status("m-1").await["token"]["wrong_left"], 5, "a used pair is not charged");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_that_does_not_fit_is_charged_and_three_a_day_are_the_most() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    let again = json!({
        "request_id": fresh_id(), "first": phone.code(stage.step()), "second": phone.code(stage.step()),
    });
    for _ in 0..4 {
        let answer = stage.ask("m-1", "resync", again.clone()).await.good();
        assert_eq!((&answer["verdict"], &answer["wrong_left"]), (&json!("wrong"), &json!(4)), "charged once");
    }
    assert_eq!(verdict(&stage, &phone, 61, 62).await, "wrong");
    assert_eq!(verdict(&stage, &phone, 7, 9).await, "wrong");
    let refused = resync(&stage, &phone, 5, 6).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (429, &json!("too_many")));
    assert_eq!(stage.status("m-1").await["token"]["wrong_left"], 2);
    stage.pass(DAY);
    assert_eq!(verdict(&stage, &phone, 5, 6).await, "accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_activation_a_wrong_clock_is_corrected_and_the_next_code_activates() {
    let stage = Stage::set().await;
    let phone = stage.enrol(&stage.issue("m-1").await).await;
    stage.next_step();
    assert_eq!(verdict(&stage, &phone, -30, -29).await, "accepted");
    assert_eq!(stage.status("m-1").await["token"]["state"], "issued", "it is no activation");
    stage.next_step();
    let code = phone.code(stage.step().offset(-29));
    let answer = stage.ask("m-1", "activate", json!({ "code": code })).await.good();
    assert_eq!(answer["verdict"], "accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_token_and_a_member_without_one_are_not_evaluated() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    for _ in 0..5 {
        stage.verify("m-1", &phone.wrong_code(stage.step())).await.good();
    }
    assert_eq!(verdict(&stage, &phone, 1, 2).await, "suspended");
    assert_eq!(verdict(&stage, &phone, 1, 7).await, "suspended");
    let wish = json!({ "first": "12345678", "second": "23456789" });
    assert_eq!(stage.ask("m-none", "resync", wish).await.good()["verdict"], "not_registered");
    let short = stage.ask("m-1", "resync", json!({ "first": PASSWORD, "second": "23456789" })).await;
    assert_eq!(short.json()["code"], "malformed_code");
}
