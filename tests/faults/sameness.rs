//! Owns the comparison of how long the centre takes to answer for user IDs that exist and for those that do not.
//! Refuses to judge fine differences: they are printed, and only a gross one fails.
//! Invariant: both kinds are asked in turn, over one connection, each ID equally often.

use std::time::{Duration, Instant};

use harness::centre::{Centre, SERVICE_ID, Wishes, request_id};
use harness::clock::Clock;
use harness::device::{self, Typed};
use harness::http;
use rand::Rng as _;
use rand::rngs::StdRng;
use serde_json::json;
use warifu_core::issue::MAX_ATTEMPTS;
use warifu_core::wire::bank::Issued;
use warifu_core::wire::device::START_PATH;

const START_PASSWORD: &str = "19490713";
/// IDs of each kind.
const IDS: usize = 125;
/// M1 for each ID: the first five of a real one are answered from its record, all others from none.
const EACH: usize = 40;
const GROSS_D: f64 = 0.2;
const GROSS_MEDIAN: f64 = 0.2;

/// What two samples say of each other.
#[derive(Debug)]
struct Compared {
    /// The greatest distance between their distribution functions.
    d: f64,
    /// How likely a distance like that is when both come from one distribution.
    p: f64,
    medians_us: [f64; 2],
}

/// The two-sample Kolmogorov–Smirnov test, with the asymptotic distribution.
fn compare(one: &mut [Duration], other: &mut [Duration]) -> Compared {
    one.sort_unstable();
    other.sort_unstable();
    let (n, m) = (one.len() as f64, other.len() as f64);
    let (mut i, mut j, mut d) = (0, 0, 0f64);
    while i < one.len() && j < other.len() {
        let at = one[i].min(other[j]);
        i += one[i..].iter().take_while(|took| **took <= at).count();
        j += other[j..].iter().take_while(|took| **took <= at).count();
        d = d.max((i as f64 / n - j as f64 / m).abs());
    }
    let root = (n * m / (n + m)).sqrt();
    let lambda = (root + 0.12 + 0.11 / root) * d;
    let p = if lambda < 0.2 {
        1.0
    } else {
        let terms = (1..=100).map(|k: i32| {
            let sign = if k % 2 == 1 { 1.0 } else { -1.0 };
            2.0 * sign * (-2.0 * f64::from(k * k) * lambda * lambda).exp()
        });
        terms.sum::<f64>().clamp(0.0, 1.0)
    };
    let median = |sample: &[Duration]| sample[sample.len() / 2].as_secs_f64() * 1e6;
    Compared { d, p, medians_us: [median(one), median(other)] }
}

fn tell(what: &str, real: &mut [Duration], unreal: &mut [Duration]) -> Compared {
    let (reals, unreals) = (real.len(), unreal.len());
    let compared = compare(real, unreal);
    let Compared { d, p, medians_us: [one, other] } = compared;
    println!(
        "{what}: {reals} and {unreals} requests, medians {one:.0} µs and {other:.0} µs, D = {d:.4}, p = {p:.4}"
    );
    compared
}

#[test]
fn the_test_of_sameness_tells_other_distributions_apart() {
    let even = |from: u64| (0..1_000).map(|n| Duration::from_micros(from + n)).collect::<Vec<_>>();
    let same = compare(&mut even(1_000), &mut even(1_000));
    assert!((same.d, same.p) == (0.0, 1.0), "{same:?}");
    let shifted = compare(&mut even(1_000), &mut even(1_300));
    assert!((shifted.d - 0.3).abs() < 0.01 && shifted.p < 1e-9, "{shifted:?}");
    // Half of a normal table's value for these sizes: D = 0.0607 is p = 0.05.
    let near = compare(&mut even(1_000), &mut even(1_061));
    assert!((near.p - 0.05).abs() < 0.01, "{near:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_id_that_exists_is_answered_no_faster_and_no_slower_than_one_that_does_not() {
    let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
    let clock = Clock::new(folder.path());
    let centre =
        Centre::start(folder.path(), &clock, &Wishes { settings: crate::generous(), ..Wishes::default() });
    let mut rng = device::rng();
    let mut real = Vec::new();
    for number in 0..IDS {
        let wish = json!({
            "request_id": request_id(), "mail": "taro@data-bank.co.jp", "start_password": START_PASSWORD,
        });
        let issued: Issued = centre.ask(&format!("m-{number}"), "issue", &wish).await.expect();
        real.push(issued.user_id.to_string());
    }
    let unreal: Vec<String> =
        (0..IDS).map(|_| format!("{:012}", rng.gen_range(0..1_000_000_000_000u64))).collect();

    let client = http::client();
    let mut took: [[Vec<Duration>; 2]; 2] = Default::default();
    for round in 0..EACH {
        // Which IDs still are answered from a record: all real ones in the first five rounds.
        let recorded = round < usize::from(MAX_ATTEMPTS);
        for (one, other) in real.iter().zip(&unreal) {
            let first = usize::from(rng.r#gen::<bool>());
            for kind in [first, 1 - first] {
                let millis = ask(&client, &centre.url, [one, other][kind], &mut rng).await;
                took[kind][usize::from(recorded)].push(millis);
            }
        }
    }
    let [[mut real_without, mut real_with], [mut unreal_late, mut unreal_early]] = took;
    let mut all_real = [real_without.as_slice(), &real_with].concat();
    let mut all_unreal = [unreal_late.as_slice(), &unreal_early].concat();
    assert!(all_real.len() >= 5_000 && all_unreal.len() >= 5_000);
    println!();
    tell("open issues and unknown IDs", &mut real_with, &mut unreal_early);
    tell("exhausted issues and unknown IDs", &mut real_without, &mut unreal_late);
    let compared = tell("real and unknown IDs", &mut all_real, &mut all_unreal);
    let Compared { d, medians_us: [one, other], .. } = compared;
    assert!(d <= GROSS_D, "{compared:?}");
    assert!((one - other).abs() <= GROSS_MEDIAN * one.max(other), "{compared:?}");
}

/// How long an M1 takes.
async fn ask(client: &reqwest::Client, centre: &str, user_id: &str, rng: &mut StdRng) -> Duration {
    let typed = Typed { service_id: SERVICE_ID, user_id, start_password: START_PASSWORD };
    let started = device::begin(&typed, rng);
    let request = client.post(format!("{centre}{START_PATH}")).json(started.m1());
    let begun = Instant::now();
    let answer = request.send().await.expect("an answer");
    let status = answer.status();
    let body = answer.bytes().await.expect("a body");
    let took = begun.elapsed();
    assert!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&body));
    took
}
