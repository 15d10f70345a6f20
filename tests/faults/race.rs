//! Owns what races and kills do to codes on SQLite: one centre, which alone has its folder.
//! Refuses to know more than one centre: they need PostgreSQL, and `tests/postgres/race.rs` is the same probe over three
//! of them, `tests/postgres/failover.rs` the same kills.
//! Invariant: what is counted is what an institution would see.

use harness::scene::Scene;
use harness::{kills, probes};

#[tokio::test(flavor = "multi_thread")]
async fn of_64_copies_of_each_of_100_codes_exactly_one_each_is_accepted() {
    probes::race(&Scene::on_sqlite(Vec::new(), probes::TOKENS)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_1000_parallel_wrong_codes_four_are_answered_and_then_the_right_one_is_refused_alike() {
    // One centre takes in as many at once as three do.
    let places = vec![("WARIFU_SERVER_IN_FLIGHT", (2 * probes::GUESSES).to_string())];
    probes::guess(&Scene::on_sqlite(places, 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_centre_that_is_killed_200_times_under_load_loses_no_answer_and_accepts_no_code_twice() {
    kills::under_load(&mut Scene::on_sqlite(Vec::new(), kills::LOAD)).await;
}
