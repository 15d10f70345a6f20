//! Owns the figures: how fast centre and app start, what an initialisation costs, how large and quick the pages are.
//! Refuses to judge them.
//! Invariant: several rounds each, the median first, and the machine's load beside them.

mod enrol;
mod portal;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use harness::centre::{Centre, SERVICE_ID, Wishes, request_id};
use harness::clock::Clock;
use harness::phone::{self, Ids};
use harness::process::until;
use harness::programs;
use harness::session::Session;
use harness::window::Opening;
use reqwest::Method;
use serde::Serialize;
use serde_json::json;
use warifu_core::wire::bank::Issued;

const ROUNDS: usize = 7;
const START_PASSWORD: &str = "1949";

/// One measured thing.
#[derive(Serialize)]
struct Figure {
    what: &'static str,
    unit: &'static str,
    median: f64,
    rounds: Vec<f64>,
    load: Load,
}

/// How busy the machine was: running tasks, averaged over a minute, before and after.
#[derive(Serialize, Clone, Copy)]
struct Load {
    before: f64,
    after: f64,
    cores: usize,
}

#[tokio::main]
async fn main() {
    let mut words = std::env::args().skip(1);
    let (mut part, mut file) = (None, None);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--json" => file = Some(PathBuf::from(words.next().expect("--json names a file"))),
            other => part = Some(other.to_owned()),
        }
    }
    let wants = |name: &str| part.as_ref().is_none_or(|part| part == name);
    let mut figures = BTreeMap::new();
    if wants("centre") {
        figures.insert("centre_start", centre().await);
    }
    if wants("app") {
        figures.insert("app_start", app().await);
    }
    if wants("enrol") {
        figures.extend(enrol::figures().await);
    }
    if wants("portal") {
        figures.extend(portal::figures().await);
    }
    for figure in figures.values() {
        let Figure { what, unit, median, rounds, load } = figure;
        let (least, most) = (rounds[0], rounds[rounds.len() - 1]);
        let digits = usize::from(*median < 100.0);
        println!(
            "{what}: {median:.digits$} {unit} (median of {}; {least:.digits$} to {most:.digits$})",
            rounds.len()
        );
        println!("   load {:.2} before, {:.2} after, {} cores", load.before, load.after, load.cores);
    }
    if let Some(file) = file {
        let text = serde_json::to_string_pretty(&figures).expect("figures have a JSON form");
        std::fs::write(&file, text + "\n").unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    }
}

/// The load's first average; 0 where the system tells none.
fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or_default()
}

fn times(what: &'static str, before: f64, rounds: Vec<Duration>) -> Figure {
    figure(what, "ms", before, rounds.into_iter().map(|round| round.as_secs_f64() * 1_000.0).collect())
}

fn figure(what: &'static str, unit: &'static str, before: f64, mut rounds: Vec<f64>) -> Figure {
    rounds.sort_by(f64::total_cmp);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = Load { before, after: load(), cores };
    Figure { what, unit, median: rounds[rounds.len() / 2], rounds, load }
}

async fn centre() -> Figure {
    let before = load();
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let folder = folder();
        let clock = Clock::new(folder.path());
        let begun = Instant::now();
        let centre = Centre::start(folder.path(), &clock, &Wishes::default());
        let ready = centre.send(Method::GET, "/health/ready", &[], Vec::new()).await;
        rounds.push(begun.elapsed());
        assert!(ready.status.is_success(), "{ready:?}");
    }
    times("centre, empty folder, start to first answer", before, rounds)
}

async fn app() -> Figure {
    let folder = folder();
    let clock = Arc::new(Clock::new(folder.path()));
    let centre = Centre::start(folder.path(), &clock, &Wishes::default());
    let wish = json!({
        "request_id": request_id(), "mail": "taro@data-bank.example.jp", "start_password": START_PASSWORD,
    });
    let issued: Issued = centre.ask("m-1", "issue", &wish).await.expect();
    let ids = Ids { service_id: SERVICE_ID.to_owned(), user_id: issued.user_id.to_string() };
    let session = Session::open(folder.path()).await;
    let opening = Opening { session: &session, centre: &centre.url, clock: &clock, folder: folder.path() };
    let app = programs::qa("warifu");
    let window = opening.open(&app).await;
    phone::set_up(&window.page, &ids, START_PASSWORD).await;
    window.close().await;

    let before = load();
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(start_to_code(&opening, &app).await);
    }
    times("app, warm, start to the code on screen (driven: the driver's own time is in it)", before, rounds)
}

async fn start_to_code(opening: &Opening<'_>, app: &Path) -> Duration {
    opening.clock.leave_at_least(20);
    let driver = opening.driver();
    driver.listens().await;
    let begun = Instant::now();
    let window = driver.open(app, Duration::from_secs(60)).await.unwrap_or_else(|why| panic!("{why}"));
    until("a code on show", Duration::from_secs(30), async || {
        let script = "return document.querySelector('[data-testid=code-value]')?.textContent ?? ''";
        let shown = window.page.run(script).await;
        (phone::digits(shown.as_str().unwrap_or_default()).len() == 8).then_some(())
    })
    .await;
    let took = begun.elapsed();
    window.close().await;
    took
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("the system has a folder for temporary files")
}
