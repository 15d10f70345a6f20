//! Owns the proof of the device channel: who is answered, what they are told, and that nothing is carried out twice.
//! Refuses to know the app.
//! Invariant: whoever does not hold a living token's keys is told one and the same.

use rand::rngs::OsRng;
use serde_json::{Value, json};
use warifu_core::channel::Question;
use warifu_core::encoding::hmac_sha256;
use warifu_core::wire::channel::{Answered, Asked, STATUS_PATH, STOP_PATH};

use super::stage::{Phone, Reply, Stage};

impl Phone {
    fn mac(&self, message: &[u8]) -> [u8; 32] {
        hmac_sha256(self.agreed.keys.device.expose(), &[message])
    }

    fn question(&self, path: &'static str, n: u64) -> (Question, Asked) {
        let question = Question::new(path, self.facts.token_id, n, b"{}".to_vec(), &mut OsRng);
        let asked = question.asked(self.mac(&question.message()));
        (question, asked)
    }

    /// What the centre answers, once its MAC was checked.
    async fn ask(&self, stage: &Stage, path: &'static str, n: u64) -> Value {
        let (question, asked) = self.question(path, n);
        let answered: Answered = serde_json::from_value(stage.put(path, &asked).await.good()).unwrap();
        let mac = self.mac(&question.reply_message(&answered));
        serde_json::from_slice(question.open(&answered, &mac).unwrap()).unwrap()
    }
}

impl Stage {
    async fn put(&self, path: &str, asked: &Asked) -> Reply {
        self.post(path, &json!(asked)).await
    }
}

fn assert_refused(reply: &Reply) {
    assert_eq!(
        (reply.status.as_u16(), &reply.json()["code"]),
        (403, &json!("device_refused")),
        "{}",
        reply.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_told_how_its_token_is_and_what_time_it_is() {
    let stage = Stage::set().await;
    let waiting = stage.enrol(&stage.issue("m-2").await).await;
    let told = waiting.ask(&stage, STATUS_PATH, 1).await;
    assert_eq!((&told["state"], &told["activate_by"]), (&json!("issued"), &json!(waiting.facts.activate_by)));
    let phone = stage.active("m-1").await;
    stage.verify("m-1", &phone.wrong_code(stage.step())).await.good();
    let told = phone.ask(&stage, STATUS_PATH, 1).await;
    assert_eq!((&told["state"], &told["wrong_left"]), (&json!("active"), &json!(4)));
    assert_eq!((&told["notices"], &told["expires_at"]), (&json!([]), &json!(phone.facts.expires_at)));
    assert_eq!(told["last_uses"], json!(stage.uses("m-1").await));
    assert_eq!(told["last_uses"][0]["result"], "wrong");
    assert!((stage.now().0 - told["server_time_ms"].as_i64().unwrap()).abs() < 60_000);
    stage.pass(phone.facts.expires_at.0 - stage.now().0 - 1_000_000);
    assert_eq!(phone.ask(&stage, STATUS_PATH, 2).await["notices"], json!(["expires_soon"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_stops_its_token_at_once_and_the_same_question_again_stops_nothing_more() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    let (_, stop) = phone.question(STOP_PATH, 1);
    let first = stage.put(STOP_PATH, &stop).await;
    first.good();
    assert_eq!(stage.verdict("m-1", &phone.code(stage.step())).await, "suspended");
    let stopped = |names: &[String]| names.iter().filter(|name| name.ends_with("-stopped.eml")).count();
    assert_eq!(stopped(&stage.mails_after(4).await), 1);
    let back = json!({ "staff": "s-7", "reason": "本人を確認した" });
    stage.ask("m-1", "reinstate", back).await.good();
    // Whoever recorded the question cannot stop the token by it again.
    assert_eq!(stage.put(STOP_PATH, &stop).await.body, first.body);
    assert_eq!(stage.status("m-1").await["registration"], "active");
    assert_eq!(phone.ask(&stage, STATUS_PATH, 2).await["state"], "active");
    assert_refused(&stage.put(STOP_PATH, &stop).await);
    assert_eq!(stage.status("m-1").await["registration"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_token_an_ended_one_and_a_wrong_mac_are_answered_alike() {
    let stage = Stage::set().await;
    let (phone, other) = (stage.active("m-1").await, stage.active("m-2").await);
    let (_, asked) = phone.question(STATUS_PATH, 1);
    let changed = |change: fn(&mut Asked)| {
        let mut asked = asked.clone();
        change(&mut asked);
        asked
    };
    for bad in [
        changed(|asked| asked.mac.0[0] ^= 1),
        changed(|asked| asked.n = 2),
        changed(|asked| asked.body.0.push(b' ')),
        changed(|asked| asked.token_id = warifu_core::ids::TokenId::from_bytes([1; 16])),
        Asked { token_id: other.facts.token_id, ..asked.clone() },
    ] {
        assert_refused(&stage.put(STATUS_PATH, &bad).await);
    }
    assert_refused(&stage.put(STOP_PATH, &asked).await);
    stage.ask("m-1", "release", json!({ "staff": "s-7", "reason": "端末を失くした" })).await.good();
    assert_refused(&stage.put(STATUS_PATH, &asked).await);
    assert_eq!(stage.status("m-2").await["registration"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_number_with_a_right_mac_tells_of_a_copy_once_a_day() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    for n in [7, 8] {
        phone.ask(&stage, STATUS_PATH, n).await;
    }
    assert!(stage.status("m-1").await["token"].get("copy_suspected_at").is_none());
    for n in [8, 3] {
        assert_eq!(phone.ask(&stage, STATUS_PATH, n).await["notices"], json!(["copy_suspected"]));
    }
    assert!(stage.status("m-1").await["token"]["copy_suspected_at"].is_i64());
    let copied = |names: &[String]| names.iter().filter(|name| name.ends_with("-copied.eml")).count();
    assert_eq!(copied(&stage.mails_after(4).await), 1);
    phone.ask(&stage, STATUS_PATH, 500).await;
    let (_, ancient) = phone.question(STOP_PATH, 300);
    assert_refused(&stage.put(STOP_PATH, &ancient).await);
    assert_eq!(stage.status("m-1").await["registration"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_counted_by_their_address_and_a_device_by_its_token() {
    let stage = Stage::set_with(|config| config.limits.address_starts_per_hour = 12).await;
    let phone = stage.active("m-1").await;
    let (_, mut wrong) = phone.question(STATUS_PATH, 1);
    wrong.mac.0[0] ^= 1;
    for _ in 0..12 {
        assert_refused(&stage.put(STATUS_PATH, &wrong).await);
    }
    let reply = stage.put(STATUS_PATH, &wrong).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["code"]), (429, &json!("too_many")));
    assert!(reply.headers.contains_key("retry-after"));
    stage.pass(3_600_000);
    for n in 1..=240 {
        phone.ask(&stage, STATUS_PATH, n).await;
    }
    let (_, more) = phone.question(STATUS_PATH, 241);
    assert_eq!(stage.put(STATUS_PATH, &more).await.status.as_u16(), 429);
}
