//! Owns the proof that a token is followed by a new one without a gap, and that its end is told in time.
//! Refuses to know pages.
//! Invariant: at every moment exactly one of the two has codes that are good.

use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::json;
use warifu_core::time::DAY;

use super::stage::{Phone, Stage};

impl Stage {
    /// A token in use that ends in so many days.
    async fn ending(&self, member: &str, days: i64) -> Phone {
        let phone = self.active(member).await;
        self.pass(phone.facts.expires_at.0 - self.now().0 - days * DAY);
        self.next_step();
        phone
    }

    /// The one mail about 機種変更, once it is there, beside the one 利用開始 of the first token.
    async fn replaced(&self) -> String {
        let began = Instant::now();
        loop {
            let names = self.mails_after(6).await;
            let of =
                |kind: &str| names.iter().filter(|name| name.ends_with(kind)).cloned().collect::<Vec<_>>();
            if let [name] = &*of("-replaced.eml") {
                assert_eq!(of("-activated.eml").len(), 1, "{names:?}");
                let mail = std::fs::read_to_string(self.centre().join("mail").join(name)).unwrap();
                return decoded(&mail);
            }
            assert!(began.elapsed() < Duration::from_secs(20), "no 機種変更 among {names:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn reminders(names: &[String]) -> usize {
        names.iter().filter(|name| name.ends_with("-expiring.eml")).count()
    }
}

/// The text of a mail's first part.
fn decoded(mail: &str) -> String {
    let (_, part) = mail.split_once("text/plain").expect("a mail has a text part");
    let (head, body) = part.split_once("\r\n\r\n").unwrap();
    let body = body.split("\r\n--").next().unwrap();
    if !head.contains("base64") {
        return body.to_owned();
    }
    let packed: String = body.split_whitespace().collect();
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(packed).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_token_works_until_the_new_one_was_activated() {
    let stage = Stage::set().await;
    let old = stage.ending("m-1", 59).await;
    let user_id = stage.issue("m-1").await;
    let status = stage.status("m-1").await;
    assert_eq!((&status["registration"], &status["issue"]["state"]), (&json!("active"), &json!("used")));
    assert_eq!(status["renewal"]["issue"]["state"], "open");
    let new = stage.enrol(&user_id).await;
    let status = stage.status("m-1").await;
    assert_eq!(status["token"]["serial"], json!(old.facts.serial));
    assert_eq!(status["renewal"]["token"]["serial"], json!(new.facts.serial));
    assert_eq!(stage.verdict("m-1", &old.code(stage.step())).await, "accepted");
    assert_eq!(stage.verdict("m-1", &new.code(stage.step())).await, "wrong");
    let activate = json!({ "request_id": super::stage::fresh_id(), "code": new.code(stage.step()) });
    for _ in 0..2 {
        assert_eq!(stage.ask("m-1", "activate", activate.clone()).await.good()["verdict"], "accepted");
    }
    stage.next_step();
    assert_eq!(stage.verdict("m-1", &old.code(stage.step())).await, "wrong");
    assert_eq!(stage.verdict("m-1", &new.code(stage.step())).await, "accepted");
    // 機種変更 takes the place of another 利用開始, once, with both serials.
    let body = stage.replaced().await;
    for part in [new.facts.serial.as_str(), old.facts.serial.as_str(), "前のトークン", "Japan time"] {
        assert!(body.contains(part), "{part} is missing in\n{body}");
    }
    let status = stage.status("m-1").await;
    assert_eq!(status["token"]["serial"], json!(new.facts.serial));
    assert!(status.get("renewal").is_none() && status["ended"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_60_days_before_its_end_or_suspended_a_token_is_not_renewed() {
    let stage = Stage::set().await;
    let phone = stage.ending("m-1", 61).await;
    let wish = json!({ "mail": "m-1@example.jp", "start_password": "1357" });
    assert_eq!(stage.ask("m-1", "issue", wish.clone()).await.json()["code"], "wrong_state");
    stage.pass(2 * DAY);
    stage.ask("m-1", "suspend", json!({ "by": "member", "reason": "心当たりがない" })).await.good();
    assert_eq!(stage.ask("m-1", "issue", wish).await.json()["code"], "wrong_state");
    assert_eq!(stage.verdict("m-1", &phone.code(stage.step())).await, "suspended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_is_no_way_around_a_suspension() {
    let stage = Stage::set().await;
    stage.ending("m-1", 30).await;
    let new = stage.enrol(&stage.issue("m-1").await).await;
    stage.ask("m-1", "suspend", json!({ "by": "member", "reason": "心当たりがない" })).await.good();
    let answer = stage.ask("m-1", "activate", json!({ "code": new.code(stage.step()) })).await.good();
    assert_eq!(answer["verdict"], "suspended");
    assert_eq!(stage.status("m-1").await["registration"], "suspended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_that_is_cancelled_or_void_leaves_the_token_in_use_alone() {
    let stage = Stage::set().await;
    let old = stage.ending("m-1", 30).await;
    stage.issue("m-1").await;
    let status = stage.ask("m-1", "cancel", json!({})).await.good();
    assert!(status.get("renewal").is_none() && status["registration"] == "active");
    let new = stage.enrol(&stage.issue("m-1").await).await;
    let wrong = new.wrong_code(stage.step());
    for left in (0..5).rev() {
        let answer = stage.ask("m-1", "activate", json!({ "code": wrong })).await.good();
        assert_eq!((&answer["verdict"], &answer["wrong_left"]), (&json!("wrong"), &json!(left)));
    }
    let status = stage.status("m-1").await;
    assert_eq!((&status["registration"], &status["renewal"]["token"]), (&json!("active"), &json!(null)));
    assert_eq!(stage.verdict("m-1", &old.code(stage.step())).await, "accepted");
    assert_eq!(stage.ask("m-1", "cancel", json!({})).await.json()["code"], "wrong_state");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_its_end_the_token_that_waited_is_activated_like_any_other() {
    let stage = Stage::set().await;
    let old = stage.ending("m-1", 2).await;
    let new = stage.enrol(&stage.issue("m-1").await).await;
    stage.pass(2 * DAY);
    // At once: nothing has ended the old one's row yet.
    let status = stage.status("m-1").await;
    assert_eq!(status["registration"], "issued", "{status}");
    assert_eq!(status["token"]["serial"], json!(new.facts.serial));
    stage.next_step();
    assert_ne!(stage.verdict("m-1", &old.code(stage.step())).await, "accepted");
    let answer = stage.ask("m-1", "activate", json!({ "code": new.code(stage.step()) })).await.good();
    assert_eq!(answer["verdict"], "accepted");
    assert_eq!(stage.status("m-1").await["token"]["serial"], json!(new.facts.serial));
}

#[tokio::test(flavor = "multi_thread")]
async fn at_activation_a_code_of_a_clock_that_is_off_says_how_far() {
    let stage = Stage::set().await;
    let phone = stage.enrol(&stage.issue("m-1").await).await;
    stage.next_step();
    for (steps, off) in [(7, 420), (-30, -1800)] {
        let answer =
            stage.ask("m-1", "activate", json!({ "code": phone.code(stage.step().offset(steps)) })).await;
        let answer = answer.good();
        assert_eq!((&answer["verdict"], &answer["clock_off_s"]), (&json!("wrong"), &json!(off)));
    }
    let answer = stage.ask("m-1", "activate", json!({ "code": phone.wrong_code(stage.step()) })).await.good();
    assert!(answer.get("clock_off_s").is_none() && answer["wrong_left"] == 2);
    // In use, a wrong code says nothing of clocks.
    let answer = stage.ask("m-1", "activate", json!({ "code": phone.code(stage.step()) })).await.good();
    assert_eq!(answer["verdict"], "accepted");
    let answer = stage.verify("m-1", &phone.code(stage.step().offset(7))).await.good();
    assert!(answer["verdict"] == "wrong" && answer.get("clock_off_s").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_is_told_60_30_7_and_1_days_before_once_each_also_after_a_restart() {
    let mut stage = Stage::set().await;
    let phone = stage.ending("m-1", 61).await;
    let before = stage.mails_after(3).await.len();
    for (told, days) in [(1, 60), (2, 30), (3, 7), (4, 1)] {
        stage.pass(phone.facts.expires_at.0 - stage.now().0 - days * DAY + 1);
        let names = stage.mails_after(before + told).await;
        assert_eq!(Stage::reminders(&names), told, "{days} days before: {names:?}");
        stage.stop().await;
        stage.start().await;
    }
    // The next mail is not one more of them.
    stage.issue("m-9").await;
    let names = stage.mails_after(before + 5).await;
    assert_eq!((names.len(), Stage::reminders(&names)), (before + 5, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_long_rest_only_the_nearest_of_the_mails_is_sent() {
    let stage = Stage::set().await;
    stage.ending("m-1", 5).await;
    let names = stage.mails_after(4).await;
    assert_eq!((names.len(), Stage::reminders(&names)), (4, 1), "{names:?}");
}
