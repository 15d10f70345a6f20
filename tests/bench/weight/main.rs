//! Owns the app's weight: start to the code on screen, memory, processor time, size, beside an empty window and peers.
//! Refuses to judge it.
//! Invariant: nothing is driven: each program runs as a person starts it, and is seen by what is on the screen.

mod group;
mod screen;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use harness::centre::{Centre, SERVICE_ID, Wishes, request_id};
use harness::clock::Clock;
use harness::keyboard::{self, Keyboard};
use harness::process::{Process, until};
use harness::programs;
use harness::session::{Bus, Session};
use screen::{Picture, Screen};
use serde::Serialize;
use serde_json::json;
use warifu_core::wire::bank::Issued;

const ROUNDS: usize = 5;
const START_PASSWORD: &str = "1949";
/// How long after it is on screen its memory is read.
const RESTS: Duration = Duration::from_secs(5);
/// Its processor time is watched for so long, so often; the median counts.
const WATCHED: Duration = Duration::from_secs(60);
const WATCHES: usize = 3;

#[derive(Serialize)]
struct Weight {
    load: f64,
    start_ms: f64,
    empty_start_ms: f64,
    pss_mib: f64,
    empty_pss_mib: f64,
    cpu_percent: f64,
    package_mb: f64,
    peers: BTreeMap<&'static str, Peer>,
}

#[derive(Serialize)]
struct Peer {
    start_ms: f64,
    pss_mib: f64,
}

/// A program that is on screen.
struct Start {
    ms: f64,
    program: Process,
}

#[tokio::main]
async fn main() {
    let mut words = std::env::args().skip(1);
    let file = words.find(|word| word == "--json").map(|_| words.next().expect("--json names a file"));
    let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
    let mut session = Session::open_on(folder.path(), Bus::Usual);
    session.start_keyring().await;
    let screen = Screen::of(&session);
    let app = programs::plain("warifu");
    set_up(folder.path(), &session, &app).await;

    let empty = programs::plain("empty_window");
    let peers = ["otpclient", "keepassxc"].map(|name| (name, PathBuf::from(name)));
    let (mut starts, mut empties) = (Vec::new(), Vec::new());
    let mut others: BTreeMap<&'static str, Vec<Peer>> = BTreeMap::new();
    // In turn, so that all see the machine equally busy; the first round warms up.
    for round in 0..=ROUNDS {
        let code = figures(start(&session, &app, Picture::shows_a_code).await).await;
        let blank = figures(start(&session, &empty, Picture::shows_the_empty_window).await).await;
        if round > 0 {
            starts.push(code);
            empties.push(blank);
        }
        for (name, program) in &peers {
            let peer = figures(start(&session, program, Picture::shows_anything).await).await;
            if round > 0 {
                others.entry(name).or_default().push(peer);
            }
        }
    }
    let watched = start(&session, &app, Picture::shows_a_code).await;
    // Without the focus the code is hidden after a minute, and nothing would be left to watch.
    keyboard::focus(&session, "warifu").await;
    tokio::time::sleep(RESTS).await;
    let mut used = Vec::new();
    for _ in 0..WATCHES {
        let before = group::seconds(watched.program.id());
        tokio::time::sleep(WATCHED).await;
        used.push(group::seconds(watched.program.id()) - before);
        assert!(screen.look().shows_a_code(), "the code is still on show");
    }

    let median = |of: &[Peer], figure: fn(&Peer) -> f64| middle(of.iter().map(figure).collect());
    let weight = Weight {
        load: load(),
        start_ms: median(&starts, |start| start.start_ms),
        empty_start_ms: median(&empties, |start| start.start_ms),
        pss_mib: median(&starts, |start| start.pss_mib),
        empty_pss_mib: median(&empties, |start| start.pss_mib),
        cpu_percent: 100.0 * middle(used) / WATCHED.as_secs_f64(),
        package_mb: package(&app),
        peers: others
            .iter()
            .map(|(name, all)| {
                let peer = Peer {
                    start_ms: median(all, |start| start.start_ms),
                    pss_mib: median(all, |start| start.pss_mib),
                };
                (*name, peer)
            })
            .collect(),
    };
    tell(&weight);
    if let Some(file) = file {
        let text = serde_json::to_string_pretty(&weight).expect("figures have a JSON form");
        std::fs::write(&file, text + "\n").unwrap_or_else(|why| panic!("{file}: {why}"));
    }
}

