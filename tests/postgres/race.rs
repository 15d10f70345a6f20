//! Owns the race probe over three centres on one PostgreSQL, at both isolation levels.
//! Refuses to know who wins. The same probe on SQLite, where one centre has the folder, is in `tests/faults/race.rs`.
//! Invariant: what is counted is what an institution would see.

use harness::postgres::Postgres;
use harness::probes;
use harness::scene::Scene;

const CENTRES: usize = 3;
const SERIALIZABLE: &str = "default_transaction_isolation=serializable";

async fn race(settings: &[&str]) {
    let postgres = Postgres::start(settings).await;
    probes::race(&Scene::set(&postgres.database("race"), probes::TOKENS, CENTRES)).await;
}

async fn guess(settings: &[&str]) {
    let postgres = Postgres::start(settings).await;
    probes::guess(&Scene::set(&postgres.database("guesses"), 1, CENTRES)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_copies_of_each_of_100_codes_over_3_centres_exactly_one_each_is_accepted() {
    race(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_holds_where_every_transaction_is_serializable() {
    race(&[SERIALIZABLE]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_1000_parallel_wrong_codes_four_are_answered_and_then_the_right_one_is_refused_alike() {
    guess(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_are_answered_where_every_transaction_is_serializable() {
    guess(&[SERIALIZABLE]).await;
}
