//! Owns the rounds on PostgreSQL, held against its own measure: pgbench, one prepared UPDATE of one row.
//! Refuses to tune the server for the figures: what is set here stands in docs/performance.md.
//! Invariant: centre and pgbench use the same server in turns.

use std::process::Command;

use harness::postgres::Postgres;

use crate::centre::{self, Centre};
use crate::engine::{self, Beside};
use crate::figures::Figures;
use crate::plain::Plain;

/// Tokens, and rows of pgbench's table.
const TOKENS: usize = 100_000;
const SECONDS: &str = "3";

pub(crate) async fn figures(figures: &mut Figures, rounds: usize) {
    println!("PostgreSQL, {TOKENS} tokens");
    let server = Postgres::start(&["shared_buffers=256MB", "max_wal_size=4GB", "autovacuum=on"]).await;
    let address = server.database("bench");
    server.sql(
        "bench",
        "CREATE TABLE single (no BIGINT PRIMARY KEY, step BIGINT NOT NULL) WITH (fillfactor = 80)",
    );
    server.sql("bench", &format!("INSERT INTO single SELECT n, 0 FROM generate_series(1, {TOKENS}) n"));
    let folder = tempfile::tempdir().expect("the temporary folder takes files");
    let script = folder.path().join("single.sql");
    let text = format!("\\set no random(1, {TOKENS})\nUPDATE single SET step = step + 1 WHERE no = :no;\n");
    std::fs::write(&script, text).expect("the temporary folder takes files");
    let pgbench = |clients: &str| {
        let mut run = Command::new("pgbench");
        run.args(["--no-vacuum", "--protocol=prepared", "--jobs=2", "--time", SECONDS, "--client", clients]);
        run.args(["--host=127.0.0.1", "--username=warifu", "--port", &server.port().to_string(), "--file"]);
        let output = run.arg(&script).arg("bench").output().expect("pgbench starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = text.lines().find_map(|line| line.strip_prefix("tps = "));
        let rate = line.and_then(|line| line.split(' ').next()).and_then(|rate| rate.parse().ok());
        rate.unwrap_or_else(|| panic!("pgbench: {text}{}", String::from_utf8_lossy(&output.stderr)))
    };
    centre::seed(folder.path(), Some(&address), TOKENS);
    server.sql("bench", "ANALYZE");
    let mut centre = Centre::start(folder.path(), Some(&address), TOKENS);
    let plain = Plain::start();
    let (many, alone) = (|| pgbench("32"), || pgbench("1"));
    let beside = Beside { plain: &plain, pgbench: Some(&many), single_commits: &alone };
    let (engine, axum, pgbench) = engine::rounds(&mut centre, &beside, rounds).await;
    figures.axum_per_s = figures.axum_per_s.or(Some(axum));
    figures.pgbench_per_s = pgbench;
    figures.postgres = Some(engine);
}
