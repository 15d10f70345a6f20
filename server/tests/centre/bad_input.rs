//! Owns the proof that bad input is refused with a code and a sentence at every address.
//! Refuses to know what good input does.
//! Invariant: no input is answered with a 5xx.

use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{Reply, Stage, fresh_id};

const JSON: (&str, &str) = ("content-type", "application/json");

/// Every path that takes a body, with a good one.
fn posts() -> Vec<(&'static str, Value)> {
    let id = fresh_id();
    let asked = json!({
        "v": 1, "token_id": id, "n": 1, "nonce": "A".repeat(22), "body": "e30", "mac": "A".repeat(43),
    });
    let code = json!({ "request_id": id, "code": "12345678" });
    vec![
        (
            "/device/v1/enrol/start",
            json!({
                "v": 1, "suite": "W1", "service_id": "10112235", "user_id": "999800000001", "attempt_id": id,
                "ke1": "A".repeat(128), "platform": "linux", "app_version": "0.1.0", "vault": "sealed",
            }),
        ),
        (
            "/device/v1/enrol/finish",
            json!({ "v": 1, "enrol_id": id, "ke3": "A".repeat(86), "storage_proof": "A".repeat(43) }),
        ),
        ("/device/v1/status", asked.clone()),
        ("/device/v1/stop", asked),
        (
            "/bank/v1/members/m-1/issue",
            json!({ "request_id": id, "mail": "taro@example.jp", "start_password": "1357" }),
        ),
        ("/bank/v1/members/m-1/cancel", json!({ "request_id": id })),
        ("/bank/v1/members/m-1/resend", json!({ "request_id": id })),
        ("/bank/v1/members/m-1/readdress", json!({ "request_id": id, "mail": "taro@example.jp" })),
        ("/bank/v1/members/m-1/activate", code.clone()),
        (
            "/bank/v1/members/m-1/verify",
            json!({ "request_id": id, "purpose": "sign_in", "code": "12345678" }),
        ),
        ("/bank/v1/members/m-1/revoke", code.clone()),
        ("/bank/v1/members/m-1/transactions/00000000-0000-4000-8000-000000000000/sign", code),
        (
            "/bank/v1/members/m-1/transactions",
            json!({
                "request_id": id, "kind": "transfer", "bank": "0001", "branch": "002", "account_type": "ordinary",
                "account": "1234567", "payee_kana": "センポク　ハナコ", "amount": 150_000,
            }),
        ),
        (
            "/bank/v1/members/m-1/reinstate",
            json!({ "request_id": id, "staff": "s-7", "reason": "本人を確認した" }),
        ),
        (
            "/bank/v1/members/m-1/suspend",
            json!({ "request_id": id, "by": "staff", "staff": "s-7", "reason": "端末を失くした" }),
        ),
        (
            "/bank/v1/members/m-1/release",
            json!({ "request_id": id, "staff": "s-7", "reason": "端末を失くした" }),
        ),
    ]
}

/// Every path that takes none.
const GETS: [&str; 10] = [
    "/health/live",
    "/health/ready",
    "/device/v1/services/10112235",
    "/bank/v1/openapi.json",
    "/bank/v1/members/m-1",
    "/bank/v1/members/m-1/history",
    "/bank/v1/tokens/expiring",
    "/bank/v1/figures",
    "/bank/v1/audit",
    "/bank/v1/audit/verify",
];

fn spoiled(good: &Value) -> Vec<(String, Vec<u8>)> {
    let mut bad: Vec<(String, Vec<u8>)> = vec![
        ("nothing".into(), vec![]),
        ("no JSON".into(), b"a=1".to_vec()),
        ("half a JSON".into(), b"{\"v\":1".to_vec()),
        ("broken UTF-8".into(), b"{\"request_id\":\"\xff\xfe\"}".to_vec()),
        ("null".into(), b"null".to_vec()),
        ("a list".into(), b"[]".to_vec()),
        ("depth".into(), [b"[".repeat(4_000), b"]".repeat(4_000)].concat()),
        ("1 MiB".into(), vec![b' '; 1 << 20]),
        ("8 KiB and one byte".into(), vec![b' '; 8 * 1024 + 1]),
        ("two values".into(), [good.to_string().as_bytes(), b"{}"].concat()),
    ];
    let mut add = |why: String, value: Value| bad.push((why, value.to_string().into_bytes()));
    let mut more = good.clone();
    more["unknown"] = 1.into();
    add("an unknown field".into(), more);
    for name in good.as_object().unwrap().keys() {
        let mut less = good.clone();
        less.as_object_mut().unwrap().remove(name);
        add(format!("no {name}"), less);
        for value in [
            json!({}),
            json!([1]),
            json!(null),
            json!(true),
            json!(-1),
            json!(1.5),
            json!(""),
            json!("\0\r\n"),
        ]
        .into_iter()
        .chain([json!("9".repeat(7_000))])
        {
            let mut wrong = good.clone();
            wrong[name] = value;
            add(
                format!("{name} = {}", &wrong[name].to_string()[..wrong[name].to_string().len().min(12)]),
                wrong,
            );
        }
    }
    bad
}

