//! Owns the proof that bad input is refused with a code and a sentence, at every address of the centre.
//! Refuses to know which code it is, beyond what the APIs' pages promise.
//! Invariant: no input is answered with a 5xx, and the centre lives on.

use harness::centre::{Reply, SERVICE_ID, Wishes, request_id};
use reqwest::Method;
use serde_json::{Value, json};

use crate::member::Stage;

const JSON: (&str, &str) = ("content-type", "application/json");

/// Every address that takes a body, with a body that is well-formed.
fn posts() -> Vec<(&'static str, Value)> {
    let id = "00000000-0000-4000-8000-000000000001";
    let code = json!({ "request_id": id, "code": "12345678" });
    let bytes = |len: usize| "A".repeat((len * 4).div_ceil(3));
    vec![
        (
            "/device/v1/enrol/start",
            json!({
                "v": 1, "suite": "W1", "service_id": SERVICE_ID, "user_id": "999800000001", "attempt_id": id,
                "ke1": bytes(96), "platform": "linux", "app_version": "0.1.0", "vault": "sealed",
            }),
        ),
        (
            "/device/v1/enrol/finish",
            json!({ "v": 1, "enrol_id": id, "ke3": bytes(64), "storage_proof": bytes(32) }),
        ),
        (
            "/bank/v1/members/m-1/issue",
            json!({ "request_id": id, "mail": "taro@data-bank.co.jp", "start_password": "1357" }),
        ),
        ("/bank/v1/members/m-1/cancel", json!({ "request_id": id })),
        ("/bank/v1/members/m-1/activate", code.clone()),
        (
            "/bank/v1/members/m-1/verify",
            json!({ "request_id": id, "purpose": "sign_in", "code": "12345678" }),
        ),
        ("/bank/v1/members/m-1/revoke", code),
        (
            "/bank/v1/members/m-1/reinstate",
            json!({ "request_id": id, "staff": "s-7", "reason": "本人を確認した" }),
        ),
    ]
}

/// A body, what is wrong with it, and whether it says that it is JSON.
fn spoiled(good: &Value) -> Vec<(String, Vec<u8>)> {
    let mut bad: Vec<(String, Vec<u8>)> = vec![
        ("nothing".into(), Vec::new()),
        ("no JSON".into(), b"user_id=1".to_vec()),
        ("half a JSON".into(), b"{\"v\":1".to_vec()),
        ("broken UTF-8".into(), b"{\"v\":1,\"suite\":\"\xff\xfe\"}".to_vec()),
        ("a list".into(), b"[]".to_vec()),
        ("null".into(), b"null".to_vec()),
        ("deep".into(), [b"[".repeat(4_000), b"]".repeat(4_000)].concat()),
        ("1 MiB of blanks".into(), vec![b' '; 1 << 20]),
    ];
    let fields = good.as_object().expect("every body is an object");
    let mut add = |why: String, value: Value| bad.push((why, value.to_string().into_bytes()));
    let mut more = good.clone();
    more["unknown"] = 1.into();
    add("an unknown field".into(), more);
    let mut large = good.clone();
    large["unknown"] = "x".repeat(1 << 20).into();
    add("1 MiB".into(), large);
    for name in fields.keys() {
        let mut less = good.clone();
        less.as_object_mut().expect("an object").remove(name);
        add(format!("without {name}"), less);
        for (why, value) in [
            ("an object", json!({})),
            ("a list", json!([1])),
            ("null", Value::Null),
            ("true", json!(true)),
            ("a negative number", json!(-1)),
            ("a fraction", json!(1.5)),
            ("an empty text", json!("")),
            ("a long text", json!("9".repeat(7_000))),
            ("a control character", json!("\u{0}\r\n")),
        ] {
            let mut wrong = good.clone();
            wrong[name] = value;
            add(format!("{name} is {why}"), wrong);
        }
    }
    bad
}

