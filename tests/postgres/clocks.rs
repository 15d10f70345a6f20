//! Owns centres whose clocks disagree: with each other, and with the database's.
//! Refuses to let time pass; only clocks are moved.
//! Invariant: whatever a centre believes the time to be, a step is accepted once.

use std::path::PathBuf;

use harness::centre::{Centre, Wishes};
use harness::clock;
use harness::postgres::Postgres;
use reqwest::Method;

use harness::asked::{Question, Reply, client};
use harness::scene::Scene;

const TOKENS: usize = 8;
/// How far a clock is off, milliseconds.
const OFF: i64 = 120_000;

/// A clock of one centre alone.
fn off_by(scene: &Scene, name: &str, millis: i64) -> PathBuf {
    let file = scene.clock.file().with_extension(name);
    std::fs::write(&file, millis.to_string()).expect("the test's folder can be written");
    file
}

async fn ready(centre: &Centre) -> String {
    centre.send(Method::GET, "/health/ready", &[], Vec::new()).await.body
}

/// By how much it says that its clock is off.
async fn told(centre: &Centre) -> Option<i64> {
    let text = ready(centre).await;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.first(), Some(&"ready"), "{text}");
    let off = lines.get(1)?.strip_prefix("clock_off_ms=");
    Some(off.and_then(|off| off.parse().ok()).unwrap_or_else(|| panic!("{text}")))
}

#[tokio::test(flavor = "multi_thread")]
async fn centres_that_are_two_minutes_off_say_so_and_accept_no_step_twice() {
    let postgres = Postgres::start(&[]).await;
    let mut scene = Scene::set(&postgres.database("clocks"), TOKENS, 1);
    for (number, off) in [(1, OFF), (2, -OFF)] {
        let file = off_by(&scene, &number.to_string(), off);
        let settings = vec![(clock::VARIABLE, file.display().to_string())];
        let centre = scene.start_as(number, Wishes { settings, ..Wishes::default() });
        scene.centres.push(centre);
    }
    assert_eq!(told(&scene.centres[0]).await, None);
    for (number, off) in [(1, OFF), (2, -OFF)] {
        let told = told(&scene.centres[number]).await.expect("a clock that is off is told");
        assert!((told - off).abs() < 1_000, "{told} for {off}");
    }

    let client = client();
    for member in 0..TOKENS {
        // All three move on together when a minute is about to end.
        scene.clock.leave_at_least(40);
        for (number, off) in [(1, OFF), (2, -OFF)] {
            off_by(&scene, &number.to_string(), scene.clock.ahead() + off);
        }
        let now = scene.clock.step();
        let mut accepted = Vec::new();
        // Every step that any of the three takes, at each of them: rising for one member, falling for the next.
        for by in -3..=3 {
            for turn in 0..3 {
                let step = now.offset(if member % 2 == 0 { by } else { -by });
                let centre = &scene.centres[(member + turn) % 3];
                let question = Question::new(&client, centre, member, &scene.code(member, step));
                match question.ask(&centre.url).await {
                    Reply::Verdict(word) if word == "accepted" => accepted.push(step),
                    Reply::Verdict(_) => {}
                    other => panic!("{other:?}"),
                }
            }
        }
        let rising = accepted.windows(2).all(|pair| pair[0] < pair[1]);
        assert!(rising && !accepted.is_empty(), "member {member}: {accepted:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_centre_whose_clock_is_put_right_says_so_no_longer() {
    let postgres = Postgres::start(&[]).await;
    let mut scene = Scene::set(&postgres.database("clocks"), 1, 0);
    let file = off_by(&scene, "moved", -OFF);
    let settings = vec![(clock::VARIABLE, file.display().to_string())];
    scene.centres.push(scene.start_as(0, Wishes { settings, ..Wishes::default() }));
    let centre = &scene.centres[0];
    assert!(told(centre).await.is_some_and(|off| off < 0));
    std::fs::write(&file, "0").expect("the test's folder can be written");
    assert_eq!(ready(centre).await, "ready\n");
    let log = centre.log();
    let lines = log.lines().filter(|line| line.contains("the database's"));
    let lines: Vec<&str> = lines.collect();
    assert_eq!(lines.len(), 2, "one line when it is off, one when it is right again: {lines:?}");
    assert!(lines[0].contains("clock_off_ms") && lines[1].contains("agree again"), "{lines:?}");
}
