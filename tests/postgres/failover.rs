//! Owns sudden ends under load: of a centre, and of the database's primary with a synchronous standby behind it.
//! Refuses to ask for speed; the time without answers is told.
//! Invariant: what was acknowledged is there afterwards, and no accepted code is accepted again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use harness::postgres::Postgres;
use harness::process::until;
use tokio::task::JoinSet;

use crate::asked::{Question, Reply, client};
use crate::scene::Scene;

/// How many members are asked about while the primary ends.
const MEMBERS: usize = 400;
/// How often a centre is ended.
const KILLS: usize = 200;
/// How many codes a centre is asked about until it is ended, and how many of them at a time.
const LOAD: usize = 48;
const AT_A_TIME: usize = 12;

fn accepted() -> Reply {
    Reply::Verdict("accepted".to_owned())
}

/// Asks one after the other until `stop`; each question and its reply.
async fn load(
    questions: Vec<Question>,
    url: String,
    stop: tokio::sync::watch::Receiver<bool>,
    answered: Arc<AtomicUsize>,
) -> Vec<(Question, Reply, Instant)> {
    let mut asked = Vec::new();
    for question in questions {
        if *stop.borrow() {
            break;
        }
        let reply = question.ask(&url).await;
        if reply == Reply::Nothing {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        asked.push((question, reply, Instant::now()));
        answered.fetch_add(1, Ordering::Relaxed);
    }
    asked
}

/// The same, several at a time; the sender of the stop gets to know how many answers there were.
fn parallel_load(
    questions: Vec<Question>,
    url: &str,
    stop: &tokio::sync::watch::Receiver<bool>,
    answered: &Arc<AtomicUsize>,
) -> JoinSet<Vec<(Question, Reply)>> {
    let mut work = JoinSet::new();
    for some in questions.chunks(LOAD / AT_A_TIME).map(<[_]>::to_vec) {
        let (url, stop, answered) = (url.to_owned(), stop.clone(), answered.clone());
        work.spawn(async move {
            let mut asked = Vec::new();
            for question in some {
                if *stop.borrow() {
                    break;
                }
                let reply = question.ask(&url).await;
                answered.fetch_add(1, Ordering::Relaxed);
                asked.push((question, reply));
            }
            asked
        });
    }
    work
}

/// Every question once more: an acknowledged one gets its answer again, one in doubt gets one; then each code under a
/// new number, which nothing may accept. Nobody is told to come back: there is a database again.
async fn hold(url: &str, asked: &[(Question, Reply, Instant)]) {
    for (question, before, _) in asked {
        let again = question.ask(url).await;
        match before {
            Reply::Verdict(_) => assert_eq!(again, *before, "an acknowledged answer was lost"),
            _ => assert_eq!(again, accepted(), "a question in doubt has to end with one acceptance"),
        }
        let copy = question.copy().ask(url).await;
        assert_eq!(copy, Reply::Verdict("used".to_owned()), "an accepted code was accepted again");
    }
}

fn codes(scene: &Scene, members: usize) -> Vec<(usize, String)> {
    scene.clock.next_step();
    (0..members).map(|member| (member, scene.code(member, scene.clock.step()))).collect()
}

/// Asks all of them again at once, and their codes under new numbers.
async fn hold_together(scene: &Scene, asked: &[(Question, Reply)]) {
    let survivor = &scene.centres[0];
    let mut again = JoinSet::new();
    for (question, before) in asked.iter().cloned() {
        let (url, copy) = (survivor.url.clone(), question.copy());
        again.spawn(async move {
            (before, question.ask_until_answered(&url).await, copy.ask_until_answered(&url).await)
        });
    }
    for (before, again, copy) in again.join_all().await {
        assert!(!matches!(before, Reply::Status(_)), "a centre under load answered {before:?}");
        assert_eq!(again, accepted(), "{before:?} before, and an acceptance has to come of it");
        assert_eq!(copy, Reply::Verdict("used".to_owned()), "an accepted code was accepted again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_centre_that_is_killed_200_times_under_load_loses_nothing_and_accepts_nothing_twice() {
    let postgres = Postgres::start(&[]).await;
    let mut scene = Scene::set(&postgres.database("killed"), LOAD, 2);
    let client = client();
    let (mut acknowledged, mut in_doubt) = (0, 0);
    for kill in 0..KILLS {
        let centre = &scene.centres[1];
        let ask = |(member, code): (usize, String)| Question::new(&client, centre, member, &code);
        let questions = codes(&scene, LOAD).into_iter().map(ask).collect();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let answered = Arc::new(AtomicUsize::new(0));
        let asking = parallel_load(questions, &centre.url, &stopped, &answered);
        // Each time after another number of answers, so that it is ended at every point of a group.
        while answered.load(Ordering::Relaxed) < kill % (LOAD - AT_A_TIME) {
            tokio::task::yield_now().await;
        }
        scene.centres.remove(1).kill();
        stop.send_replace(true);
        let asked: Vec<_> = asking.join_all().await.into_iter().flatten().collect();
        acknowledged += asked.iter().filter(|(_, reply)| *reply == accepted()).count();
        in_doubt += asked.iter().filter(|(_, reply)| *reply == Reply::Nothing).count();
        hold_together(&scene, &asked).await;
        let again = scene.start(1);
        scene.centres.push(again);
    }
    println!("{KILLS} kills: {acknowledged} codes were acknowledged before, {in_doubt} were in doubt");
    assert!(acknowledged > KILLS && in_doubt > KILLS, "nothing was under way");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_primary_is_killed_and_the_standby_promoted_nothing_acknowledged_is_lost() {
    let mut primary = Postgres::start(&["wal_level=replica", "synchronous_standby_names=standby"]).await;
    // Until the standby is there, nothing could be committed with it.
    primary.sql("postgres", "ALTER SYSTEM SET synchronous_commit = local");
    primary.sql("postgres", "SELECT pg_reload_conf()");
    let near = primary.database("failover");
    let standby = primary.standby(&[]).await;
    primary.sql("postgres", "ALTER SYSTEM SET synchronous_commit = on");
    primary.sql("postgres", "SELECT pg_reload_conf()");
    until("the standby to be synchronous", Duration::from_secs(60), async || {
        (primary.sql("postgres", "SELECT sync_state FROM pg_stat_replication") == "sync").then_some(())
    })
    .await;
    let both = near.replace(
        "/failover",
        &format!(",127.0.0.1:{}/failover?target_session_attrs=read-write", standby.port()),
    );
    let scene = Scene::set(&both, MEMBERS, 2);
    let codes = codes(&scene, MEMBERS);
    let client = client();
    let mut loads = Vec::new();
    let answered = Arc::new(AtomicUsize::new(0));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    for (number, centre) in scene.centres.iter().enumerate() {
        let own = codes.iter().skip(number * MEMBERS / 2).take(MEMBERS / 2);
        let questions = own.map(|(member, code)| Question::new(&client, centre, *member, code)).collect();
        let load = load(questions, centre.url.clone(), stopped.clone(), answered.clone());
        loads.push(tokio::spawn(load));
    }
    until("answers before the end", Duration::from_secs(60), async || {
        (answered.load(Ordering::Relaxed) >= 20).then_some(())
    })
    .await;
    let killed = Instant::now();
    primary.kill();
    standby.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = ''");
    standby.promote();
    let url = scene.centres[0].url.clone();
    let probe = Question::new(&client, &scene.centres[0], MEMBERS - 1, &scene.wrong(MEMBERS - 1));
    until("an answer after the change", Duration::from_secs(60), async || {
        matches!(probe.ask(&url).await, Reply::Verdict(_)).then_some(())
    })
    .await;
    println!("without answers for {:.1} s", killed.elapsed().as_secs_f64());
    stop.send_replace(true);
    let mut first = loads.remove(0).await.expect("the load does not panic");
    let second = loads.remove(0).await.expect("the load does not panic");
    hold(&url, &first).await;
    hold(&scene.centres[1].url, &second).await;
    first.extend(second);
    assert!(
        first.iter().any(|(_, reply, when)| *reply == accepted() && *when < killed),
        "nothing was under way"
    );
}
