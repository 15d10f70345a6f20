//! Owns the proof that more work than the centre can do, and callers that dawdle with theirs, leave it as it was.
//! Refuses to judge how fast the centre is.
//! Invariant: whoever is not told at once to come back is answered rightly; afterwards every place is free.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use harness::asked::{Question, Reply, client};
use harness::centre::request_id;
use harness::process::open_many_files;
use harness::scene::Scene;
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// Requests that may be under way, and callers at the same time.
const PLACES: usize = 8;
const CALLERS: usize = 5 * PLACES;
/// Codes that each caller asks about. Every other caller first asks for an issue, which holds its place for one Argon2.
const CODES: usize = 8;
/// What the centre may hold at most: two Argon2 at a time of 64 MiB each, and as much again for all the rest.
const MOST_KIB: u64 = 256 * 1024;
/// What may be left of it afterwards.
const LEFT_KIB: u64 = 48 * 1024;
const AGAIN: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(120);
/// Callers that shut their half of the line.
const HALF_CLOSED: usize = 1_000;

fn scene(places: usize, tokens: usize) -> Scene {
    Scene::on_sqlite(vec![("WARIFU_SERVER_IN_FLIGHT", places.to_string())], tokens)
}

/// A figure of the centre's process, KiB.
fn memory(scene: &Scene, what: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", scene.centres[0].id())).expect("it runs");
    let line = status.lines().find(|line| line.starts_with(what)).expect("every process has a size");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("in KiB")
}

async fn accepts(scene: &Scene, member: usize) {
    let code = scene.code(member, scene.clock.step());
    let question = Question::new(&client(), &scene.centres[0], member, &code);
    assert_eq!(question.ask(&scene.centres[0].url).await, Reply::of("accepted"), "at the first try");
}

/// One caller: asks, and asks again when it is told to come back.
#[derive(Clone)]
struct Caller {
    client: reqwest::Client,
    url: String,
    key: String,
}

impl Caller {
    fn of(scene: &Scene) -> Self {
        let centre = &scene.centres[0];
        Self { client: client(), url: centre.url.clone(), key: centre.key().to_owned() }
    }

    /// The body of a success, or nothing when it was told when to come back. Nothing else may be answered.
    async fn ask(&self, path: &str, body: &Value) -> Option<Value> {
        let request = self.client.post(format!("{}/bank/v1/members/{path}", self.url));
        let reply = request.bearer_auth(&self.key).json(body).send().await.expect("an answer");
        let (status, tells) = (reply.status().as_u16(), reply.headers().contains_key("retry-after"));
        let said: Value = reply.json().await.expect("JSON");
        match status {
            200 => Some(said),
            503 if tells && said["code"] == "busy" => None,
            _ => panic!("{path}: {status}, {said}"),
        }
    }

    /// Asks until there is an answer; with it, how often there was none.
    async fn insist(&self, path: &str, body: &Value) -> (Value, usize) {
        let begun = Instant::now();
        for told in 0.. {
            if let Some(said) = self.ask(path, body).await {
                return (said, told);
            }
            assert!(begun.elapsed() < LONG, "{path}: told {told} times to come back");
            tokio::time::sleep(AGAIN).await;
        }
        unreachable!("a range without an end")
    }

    async fn issue(&self, member: usize) -> Option<Value> {
        self.ask(&format!("m-{member}/issue"), &wish()).await
    }
}

fn wish() -> Value {
    json!({ "request_id": request_id(), "mail": "taro@data-bank.co.jp", "start_password": "19490713" })
}

