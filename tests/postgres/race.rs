//! Owns the race probe: one code, many copies, several centres.
//! Refuses to know who wins.
//! Invariant: what is counted is what an institution would see.

use harness::postgres::Postgres;

use crate::asked::{Question, Reply, all, client};
use crate::scene::Scene;

const CENTRES: usize = 3;
const TOKENS: usize = 100;
const COPIES: usize = 64;

async fn race(address: String) {
    let scene = Scene::set(&address, TOKENS, CENTRES);
    let client = client();
    // A few tokens at a time, so that no centre turns a request away for being busy.
    for some in (0..TOKENS).collect::<Vec<_>>().chunks(4) {
        scene.clock.leave_at_least(20);
        let mut questions = Vec::new();
        for _ in 0..COPIES {
            for member in some {
                let code = scene.code(*member, scene.clock.step());
                questions.push((*member, Question::new(&client, &scene.centres[0], *member, &code)));
            }
        }
        let (members, questions): (Vec<_>, Vec<_>) = questions.into_iter().unzip();
        let asked = questions.len();
        let replies = all(questions, &scene.centres).await;
        // A status instead of a verdict, whichever, would be one answer fewer.
        let count = |wanted: &str| {
            replies.iter().filter(|reply| **reply == Reply::Verdict(wanted.to_owned())).count()
        };
        let (accepted, used) = (count("accepted"), count("used"));
        assert_eq!((accepted, accepted + used), (some.len(), asked), "{members:?}: {replies:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_copies_of_each_of_100_codes_over_3_centres_exactly_one_each_is_accepted() {
    let postgres = Postgres::start(&[]).await;
    race(postgres.database("race")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_holds_where_every_transaction_is_serializable() {
    let postgres = Postgres::start(&["default_transaction_isolation=serializable"]).await;
    race(postgres.database("race")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_1000_parallel_wrong_codes_at_most_five_are_answered_and_then_the_right_one_is_refused_alike() {
    let postgres = Postgres::start(&[]).await;
    let scene = Scene::set(&postgres.database("guesses"), 1, CENTRES);
    let client = client();
    let ask = |code: String| Question::new(&client, &scene.centres[0], 0, &code);
    let questions = (0..1_000).map(|_| ask(scene.wrong(0))).collect();
    let replies = all(questions, &scene.centres).await;
    let suspended = Reply::Verdict("suspended".to_owned());
    let wrong = Reply::Verdict("wrong".to_owned());
    let others: Vec<_> = replies.iter().filter(|reply| **reply != suspended).collect();
    assert!(others.len() <= 5, "{others:?}");
    assert!(others.iter().all(|reply| **reply == wrong), "every guess gets a verdict: {others:?}");
    let right = ask(scene.code(0, scene.clock.step()));
    assert_eq!(right.ask(&scene.centres[1].url).await, suspended);
}
