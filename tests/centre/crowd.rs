//! Owns the proof that a crowd at the door does not close it: idle, slow, half-closed and too many at once.
//! Refuses to judge how fast the centre is.
//! Invariant: while the crowd stands there, a member's code is answered, and afterwards everything is as before.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use harness::centre::{Wishes, request_id};
use harness::process::open_many_files;
use serde_json::{Value, json};
use warifu_core::wire::bank::{Answer, Verdict};

use crate::member::Stage;

/// As long as the centre bears silence, and some more.
const LONGER_THAN_SILENCE: Duration = Duration::from_secs(60);
const IDLE: usize = 10_000;
/// What the crowd may cost, for each connection: its task, its buffers, the system's bookkeeping in the process.
const KIB_EACH: u64 = 16;

/// Memory that the centre holds, KiB.
fn resident(stage: &Stage) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", stage.centre.id())).expect("it runs");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("every process has a size");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("in KiB")
}

async fn accepts(stage: &Stage, device: &harness::device::Device) {
    stage.clock.next_step();
    let reply = stage.verify("m-1", &device.code(stage.clock.step())).await;
    assert_eq!(reply.expect::<Answer>().verdict, Verdict::Accepted);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_idle_connections_leave_room_for_a_member() {
    let (files, most) = (IDLE as u64 + 200, open_many_files());
    assert!(most >= files, "this system allows {most} open files to a process, and the crowd needs {files}");
    let stage = Stage::set(&Wishes::default());
    let device = stage.active("m-1").await;
    let before = resident(&stage);
    let mut crowd = Vec::with_capacity(IDLE);
    for _ in 0..IDLE {
        crowd.push(TcpStream::connect(stage.centre.address()).expect("the door is open"));
    }
    accepts(&stage, &device).await;
    let during = resident(&stage);
    println!("{IDLE} idle connections: {before} KiB before, {during} KiB with them");
    assert!(during - before <= IDLE as u64 * KIB_EACH, "{before} KiB, then {during} KiB");
    drop(crowd);
    accepts(&stage, &device).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_connections_than_seats_are_closed_and_those_that_have_one_go_on() {
    let seats =
        Wishes { settings: vec![("WARIFU_SERVER_CONNECTIONS", "20".to_owned())], ..Wishes::default() };
    let stage = Stage::set(&seats);
    let device = stage.active("m-1").await;
    let mut first = TcpStream::connect(stage.centre.address()).expect("a seat");
    let mut crowd: Vec<_> = (0..60).filter_map(|_| TcpStream::connect(stage.centre.address()).ok()).collect();
    let request = b"GET /health/live HTTP/1.1\r\nHost: centre\r\nConnection: close\r\n\r\n";
    first.write_all(request).expect("the first has its seat");
    let mut answer = String::new();
    first.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let closed = crowd.iter_mut().filter(|one| {
        one.set_read_timeout(Some(Duration::from_millis(300))).expect("a time");
        let mut one: &TcpStream = one;
        !matches!(one.read(&mut [0]), Err(why) if why.kind() == std::io::ErrorKind::WouldBlock)
    });
    assert!(closed.count() >= 40, "at most 20 have a seat");
    drop(crowd);
    accepts(&stage, &device).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sends_a_head_letter_by_letter_or_nothing_at_all_loses_the_connection() {
    let stage = Stage::set(&Wishes::default());
    let device = stage.active("m-1").await;
    let address = stage.centre.address();
    let slow = tokio::task::spawn_blocking(move || {
        let mut slow = TcpStream::connect(address).expect("the door is open");
        let mut silent = TcpStream::connect(address).expect("the door is open");
        let began = Instant::now();
        // One letter a second of a header that never ends.
        while began.elapsed() < LONGER_THAN_SILENCE && slow.write_all(b"X").is_ok() {
            std::thread::sleep(Duration::from_secs(1));
        }
        silent.set_read_timeout(Some(LONGER_THAN_SILENCE)).expect("a time");
        let rest = silent.read(&mut [0; 512]);
        (began.elapsed(), rest.map(|_| ()).map_err(|why| why.kind()))
    });
    accepts(&stage, &device).await;
    let (took, silent) = slow.await.expect("it ends");
    assert!(took < LONGER_THAN_SILENCE, "the slow one was borne for {took:?}");
    assert_ne!(silent, Err(std::io::ErrorKind::WouldBlock), "the silent one still has its seat");
    accepts(&stage, &device).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_shut_its_half_of_the_line_still_gets_its_answer() {
    let stage = Stage::set(&Wishes::default());
    let mut line = TcpStream::connect(stage.centre.address()).expect("the door is open");
    line.write_all(b"GET /health/ready HTTP/1.1\r\nHost: centre\r\n\r\n").expect("a request");
    line.shutdown(Shutdown::Write).expect("half of it");
    let mut answer = String::new();
    line.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_what_it_can_do_it_says_when_to_come_back_and_then_does_it() {
    let few = Wishes { settings: vec![("WARIFU_SERVER_IN_FLIGHT", "4".to_owned())], ..Wishes::default() };
    let stage = Stage::set(&few);
    let device = stage.active("m-1").await;
    // Issues take long: each is one Argon2.
    let asked: Vec<_> = (0..24)
        .map(|number| {
            let url = format!("{}/bank/v1/members/m-crowd-{number}/issue", stage.centre.url);
            let body = json!({
                "request_id": request_id(), "mail": "taro@data-bank.co.jp", "start_password": "19490713",
            });
            let request = harness::http::client().post(url).bearer_auth(stage.centre.key()).json(&body);
            tokio::spawn(async move {
                let reply = request.send().await.expect("an answer");
                let wait = reply.headers().contains_key("retry-after");
                (reply.status().as_u16(), wait, reply.json::<Value>().await.expect("JSON"))
            })
        })
        .collect();
    let (mut issued, mut told) = (0, 0);
    for one in asked {
        match one.await.expect("it ends") {
            (200, _, _) => issued += 1,
            (503, true, said) if said["code"] == "busy" => told += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(issued >= 4 && told >= 1, "{issued} issued, {told} told to come back");
    accepts(&stage, &device).await;
}
