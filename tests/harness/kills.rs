//! Owns a centre that is ended by SIGKILL under load, again and again.
//! Refuses to know which database stands behind it.
//! Invariant: what was acknowledged is there afterwards, no accepted code is accepted again, the audit log is whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::asked::{Question, Reply, client};
use crate::centre::Centre;
use crate::scene::Scene;

/// How often it is ended.
const KILLS: usize = 200;
/// How many codes it is asked about until it is ended, and how many of them at a time.
pub const LOAD: usize = 48;
const AT_A_TIME: usize = 12;

/// A code of each of these members, fresh for a minute.
pub fn codes(scene: &Scene, members: usize) -> Vec<(usize, String)> {
    scene.clock.next_step();
    (0..members).map(|member| (member, scene.code(member, scene.clock.step()))).collect()
}

/// Asks several at a time until all are asked or `stop`; counts the answers as they come.
fn load(
    questions: &[Question],
    url: &str,
    stop: &watch::Receiver<bool>,
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

/// Asks all of them again at once, and their codes under new numbers: what was acknowledged is answered again, what is
/// in doubt ends with one acceptance, and nothing is accepted twice.
async fn hold(centre: &Centre, asked: &[(Question, Reply)]) {
    let mut again = JoinSet::new();
    for (question, before) in asked.iter().cloned() {
        let (url, copy) = (centre.url.clone(), question.copy());
        again.spawn(async move {
            (before, question.ask_until_answered(&url).await, copy.ask_until_answered(&url).await)
        });
    }
    for (before, again, copy) in again.join_all().await {
        assert!(!matches!(before, Reply::Status(_)), "a centre under load answered {before:?}");
        assert_eq!(again, Reply::of("accepted"), "{before:?} before, and an acceptance has to come of it");
        assert_eq!(copy, Reply::of("used"), "an accepted code was accepted again");
    }
}

/// Ends the scene's last centre [`KILLS`] times. Another one is asked what became of it, as long as it is down; where
/// there is no other, it is asked itself after its next start.
pub async fn under_load(scene: &mut Scene) {
    let client = client();
    let (mut acknowledged, mut in_doubt) = (0, 0);
    for kill in 0..KILLS {
        let last = scene.centres.len() - 1;
        let centre = &scene.centres[last];
        let ask = |(member, code): (usize, String)| Question::new(&client, centre, member, &code);
        let questions: Vec<_> = codes(scene, LOAD).into_iter().map(ask).collect();
        let (stop, stopped) = watch::channel(false);
        let answered = Arc::new(AtomicUsize::new(0));
        let asking = load(&questions, &centre.url, &stopped, &answered);
        // Each time after another number of answers, so that it is ended at every point of a group.
        while answered.load(Ordering::Relaxed) < kill % (LOAD - AT_A_TIME) {
            tokio::task::yield_now().await;
        }
        scene.centres.remove(last).kill();
        stop.send_replace(true);
        let asked: Vec<_> = asking.join_all().await.into_iter().flatten().collect();
        acknowledged += asked.iter().filter(|(_, reply)| *reply == Reply::of("accepted")).count();
        in_doubt += asked.iter().filter(|(_, reply)| *reply == Reply::Nothing).count();
        if let Some(other) = scene.centres.first() {
            hold(other, &asked).await;
        }
        let again = scene.start(last);
        scene.centres.push(again);
        if last == 0 {
            hold(&scene.centres[0], &asked).await;
        }
    }
    println!("{KILLS} kills: {acknowledged} codes were acknowledged before, {in_doubt} were in doubt");
    assert!(acknowledged > KILLS && in_doubt > KILLS, "nothing was under way");
    let audited = scene.audited();
    assert!(audited.contains("are whole"), "{audited}");
}
