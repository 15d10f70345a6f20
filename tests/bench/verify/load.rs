//! Owns the load: connections that stay open, each asking as soon as it was answered.
//! Refuses to know what is asked and what an answer means.
//! Invariant: every question is asked once; its time runs from its first byte to the last one of its answer.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What came of a round.
pub(crate) struct Round {
    /// Answers in a second.
    pub(crate) per_second: f64,
    /// The time that 99 of 100 answers kept below.
    pub(crate) p99: Duration,
    /// How many answers did not hold the wanted words.
    pub(crate) other: usize,
    /// One of those.
    pub(crate) example: Option<String>,
}

/// Asks all `questions` over that many connections, and looks for `wanted` in each answer.
pub(crate) async fn run(
    to: SocketAddr,
    connections: usize,
    questions: Vec<Vec<u8>>,
    wanted: &'static str,
) -> Round {
    let count = questions.len();
    let questions = Arc::new(questions);
    let next = Arc::new(AtomicUsize::new(0));
    let example = Arc::new(RwLock::new(None));
    let mut open = Vec::new();
    for _ in 0..connections {
        let line = TcpStream::connect(to).await.expect("the server takes connections");
        line.set_nodelay(true).expect("a TCP connection can be told not to wait");
        open.push(line);
    }
    let begun = Instant::now();
    let mut work = JoinSet::new();
    for mut line in open {
        let (questions, next, example) = (questions.clone(), next.clone(), example.clone());
        work.spawn(async move {
            let (mut times, mut other) = (Vec::new(), 0);
            let mut answer = vec![0; 4096];
            while let Some(question) = questions.get(next.fetch_add(1, Ordering::Relaxed)) {
                let asked = Instant::now();
                let length = exchange(&mut line, question, &mut answer).await;
                times.push(asked.elapsed());
                if !holds(&answer[..length], wanted.as_bytes()) {
                    other += 1;
                    let text = String::from_utf8_lossy(&answer[..length]).into_owned();
                    *example.write().unwrap_or_else(PoisonError::into_inner) = Some(text);
                }
            }
            (times, other)
        });
    }
    let (mut times, mut other) = (Vec::with_capacity(count), 0);
    while let Some(done) = work.join_next().await {
        let (some, wrong) = done.expect("no connection panics");
        times.extend(some);
        other += wrong;
    }
    let took = begun.elapsed();
    times.sort_unstable();
    let example = example.write().unwrap_or_else(PoisonError::into_inner).take();
    Round {
        per_second: count as f64 / took.as_secs_f64(),
        p99: times[times.len() * 99 / 100],
        other,
        example,
    }
}

/// Asks one question and reads its answer; how long that is.
pub(crate) async fn exchange(line: &mut TcpStream, question: &[u8], answer: &mut [u8]) -> usize {
    line.write_all(question).await.expect("the server reads");
    read(line, answer).await
}

/// Reads one answer with its body; how long it is.
async fn read(line: &mut TcpStream, into: &mut [u8]) -> usize {
    let mut have = 0;
    loop {
        let got = line.read(&mut into[have..]).await.expect("the server answers");
        assert!(got > 0, "the server closed: {}", String::from_utf8_lossy(&into[..have]));
        have += got;
        if let Some(head) = find(&into[..have], b"\r\n\r\n") {
            let body = length(&into[..head]);
            if have >= head + 4 + body {
                return have;
            }
        }
    }
}

fn length(head: &[u8]) -> usize {
    let at = find(head, b"content-length: ").expect("an answer says how long it is") + 16;
    head[at..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'))
}

/// Whether it stands in there.
pub(crate) fn holds(text: &[u8], wanted: &[u8]) -> bool {
    find(text, wanted).is_some()
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}
