//! Owns the curve past capacity: what is answered, what is refused, and how long both take at 1, 2 and 5 times it.
//! Refuses to wait for answers before it asks again: questions come at their own pace, as members do.
//! Invariant: a question's time runs from the moment it was due, so that a slow answer delays no clock.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::centre::Centre;
use crate::engine::accepted;
use crate::figures::Overload;
use crate::load;

/// Connections for each time the capacity; each has one question under way.
const LINES: usize = 400;
/// For how long each step lasts.
const LASTS: Duration = Duration::from_secs(4);
/// Questions that find out what the capacity is.
const PROBE: usize = 20_000;

#[derive(Default)]
struct Seen {
    accepted: Vec<Duration>,
    refused: Vec<Duration>,
}

/// Measures capacity, then goes beyond it.
pub(crate) async fn curve(centre: &mut Centre) -> Vec<Overload> {
    let questions = centre.right(PROBE);
    let capacity = accepted(load::run(centre.address, 64, questions, r#""accepted""#).await).per_second;
    println!("   capacity {capacity:.0}/s");
    let mut curve = Vec::new();
    for times in [1, 2, 5] {
        let rate = capacity * f64::from(times);
        // A crowd that is mostly refused does not use up its codes: each is asked for once, whatever comes of it.
        let questions = centre.right((rate * LASTS.as_secs_f64()) as usize);
        let lines = LINES * times as usize;
        let (seen, took) = ask(centre.address, lines, rate, questions).await;
        let after = recovery(centre).await;
        let per_second = |count: usize| count as f64 / took.as_secs_f64();
        let one = Overload {
            times: f64::from(times),
            offered_per_s: rate,
            accepted_per_s: per_second(seen.accepted.len()),
            refused_per_s: per_second(seen.refused.len()),
            p50_ms: percentile(&seen.accepted, 50),
            p99_ms: percentile(&seen.accepted, 99),
            refused_p99_ms: percentile(&seen.refused, 99),
            rss_mib: centre.rss_mib(),
            recovery_ms: after.as_secs_f64() * 1_000.0,
        };
        println!(
            "   {times}x: offered {:.0}/s, accepted {:.0}/s (p50 {:.1}, p99 {:.1} ms), refused {:.0}/s \
             (p99 {:.1} ms), {:.0} MiB, then one in {:.1} ms",
            one.offered_per_s,
            one.accepted_per_s,
            one.p50_ms,
            one.p99_ms,
            one.refused_per_s,
            one.refused_p99_ms,
            one.rss_mib,
            one.recovery_ms
        );
        curve.push(one);
    }
    curve
}

/// Until a lone member is answered again as if nothing had been.
async fn recovery(centre: &mut Centre) -> Duration {
    let begun = Instant::now();
    let questions = centre.right(1);
    accepted(load::run(centre.address, 1, questions, r#""accepted""#).await);
    begun.elapsed()
}

/// Asks each question when it is due, over the line whose turn it is.
async fn ask(to: SocketAddr, lines: usize, rate: f64, questions: Vec<Vec<u8>>) -> (Seen, Duration) {
    let questions = Arc::new(questions);
    let mut work = JoinSet::new();
    let mut open = Vec::new();
    for _ in 0..lines {
        let line = TcpStream::connect(to).await.expect("the server takes connections");
        line.set_nodelay(true).expect("a TCP connection can be told not to wait");
        open.push(line);
    }
    let begun = Instant::now();
    for (first, mut line) in open.into_iter().enumerate() {
        let questions = questions.clone();
        work.spawn(async move {
            let mut seen = Seen::default();
            let mut answer = vec![0; 4096];
            for number in (first..questions.len()).step_by(lines) {
                let due = begun + Duration::from_secs_f64(number as f64 / rate);
                tokio::time::sleep_until(due.into()).await;
                let length = load::exchange(&mut line, &questions[number], &mut answer).await;
                let took = due.elapsed();
                let answer = &answer[..length];
                if load::holds(answer, br#""accepted""#) {
                    seen.accepted.push(took);
                } else {
                    let is_busy =
                        answer.starts_with(b"HTTP/1.1 503") && load::holds(answer, b"retry-after: ");
                    assert!(
                        is_busy,
                        "neither accepted nor told to come back: {}",
                        String::from_utf8_lossy(answer)
                    );
                    seen.refused.push(took);
                }
            }
            seen
        });
    }
    let mut all = Seen::default();
    while let Some(done) = work.join_next().await {
        let seen = done.expect("no connection panics");
        all.accepted.extend(seen.accepted);
        all.refused.extend(seen.refused);
    }
    let took = begun.elapsed();
    all.accepted.sort_unstable();
    all.refused.sort_unstable();
    (all, took)
}

/// Milliseconds; nothing measured is 0.
fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    sorted.get(sorted.len() * percent / 100).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}
