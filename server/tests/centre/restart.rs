//! Owns the proof that a centre that was stopped goes on where it was.
//! Refuses to know how it is stored.
//! Invariant: nothing that was answered is lost; no second KEK is ever made.

use serde_json::json;

use super::stage::{PASSWORD, Stage, begin, m3};

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_tokens_issues_answers_cards_and_keys() {
    let mut stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    let waiting = stage.issue("m-2").await;
    let started = begin(&waiting, PASSWORD);
    let m2 = stage.send_m1(&started).await;
    let (key, card) = (stage.key.clone(), stage.card().await);
    let code = phone.code(stage.step());
    let question = json!({ "request_id": super::stage::fresh_id(), "purpose": "change", "code": code });
    let answer = stage.ask("m-1", "verify", question.clone()).await;
    assert_eq!(answer.good()["verdict"], "accepted");

    let url = stage.url.clone();
    stage.stop().await;
    stage.start().await;
    assert_eq!(stage.key, key);
    assert_eq!(stage.card().await.opaque_keys, card.opaque_keys);
    assert!(stage.url == url || stage.card().await.seq > card.seq, "another address needs a newer card");
    assert_eq!(stage.ask("m-1", "verify", question).await.body, answer.body);
    assert_eq!(stage.verdict("m-1", &code).await, "used");
    assert_eq!(stage.send_m1(&started).await, m2);
    let agreed = started.agree(&m2, &card, stage.now(), &mut rand::rngs::OsRng);
    let agreed = agreed.unwrap_or_else(|why| panic!("{why}"));
    let m4 = stage.send_m3(&m3(&agreed)).await;
    m4.good();

    stage.stop().await;
    stage.start().await;
    assert_eq!(stage.send_m3(&m3(&agreed)).await.body, m4.body);
    stage.next_step();
    assert_eq!(stage.verdict("m-1", &phone.code(stage.step())).await, "accepted");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn keys_and_the_demos_bearer_key_are_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let stage = Stage::set().await;
    for file in
        ["keys/kek", "keys/opaque/10112235.sealed", "keys/opaque/nobody.sealed", "demo/bank-10112235.key"]
    {
        let mode = std::fs::metadata(stage.centre().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    for folder in ["", "keys", "mail"] {
        let mode = std::fs::metadata(stage.centre().join(folder)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{folder}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_code_or_start_password_lies_in_clear_in_the_folder() {
    let mut stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    stage.stop().await;
    let keys = &phone.agreed.keys;
    for file in ["warifu.db", "warifu.db-wal"] {
        let Ok(bytes) = std::fs::read(stage.centre().join(file)) else { continue };
        for key in [keys.totp.expose(), keys.txn.expose(), keys.device.expose()] {
            assert!(!bytes.windows(32).any(|part| part == key), "{file}");
        }
        assert!(!bytes.windows(stage.key.len()).any(|part| part == stage.key.as_bytes()), "{file}");
    }
}
