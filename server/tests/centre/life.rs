//! Owns the proof of what ends an issue or a token besides codes: 中止, a newer issue, another institution's silence.
//! Refuses to know codes.
//! Invariant: what ended opens nothing.

use serde_json::json;
use warifu_core::enrol::device::Refused;

use super::stage::{PASSWORD, Stage, fresh_id};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_issue_asked_twice_at_once_is_one_issue() {
    let stage = Stage::set().await;
    let wish = json!({ "request_id": fresh_id(), "mail": "a@example.jp", "start_password": "1357" });
    let (one, two) =
        tokio::join!(stage.ask("m-1", "issue", wish.clone()), stage.ask("m-1", "issue", wish.clone()));
    assert_eq!(one.good(), two.good());
    assert_eq!(stage.ask("m-1", "issue", wish.clone()).await.good(), one.good());
    let mut other = wish;
    other["mail"] = "b@example.jp".into();
    assert_eq!(stage.ask("m-1", "issue", other).await.json()["code"], "conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_issue_opens_nothing_and_cancelling_twice_changes_nothing() {
    let stage = Stage::set().await;
    let user_id = stage.issue("m-1").await;
    for _ in 0..2 {
        let status = stage.ask("m-1", "cancel", json!({})).await.good();
        assert_eq!(
            (&status["registration"], &status["issue"]["state"]),
            (&json!("none"), &json!("cancelled"))
        );
    }
    assert_eq!(stage.agree(&user_id, PASSWORD).await.err(), Some(Refused::Password));
    assert_eq!(stage.ask("m-never", "cancel", json!({})).await.good()["registration"], "none");
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_and_a_newer_issue_end_a_token_that_was_never_activated_but_none_in_use() {
    let stage = Stage::set().await;
    let phone = stage.enrol(&stage.issue("m-1").await).await;
    stage.ask("m-1", "cancel", json!({})).await.good();
    let code = json!({ "code": phone.code(stage.step()) });
    assert_eq!(stage.ask("m-1", "activate", code).await.good()["verdict"], "not_registered");

    let phone = stage.enrol(&stage.issue("m-2").await).await;
    stage.issue("m-2").await;
    let code = json!({ "code": phone.code(stage.step()) });
    assert_eq!(stage.ask("m-2", "activate", code).await.good()["verdict"], "not_registered");
    assert_eq!(stage.status("m-2").await["registration"], "issued");

    stage.active("m-3").await;
    assert_eq!(stage.ask("m-3", "cancel", json!({})).await.json()["code"], "wrong_state");
    let wish = json!({ "mail": "a@example.jp", "start_password": "1357" });
    assert_eq!(stage.ask("m-3", "issue", wish).await.json()["code"], "wrong_state");
    assert_eq!(stage.status("m-3").await["registration"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_nobody_ever_issued_to_has_an_empty_status() {
    let stage = Stage::set().await;
    let empty = json!({ "registration": "none", "issue": null, "token": null, "ended": null, "mail": null });
    assert_eq!(stage.status("m-1").await, empty);
    assert_eq!(stage.verdict("m-1", "12345678").await, "not_registered");
    let reinstate = json!({ "staff": "s-7", "reason": "x" });
    assert_eq!(stage.ask("m-1", "reinstate", reinstate).await.json()["code"], "wrong_state");
}
