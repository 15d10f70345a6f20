//! Owns the centre that is measured: seeded, started as it is, asked as an institution asks.
//! Refuses to judge what it answers.
//! Invariant: no code is asked twice; a token is never brought near its limit of wrong ones.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use harness::process::Process;
use harness::programs;
use rand::RngCore as _;
use warifu_core::encoding;
use warifu_core::otp::{self, Step};
use warifu_core::secret::Secret;
use warifu_core::token::TotpKey;

const DEMO: &str = "10112235";

/// A centre with `tokens` members `s-0`, `s-1`, …
pub(crate) struct Centre {
    process: Process,
    bearer: String,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// The last step asked for, per token.
    spent: Vec<u32>,
    next: usize,
}

/// The command with this folder and database.
fn command(word: &str, folder: &Path, database: Option<&str>) -> Command {
    let mut command = Command::new(programs::qa("warifu-server"));
    command.arg(word).arg("--folder").arg(folder);
    if let Some(url) = database {
        command.env("WARIFU_SERVER_DATABASE", url);
    }
    command
}

/// Fills a new centre.
pub(crate) fn seed(folder: &Path, database: Option<&str>, tokens: usize) {
    let done = command("seed", folder, database).args(["--tokens", &tokens.to_string()]).status();
    assert!(done.expect("the centre's program starts").success(), "seeding failed");
}

impl Centre {
    /// Starts a seeded centre.
    pub(crate) fn start(folder: &Path, database: Option<&str>, tokens: usize) -> Self {
        let mut command = command("serve", folder, database);
        command.args(["--listen", "127.0.0.1:0"]);
        if std::env::var_os("WARIFU_SERVER_LOG").is_none() {
            // One line per request goes to a terminal or a file: it is measured apart from the verification.
            command.env("WARIFU_SERVER_LOG", "warn");
        }
        let process = Process::start("centre", &mut command, folder);
        let url = process.ready("warifu-server listening on http://", Duration::from_secs(120));
        let bearer = std::fs::read_to_string(folder.join(format!("demo/bank-{DEMO}.key")));
        let bearer = bearer.expect("a seeded centre has the demo's key").trim().to_owned();
        Self {
            process,
            bearer,
            address: url.parse().expect("it says an address"),
            spent: vec![0; tokens],
            next: 0,
        }
    }

    /// That many right codes, each for another token as far as there are any.
    pub(crate) fn right(&mut self, count: usize) -> Vec<Vec<u8>> {
        let mut questions = Vec::with_capacity(count);
        let mut skipped = 0;
        while questions.len() < count {
            if skipped == self.spent.len() {
                // Every token's codes are used up: the next minute brings new ones.
                std::thread::sleep(Duration::from_secs(1));
                skipped = 0;
            }
            let number = self.turn();
            let now = step_now();
            let last = Step(u64::from(self.spent[number]));
            // The one before could end while the round runs, the one after next is not open yet.
            let Some(step) = [now, now.offset(1)].into_iter().find(|step| *step > last) else {
                skipped += 1;
                continue;
            };
            skipped = 0;
            self.spent[number] = u32::try_from(step.0).expect("a step fits until the year 10136");
            questions.push(self.question(number, otp::code(&key(number), step).expose()));
        }
        questions
    }

    /// That many codes that match nothing, each for another token as far as there are any.
    pub(crate) fn wrong(&mut self, count: usize) -> Vec<Vec<u8>> {
        (0..count)
            .map(|_| {
                let number = self.turn();
                let now = step_now();
                let near = [-2, -1, 0, 1, 2, 3].map(|by| otp::code(&key(number), now.offset(by)));
                let free = (0..).map(|code| format!("{code:08}"));
                let mut free = free.filter(|code| near.iter().all(|near| near.expose() != code));
                self.question(number, &free.next().expect("six codes do not fill the space"))
            })
            .collect()
    }

    fn turn(&mut self) -> usize {
        self.next = (self.next + 1) % self.spent.len();
        // Spread over the tokens: members do not come in the order in which they joined.
        usize::try_from(self.next as u64 * 2_654_435_761 % self.spent.len() as u64)
            .expect("it is below the length")
    }

    fn question(&self, number: usize, code: &str) -> Vec<u8> {
        let mut id = [0; 16];
        rand::thread_rng().fill_bytes(&mut id);
        let id = uuid::Builder::from_random_bytes(id).into_uuid();
        let body = format!(r#"{{"request_id":"{id}","purpose":"sign_in","code":"{code}"}}"#);
        format!(
            "POST /bank/v1/members/s-{number}/verify HTTP/1.1\r\nhost: centre\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.bearer,
            body.len()
        )
        .into_bytes()
    }

    /// How much processor time it used so far.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap_or_default();
        let after = stat.rsplit(')').next().unwrap_or_default();
        let ticks = |at: usize| {
            after.split_whitespace().nth(at).and_then(|n| n.parse::<u64>().ok()).unwrap_or_default()
        };
        // Fields 14 and 15, in hundredths of a second on Linux.
        Duration::from_millis((ticks(11) + ticks(12)) * 10)
    }

    /// Its memory, MiB.
    pub(crate) fn rss_mib(&self) -> f64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        line.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or_default() / 1024.0
    }
}

fn step_now() -> Step {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    Step(since.as_secs() / otp::PERIOD)
}

/// The key that `warifu-server seed` gives to that token.
fn key(number: usize) -> TotpKey {
    TotpKey::new(Secret::new(encoding::sha256(&["warifu seed".into(), (number as u64).into()])))
}
