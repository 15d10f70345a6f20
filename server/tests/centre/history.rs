//! Owns the proof of 利用履歴: what institution and device are told of a token's last uses.
//! Refuses to know how they are kept.
//! Invariant: each use is there once, with the result that was answered.

use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{Stage, fresh_id};

impl Stage {
    pub(crate) async fn uses(&self, member: &str) -> Vec<Value> {
        let bearer = format!("Bearer {}", self.key);
        let path = format!("/bank/v1/members/{member}/history");
        let history = self.send(Method::GET, &path, &[("authorization", &bearer)], "").await.good();
        history["uses"].as_array().unwrap().clone()
    }

    async fn words(&self, member: &str) -> Vec<(String, String)> {
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        let uses = self.uses(member).await;
        uses.iter().map(|one| (word(&one["purpose"]), word(&one["result"]))).collect()
    }
}

fn pairs(words: &[(&str, &str)]) -> Vec<(String, String)> {
    words.iter().map(|(purpose, result)| ((*purpose).to_owned(), (*result).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn uses_are_told_newest_first_with_their_true_results() {
    let stage = Stage::set().await;
    assert!(stage.uses("m-1").await.is_empty());
    let phone = stage.active("m-1").await;
    let code = phone.code(stage.step());
    assert_eq!(stage.verdict("m-1", &code).await, "accepted");
    let change = json!({ "purpose": "change", "code": code });
    assert_eq!(stage.ask("m-1", "verify", change).await.good()["verdict"], "used");
    let transfer = json!({ "purpose": "transfer", "code": phone.wrong_code(stage.step()) });
    assert_eq!(stage.ask("m-1", "verify", transfer).await.good()["verdict"], "wrong");
    let wanted =
        [("transfer", "wrong"), ("change", "used"), ("sign_in", "accepted"), ("activate", "accepted")];
    assert_eq!(stage.words("m-1").await, pairs(&wanted));
    let at = stage.uses("m-1").await[0]["at"].as_i64().unwrap();
    assert!((stage.now().0 - at).abs() < 60_000, "{at}");
    stage.ask("m-1", "suspend", json!({ "by": "member", "reason": "心当たりがない" })).await.good();
    assert_eq!(stage.verdict("m-1", &phone.code(stage.step())).await, "suspended");
    assert_eq!(stage.words("m-1").await[0], ("sign_in".to_owned(), "suspended".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_uses_are_kept_and_a_repeated_question_is_one_use() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    stage.next_step();
    let code = phone.code(stage.step());
    let ask = json!({ "request_id": fresh_id(), "purpose": "sign_in", "code": code });
    for _ in 0..3 {
        assert_eq!(stage.ask("m-1", "verify", ask.clone()).await.good()["verdict"], "accepted");
    }
    assert_eq!(stage.uses("m-1").await.len(), 2);
    for _ in 0..20 {
        assert_eq!(stage.verdict("m-1", &code).await, "used");
    }
    assert_eq!(stage.words("m-1").await, pairs(&[("sign_in", "used"); 16]));
}
