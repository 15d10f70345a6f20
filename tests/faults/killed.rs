//! Owns SIGKILL: the app or the centre ends, without a farewell, at each place where something was said or stored.
//! Refuses to know what either has in its files.
//! Invariant: whoever was killed is started again over the same files, and nobody helps.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use harness::centre::{Centre, SERVICE_ID, Wishes};
use harness::clock::{self, Clock};
use harness::process::Process;
use harness::programs;
use rand::Rng as _;

use crate::agreement::{self, Agreed, START_PASSWORD, Seen};
use crate::line::{Line, Point};
use crate::schedule::Leg;

/// Where the killing happens: around every message, and so around everything that is stored in between.
const POINTS: [Point; 8] = [
    Point::Asked(Leg::M1),
    Point::Forwarded(Leg::M1),
    Point::Answered(Leg::M2),
    Point::Returned(Leg::M2),
    Point::Asked(Leg::M3),
    Point::Forwarded(Leg::M3),
    Point::Answered(Leg::M4),
    Point::Returned(Leg::M4),
];
/// How often each is tried with another delay, after the try without one.
const DELAYED: usize = 4;
/// How late a delayed killing may come: longer than Argon2 and what follows it.
const LATEST: u64 = 700;
const PATIENCE: Duration = Duration::from_secs(60);

/// A phone: the app's own code without its window, in a process of its own.
struct Phone {
    folder: PathBuf,
    centre: String,
    user_id: String,
}

impl Phone {
    fn start(&self, verb: &str, clock: &Clock) -> Process {
        std::fs::create_dir_all(&self.folder).expect("the test's folder can be written");
        let mut command = Command::new(programs::qa("phone"));
        command.arg(verb).arg("--folder").arg(self.folder.join("app"));
        command.arg("--keyring-dir").arg(self.folder.join("keyring")).args(["--centre", &self.centre]);
        if verb == "enrol" {
            command.args(["--service-id", SERVICE_ID, "--user-id", &self.user_id]);
            command.args(["--start-password", START_PASSWORD]);
        }
        command.stdin(Stdio::null()).env(clock::VARIABLE, clock.file());
        Process::start("phone", &mut command, &self.folder)
    }

    /// What it says of itself at its end.
    fn seen(process: &Process) -> Seen {
        let line = process.ready("", PATIENCE);
        serde_json::from_str(&line).unwrap_or_else(|why| panic!("{why}: {line}"))
    }

    /// Starts it again as often as it says that it has to go on.
    fn resumed(&self, clock: &Clock) -> Seen {
        let mut seen = Self::seen(&self.start("resume", clock));
        for _ in 0..8 {
            if seen.screen != "resuming" {
                break;
            }
            seen = Self::seen(&self.start("resume", clock));
        }
        seen
    }
}

/// A centre in a folder, which can be killed and started again.
struct Stage {
    folder: tempfile::TempDir,
    clock: Clock,
    centre: Option<Centre>,
}

impl Stage {
    fn set() -> Self {
        let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
        let clock = Clock::new(folder.path());
        let centre = Some(start(folder.path(), &clock));
        Self { folder, clock, centre }
    }

    fn centre(&self) -> &Centre {
        self.centre.as_ref().expect("a killed centre is started again at once")
    }

    fn kill_centre(&mut self) {
        self.centre.take().expect("a centre runs").kill();
        self.centre = Some(start(self.folder.path(), &self.clock));
    }
}

fn start(folder: &Path, clock: &Clock) -> Centre {
    Centre::start(folder, clock, &Wishes { settings: crate::generous(), ..Wishes::default() })
}

/// One initialisation that is cut off at `point`, and what follows.
async fn cut_off(stage: &mut Stage, number: usize, point: Point, late: Duration, kills_app: bool) -> Agreed {
    let what = format!(
        "{} killed {} ms after {point:?}",
        ["centre", "app"][usize::from(kills_app)],
        late.as_millis()
    );
    let member = format!("m-{number}");
    let issued = agreement::issue(stage.centre(), &member).await;
    let line = Line::lay().await;
    line.lead_to(stage.centre().address());
    let phone = Phone {
        folder: stage.folder.path().join(format!("phone-{number}")),
        centre: line.url(),
        user_id: issued.user_id.to_string(),
    };
    let reached = line.stop_at(point);
    let process = phone.start("enrol", &stage.clock);
    let Ok(Ok(go)) = tokio::time::timeout(PATIENCE, reached).await else {
        panic!("{what}: the point was not reached\n{}", process.log_tail())
    };
    let mut held = Some(go);
    if !late.is_zero() {
        held = None;
        tokio::time::sleep(late).await;
    }
    if kills_app {
        process.kill();
    } else {
        stage.kill_centre();
        line.lead_to(stage.centre().address());
        drop(held.take());
        let _ = Phone::seen(&process);
    }
    drop(held);
    line.calm().await;

    let seen = phone.resumed(&stage.clock);
    let agreed = agreement::judge(stage.centre(), &member, &[seen]).await;
    let agreed = agreed.unwrap_or_else(|why| panic!("{what}: {why}"));
    if agreed == Agreed::Nothing {
        assert!(agreement::is_open(stage.centre(), &member).await, "{what}: the member has lost the issue");
        let again = Phone::seen(&phone.start("enrol", &stage.clock));
        let agreed = agreement::judge(stage.centre(), &member, &[again]).await;
        assert_eq!(agreed, Ok(Agreed::Token), "{what}");
    }
    agreed
}

async fn killed_everywhere(kills_app: bool) {
    let mut stage = Stage::set();
    let mut tokens = 0;
    let mut number = 0;
    for point in POINTS {
        for delayed in 0..=DELAYED {
            let late = if delayed == 0 { 0 } else { rand::thread_rng().gen_range(1..LATEST) };
            let agreed = cut_off(&mut stage, number, point, Duration::from_millis(late), kills_app).await;
            tokens += usize::from(agreed == Agreed::Token);
            number += 1;
        }
    }
    println!("{number} killings; {tokens} initialisations ended by themselves, the others at the next try");
    assert!(tokens > 0, "none ended by itself");
    // A centre cannot make a killed app send its form again; an app asks a killed centre again by itself.
    assert!(!kills_app || tokens < number, "the killings came too late");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_is_killed_anywhere_agrees_with_the_centre_after_its_next_start() {
    killed_everywhere(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_centre_that_is_killed_anywhere_agrees_with_the_app_after_its_next_start() {
    killed_everywhere(false).await;
}