fn assert_refused(what: &str, reply: &Reply) {
    assert!(reply.status.is_client_error(), "{what}: {} {}", reply.status, reply.body);
    let said = reply.json();
    for field in ["code", "message", "request"] {
        assert!(!said[field].as_str().unwrap_or_default().is_empty(), "{what}: no {field} in {}", reply.body);
    }
    assert_eq!(reply.headers["cache-control"], "no-store", "{what}");
    assert_eq!(reply.headers["x-request-id"].to_str().unwrap(), said["request"].as_str().unwrap(), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_body_is_refused_with_a_code_and_a_sentence_at_every_path() {
    let stage = Stage::set().await;
    let bearer = format!("Bearer {}", stage.key);
    let headers = [JSON, ("authorization", bearer.as_str())];
    for (path, good) in posts() {
        for (why, body) in spoiled(&good) {
            let reply = stage.send(Method::POST, path, &headers, body).await;
            assert_refused(&format!("{path}: {why}"), &reply);
        }
        for kind in
            ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=shift_jis", ""]
        {
            let other = [("content-type", kind), headers[1]];
            let reply = stage.send(Method::POST, path, &other, good.to_string()).await;
            assert_refused(&format!("{path} as {kind:?}"), &reply);
            assert_eq!(reply.json()["code"], "not_json");
        }
    }
    assert_eq!(stage.send(Method::GET, "/health/ready", &[], "").await.body, "ready\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_method_and_an_unknown_path_are_refused_at_every_path() {
    let stage = Stage::set().await;
    let bearer = format!("Bearer {}", stage.key);
    let headers = [JSON, ("authorization", bearer.as_str())];
    let posts: Vec<_> = posts().into_iter().map(|(path, _)| path).collect();
    for (paths, right) in [(posts.as_slice(), Method::POST), (GETS.as_slice(), Method::GET)] {
        for path in paths {
            for method in
                [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS]
            {
                if method != right {
                    let reply = stage.send(method.clone(), path, &headers, "{}").await;
                    assert_refused(&format!("{method} {path}"), &reply);
                    assert_eq!(reply.json()["code"], "method_not_allowed", "{method} {path}");
                    assert!(
                        reply.headers["allow"].to_str().unwrap().contains(right.as_str()),
                        "{method} {path}"
                    );
                }
            }
            let reply = stage.send(right.clone(), &format!("{path}/x/y"), &headers, "{}").await;
            assert_refused(path, &reply);
            assert_eq!(reply.status.as_u16(), 404, "{path}");
        }
    }
    for path in [
        "/",
        "/bank/v1/members/%ff",
        "/bank/v1/members/a%2Fb",
        "/bank/v1/members/%E4%BC%9A",
        "/device/v1/services/1",
    ] {
        assert_refused(path, &stage.send(Method::GET, path, &headers, "").await);
    }
    let large = stage.send(Method::POST, "/nothing", &[], vec![b'x'; 1 << 20]).await;
    assert_refused("1 MiB to nowhere", &large);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_of_an_institution_the_bank_api_answers_nothing() {
    let stage = Stage::set().await;
    let (cut, more) = (stage.key[..stage.key.len() - 1].to_owned(), format!("{}x", stage.key));
    for key in [
        "",
        "Bearer",
        "Bearer ",
        "Basic eDp4",
        &stage.key,
        &format!("Bearer {cut}"),
        &format!("Bearer {more}"),
    ] {
        for (path, body) in posts().into_iter().filter(|(path, _)| path.starts_with("/bank/")) {
            let reply =
                stage.send(Method::POST, path, &[JSON, ("authorization", key)], body.to_string()).await;
            assert_refused(&format!("{path} with {key:?}"), &reply);
            assert_eq!(
                (reply.status.as_u16(), &reply.headers["www-authenticate"]),
                (401, &"Bearer".parse().unwrap())
            );
        }
    }
    let open = stage.send(Method::GET, "/bank/v1/openapi.json", &[], "").await;
    assert!(open.good()["openapi"].as_str().unwrap().starts_with("3."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_start_password_is_named_but_never_repeated() {
    let stage = Stage::set().await;
    for bad in ["1234", "0000", "123", "12345678901", "12a4"] {
        let wish = json!({ "mail": "a@example.jp", "start_password": bad });
        let reply = stage.ask("m-1", "issue", wish).await;
        assert_refused(bad, &reply);
        assert!(reply.body.contains("start password") && !reply.body.contains(bad), "{}", reply.body);
    }
}
