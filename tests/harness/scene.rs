//! Owns a few centres on one PostgreSQL, or one on its own file, with seeded members whose codes the test can compute.
//! Refuses to ask them anything.
//! Invariant: the centres share keys and bearer key, as copies of one folder do.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use warifu_core::encoding::sha256;
use warifu_core::otp::{self, Step};
use warifu_core::secret::Secret;
use warifu_core::token::TotpKey;

use crate::centre::{Centre, Wishes};
use crate::clock::Clock;
use crate::programs;

/// Centres that share a database.
pub struct Scene {
    /// Those that run.
    pub centres: Vec<Centre>,
    /// What they all take the time to be.
    pub clock: Clock,
    /// Settings of them all.
    settings: Vec<(&'static str, String)>,
    folder: TempDir,
}

impl Scene {
    /// Seeds `tokens` members in a PostgreSQL database and starts `count` centres.
    pub fn set(database: &str, tokens: usize, count: usize) -> Self {
        Self::with(vec![("WARIFU_SERVER_DATABASE", database.to_owned())], tokens, count)
    }

    /// The same on SQLite, whose folder one centre alone may serve from.
    pub fn on_sqlite(settings: Vec<(&'static str, String)>, tokens: usize) -> Self {
        Self::with(settings, tokens, 1)
    }

    fn with(settings: Vec<(&'static str, String)>, tokens: usize, count: usize) -> Self {
        let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
        let clock = Clock::new(folder.path());
        let mut scene = Self { centres: Vec::new(), clock, settings, folder };
        scene.run(&["seed", "--tokens", &tokens.to_string()]);
        for number in 0..count {
            let centre = scene.start(number);
            scene.centres.push(centre);
        }
        scene
    }

    /// Runs a command of the first centre's program over its folder; what it said.
    fn run(&self, words: &[&str]) -> String {
        let mut command = Command::new(programs::qa("warifu-server"));
        command.args(words).arg("--folder").arg(self.place(0).join("centre"));
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        let output = command.output().expect("the centre's program starts");
        let (said, why) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{words:?}: {said}{why}");
        said.into_owned()
    }

    /// Has every chain of the audit log recomputed; what is said of whole ones.
    pub fn audited(&self) -> String {
        self.run(&["audit", "verify"])
    }

    fn place(&self, number: usize) -> PathBuf {
        self.folder.path().join(number.to_string())
    }

    /// Starts the centre of that number, again if it ran before.
    pub fn start(&self, number: usize) -> Centre {
        self.start_as(number, Wishes::default())
    }

    /// The same with settings of its own.
    pub fn start_as(&self, number: usize, mut wishes: Wishes) -> Centre {
        let place = self.place(number);
        if number > 0 && !place.join("centre").exists() {
            copy(&self.place(0).join("centre"), &place.join("centre"));
        }
        wishes.settings.extend(self.settings.iter().cloned());
        Centre::start(&place, &self.clock, &wishes)
    }

    /// The right code of a seeded member.
    pub fn code(&self, member: usize, step: Step) -> String {
        let key = TotpKey::new(Secret::new(sha256(&["warifu seed".into(), (member as u64).into()])));
        otp::code(&key, step).expose().to_owned()
    }

    /// A code that matches nothing near now.
    pub fn wrong(&self, member: usize) -> String {
        let near: Vec<String> = (-4..=4).map(|by| self.code(member, self.clock.step().offset(by))).collect();
        let mut all = (0..).map(|code| format!("{code:08}"));
        all.find(|code| !near.contains(code)).expect("nine codes do not fill the space")
    }
}

/// What every centre of one database shares; the name in the audit chains is each one's own.
fn copy(from: &Path, to: &Path) {
    for part in ["keys", "cards", "demo"] {
        let done =
            Command::new("cp").arg("-a").arg("--").arg(from.join(part)).arg(made(to).join(part)).status();
        assert!(done.is_ok_and(|status| status.success()), "{part} could not be copied");
    }
}

fn made(folder: &Path) -> &Path {
    std::fs::create_dir_all(folder).expect("the test's folder can be written");
    folder
}