/// The median.
fn middle(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}

/// A token for the app as members get it: set up by the same code without a window, and 初期設定完了 read by a person.
async fn set_up(folder: &Path, session: &Session, app: &Path) {
    let clock = Clock::new(folder);
    let centre = Centre::start(folder, &clock, &Wishes::default());
    let wish = json!({
        "request_id": request_id(), "mail": "taro@data-bank.example.jp", "start_password": START_PASSWORD,
    });
    let issued: Issued = centre.ask("m-1", "issue", &wish).await.expect();
    let mut phone = session.command(&programs::qa("phone"));
    phone.env_remove("WARIFU_QA_MACHINE_ID").env_remove("WARIFU_QA_CLOCK");
    phone.args(["enrol", "--start-password", START_PASSWORD, "--service-id", SERVICE_ID]);
    phone.args(["--user-id", issued.user_id.as_str(), "--centre", &centre.url, "--patience", "60000"]);
    phone.arg("--folder").arg(session.app_folder().join("vault"));
    let enrolled = phone.stdout(Stdio::piped()).output().expect("the program starts");
    assert!(enrolled.status.success(), "the token was not set up");
    let _open = Process::start("app", &mut session.command(app), session.folder());
    let keyboard = Keyboard::of(session).await;
    // The other language, then 次へ.
    keyboard.tab();
    keyboard.tab();
    keyboard.press();
    let screen = Screen::of(session);
    until("the code", Duration::from_secs(60), async || screen.look().shows_a_code().then_some(())).await;
}

async fn start(session: &Session, program: &Path, is_there: fn(&Picture) -> bool) -> Start {
    let screen = Screen::of(session);
    until("an empty screen", Duration::from_secs(30), async || {
        (!screen.look().shows_anything()).then_some(())
    })
    .await;
    let begun = Instant::now();
    let program = Process::start("program", &mut session.command(program), session.folder());
    let mut before = None;
    loop {
        // What did not change is not there yet either.
        let seen = screen.look();
        if before.as_ref() != Some(&seen) && is_there(&seen) {
            break;
        }
        before = Some(seen);
        assert!(begun.elapsed() < Duration::from_secs(60), "it never came on screen\n{}", program.log_tail());
        tokio::time::sleep(Duration::from_millis(4)).await;
    }
    Start { ms: begun.elapsed().as_secs_f64() * 1_000.0, program }
}

/// Its figures; then it is closed.
async fn figures(start: Start) -> Peer {
    tokio::time::sleep(RESTS).await;
    Peer { start_ms: start.ms, pss_mib: group::mebibytes(start.program.id()) }
}

/// What a member downloads: the program, its pages inside it, packed as a distribution packs.
fn package(app: &Path) -> f64 {
    let mut tar = Command::new("tar");
    tar.arg("-cJf").arg("-").arg("-C").arg(app.parent().expect("a program lies in a folder")).arg("warifu");
    let packed = tar.output().expect("tar and xz are there");
    packed.stdout.len() as f64 / 1_000_000.0
}

fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or_default()
}

fn tell(weight: &Weight) {
    println!("load {:.2}", weight.load);
    println!("                   start       PSS");
    println!("warifu        {:7.0} ms {:5.0} MiB", weight.start_ms, weight.pss_mib);
    println!("empty window  {:7.0} ms {:5.0} MiB", weight.empty_start_ms, weight.empty_pss_mib);
    for (name, Peer { start_ms, pss_mib }) in &weight.peers {
        println!("{name:13} {start_ms:7.0} ms {pss_mib:5.0} MiB (to its first window)");
    }
    println!(
        "start {:.2} of the empty window's, PSS {:.2}",
        weight.start_ms / weight.empty_start_ms,
        weight.pss_mib / weight.empty_pss_mib
    );
    println!(
        "CPU on the code screen {:.2} % of a core, package {:.1} MB",
        weight.cpu_percent, weight.package_mb
    );
}
