//! Owns the property: whatever befell an initialisation, once it is over both sides tell the same.
//! Refuses to know which faults a schedule holds.
//! Invariant: at least [`LEAST`] schedules, each over an issue of its own, unless fewer are asked for by name.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use harness::centre::{Centre, SERVICE_ID, Wishes};
use harness::clock::Clock;
use harness::process::until;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use tokio::runtime::Handle;
use warifu_app::headless::{Parts, Phone};

use crate::agreement::{self, Agreed, START_PASSWORD, Seen};
use crate::line::Line;
use crate::schedule::{Fate, Schedule, schedule};

/// How many schedules are tried; `WARIFU_FAULT_SCHEDULES` asks for another number.
const LEAST: u32 = 2_000;
/// Several at a time: most of them wait, and Argon2 takes turns.
const WORKERS: u32 = 6;
/// How often an app is started again when nothing is in its way any more.
const LAST_STARTS: usize = 8;

/// What became of all schedules.
#[derive(Default)]
struct Tally {
    tokens: AtomicUsize,
    nothing: AtomicUsize,
    healed: AtomicUsize,
    broken: AtomicUsize,
    members: AtomicUsize,
}

/// A centre, and room for devices.
struct Stage {
    folder: tempfile::TempDir,
    centre: Centre,
    tally: Tally,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_any_schedule_of_faults_at_most_one_token_lives_and_both_sides_agree() {
    let wanted = number("WARIFU_FAULT_SCHEDULES").unwrap_or(LEAST.into());
    let seed = number("WARIFU_FAULT_SEED").unwrap_or_else(rand::random);
    println!("\n{wanted} schedules, WARIFU_FAULT_SEED={seed}");
    let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
    let clock = Clock::new(folder.path());
    let wishes = Wishes { settings: crate::generous(), ..Wishes::default() };
    let centre = Centre::start(folder.path(), &clock, &wishes);
    let stage = Stage { folder, centre, tally: Tally::default() };
    let begun = Instant::now();
    let failures: Vec<String> = std::thread::scope(|threads| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| {
                let (stage, here) = (&stage, Handle::current());
                let cases = u32::try_from(wanted).expect("fewer than 4 billion") / WORKERS
                    + u32::from(wanted % u64::from(WORKERS) > u64::from(worker));
                threads.spawn(move || try_all(stage, &here, cases, seed.wrapping_add(worker.into())))
            })
            .collect();
        workers.into_iter().filter_map(|worker| worker.join().expect("a worker reports").err()).collect()
    });
    let Tally { tokens, nothing, healed, broken, .. } = &stage.tally;
    let told = |count: &AtomicUsize| count.load(Ordering::Relaxed);
    println!(
        "{} messages broken; {} schedules ended with a token, {} without ({} of those gave one at the next try); {} s",
        told(broken),
        told(tokens),
        told(nothing),
        told(healed),
        begun.elapsed().as_secs(),
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(told(tokens) + told(nothing), usize::try_from(wanted).expect("a small number"));
    at_most_one_token_lives_for_each_member(stage.centre.folder());
}

/// The same, seen in the centre's own tables.
fn at_most_one_token_lives_for_each_member(folder: &Path) {
    let database = rusqlite::Connection::open_with_flags(
        folder.join("warifu.db"),
        rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY,
    )
    .expect("the centre keeps its rows there");
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).expect(sql);
    assert!(count("SELECT COUNT(*) FROM token") > 0);
    let living = "SELECT COUNT(*) FROM (SELECT 1 FROM token WHERE state IN ('issued', 'active', 'suspended') \
                  GROUP BY institution_no, member_id HAVING COUNT(*) > 1)";
    assert_eq!(count(living), 0, "members with two living tokens");
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|why| panic!("{variable}: {why}")))
}

