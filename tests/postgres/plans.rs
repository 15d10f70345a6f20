//! Owns what a group costs the database: how many rows it reads, whatever the tables held when its statements were planned.
//! Refuses to measure time.
//! Invariant: the database counts; nothing here is estimated.

use std::time::Duration;

use harness::postgres::Postgres;
use harness::process::until;

use harness::asked::{Question, Reply, all, client};
use harness::scene::Scene;

const TOKENS: usize = 100;
const STEPS: usize = 10;
/// How many rows of a table a look may read, one with another.
const FEW: usize = 50;

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
        let ask = |member| (member, Question::new(&client, &scene.centres[0], member, &code(member)));
        // Half of them have no token: those answers stand in `request`, the others in the tokens' rows.
        let replies = all((0..2 * TOKENS).map(ask).collect(), &scene.centres).await;
        let wanted = |member: usize| if member < TOKENS { "accepted" } else { "not_registered" };
        assert!(replies.iter().all(|(member, reply)| *reply == Reply::of(wanted(*member))), "{replies:?}");
    }
    let written = 2 * TOKENS * STEPS;
    let asked = "SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'audit'";
    until("the database's own count", Duration::from_secs(60), async || {
        postgres.sql("plans", asked).parse().is_ok_and(|rows: usize| rows >= written).then_some(())
    })
    .await;
    for table in ["request", "token"] {
        let asked = format!(
            "SELECT sum(idx_scan), sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = '{table}'"
        );
        let told = postgres.sql("plans", &asked);
        let (looks, rows) = told.split_once('|').expect("two numbers were asked for");
        let number = |text: &str| text.parse::<usize>().expect("the database answers with numbers");
        println!("{table}: {rows} rows in {looks} looks for {written} codes");
        // A look that reads all of the table reads hundreds. The tidying, which may, looks every five seconds.
        assert!(number(rows) <= FEW * number(looks), "{table}: {rows} rows in {looks} looks");
    }
}
