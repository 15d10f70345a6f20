//! Owns the proof of 取引認証 at the centre: one yes per transaction, to what was registered and nothing else.
//! Refuses to know pages and cameras.
//! Invariant: a wrong code costs what it costs everywhere.

use serde_json::{Value, json};
use warifu_core::encoding::hmac_sha256;
use warifu_core::otp::{Code, Step};
use warifu_core::sign::{Challenge, Qr, TransactionKind};

use super::stage::{Phone, Reply, Stage, fresh_id, service};

impl Phone {
    fn txn_mac(&self, message: &[u8]) -> [u8; 32] {
        hmac_sha256(self.agreed.keys.txn.expose(), &[message])
    }

    fn yes(&self, challenge: &Challenge, step: Step) -> String {
        Code::from_mac(&self.txn_mac(&challenge.message(step))).expose().to_owned()
    }

    /// Reads the QR code as the app does.
    fn read(&self, transaction: &Value) -> Challenge {
        let qr = Qr::parse(transaction["qr"].as_str().unwrap()).unwrap();
        assert!(qr.is_genuine(&self.txn_mac(&qr.tag_message())));
        assert_eq!((qr.transfer.account.as_str(), qr.transfer.amount.yen()), ("1234567", 150_000));
        qr.challenge()
    }
}

fn wish() -> Value {
    json!({
        "request_id": fresh_id(), "kind": "transfer", "bank": "0001", "branch": "002", "account_type": "ordinary",
        "account": "1234567", "payee_kana": "センポク　ハナコ", "amount": 150_000,
    })
}

fn typed() -> Challenge {
    let amount = 150_000.try_into().unwrap();
    Challenge::typed(&service(), TransactionKind::Transfer, &"1234567".parse().unwrap(), amount)
}

impl Stage {
    async fn register(&self, member: &str) -> Value {
        self.ask(member, "transactions", wish()).await.good()
    }

    async fn sign(&self, member: &str, transaction: &Value, code: &str) -> Reply {
        let verb = format!("transactions/{}/sign", transaction["transaction_id"].as_str().unwrap());
        self.ask(member, &verb, json!({ "code": code })).await
    }

    async fn signed(&self, member: &str, transaction: &Value, code: &str) -> Value {
        self.sign(member, transaction, code).await.good()["verdict"].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_agreed_to_once_by_qr_or_by_keypad() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    for by_qr in [true, false] {
        let transaction = stage.register("m-1").await;
        let challenge = if by_qr { phone.read(&transaction) } else { typed() };
        let code = phone.yes(&challenge, stage.step());
        assert_eq!(stage.signed("m-1", &transaction, &code).await, "accepted");
        assert_eq!(stage.signed("m-1", &transaction, &code).await, "used");
    }
    let uses = stage.uses("m-1").await;
    assert_eq!([&uses[0]["result"], &uses[1]["result"]], ["used", "accepted"]);
    assert!(uses[..4].iter().all(|one| one["purpose"] == "signature"), "{uses:?}");
    // It spends nothing of signing in.
    assert_eq!(stage.verdict("m-1", &phone.code(stage.step())).await, "accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_question_gets_the_same_transaction_and_the_same_verdict() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    let wish = wish();
    let transaction = stage.ask("m-1", "transactions", wish.clone()).await.good();
    assert_eq!(stage.ask("m-1", "transactions", wish.clone()).await.good(), transaction);
    let mut other = wish;
    other["amount"] = 150_001.into();
    assert_eq!(stage.ask("m-1", "transactions", other).await.json()["code"], "conflict");
    let verb = format!("transactions/{}/sign", transaction["transaction_id"].as_str().unwrap());
    let code = phone.yes(&phone.read(&transaction), stage.step());
    let sign = json!({ "request_id": fresh_id(), "code": code });
    for _ in 0..2 {
        assert_eq!(stage.ask("m-1", &verb, sign.clone()).await.good()["verdict"], "accepted");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_for_another_transfer_or_for_signing_in_says_no_and_is_charged() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    let (one, two) = (stage.register("m-1").await, stage.register("m-1").await);
    let of_two = phone.yes(&phone.read(&two), stage.step());
    let answer = stage.sign("m-1", &one, &of_two).await.good();
    assert_eq!((&answer["verdict"], &answer["wrong_left"]), (&json!("wrong"), &json!(4)));
    let answer = stage.sign("m-1", &one, &phone.code(stage.step())).await.good();
    assert_eq!((&answer["verdict"], &answer["wrong_left"]), (&json!("wrong"), &json!(3)));
    // And the other way round.
    let yes = phone.yes(&phone.read(&one), stage.step());
    assert_eq!(stage.verify("m-1", &yes).await.good()["wrong_left"], 2);
    // A right one sets the count back.
    assert_eq!(stage.signed("m-1", &one, &yes).await, "accepted");
    assert_eq!(stage.status("m-1").await["token"]["wrong_left"], 5);
    for left in [4, 3, 2, 1] {
        assert_eq!(stage.sign("m-1", &two, "00000000").await.good()["wrong_left"], left);
    }
    assert_eq!(stage.signed("m-1", &two, "00000000").await, "suspended");
    assert_eq!(stage.signed("m-1", &two, &of_two).await, "suspended");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_typed_code_says_yes_to_one_of_two_equal_transfers() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    let (one, two) = (stage.register("m-1").await, stage.register("m-1").await);
    let code = phone.yes(&typed(), stage.step());
    assert_eq!(stage.signed("m-1", &one, &code).await, "accepted");
    assert_eq!(stage.signed("m-1", &two, &code).await, "used");
    stage.next_step();
    assert_eq!(stage.signed("m-1", &two, &phone.yes(&typed(), stage.step())).await, "accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_waits_ten_minutes_for_its_own_member_and_a_token_in_use() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    stage.active("m-2").await;
    let transaction = stage.register("m-1").await;
    let strange = stage.sign("m-2", &transaction, "12345678").await;
    assert_eq!((strange.status.as_u16(), &strange.json()["code"]), (404, &json!("transaction_not_found")));
    stage.pass(10 * 60_000);
    let late = phone.yes(&phone.read(&transaction), stage.step());
    assert_eq!(stage.signed("m-1", &transaction, &late).await, "expired");
    let none = stage.register("m-3").await;
    assert!(none.get("qr").is_none());
    assert_eq!(stage.signed("m-3", &none, "12345678").await, "not_registered");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_copies_of_one_yes_one_is_accepted() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    let transaction = stage.register("m-1").await;
    let code = phone.yes(&phone.read(&transaction), stage.step());
    let mut copies = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let id = transaction["transaction_id"].as_str().unwrap();
        let url = format!("{}/bank/v1/members/m-1/transactions/{id}/sign", stage.url);
        let body = json!({ "request_id": fresh_id(), "code": code });
        copies.spawn(stage.client.post(url).bearer_auth(&stage.key).json(&body).send());
    }
    let mut verdicts: Vec<String> = Vec::new();
    for answer in copies.join_all().await {
        let answer: Value = answer.unwrap().json().await.unwrap();
        verdicts.push(answer["verdict"].as_str().unwrap().to_owned());
    }
    assert_eq!(verdicts.iter().filter(|verdict| *verdict == "accepted").count(), 1, "{verdicts:?}");
    assert!(verdicts.iter().all(|verdict| verdict == "accepted" || verdict == "used"), "{verdicts:?}");
}
