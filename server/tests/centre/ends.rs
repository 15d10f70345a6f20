//! Owns the proof of what a member is told when time or wrong codes end something, and of mails sent again.
//! Refuses to know how mails travel.
//! Invariant: each end is told once, to the address that holds then.

use serde_json::json;
use warifu_core::time::DAY;

use super::stage::{Stage, fresh_id};

impl Stage {
    /// The mails of one kind, once there are `count` mails in all.
    async fn mails_of(&self, kind: &str, count: usize) -> Vec<String> {
        let names = self.mails_after(count).await.into_iter();
        let names = names.filter(|name| name.ends_with(&format!("-{kind}.eml")));
        names.map(|name| std::fs::read_to_string(self.centre().join("mail").join(name)).unwrap()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_time_ended_is_told_once() {
    let stage = Stage::set().await;
    stage.issue("m-1").await;
    stage.pass(7 * DAY);
    assert_eq!(stage.status("m-1").await["issue"]["state"], "expired");
    stage.pass(300_000);
    assert_eq!(stage.mails_of("issue-expired", 2).await.len(), 1);
    stage.pass(DAY);
    stage.issue("m-2").await;
    assert_eq!(stage.mails_of("issue-expired", 3).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_never_activated_is_void_after_seven_days_and_the_member_is_told_once() {
    let stage = Stage::set().await;
    let phone = stage.enrol(&stage.issue("m-1").await).await;
    stage.pass(7 * DAY);
    let end = json!({
        "serial": phone.facts.serial, "state": "void", "at": phone.facts.activate_by,
    });
    let status = stage.status("m-1").await;
    assert_eq!((&status["ended"], &status["registration"]), (&end, &json!("none")));
    assert_eq!(stage.mails_of("token-lapsed", 3).await.len(), 1);
    let status = stage.status("m-1").await;
    assert_eq!((&status["ended"], &status["token"]), (&end, &json!(null)));
    stage.issue("m-1").await;
    assert_eq!(stage.status("m-1").await["ended"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_codes_at_the_activation_make_a_token_void_and_the_member_is_told() {
    let stage = Stage::set().await;
    let phone = stage.enrol(&stage.issue("m-1").await).await;
    stage.next_step();
    for left in [4, 3, 2, 1, 0] {
        let code = json!({ "code": phone.wrong_code(stage.step()) });
        assert_eq!(stage.ask("m-1", "activate", code).await.good()["wrong_left"], left);
    }
    assert_eq!(stage.mails_of("token-void", 3).await.len(), 1);
    assert_eq!(stage.status("m-1").await["ended"]["state"], "void");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guidance_is_sent_again_five_times_a_day_and_once_per_request() {
    let stage = Stage::set().await;
    stage.issue("m-1").await;
    let first = json!({ "request_id": fresh_id() });
    for _ in 0..3 {
        assert_eq!(stage.ask("m-1", "resend", first.clone()).await.good()["registration"], "issued");
    }
    for _ in 0..4 {
        stage.ask("m-1", "resend", json!({})).await.good();
    }
    let refused = stage.ask("m-1", "resend", json!({})).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (429, &json!("too_many")));
    let seconds: u32 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((80_000..=86_401).contains(&seconds), "{seconds}");
    stage.ask("m-1", "resend", first).await.good();
    assert_eq!(stage.mails_of("issued", 6).await.len(), 6);
    stage.pass(DAY);
    stage.ask("m-1", "resend", json!({})).await.good();
    assert_eq!(stage.mails_of("issued", 7).await.len(), 7);

    for (member, verb) in [("m-never", "resend"), ("m-never", "readdress")] {
        let reply = stage.ask(member, verb, json!({ "mail": "x@example.jp" })).await;
        assert!(matches!(reply.status.as_u16(), 400 | 409), "{verb}: {}", reply.body);
    }
    stage.ask("m-1", "cancel", json!({})).await.good();
    assert_eq!(stage.ask("m-1", "resend", json!({})).await.json()["code"], "wrong_state");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_corrected_before_the_activation_and_never_after() {
    let stage = Stage::set().await;
    let user_id = stage.issue("m-1").await;
    stage.mails_of("issued", 1).await;
    let wish = json!({ "request_id": fresh_id(), "mail": "right@example.jp" });
    for _ in 0..2 {
        let status = stage.ask("m-1", "readdress", wish.clone()).await.good();
        assert_eq!(status["issue"]["mail"], "right@example.jp");
    }
    let mut other = wish.clone();
    other["mail"] = "other@example.jp".into();
    assert_eq!(stage.ask("m-1", "readdress", other).await.json()["code"], "conflict");
    // The guidance and the farewell leave in no order.
    let guidance = stage.mails_of("issued", 3).await;
    assert_eq!(guidance.iter().filter(|mail| mail.contains("To: right@example.jp")).count(), 1);
    let farewell = stage.mails_of("readdressed", 3).await;
    assert_eq!(farewell.len(), 1, "one change, one farewell");
    assert!(farewell[0].contains("To: m-1@example.jp"), "{}", farewell[0]);
    assert!(!farewell[0].contains("right@example.jp"), "the new address is not told to the old one");

    let phone = stage.enrol(&user_id).await;
    assert!(stage.mails_of("enrolled", 4).await[0].contains("To: right@example.jp"));
    stage.ask("m-1", "readdress", json!({ "mail": "third@example.jp" })).await.good();
    assert_eq!(stage.mails_of("issued", 5).await.len(), 2, "no guidance for an app that is set up");
    stage.next_step();
    stage.ask("m-1", "activate", json!({ "code": phone.code(stage.step()) })).await.good();
    assert!(stage.mails_of("activated", 6).await[0].contains("To: third@example.jp"));
    let late = stage.ask("m-1", "readdress", json!({ "mail": "x@example.jp" })).await;
    assert_eq!(late.json()["code"], "wrong_state");
}
