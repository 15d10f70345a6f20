//! Owns the proof of what clocks and counters may not do: bring a code back, let an old one in, or lose a count.
//! Refuses to know how a drift is learned.
//! Invariant: time moves by the stage's clock; nothing sleeps.

use serde_json::json;
use warifu_core::ids::UserId;
use warifu_core::otp::Step;
use warifu_core::time::SECOND;

use super::stage::{PASSWORD, Stage, begin};

#[tokio::test(flavor = "multi_thread")]
async fn a_centre_whose_clock_jumps_by_two_minutes_never_accepts_a_step_twice() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    let mut accepted: Vec<Step> = Vec::new();
    for jump in [0, 120, -120, -120, 240, -120, 120, 60, -60, 0] {
        stage.pass(jump * SECOND);
        // Every code that a member could have seen or noted, at this reading of the clock.
        for by in -4..=4 {
            let step = stage.step().offset(by);
            if stage.verdict("m-1", &phone.code(step)).await == "accepted" {
                assert!(!accepted.contains(&step), "step {} after a jump of {jump} s", step.0);
                accepted.push(step);
            }
        }
    }
    assert!(accepted.len() >= 2, "{accepted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_older_than_the_window_are_refused_though_a_drift_was_learned() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    // Three codes of a clock that is a minute slow, when nobody can have typed for so long.
    for _ in 0..3 {
        stage.next_step();
        stage.next_step();
        stage.pass(40 * SECOND);
        assert_eq!(stage.verdict("m-1", &phone.code(stage.step().offset(-1))).await, "accepted");
    }
    for _ in 0..3 {
        stage.next_step();
    }
    let now = stage.step();
    assert_eq!(stage.verdict("m-1", &phone.code(now.offset(-3))).await, "wrong");
    assert_eq!(
        stage.verdict("m-1", &phone.code(now.offset(1))).await,
        "wrong",
        "the window has moved, not grown"
    );
    assert_eq!(stage.verdict("m-1", &phone.code(now.offset(-2))).await, "accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_code_for_one_token_never_charges_another() {
    let stage = Stage::set().await;
    let one = stage.active("m-1").await;
    let other = stage.active("m-2").await;
    for _ in 0..5 {
        stage.verify("m-1", &one.wrong_code(stage.step())).await.good();
    }
    assert_eq!(stage.verdict("m-2", &one.code(stage.step())).await, "wrong", "a right code of another token");
    assert_eq!(stage.status("m-1").await["token"]["state"], "suspended");
    let token = stage.status("m-2").await["token"].clone();
    assert_eq!((&token["state"], &token["wrong_left"]), (&json!("active"), &json!(4)));
    assert_eq!(stage.verdict("m-2", &other.code(stage.step())).await, "accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_try_that_opens_a_new_window_is_itself_counted() {
    const AN_HOUR: usize = 2;
    let stage = Stage::set_with(|config| config.limits.starts_per_hour = 2).await;
    let unreal = UserId::parse("999999999999").unwrap();
    for _ in 0..3 {
        for _ in 0..AN_HOUR {
            stage.send_m1(&begin(&unreal, PASSWORD)).await;
        }
        let refused = stage.post("/device/v1/enrol/start", &json!(begin(&unreal, PASSWORD).m1())).await;
        assert_eq!(refused.status.as_u16(), 429);
        stage.pass(3_600 * SECOND);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_use_of_a_fresh_token_under_a_race_is_one_acceptance_and_never_an_error() {
    let stage = Stage::set().await;
    let phone = stage.enrol(&stage.issue("m-1").await).await;
    stage.next_step();
    let code = phone.code(stage.step());
    let asked: Vec<_> = (0..32)
        .map(|_| {
            let path = format!("{}/bank/v1/members/m-1/activate", stage.url);
            let body = json!({ "request_id": super::stage::fresh_id(), "code": code });
            let request = stage.client.post(path).bearer_auth(&stage.key).json(&body);
            tokio::spawn(async move {
                let reply = request.send().await.unwrap();
                (reply.status().as_u16(), reply.json::<serde_json::Value>().await.unwrap())
            })
        })
        .collect();
    let mut accepted = 0;
    for one in asked {
        let (status, said) = one.await.unwrap();
        assert!(status < 500, "{status}: {said}");
        accepted += usize::from(said["verdict"] == "accepted");
    }
    assert_eq!(accepted, 1);
}