fn try_all(stage: &Stage, here: &Handle, cases: u32, seed: u64) -> Result<(), String> {
    let config = Config { cases, max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let tried = runner.run(&schedule(), |schedule| {
        here.block_on(try_one(stage, &schedule)).map_err(proptest::test_runner::TestCaseError::fail)
    });
    match tried {
        Ok(()) => Ok(()),
        Err(TestError::Fail(why, least)) => {
            Err(format!("{why}\nthe least schedule that shows it: {least:#?}"))
        }
        Err(TestError::Abort(why)) => Err(why.to_string()),
    }
}

async fn try_one(stage: &Stage, schedule: &Schedule) -> Result<(), String> {
    let number = stage.tally.members.fetch_add(1, Ordering::Relaxed);
    if number > 0 && number.is_multiple_of(100) {
        println!("{number} begun");
    }
    let member = format!("m-{number}");
    let issued = agreement::issue(&stage.centre, &member).await;
    let user_id = issued.user_id.as_str();
    let folder = stage.folder.path().join(&member);
    let first = Device::new(stage, folder.join("first"), user_id).await;
    let second = Device::new(stage, folder.join("second"), user_id).await;
    let mut seen = match &schedule.second {
        None => {
            first.undergo(&schedule.first).await;
            vec![first.calm_down().await]
        }
        Some(fate) => {
            tokio::join!(first.undergo(&schedule.first), second.undergo(fate));
            let seen = first.calm_down().await;
            let other = second.calm_down().await;
            vec![seen, other]
        }
    };
    stage.tally.broken.fetch_add(first.line.broken() + second.line.broken(), Ordering::Relaxed);
    let agreed = agreement::judge(&stage.centre, &member, &seen).await?;
    let counted = match agreed {
        Agreed::Token => &stage.tally.tokens,
        Agreed::Nothing => &stage.tally.nothing,
    };
    counted.fetch_add(1, Ordering::Relaxed);
    if agreed == Agreed::Nothing && agreement::is_open(&stage.centre, &member).await {
        seen[0] = first.enrol().await;
        match agreement::judge(&stage.centre, &member, &seen).await? {
            Agreed::Token => stage.tally.healed.fetch_add(1, Ordering::Relaxed),
            Agreed::Nothing => return Err(format!("an open issue gives no token any more: {seen:?}")),
        };
    }
    // Thousands of devices would fill the disk.
    let _ = std::fs::remove_dir_all(folder);
    Ok(())
}

/// A device whose app can be ended at any moment.
struct Device {
    folder: PathBuf,
    user_id: String,
    line: Line,
}

impl Device {
    async fn new(stage: &Stage, folder: PathBuf, user_id: &str) -> Self {
        let line = Line::lay().await;
        line.lead_to(stage.centre.address());
        Self { folder, user_id: user_id.to_owned(), line }
    }

    /// Starts the app. What an ended one had begun to write it finishes first, as a disk does.
    async fn start(&self) -> (Phone, Seen) {
        let parts = Parts::new(self.folder.join("app"), self.folder.join("keyring"), self.line.url());
        until("the app's folder", Duration::from_secs(60), async || {
            let phone = Phone::open(&Parts { pauses: [Duration::from_millis(5); 2], ..parts.clone() });
            let seen = Seen::from(phone.look().await);
            (seen.screen != "already-open").then_some((phone, seen))
        })
        .await
    }

    /// The app as long as it is let: it goes on where it was, and sends the form when nothing is stored.
    async fn live(&self) {
        let (phone, mut seen) = self.start().await;
        if seen.screen == "setup" {
            seen = Seen::from(phone.enrol(SERVICE_ID, &self.user_id, START_PASSWORD).await);
        }
        for _ in 0..3 {
            if seen.screen == "resuming" {
                seen = Seen::from(phone.resume().await);
            }
        }
    }

    async fn undergo(&self, fate: &Fate) {
        self.line.break_by(fate.faults.clone());
        for life in &fate.lives {
            match life {
                None => self.live().await,
                Some(millis) => {
                    // An error says that it was ended.
                    let _ = tokio::time::timeout(Duration::from_millis((*millis).into()), self.live()).await;
                }
            }
        }
    }

    /// How it stands once nothing is in its way: no form is sent any more.
    async fn calm_down(&self) -> Seen {
        self.line.calm().await;
        let (phone, mut seen) = self.start().await;
        for _ in 0..LAST_STARTS {
            if seen.screen != "resuming" {
                break;
            }
            seen = Seen::from(phone.resume().await);
        }
        seen
    }

    /// The form, sent over a line without faults.
    async fn enrol(&self) -> Seen {
        let (phone, _) = self.start().await;
        Seen::from(phone.enrol(SERVICE_ID, &self.user_id, START_PASSWORD).await)
    }
}
