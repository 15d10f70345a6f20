//! Owns the rounds on one engine: each holds the centre against the trivial server and the bare database at once.
//! Refuses to know how the engine is started.
//! Invariant: what is compared is measured within the same round; an answer that was not wanted ends the bench.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::centre::Centre;
use crate::figures::{Engine, median};
use crate::load::{self, Round};
use crate::plain::{self, Plain};

/// Questions in a part of a round.
const MANY: usize = 60_000;
const ALONE: usize = 4_000;
const COMMITS: u32 = 4_000;

/// What the rounds are to be held against.
pub(crate) struct Beside<'a> {
    pub(crate) plain: &'a Plain,
    /// Rates of pgbench, one per round.
    pub(crate) pgbench: Option<&'a dyn Fn() -> f64>,
    /// How often one row is made durable alone.
    pub(crate) single_commits: &'a dyn Fn() -> f64,
}

#[derive(Default)]
struct Taken {
    axum: Vec<f64>,
    axum_alone: Vec<f64>,
    pgbench: Vec<f64>,
    single: Vec<f64>,
    right: Vec<f64>,
    wrong: Vec<f64>,
    alone: Vec<f64>,
    c32: Vec<f64>,
    c128: Vec<f64>,
    p99_c32: Vec<f64>,
    p99_c64: Vec<f64>,
    cpu: Vec<f64>,
}

/// The engine's figures, and the medians of what it was held against.
pub(crate) async fn rounds(
    centre: &mut Centre,
    beside: &Beside<'_>,
    rounds: usize,
) -> (Engine, f64, Option<f64>) {
    let mut taken = Taken::default();
    // The first round warms caches and is not counted.
    for round in 0..=rounds {
        let mut one = Taken::default();
        take(centre, beside, &mut one).await;
        println!(
            "   {}: axum {:.0}/s, right {:.0}/s at 64 ({:.2}), wrong {:.0}/s, alone {:.0}/s of {:.0} \
             (axum alone {:.0}/s), p99 at 32 {:.1} ms, {:.0} us each",
            if round == 0 { "warming".to_owned() } else { format!("round {round}") },
            one.axum[0],
            one.right[0],
            one.right[0] / one.axum[0],
            one.wrong[0],
            one.alone[0],
            one.single[0],
            one.axum_alone[0],
            one.p99_c32[0],
            one.cpu[0]
        );
        if let Some(pgbench) = one.pgbench.first() {
            println!("      pgbench {pgbench:.0}/s ({:.2})", one.right[0] / pgbench);
        }
        if round > 0 {
            taken.join(one);
        }
    }
    let ratio = |one: &[f64], other: &[f64]| median(one.iter().zip(other).map(|(a, b)| a / b).collect());
    let engine = Engine {
        ratio_axum: ratio(&taken.right, &taken.axum),
        ratio_pgbench: (!taken.pgbench.is_empty()).then(|| ratio(&taken.right, &taken.pgbench)),
        ratio_single_commit: ratio(&taken.alone, &taken.single),
        verified_per_s: median(taken.right),
        wrong_per_s: median(taken.wrong),
        one_connection_per_s: median(taken.alone),
        single_commits_per_s: median(taken.single),
        axum_alone_per_s: median(taken.axum_alone),
        c32_per_s: median(taken.c32),
        c128_per_s: median(taken.c128),
        p99_ms_c32: median(taken.p99_c32),
        p99_ms_c64: median(taken.p99_c64),
        cpu_us: median(taken.cpu),
    };
    let pgbench = (!taken.pgbench.is_empty()).then(|| median(taken.pgbench));
    (engine, median(taken.axum), pgbench)
}

impl Taken {
    fn join(&mut self, other: Self) {
        for (own, new) in [
            (&mut self.axum, other.axum),
            (&mut self.axum_alone, other.axum_alone),
            (&mut self.pgbench, other.pgbench),
            (&mut self.single, other.single),
            (&mut self.right, other.right),
            (&mut self.wrong, other.wrong),
            (&mut self.alone, other.alone),
            (&mut self.c32, other.c32),
            (&mut self.c128, other.c128),
            (&mut self.p99_c32, other.p99_c32),
            (&mut self.p99_c64, other.p99_c64),
            (&mut self.cpu, other.cpu),
        ] {
            own.extend(new);
        }
    }
}

async fn take(centre: &mut Centre, beside: &Beside<'_>, into: &mut Taken) {
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    let plain = load::run(beside.plain.address, 64, vec![plain::question(); MANY * 2], "accepted").await;
    into.axum.push(plain.per_second);

    let questions = centre.right(MANY);
    let before = centre.cpu();
    let right = accepted(load::run(centre.address, 64, questions, r#""accepted""#).await);
    into.cpu.push((centre.cpu() - before).as_secs_f64() * 1e6 / MANY as f64);
    into.p99_c64.push(ms(right.p99));
    into.right.push(right.per_second);

    let questions = centre.wrong(MANY);
    into.wrong.push(accepted(load::run(centre.address, 64, questions, r#""wrong""#).await).per_second);

    let questions = centre.right(MANY);
    let c32 = accepted(load::run(centre.address, 32, questions, r#""accepted""#).await);
    into.p99_c32.push(ms(c32.p99));
    into.c32.push(c32.per_second);

    let questions = centre.right(MANY);
    into.c128.push(accepted(load::run(centre.address, 128, questions, r#""accepted""#).await).per_second);

    into.single.push((beside.single_commits)());
    let plain = load::run(beside.plain.address, 1, vec![plain::question(); ALONE], "accepted").await;
    into.axum_alone.push(plain.per_second);
    let questions = centre.right(ALONE);
    into.alone.push(accepted(load::run(centre.address, 1, questions, r#""accepted""#).await).per_second);

    if let Some(pgbench) = beside.pgbench {
        into.pgbench.push(pgbench());
    }
}

/// Ends the bench unless every answer was the wanted one.
pub(crate) fn accepted(round: Round) -> Round {
    assert!(
        round.other == 0,
        "{} answers were others, like: {}",
        round.other,
        round.example.unwrap_or_default()
    );
    round
}

/// How often SQLite makes one small row durable, alone, as the centre sets it up.
pub(crate) fn sqlite_commits(folder: &Path) -> f64 {
    let file = folder.join("single.db");
    let db = rusqlite::Connection::open(&file).expect("the folder takes a file");
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        CREATE TABLE IF NOT EXISTS single (no INTEGER PRIMARY KEY, step INTEGER NOT NULL);
        INSERT OR IGNORE INTO single VALUES (1, 0);",
    )
    .expect("SQLite makes a table");
    let mut update =
        db.prepare("UPDATE single SET step = step + 1 WHERE no = 1").expect("the statement is right");
    let begun = Instant::now();
    for _ in 0..COMMITS {
        update.execute([]).expect("the row can be written");
    }
    f64::from(COMMITS) / begun.elapsed().as_secs_f64()
}
