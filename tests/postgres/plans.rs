//! Owns what a group costs the database: how many rows it reads, whatever the tables held when its statements were planned.
//! Refuses to measure time.
//! Invariant: the database counts; nothing here is estimated.

use std::time::Duration;

use harness::postgres::Postgres;
use harness::process::until;

use crate::asked::{Question, Reply, all, client};
use crate::scene::Scene;

const TOKENS: usize = 100;
const STEPS: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_was_planned_over_an_empty_table_still_reads_only_the_rows_it_needs() {
    let postgres = Postgres::start(&["autovacuum=off"]).await;
    let mut scene = Scene::set(&postgres.database("plans"), TOKENS, 0);
    // The planner is told that no question was ever asked, and nobody tells it otherwise.
    postgres.sql("plans", "ANALYZE");
    scene.centres.push(scene.start(0));
    let client = client();
    for _ in 0..STEPS {
        scene.clock.next_step();
        let code = |member| scene.code(member, scene.clock.step());
        let ask = |member| Question::new(&client, &scene.centres[0], member, &code(member));
        let replies = all((0..TOKENS).map(ask).collect(), &scene.centres).await;
        assert!(replies.iter().all(|reply| *reply == Reply::Verdict("accepted".to_owned())), "{replies:?}");
    }
    let written = (TOKENS * STEPS).to_string();
    let asked = "SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'request'";
    until("the database's own count", Duration::from_secs(60), async || {
        (postgres.sql("plans", asked) == written).then_some(())
    })
    .await;
    for (table, at_most) in [("request", TOKENS * STEPS), ("token", 4 * TOKENS * STEPS)] {
        let read = postgres.sql(
            "plans",
            &format!("SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = '{table}'"),
        );
        let read: usize = read.parse().expect("the database answers with a number");
        assert!(read <= at_most, "{read} rows of {table} were read for {written} codes");
        println!("{table}: {read} rows read for {written} codes");
    }
}
