//! Owns a few centres on one database, with seeded members whose codes the test can compute.
//! Refuses to ask them anything.
//! Invariant: the centres share keys and bearer key, as copies of one folder do.

use std::path::{Path, PathBuf};
use std::process::Command;

use harness::centre::{Centre, Wishes};
use harness::clock::Clock;
use harness::programs;
use tempfile::TempDir;
use warifu_core::encoding::sha256;
use warifu_core::otp::{self, Step};
use warifu_core::secret::Secret;
use warifu_core::token::TotpKey;

/// Centres that share a database.
pub(crate) struct Scene {
    pub(crate) centres: Vec<Centre>,
    pub(crate) clock: Clock,
    database: String,
    folder: TempDir,
}

impl Scene {
    /// Seeds `tokens` members and starts `count` centres.
    pub(crate) fn set(database: &str, tokens: usize, count: usize) -> Self {
        let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
        let clock = Clock::new(folder.path());
        let first = folder.path().join("0/centre");
        let mut seed = Command::new(programs::qa("warifu-server"));
        seed.args(["seed", "--tokens", &tokens.to_string(), "--folder"]).arg(&first);
        let seeded =
            seed.env("WARIFU_SERVER_DATABASE", database).status().expect("the centre's program starts");
        assert!(seeded.success(), "seeding failed");
        let mut scene = Self { centres: Vec::new(), clock, database: database.to_owned(), folder };
        for number in 0..count {
            let centre = scene.start(number);
            scene.centres.push(centre);
        }
        scene
    }

    fn place(&self, number: usize) -> PathBuf {
        self.folder.path().join(number.to_string())
    }

    /// Starts the centre of that number, again if it ran before.
    pub(crate) fn start(&self, number: usize) -> Centre {
        self.start_as(number, Wishes::default())
    }

    /// The same with settings of its own.
    pub(crate) fn start_as(&self, number: usize, mut wishes: Wishes) -> Centre {
        let place = self.place(number);
        if number > 0 && !place.join("centre").exists() {
            copy(&self.place(0).join("centre"), &place.join("centre"));
        }
        wishes.settings.push(("WARIFU_SERVER_DATABASE", self.database.clone()));
        Centre::start(&place, &self.clock, &wishes)
    }

    /// The right code of a seeded member.
    pub(crate) fn code(&self, member: usize, step: Step) -> String {
        let key = TotpKey::new(Secret::new(sha256(&["warifu seed".into(), (member as u64).into()])));
        otp::code(&key, step).expose().to_owned()
    }

    /// A code that matches nothing near now.
    pub(crate) fn wrong(&self, member: usize) -> String {
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