#[tokio::test(flavor = "multi_thread")]
async fn at_five_times_its_capacity_all_that_is_taken_in_is_right_and_the_rest_is_told_to_come_back() {
    // A member for each code, and one for afterwards.
    let scene = Arc::new(scene(PLACES, CALLERS * CODES + 2));
    accepts(&scene, CALLERS * CODES).await;
    let before = memory(&scene, "VmRSS:");
    let (together, mut work) = (Arc::new(Barrier::new(CALLERS)), JoinSet::new());
    for number in 0..CALLERS {
        let (caller, together, scene) = (Caller::of(&scene), together.clone(), scene.clone());
        work.spawn(async move {
            let mut told = 0;
            together.wait().await;
            if number % 2 == 0 {
                let (issued, again) = caller.insist(&format!("m-{number}/issue"), &wish()).await;
                assert!(issued["user_id"].is_string(), "{issued}");
                told += again;
            }
            for member in number * CODES..(number + 1) * CODES {
                let code = scene.code(member, scene.clock.step());
                let question = json!({ "request_id": request_id(), "purpose": "sign_in", "code": code });
                let (said, again) = caller.insist(&format!("s-{member}/verify"), &question).await;
                assert_eq!(said["verdict"], "accepted", "member {member}");
                told += again;
            }
            told
        });
    }
    let told: usize = work.join_all().await.into_iter().sum();
    assert!(told > 0, "nobody was told to come back");

    // It has recovered: a question is answered at the first try, and so are as many at once as there are places.
    accepts(&scene, CALLERS * CODES + 1).await;
    let caller = Caller::of(&scene);
    let issues = (0..PLACES).map(|number| {
        let caller = caller.clone();
        async move { caller.issue(CALLERS + number).await }
    });
    let issued = issues.collect::<JoinSet<_>>().join_all().await;
    assert!(issued.iter().all(Option::is_some), "a place was not free: {issued:?}");
    let (most, after) = (memory(&scene, "VmHWM:"), memory(&scene, "VmRSS:"));
    println!("{told} times told to come back; {before} KiB before, {most} KiB at most, {after} KiB after");
    assert!(most <= MOST_KIB, "{most} KiB at most");
    assert!(after <= before + LEFT_KIB, "{before} KiB before, {after} KiB after");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_comes_letter_by_letter_is_refused_in_time() {
    let scene = scene(PLACES, 1);
    let mut line = TcpStream::connect(scene.centres[0].address()).expect("the door is open");
    let head = "POST /bank/v1/members/s-0/verify HTTP/1.1\r\nHost: centre\r\nContent-Type: application/json\r\n\
        Content-Length: 4000\r\n\r\n";
    line.write_all(head.as_bytes()).expect("a head");
    let slow = tokio::task::spawn_blocking(move || {
        line.set_read_timeout(Some(Duration::from_millis(500))).expect("a time");
        let (begun, mut answer) = (Instant::now(), [0; 1_024]);
        while begun.elapsed() < LONG {
            // An error here would say that the line was closed: what was said before is read below.
            drop(line.write_all(b" "));
            match line.read(&mut answer) {
                Ok(length) => return String::from_utf8_lossy(&answer[..length]).into_owned(),
                Err(why) if matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(why) => panic!("cut without an answer: {why}"),
            }
        }
        panic!("borne for {LONG:?}")
    });
    accepts(&scene, 0).await;
    let answer = slow.await.expect("it ends");
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("too_slow"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_callers_that_shut_their_half_of_the_line_each_get_their_answer() {
    open_many_files();
    let scene = scene(2 * HALF_CLOSED, HALF_CLOSED + 1);
    let centre = &scene.centres[0];
    scene.clock.leave_at_least(40);
    let mut lines = Vec::with_capacity(HALF_CLOSED);
    for member in 0..HALF_CLOSED {
        let code = scene.code(member, scene.clock.step());
        let body = json!({ "request_id": request_id(), "purpose": "sign_in", "code": code }).to_string();
        let request = format!(
            "POST /bank/v1/members/s-{member}/verify HTTP/1.1\r\nHost: centre\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            centre.key(),
            body.len()
        );
        let mut line = TcpStream::connect(centre.address()).expect("the door is open");
        line.write_all(request.as_bytes()).expect("a request");
        line.shutdown(Shutdown::Write).expect("half of it");
        lines.push(line);
    }
    for (member, mut line) in lines.into_iter().enumerate() {
        line.set_read_timeout(Some(LONG)).expect("a time");
        let mut answer = String::new();
        line.read_to_string(&mut answer).expect("an answer, and then the end");
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("accepted"), "{member}: {answer}");
    }
    accepts(&scene, HALF_CLOSED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_and_never_takes_the_answers_loses_the_connection() {
    let scene = scene(PLACES, 2);
    let mut line = TcpStream::connect(scene.centres[0].address()).expect("the door is open");
    let greedy = tokio::task::spawn_blocking(move || {
        line.set_nonblocking(true).expect("a socket");
        let request = b"GET /bank/v1/openapi.json HTTP/1.1\r\nHost: centre\r\n\r\n";
        let (begun, mut sent, mut full) = (Instant::now(), 0, None);
        while begun.elapsed() < LONG {
            match line.write(&request[sent % request.len()..]) {
                Ok(length) => sent += length,
                Err(why) if why.kind() == ErrorKind::WouldBlock => {
                    full.get_or_insert_with(Instant::now);
                    std::thread::sleep(Duration::from_millis(200));
                }
                Err(_) => return full.expect("everything was taken until it was cut").elapsed(),
            }
        }
        panic!("it has its seat after {LONG:?}, {sent} bytes of questions")
    });
    accepts(&scene, 0).await;
    println!("cut {:.0} s after it took nothing more", greedy.await.expect("it ends").as_secs_f64());
    accepts(&scene, 1).await;
}
