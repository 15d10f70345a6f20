//! Owns the proof that a code is good once and that guesses end.
//! Refuses to know how it is written down.
//! Invariant: each question is a request of its own.

use serde_json::{Value, json};
use warifu_core::time::DAY;

use super::stage::{Stage, fresh_id};

#[tokio::test(flavor = "multi_thread")]
async fn of_64_parallel_copies_of_a_right_code_exactly_one_is_accepted() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    for _ in 0..3 {
        let code = phone.code(stage.step());
        let path = format!("{}/bank/v1/members/m-1/verify", stage.url);
        let asked: Vec<_> = (0..64)
            .map(|_| {
                let question = json!({ "request_id": fresh_id(), "purpose": "sign_in", "code": code });
                let request = stage.client.post(&path).bearer_auth(&stage.key).json(&question);
                tokio::spawn(async move {
                    let reply = request.send().await.unwrap();
                    assert_eq!(reply.status().as_u16(), 200);
                    reply.json::<Value>().await.unwrap()["verdict"].as_str().unwrap().to_owned()
                })
            })
            .collect();
        let mut verdicts = Vec::new();
        for one in asked {
            verdicts.push(one.await.unwrap());
        }
        assert_eq!(verdicts.iter().filter(|verdict| *verdict == "accepted").count(), 1, "{verdicts:?}");
        assert_eq!(verdicts.iter().filter(|verdict| *verdict == "used").count(), 63, "{verdicts:?}");
        stage.next_step();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_codes_suspend_and_then_the_right_one_answers_as_the_wrong_one_does() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    let wrong = phone.wrong_code(stage.step());
    for left in [4, 3, 2, 1] {
        let answer = stage.verify("m-1", &wrong).await.good();
        assert_eq!(answer, json!({ "verdict": "wrong", "wrong_left": left }));
    }
    assert_eq!(stage.verdict("m-1", &wrong).await, "suspended");
    let right = stage.verify("m-1", &phone.code(stage.step())).await;
    assert_eq!(right.body, stage.verify("m-1", &wrong).await.body);
    assert_eq!(stage.status("m-1").await["registration"], "suspended");

    let wish = json!({ "mail": "m-1@example.jp", "start_password": "1357" });
    assert_eq!(stage.ask("m-1", "issue", wish).await.json()["code"], "wrong_state");
    let reinstate = json!({ "staff": "s-7", "reason": "窓口で確認" });
    assert_eq!(stage.ask("m-1", "reinstate", reinstate.clone()).await.good()["registration"], "active");
    assert_eq!(stage.ask("m-1", "reinstate", reinstate).await.json()["code"], "wrong_state");
    assert_eq!(stage.verdict("m-1", &phone.code(stage.step())).await, "accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_code_clears_the_count_of_wrong_ones() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    for _ in 0..4 {
        stage.verify("m-1", &phone.wrong_code(stage.step())).await;
    }
    assert_eq!(stage.status("m-1").await["token"]["wrong_left"], 1);
    assert_eq!(stage.verdict("m-1", &phone.code(stage.step())).await, "accepted");
    assert_eq!(stage.status("m-1").await["token"]["wrong_left"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_code_is_refused_and_not_charged() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    for bad in ["", "1234567", "123456789", "1234567a"] {
        for verb in ["activate", "revoke"] {
            assert_eq!(stage.ask("m-1", verb, json!({ "code": bad })).await.json()["code"], "malformed_code");
        }
        assert_eq!(stage.verify("m-1", bad).await.json()["code"], "malformed_code");
    }
    assert_eq!(stage.status("m-1").await["token"]["wrong_left"], 5);
    let code = phone.code(stage.step());
    assert_eq!(stage.verdict("m-1", &format!(" {}-{} ", &code[..4], &code[4..])).await, "accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_question_gets_the_same_answer_and_another_under_its_id_is_a_conflict() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    let code = phone.code(stage.step());
    let question = json!({ "request_id": fresh_id(), "purpose": "sign_in", "code": code });
    let first = stage.ask("m-1", "verify", question.clone()).await;
    assert_eq!(first.good()["verdict"], "accepted");
    assert_eq!(stage.ask("m-1", "verify", question.clone()).await.body, first.body);
    let (mut purpose, mut other_code) = (question.clone(), question.clone());
    purpose["purpose"] = "transfer".into();
    other_code["code"] = phone.wrong_code(stage.step()).into();
    assert_eq!(stage.ask("m-1", "verify", purpose).await.json()["code"], "conflict");
    assert_eq!(stage.ask("m-1", "verify", other_code).await.json()["code"], "conflict");
    assert_eq!(stage.ask("m-2", "verify", question.clone()).await.json()["code"], "conflict");
    let revoke = json!({ "request_id": question["request_id"], "code": code });
    assert_eq!(stage.ask("m-1", "revoke", revoke).await.json()["code"], "conflict");
    let issue =
        json!({ "request_id": question["request_id"], "mail": "a@example.jp", "start_password": "1357" });
    assert_eq!(stage.ask("m-3", "issue", issue).await.json()["code"], "conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_codes_at_activation_make_the_token_void() {
    let stage = Stage::set().await;
    let phone = stage.enrol(&stage.issue("m-1").await).await;
    assert_eq!(stage.verdict("m-1", &phone.code(stage.step())).await, "not_activated");
    let wrong = phone.wrong_code(stage.step());
    for left in [4, 3, 2, 1, 0] {
        let answer = stage.ask("m-1", "activate", json!({ "code": wrong })).await.good();
        assert_eq!(answer, json!({ "verdict": "wrong", "wrong_left": left }));
    }
    let right = json!({ "code": phone.code(stage.step()) });
    assert_eq!(stage.ask("m-1", "activate", right).await.good()["verdict"], "not_registered");
    assert_eq!(stage.status("m-1").await["registration"], "none");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_spent_once_across_activation_verification_and_revocation() {
    let stage = Stage::set().await;
    let phone = stage.enrol(&stage.issue("m-1").await).await;
    stage.next_step();
    let code = phone.code(stage.step());
    assert_eq!(stage.ask("m-1", "activate", json!({ "code": code })).await.good()["verdict"], "accepted");
    assert_eq!(stage.ask("m-1", "activate", json!({ "code": code })).await.json()["code"], "wrong_state");
    assert_eq!(stage.verdict("m-1", &code).await, "used");
    assert_eq!(stage.ask("m-1", "revoke", json!({ "code": code })).await.good()["verdict"], "used");
    stage.next_step();
    let code = phone.code(stage.step());
    assert_eq!(stage.ask("m-1", "revoke", json!({ "code": code })).await.good()["verdict"], "accepted");
    stage.next_step();
    assert_eq!(stage.verdict("m-1", &phone.code(stage.step())).await, "not_registered");
    let status = stage.status("m-1").await;
    assert_eq!(
        (&status["registration"], &status["issue"], &status["token"]),
        (&json!("none"), &json!(null), &json!(null))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unactivated_token_is_void_after_seven_days_and_an_active_one_expires() {
    let stage = Stage::set().await;
    let phone = stage.enrol(&stage.issue("m-1").await).await;
    stage.pass(7 * DAY);
    let code = json!({ "code": phone.code(stage.step()) });
    assert_eq!(stage.ask("m-1", "activate", code).await.good()["verdict"], "not_registered");
    assert_eq!(stage.status("m-1").await["registration"], "none");

    let phone = stage.active("m-2").await;
    stage.pass(phone.facts.expires_at.0 - stage.now().0);
    assert_eq!(stage.verdict("m-2", &phone.code(stage.step())).await, "expired");
    stage.issue("m-2").await;
}
