//! Owns the store's own story, told on PostgreSQL.
//! Refuses to tell it again: it is the one that SQLite tells in the centre's unit tests.
//! Invariant: it holds at both isolation levels.

use std::path::PathBuf;
use std::process::Command;

use harness::postgres::Postgres;

/// The centre's unit tests, as `cargo xtask test` has built them.
const VARIABLE: &str = "WARIFU_STORE_TESTS";

/// How many tests it has: none is left out without a word.
const TOLD: usize = 13;

/// Dozens of databases are made and nothing is killed: the disk need not keep up.
const UNSAFE_AND_QUICK: [&str; 2] = ["fsync=off", "full_page_writes=off"];

async fn tell(level: &str) {
    let program = std::env::var_os(VARIABLE).map(PathBuf::from);
    let program =
        program.unwrap_or_else(|| panic!("{VARIABLE} names no program; `cargo xtask test postgres` sets it"));
    let level = format!("default_transaction_isolation={level}");
    let postgres = Postgres::start(&[&UNSAFE_AND_QUICK[..], &[&level]].concat()).await;
    let mut story = Command::new(program);
    story.env("WARIFU_TEST_POSTGRES", postgres.address("postgres")).arg("store::story");
    let told = story.output().expect("the centre's unit tests start");
    let text = String::from_utf8_lossy(&told.stdout);
    assert!(
        told.status.success() && text.contains(&format!("test result: ok. {TOLD} passed;")),
        "not {TOLD} parts, or not all held: {text}"
    );
}

/// The tests over the centre's doors, as `cargo xtask test` has built them.
const DOORS: &str = "WARIFU_CENTRE_TESTS";
/// Those that are about rows; the others are about files, mails and the line, whatever the database.
const MODULES: [&str; 12] = [
    "attempts::",
    "codes::",
    "device::",
    "enrol::",
    "history::",
    "life::",
    "oversight::",
    "renewal::",
    "resync::",
    "sign::",
    "stops::",
    "time::",
];
/// How many tests they have: none is left out without a word.
const TESTS: usize = 69;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_centre_promises_over_its_doors_holds_as_on_sqlite() {
    let program = std::env::var_os(DOORS).map(PathBuf::from);
    let program =
        program.unwrap_or_else(|| panic!("{DOORS} names no program; `cargo xtask test postgres` sets it"));
    let postgres = Postgres::start(&UNSAFE_AND_QUICK).await;
    let mut doors = Command::new(program);
    doors.env("WARIFU_TEST_POSTGRES", postgres.address("postgres")).args(["--test-threads", "4"]);
    let told = doors.args(MODULES).output().expect("the centre's tests start");
    let text = String::from_utf8_lossy(&told.stdout);
    let all = format!("test result: ok. {TESTS} passed; 0 failed; 0 ignored;");
    assert!(told.status.success() && text.contains(&all), "not {TESTS} tests, or not all passed: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stores_story_holds_where_what_was_committed_is_read() {
    tell("read committed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stores_story_holds_where_transactions_are_serializable() {
    tell("serializable").await;
}