fn assert_refused(what: &str, reply: &Reply) {
    assert!(reply.status.is_client_error(), "{what}: {} {}", reply.status, reply.body);
    let said = reply.json();
    let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
    assert!(
        !text("code").is_empty() && text("code").bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
        "{what}: no code in {}",
        reply.body
    );
    let message = text("message");
    assert!(message.len() > 10 && message.contains(' '), "{what}: no sentence in {}", reply.body);
    assert!(!text("request").is_empty(), "{what}: no number in {}", reply.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_bodies_are_refused_with_a_code_and_a_sentence_everywhere() {
    let stage = Stage::set(&Wishes::default());
    let bearer = format!("Bearer {}", stage.centre.key());
    let headers = [JSON, ("authorization", bearer.as_str())];
    for (path, good) in posts() {
        for (why, body) in spoiled(&good) {
            let reply = stage.centre.send(Method::POST, path, &headers, body).await;
            assert_refused(&format!("{path}, {why}"), &reply);
        }
        let body = good.to_string().into_bytes();
        let other = [("content-type", "text/plain"), headers[1]];
        let reply = stage.centre.send(Method::POST, path, &other, body.clone()).await;
        assert_refused(&format!("{path}, text/plain"), &reply);
        assert_eq!(reply.status.as_u16(), 415, "{path}");
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
            let reply = stage.centre.send(method.clone(), path, &headers, body.clone()).await;
            assert_refused(&format!("{method} {path}"), &reply);
        }
    }
    alive(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_addresses_are_refused_with_a_code_and_a_sentence() {
    let stage = Stage::set(&Wishes::default());
    let bearer = format!("Bearer {}", stage.centre.key());
    let headers = [JSON, ("authorization", bearer.as_str())];
    let long = "a".repeat(65);
    for path in [
        "/".to_owned(),
        "/nothing".to_owned(),
        "/device/v1/services/".to_owned(),
        "/device/v1/services/1".to_owned(),
        "/device/v1/services/1011223X".to_owned(),
        "/device/v1/services/00000000".to_owned(),
        "/device/v1/services/%ff%fe".to_owned(),
        "/device/v1/services/%31%00".to_owned(),
        "/bank/v1/members/".to_owned(),
        "/bank/v1/members/a%2Fb".to_owned(),
        "/bank/v1/members/%ff".to_owned(),
        "/bank/v1/members/%E4%BC%9A%E5%93%A1".to_owned(),
        format!("/bank/v1/members/{long}"),
        format!("/bank/v1/members/{long}/verify"),
        "/bank/v1/members/m-1/unknown".to_owned(),
        "/../etc/passwd".to_owned(),
    ] {
        let reply = stage.centre.send(Method::GET, &path, &headers, Vec::new()).await;
        assert_refused(&path, &reply);
    }
    alive(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_institutions_key_the_bank_api_answers_nothing() {
    let stage = Stage::set(&Wishes::default());
    let wrong = format!("Bearer {}x", stage.centre.key());
    let basic = format!("Basic {}", stage.centre.key());
    let long = format!("Bearer {}", "k".repeat(4_000));
    let keys = ["", "Bearer", "Bearer ", &wrong, &basic, &long, stage.centre.key(), "Bearer \u{e9}"];
    for (path, body) in posts().into_iter().filter(|(path, _)| path.starts_with("/bank")) {
        for key in keys {
            let headers = [JSON, ("authorization", key)];
            let reply = stage.centre.send(Method::POST, path, &headers, body.to_string().into_bytes()).await;
            assert_refused(&format!("{path} with {key:?}"), &reply);
            assert_eq!(reply.status.as_u16(), 401, "{path} with {key:?}");
        }
        let reply = stage.centre.send(Method::POST, path, &[JSON], body.to_string().into_bytes()).await;
        assert_eq!(reply.status.as_u16(), 401, "{path}");
    }
    alive(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_not_eight_digits_is_malformed_and_never_charged() {
    let stage = Stage::set(&Wishes::default());
    let device = stage.active("m-1").await;
    for bad in ["", "1234567", "123456789", "1234567a", "１２３４５６７", "12345678\u{0}", "OTP"] {
        let reply = stage.verify("m-1", bad).await;
        assert_refused(bad, &reply);
        assert_eq!(reply.json()["code"], "malformed_code", "{bad:?}");
    }
    assert_eq!(stage.centre.status("m-1").await["token"]["wrong_left"], 5);
    let typed: String = device
        .code(stage.clock.step())
        .chars()
        .map(|digit| char::from_u32(u32::from(digit) - 0x30 + 0xff10).expect("a full-width digit"))
        .collect();
    let (left, right) = typed.split_at(12);
    let reply = stage.verify("m-1", &format!(" {left}－{right}　")).await;
    assert_eq!(reply.json()["verdict"], "accepted", "{reply:?}");
}

/// A good question still gets a good answer.
async fn alive(stage: &Stage) {
    let ready = stage.centre.send(Method::GET, "/health/ready", &[], Vec::new()).await;
    assert!(ready.status.is_success(), "{ready:?}");
    let wish = json!({ "request_id": request_id(), "mail": "a@example.jp", "start_password": "1357" });
    let reply = stage.centre.ask("m-alive", "issue", &wish).await;
    assert!(reply.status.is_success(), "{reply:?}");
}
