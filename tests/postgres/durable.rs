//! Owns databases whose defaults would let an answered commit be lost.
//! Refuses to crash anything: a commit that waits to be safe is seen waiting.
//! Invariant: before the centre is looked at, the default is shown to be what it is.

use std::time::Duration;

use harness::asked::{Question, Reply, client};
use harness::postgres::Postgres;
use harness::process::until;
use harness::scene::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn a_centre_waits_for_its_commits_though_the_role_the_database_or_the_address_says_not_to() {
    let postgres = Postgres::start(&[]).await;
    let cases = [
        ("of_role", "ALTER ROLE warifu SET synchronous_commit = off", ""),
        ("of_database", "ALTER DATABASE of_database SET synchronous_commit = off", ""),
        ("of_address", "SELECT 1", "?options=-c%20synchronous_commit%3Doff"),
    ];
    for (name, set, words) in cases {
        let address = format!("{}{words}", postgres.database(name));
        postgres.sql("postgres", "ALTER ROLE warifu RESET synchronous_commit");
        postgres.sql("postgres", set);
        let scene = Scene::set(&address, 1, 1);
        let centre = &scene.centres[0];
        let held = postgres.hold_commits(name).await;
        if words.is_empty() {
            assert_eq!(postgres.sql(name, "SHOW synchronous_commit"), "off");
            // What leaves it so does not wait: this returns.
            postgres.sql(name, "SELECT pg_logical_emit_message(true, '', '')");
        }
        let question = Question::new(&client(), centre, 0, &scene.code(0, scene.clock.step()));
        let url = centre.url.clone();
        let asked = tokio::spawn(async move { question.ask(&url).await });
        until("a commit of the centre that waits", Duration::from_secs(60), async || {
            assert!(!asked.is_finished(), "{name}: answered before it was safe");
            (held.of_centres(name) == 1).then_some(())
        })
        .await;
        held.release();
        assert_eq!(asked.await.expect("it ends"), Reply::of("accepted"), "{name}");
        assert!(centre.log().contains("synchronous_commit is off by default"), "{name}: {}", centre.log());
    }
}
