//! Owns the figures of verification: on SQLite, on PostgreSQL, with few tokens and with many.
//! Refuses to judge them: the goals stand in docs/performance.md.
//! Invariant: a rate is held against what the same machine did in the same round, with its load beside.

mod centre;
mod engine;
mod figures;
mod load;
mod overload;
mod plain;
#[cfg(target_os = "linux")]
mod postgres;
mod scale;

use std::path::PathBuf;

use centre::Centre;
use engine::Beside;
use figures::{Figures, Load};
use plain::Plain;

/// Tokens under the rounds.
const TOKENS: usize = 250_000;

struct Wishes {
    file: Option<PathBuf>,
    rounds: usize,
    only: Option<String>,
    many: usize,
}

fn wishes() -> Wishes {
    let mut wishes = Wishes { file: None, rounds: 5, only: None, many: 10_000_000 };
    let mut words = std::env::args().skip(1);
    let number = |words: &mut dyn Iterator<Item = String>| {
        words.next().and_then(|word| word.parse().ok()).expect("a number follows")
    };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--json" => wishes.file = Some(PathBuf::from(words.next().expect("--json names a file"))),
            "--rounds" => wishes.rounds = number(&mut words),
            "--tokens" => wishes.many = number(&mut words),
            part @ ("sqlite" | "postgres" | "scale" | "overload") => wishes.only = Some(part.to_owned()),
            other => {
                panic!(
                    "verify [sqlite|postgres|scale|overload] [--rounds N] [--tokens N] [--json FILE], not {other}"
                )
            }
        }
    }
    wishes
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    if std::env::args().nth(1).is_some_and(|word| word == plain::WORD) {
        return runtime.block_on(plain::serve());
    }
    let wishes = wishes();
    let wants = |part: &str| wishes.only.as_ref().is_none_or(|only| only == part);
    let mut figures =
        Figures { load: Load { before: figures::load(), ..Load::default() }, ..Figures::default() };
    if wants("sqlite") {
        runtime.block_on(sqlite(&mut figures, wishes.rounds));
    }
    #[cfg(target_os = "linux")]
    if wants("postgres") {
        runtime.block_on(postgres::figures(&mut figures, wishes.rounds));
    }
    if wants("scale") {
        figures.scale = Some(runtime.block_on(scale::figures(wishes.many, wishes.rounds)));
    }
    if wants("overload") {
        figures.overload = Some(runtime.block_on(overload()));
    }
    figures.load.after = figures::load();
    figures.load.cores = std::thread::available_parallelism().map_or(0, usize::from);
    let text = serde_json::to_string_pretty(&figures).expect("figures have a JSON form");
    println!("{text}");
    if let Some(file) = wishes.file {
        std::fs::write(&file, text + "\n").unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    }
}

async fn sqlite(figures: &mut Figures, rounds: usize) {
    println!("SQLite, {TOKENS} tokens");
    let folder = tempfile::tempdir().expect("the temporary folder takes files");
    centre::seed(folder.path(), None, TOKENS);
    let mut centre = Centre::start(folder.path(), None, TOKENS);
    let plain = Plain::start();
    let single = || engine::sqlite_commits(folder.path());
    let beside = Beside { plain: &plain, pgbench: None, single_commits: &single };
    let (engine, axum, _) = engine::rounds(&mut centre, &beside, rounds).await;
    figures.axum_per_s = Some(axum);
    figures.sqlite = Some(engine);
}

async fn overload() -> Vec<figures::Overload> {
    println!("SQLite, {TOKENS} tokens, past capacity");
    let folder = tempfile::tempdir().expect("the temporary folder takes files");
    centre::seed(folder.path(), None, TOKENS);
    let mut centre = Centre::start(folder.path(), None, TOKENS);
    overload::curve(&mut centre).await
}
