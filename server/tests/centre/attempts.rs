//! Owns the proof of what guesses cost, and of what an institution is told about them while devices are told nothing.
//! Refuses to know how attempts are stored.
//! Invariant: as many answers open with the right password as guesses were charged, and no more.

use reqwest::Method;
use serde_json::{Value, json};
use warifu_core::enrol::device::Refused;
use warifu_core::ids::{ServiceId, UserId};
use warifu_core::time::DAY;
use warifu_core::wire::bytes::Bytes;
use warifu_core::wire::device::{EnrolFinish, EnrolStarted};

use super::stage::{PASSWORD, Reply, Stage, begin, m3};

async fn outcomes(stage: &Stage, member: &str) -> Vec<String> {
    let status = stage.status(member).await;
    let attempts = status["issue"]["attempts"].as_array().unwrap().clone();
    attempts.iter().map(|one| one["outcome"].as_str().unwrap().to_owned()).collect()
}

/// What a device can see of an answer besides its random bytes.
fn shape(reply: &Reply) -> (u16, Vec<String>, usize, Vec<String>) {
    let mut headers: Vec<_> = reply.headers.keys().map(ToString::to_string).collect();
    headers.sort();
    let fields = reply.json().as_object().unwrap().keys().cloned().collect();
    (reply.status.as_u16(), headers, reply.body.len(), fields)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twelve_parallel_starts_exactly_the_five_that_were_charged_are_real() {
    let stage = Stage::set().await;
    let user_id = stage.issue("m-1").await;
    let card = stage.card().await;
    let asked: Vec<_> = (0..12)
        .map(|_| {
            let started = begin(&user_id, PASSWORD);
            let path = format!("{}/device/v1/enrol/start", stage.url);
            let request = stage.client.post(path).json(started.m1());
            tokio::spawn(async move { (started, request.send().await.unwrap().json().await.unwrap()) })
        })
        .collect();
    let mut real = 0;
    for one in asked {
        let (started, m2): (_, EnrolStarted) = one.await.unwrap();
        real += usize::from(started.agree(&m2, &card, stage.now(), &mut rand::rngs::OsRng).is_ok());
    }
    assert_eq!(real, 5);
    assert_eq!(stage.status("m-1").await["issue"]["attempts_left"], 0);
    let count =
        |outcome: &str| stage.sql(&format!("SELECT count(*) FROM attempt WHERE outcome = '{outcome}'"));
    assert_eq!((count("unfinished"), count("exhausted")), (5, 7));
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_parallel_copies_of_one_start_are_charged_once_and_answered_alike() {
    let stage = Stage::set().await;
    let started = begin(&stage.issue("m-1").await, PASSWORD);
    let path = format!("{}/device/v1/enrol/start", stage.url);
    let asked: Vec<_> = (0..16)
        .map(|_| {
            let request = stage.client.post(&path).json(started.m1());
            tokio::spawn(async move { request.send().await.unwrap().text().await.unwrap() })
        })
        .collect();
    let mut answers = Vec::new();
    for one in asked {
        answers.push(one.await.unwrap());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    assert_eq!(stage.status("m-1").await["issue"]["attempts_left"], 4);
    assert_eq!(outcomes(&stage, "m-1").await, ["unfinished"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_institution_sees_the_true_cause_of_each_attempt() {
    let stage = Stage::set().await;
    let user_id = stage.issue("m-1").await;
    assert!(stage.agree(&user_id, "2468").await.is_err());
    let late = stage.agree(&user_id, PASSWORD).await.unwrap_or_else(|why| panic!("{why}"));
    stage.enrol(&user_id).await;
    stage.send_m3(&m3(&late)).await;
    assert!(stage.agree(&user_id, PASSWORD).await.is_err());
    assert_eq!(outcomes(&stage, "m-1").await, ["used", "enrolled", "too_late", "unfinished"]);

    let user_id = stage.issue("m-2").await;
    stage.ask("m-2", "cancel", json!({})).await.good();
    assert!(stage.agree(&user_id, PASSWORD).await.is_err());
    assert_eq!(outcomes(&stage, "m-2").await, ["cancelled"]);

    let user_id = stage.issue("m-3").await;
    for _ in 0..6 {
        assert_eq!(stage.agree(&user_id, "2468").await.err(), Some(Refused::Password));
    }
    assert_eq!(outcomes(&stage, "m-3").await[..2], ["exhausted", "unfinished"]);
    assert_eq!(outcomes(&stage, "m-3").await.len(), 5);

    let user_id = stage.issue("m-4").await;
    stage.pass(7 * DAY);
    assert!(stage.agree(&user_id, PASSWORD).await.is_err());
    assert_eq!(outcomes(&stage, "m-4").await, ["expired"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_cause_both_answers_of_an_initialisation_look_the_same() {
    let stage = Stage::set().await;
    let expired = stage.issue("m-expired").await;
    stage.pass(7 * DAY);
    let (open, used, cancelled, exhausted) = (
        stage.issue("m-open").await,
        stage.issue("m-used").await,
        stage.issue("m-cancelled").await,
        stage.issue("m-exhausted").await,
    );
    stage.enrol(&used).await;
    stage.ask("m-cancelled", "cancel", json!({})).await.good();
    for _ in 0..5 {
        stage.send_m1(&begin(&exhausted, "2468")).await;
    }
    let unreal = UserId::parse("999999999999").unwrap();
    let causes = [
        ("unknown user", unreal.clone()),
        ("wrong password", open),
        ("expired", expired),
        ("exhausted", exhausted),
        ("used", used),
        ("cancelled", cancelled),
        ("unknown service", unreal),
    ];
    let mut seen: Vec<(&str, _, _)> = Vec::new();
    for (cause, user_id) in causes {
        let mut m1 = begin(&user_id, "2468").m1().clone();
        if cause == "unknown service" {
            m1.service_id = ServiceId::parse("00000000").unwrap();
        }
        let started = stage.post("/device/v1/enrol/start", &json!(m1)).await;
        let m2: EnrolStarted = serde_json::from_value(started.good()).unwrap();
        let m3 = EnrolFinish {
            v: warifu_core::wire::device::V1,
            enrol_id: m2.enrol_id,
            ke3: Bytes([7; 64]),
            storage_proof: Bytes([7; 32]),
        };
        let finished = stage.send_m3(&m3).await;
        assert_eq!((started.status.as_u16(), finished.status.as_u16()), (200, 403), "{cause}");
        seen.push((cause, shape(&started), shape(&finished)));
    }
    for (cause, started, finished) in &seen {
        assert_eq!((started, finished), (&seen[0].1, &seen[0].2), "{cause}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_are_limited_by_address_and_by_institution_and_told_how_long_to_wait() {
    let refused = |reply: &Reply| {
        assert_eq!((reply.status.as_u16(), &reply.json()["code"]), (429, &json!("too_many")));
        let seconds: u32 = reply.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((3_500..=3_601).contains(&seconds), "{seconds}");
    };
    let user = |number: u32| UserId::parse(&format!("9999{number:08}")).unwrap();
    let send = async |stage: &Stage, number: u32, hops: &str| {
        let headers = [("content-type", "application/json"), ("x-forwarded-for", hops)];
        let body = json!(begin(&user(number), PASSWORD).m1()).to_string();
        stage.send(Method::POST, "/device/v1/enrol/start", &headers, body).await
    };
    let few = |config: &mut warifu_server::config::Config| config.limits.address_starts_per_hour = 2;

    let stage = Stage::set_with(few).await;
    for number in 0..2 {
        // Without a proxy of ours the header is the caller's own invention.
        send(&stage, number, &format!("198.51.{number}.1")).await.good();
    }
    refused(&send(&stage, 2, "198.51.9.1").await);
    stage.pass(3_600_000);
    send(&stage, 3, "").await.good();

    let behind = Stage::set_with(|config| {
        few(config);
        config.behind_proxy = true;
    });
    let stage = behind.await;
    send(&stage, 0, "203.0.113.1").await.good();
    send(&stage, 1, "10.0.0.1, 203.0.113.200").await.good();
    refused(&send(&stage, 2, "203.0.113.7").await);
    send(&stage, 3, "203.0.113.7, 198.51.100.1").await.good();

    let stage = Stage::set_with(|config| config.limits.institution_starts_per_hour = 2).await;
    for number in 0..2 {
        send(&stage, number, "").await.good();
    }
    refused(&send(&stage, 2, "").await);
    let real = stage.issue("m-1").await;
    refused(&stage.post("/device/v1/enrol/start", &json!(begin(&real, PASSWORD).m1())).await);
    assert_eq!(stage.status("m-1").await["issue"]["attempts_left"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_beyond_what_the_queue_holds_are_told_to_come_back_and_nothing_dies() {
    let wish = |config: &mut warifu_server::config::Config| {
        config.limits.stretching = 1;
        config.limits.stretching_queue = 1;
    };
    let stage = Stage::set_with(wish).await;
    let asked: Vec<_> = (0..8)
        .map(|number| {
            let path = format!("{}/bank/v1/members/m-{number}/issue", stage.url);
            let body = json!({
                "request_id": super::stage::fresh_id(), "mail": "a@example.jp", "start_password": PASSWORD,
            });
            let request = stage.client.post(path).bearer_auth(&stage.key).json(&body);
            tokio::spawn(async move {
                let reply = request.send().await.unwrap();
                let wait = reply.headers().get("retry-after").cloned();
                (reply.status().as_u16(), wait, reply.json::<Value>().await.unwrap())
            })
        })
        .collect();
    let (mut issued, mut busy) = (0, 0);
    for one in asked {
        match one.await.unwrap() {
            (200, _, _) => issued += 1,
            (503, Some(wait), said) => {
                assert_eq!((wait.to_str().unwrap(), &said["code"]), ("1", &json!("busy")));
                busy += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(issued >= 2 && busy >= 1, "{issued} issued, {busy} told to come back");
    stage.issue("m-after").await;
}
