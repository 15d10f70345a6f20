//! Owns sudden ends under load: of a centre, and of the database's primary with a synchronous standby behind it.
//! Refuses to ask for speed; the time without answers is told.
//! Invariant: what was acknowledged is there afterwards, and no accepted code is accepted again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use harness::asked::{Question, Reply, client};
use harness::kills::{self, codes};
use harness::postgres::Postgres;
use harness::process::until;
use harness::scene::Scene;
use tokio::sync::watch;
use tokio::task::JoinSet;

const LONG: Duration = Duration::from_secs(60);
/// How many members are asked about while the primary ends, at which number of centres, how many at a time at each.
const MEMBERS: usize = 1_200;
const CENTRES: usize = 2;
const AT_A_TIME: usize = 8;
/// How many answers there are before the primary ends.
const BEFORE: usize = 40;
/// How often a caller asks on who was told to come back.
const AGAIN: Duration = Duration::from_millis(250);

/// A question, its reply, when it was asked and when the reply was there.
struct Asked {
    question: Question,
    reply: Reply,
    from: Instant,
    to: Instant,
}

impl Asked {
    fn is_acknowledged_before(&self, moment: Instant) -> bool {
        self.to < moment && self.reply == Reply::of("accepted")
    }

    fn is_under_way_at(&self, moment: Instant) -> bool {
        self.from < moment && moment < self.to
    }
}

/// Asks a centre [`AT_A_TIME`] questions at a time until all are asked or `stop`.
fn load(
    questions: &[Question],
    url: &str,
    stop: &watch::Receiver<bool>,
    answered: &Arc<AtomicUsize>,
) -> JoinSet<Vec<Asked>> {
    let mut work = JoinSet::new();
    for some in questions.chunks(questions.len().div_ceil(AT_A_TIME)).map(<[_]>::to_vec) {
        let (url, stop, answered) = (url.to_owned(), stop.clone(), answered.clone());
        work.spawn(async move {
            let mut all = Vec::new();
            for question in some {
                if *stop.borrow() {
                    break;
                }
                let from = Instant::now();
                let reply = question.ask(&url).await;
                all.push(Asked { question, from, to: Instant::now(), reply: reply.clone() });
                match reply {
                    Reply::Verdict(_) => drop(answered.fetch_add(1, Ordering::Relaxed)),
                    Reply::Status(_) | Reply::Nothing => tokio::time::sleep(AGAIN).await,
                }
            }
            all
        });
    }
    work
}

/// Every question once more: an acknowledged one gets its answer again, one in doubt gets one; then each code under a
/// new number, which nothing may accept. Nobody is told to come back: there is a database again.
async fn hold(url: &str, asked: Vec<Asked>) {
    let mut work = JoinSet::new();
    let mut rest = asked.into_iter();
    loop {
        let some: Vec<Asked> = rest.by_ref().take(MEMBERS / AT_A_TIME).collect();
        if some.is_empty() {
            break;
        }
        let url = url.to_owned();
        work.spawn(async move {
            for Asked { question, reply, .. } in some {
                let again = question.ask(&url).await;
                match reply {
                    Reply::Verdict(_) => assert_eq!(again, reply, "an acknowledged answer was lost"),
                    _ => assert_eq!(
                        again,
                        Reply::of("accepted"),
                        "a question in doubt ends with an acceptance"
                    ),
                }
                let copy = question.copy().ask(&url).await;
                assert_eq!(copy, Reply::of("used"), "an accepted code was accepted again");
            }
        });
    }
    work.join_all().await;
}

/// A primary and its synchronous standby, and the address of a database on whichever takes writes.
async fn pair() -> (Postgres, Postgres, String) {
    let primary = Postgres::start(&["wal_level=replica", "synchronous_standby_names=standby"]).await;
    // Until the standby is there, nothing could be committed with it.
    primary.sql("postgres", "ALTER SYSTEM SET synchronous_commit = local");
    primary.sql("postgres", "SELECT pg_reload_conf()");
    let near = primary.database("failover");
    let standby = primary.standby(&[]).await;
    primary.sql("postgres", "ALTER SYSTEM SET synchronous_commit = on");
    primary.sql("postgres", "SELECT pg_reload_conf()");
    until("the standby to be synchronous", LONG, async || {
        (primary.sql("postgres", "SELECT sync_state FROM pg_stat_replication") == "sync").then_some(())
    })
    .await;
    let both = near.replace(
        "/failover",
        &format!(",127.0.0.1:{}/failover?target_session_attrs=read-write", standby.port()),
    );
    (primary, standby, both)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_centre_that_is_killed_200_times_under_load_loses_nothing_and_accepts_nothing_twice() {
    let postgres = Postgres::start(&[]).await;
    kills::under_load(&mut Scene::set(&postgres.database("killed"), kills::LOAD, 2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_primary_is_killed_and_the_standby_promoted_nothing_acknowledged_is_lost() {
    let (mut primary, standby, database) = pair().await;
    // The last members are for the probes.
    let scene = Scene::set(&database, MEMBERS + CENTRES, CENTRES);
    let client = client();
    let codes = codes(&scene, MEMBERS);
    let answered = Arc::new(AtomicUsize::new(0));
    let (stop, stopped) = watch::channel(false);
    let mut loads = Vec::new();
    for (centre, own) in scene.centres.iter().zip(codes.chunks(MEMBERS / CENTRES)) {
        let own = own.iter().map(|(member, code)| Question::new(&client, centre, *member, code));
        loads.push(load(&own.collect::<Vec<_>>(), &centre.url, &stopped, &answered));
    }
    until("answers before the end", LONG, async || {
        (answered.load(Ordering::Relaxed) >= BEFORE).then_some(())
    })
    .await;
    let killed = Instant::now();
    primary.kill();
    let mut probes = JoinSet::new();
    for (number, centre) in scene.centres.iter().enumerate() {
        let member = MEMBERS + number;
        let probe = Question::new(&client, centre, member, &scene.wrong(member));
        let url = centre.url.clone();
        probes.spawn(async move {
            assert_eq!(probe.ask_until_answered(&url).await, Reply::of("wrong"));
            (number + 1, killed.elapsed().as_secs_f64())
        });
    }
    standby.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = ''");
    standby.promote();
    let promoted = killed.elapsed().as_secs_f64();
    let mut silent = probes.join_all().await;
    silent.sort_unstable_by_key(|(number, _)| *number);
    stop.send_replace(true);

    let (mut before, mut under_way) = (0, 0);
    for (asking, centre) in loads.into_iter().zip(&scene.centres) {
        let asked: Vec<Asked> = asking.join_all().await.into_iter().flatten().collect();
        let own = asked.iter().filter(|asked| asked.is_under_way_at(killed)).count();
        assert!(own > 1, "at each centre several questions have to be under way: {own} were");
        before += asked.iter().filter(|asked| asked.is_acknowledged_before(killed)).count();
        under_way += own;
        hold(&centre.url, asked).await;
    }
    assert!(before >= BEFORE, "{before}");
    let silent: Vec<String> =
        silent.iter().map(|(number, seconds)| format!("{seconds:.1} s at centre {number}")).collect();
    println!(
        "change of primary: without answers for {}; promoted after {promoted:.1} s; {before} codes were acknowledged \
         before and {under_way} were under way, all kept",
        silent.join(", ")
    );
}
