//! Owns what an initialisation costs: issues and KE2 per second at the centre, bytes on the line.
//! Refuses to measure the device: its one Argon2 is the member's time.
//! Invariant: every request is answered with success, and is asked over HTTP as institution and device ask it.

use std::time::Instant;

use harness::centre::{Centre, SERVICE_ID, Wishes, request_id};
use harness::clock::Clock;
use harness::device::{self, Typed};
use harness::http;
use harness::line::Line;
use serde_json::json;
use warifu_core::wire::bank::Issued;
use warifu_core::wire::device::START_PATH;

use crate::{Figure, ROUNDS, START_PASSWORD, figure, folder, load};

/// Issues in a round.
const ISSUES: usize = 24;
/// M1 in a round: five for each of its issues, all answered from a record.
const STARTS: usize = ISSUES * 5;
/// Who asks for issues at the same time.
const CALLERS: usize = 8;
/// Who sends M1 at the same time. Each is answered on a beat of 25 ms, so 2,400 a second are the most that this shows.
const STARTERS: usize = 60;

/// All of them.
pub(crate) async fn figures() -> [(&'static str, Figure); 3] {
    let folder = folder();
    let clock = Clock::new(folder.path());
    let mut line = Line::lay().await;
    let wishes = Wishes { public_url: Some(line.url()), ..Wishes::default() };
    let centre = Centre::start(folder.path(), &clock, &wishes);
    line.lead_to(centre.address());

    let before = load();
    let (mut issues, mut starts) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let begun = Instant::now();
        let callers = (0..CALLERS).map(|caller| issue(&centre, round, caller));
        let ids: Vec<String> = all(callers).await.into_iter().flatten().collect();
        issues.push(per_second(ISSUES, begun));

        // Blinding is the device's work.
        let mut rng = device::rng();
        let messages: Vec<_> = (0..STARTS)
            .map(|number| {
                let user_id = &ids[number % ids.len()];
                let typed = Typed { service_id: SERVICE_ID, user_id, start_password: START_PASSWORD };
                serde_json::to_vec(device::begin(&typed, &mut rng).m1()).expect("M1 has a JSON form")
            })
            .collect();
        let begun = Instant::now();
        all(messages.chunks(STARTS.div_ceil(STARTERS)).map(|messages| start(&centre, messages))).await;
        starts.push(per_second(STARTS, begun));
    }
    let mut bytes = Vec::new();
    for round in 0..ROUNDS {
        let crossed = crossed(&line);
        let issued = issued(&centre, &format!("b-{round}")).await;
        let typed = Typed {
            service_id: SERVICE_ID,
            user_id: issued.user_id.as_str(),
            start_password: START_PASSWORD,
        };
        let enrolled = device::enrol(&line.url(), &typed, clock.now()).await;
        assert!(enrolled.is_ok(), "{:?}", enrolled.err());
        bytes.push((self::crossed(&line) - crossed) as f64);
    }
    [
        ("issues_per_second", figure("centre, issues (one Argon2 each)", "per second", before, issues)),
        ("ke2_per_second", figure("centre, M1 answered from a record (KE2)", "per second", before, starts)),
        (
            "enrol_bytes",
            figure("line, one initialisation with its card, HTTP heads and all", "bytes", before, bytes),
        ),
    ]
}

fn per_second(count: usize, begun: Instant) -> f64 {
    count as f64 / begun.elapsed().as_secs_f64()
}

fn crossed(line: &Line) -> usize {
    line.recorded().iter().map(Vec::len).sum()
}

async fn issue(centre: &Centre, round: usize, caller: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..ISSUES / CALLERS {
        ids.push(issued(centre, &format!("m-{round}-{caller}-{number}")).await.user_id.to_string());
    }
    ids
}

async fn issued(centre: &Centre, member: &str) -> Issued {
    let wish = json!({
        "request_id": request_id(), "mail": "taro@data-bank.example.jp", "start_password": START_PASSWORD,
    });
    centre.ask(member, "issue", &wish).await.expect()
}

async fn start(centre: &Centre, messages: &[Vec<u8>]) {
    let client = http::client();
    for message in messages {
        let request = client.post(format!("{}{START_PATH}", centre.url));
        let request = request.header("content-type", "application/json").body(message.clone());
        let answer = request.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.status());
        answer.bytes().await.expect("M2");
    }
}

/// Runs them side by side.
async fn all<T>(work: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut work: Vec<_> = work.map(Box::pin).collect();
    let mut done: Vec<Option<T>> = work.iter().map(|_| None).collect();
    std::future::poll_fn(|cx| {
        for (work, done) in work.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(value) = work.as_mut().poll(cx)
            {
                *done = Some(value);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}
