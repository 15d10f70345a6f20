//! Owns the part of the story that tells how a question is answered again, wherever its answer stands.
//! Refuses to know where that is.
//! Invariant: the same ID gets the same answer for a week, and another question under it is a conflict.

use super::*;
use crate::store::requests::{self, Kept};

const ACTIVE: TokenState = TokenState::Active;

async fn in_use() -> Scene {
    let scene = scene().await;
    scene.token().await;
    scene.settle(0, spend(TokenState::Issued, ACTIVE, 10)).await;
    scene
}

/// What the question under that ID gets on another day; whether the code is right is decided as `act` says.
async fn ask(scene: &Scene, id: u8, days: i64, act: Act) -> Settled {
    let mut job = scene.job(id, act);
    job.now = NOW.plus(days * DAY);
    scene.store.settle(job).await.unwrap()
}

fn charge() -> Act {
    Act::Charge { from: ACTIVE, stopped: TokenState::Suspended }
}

fn wrong(left: u8) -> Settled {
    let answer = Answer { verdict: Verdict::Wrong, wrong_left: Some(left), clock_off_s: None };
    Settled::Answer(answer, Rings::No)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_has_no_room_in_its_row_any_more_is_given_again_from_elsewhere() {
    let scene = in_use().await;
    // The first week after 利用開始 is over: the row alone says what was asked.
    for id in 1..=20 {
        let right = spend(ACTIVE, ACTIVE, 20 + u64::from(id));
        assert_eq!(ask(&scene, id, 10, right).await, answer(Verdict::Accepted));
    }
    for id in 1..=20 {
        assert_eq!(ask(&scene, id, 10, charge()).await, answer(Verdict::Accepted), "{id}");
        let mut other = scene.job(id, charge());
        (other.now, other.question.digest) = (NOW.plus(10 * DAY), [8; 16]);
        assert_eq!(scene.store.settle(other).await.unwrap(), Settled::Conflict, "{id}");
    }
    assert_eq!(ask(&scene, 21, 10, charge()).await, wrong(4), "nothing was charged before");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_given_again_for_a_week_and_not_after_it() {
    let scene = in_use().await;
    assert_eq!(ask(&scene, 1, 10, charge()).await, wrong(4));
    assert_eq!(ask(&scene, 2, 12, charge()).await, wrong(3));
    assert_eq!(ask(&scene, 1, 16, spend(ACTIVE, ACTIVE, 30)).await, wrong(4));
    assert_eq!(ask(&scene, 1, 18, charge()).await, wrong(2));
    assert_eq!(ask(&scene, 2, 18, charge()).await, wrong(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_given_again_after_its_token_ended_and_another_followed() {
    let scene = in_use().await;
    assert_eq!(ask(&scene, 1, 10, charge()).await, wrong(4));
    assert_eq!(ask(&scene, 2, 10, spend(ACTIVE, TokenState::Revoked, 20)).await, revoked());
    assert_eq!(ask(&scene, 3, 10, Act::Note(Verdict::NotRegistered)).await, answer(Verdict::NotRegistered));
    let all_stay = async || {
        assert_eq!(ask(&scene, 1, 11, charge()).await, wrong(4));
        assert_eq!(ask(&scene, 2, 11, charge()).await, answer(Verdict::Accepted));
        assert_eq!(ask(&scene, 3, 11, charge()).await, answer(Verdict::NotRegistered));
    };
    all_stay().await;
    scene.follower().await;
    all_stay().await;
    let activated = ask(&scene, 4, 11, spend(TokenState::Issued, ACTIVE, 10)).await;
    assert!(matches!(activated, Settled::Answer(answer, _) if answer.verdict == Verdict::Accepted));
    all_stay().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_while_a_token_was_stopped_stays_answered_when_it_is_in_use_again() {
    let scene = in_use().await;
    for (id, left) in (1..5).zip([4, 3, 2, 1]) {
        assert_eq!(ask(&scene, id, 10, charge()).await, wrong(left));
    }
    let stopped = |id| ask(&scene, id, 10, charge());
    assert!(matches!(stopped(5).await, Settled::Answer(answer, _) if answer.verdict == Verdict::Suspended));
    let noted = ask(&scene, 6, 10, Act::Note(Verdict::Suspended)).await;
    assert_eq!(noted, answer(Verdict::Suspended));
    let reinstate = scene.store.write(|tx| {
        let token = tokens::in_use(tx, 1, &member())?.ok_or(StoreError::Lost)?;
        tokens::reinstate(tx, token.no, NOW.plus(10 * DAY))
    });
    assert!(reinstate.await.unwrap());
    for id in [5, 6] {
        let again = ask(&scene, id, 11, spend(ACTIVE, ACTIVE, 30)).await;
        assert_eq!(again, answer(Verdict::Suspended), "{id}");
    }
    assert_eq!(ask(&scene, 7, 11, spend(ACTIVE, ACTIVE, 30)).await, answer(Verdict::Accepted));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_another_members_question_is_any_other_for_a_code_whose_row_holds_all_that_was_asked() {
    let scene = in_use().await;
    for (id, kept) in [(1, Kept::Issue(1)), (2, Kept::Done)] {
        let mut question = scene.job(id, charge()).question;
        (question.member_id, question.digest) = ("m-2".parse().unwrap(), [8; 16]);
        let keep = scene.store.write(move |tx| requests::keep(tx, &question, kept, NOW.plus(5 * DAY)));
        keep.await.unwrap();
    }
    // In the first week after 利用開始 all that was asked is looked through.
    assert_eq!(ask(&scene, 1, 6, charge()).await, Settled::Conflict);
    assert_eq!(ask(&scene, 1, 10, charge()).await, wrong(4));
    assert_eq!(ask(&scene, 2, 10, charge()).await, wrong(3));
    assert_eq!(ask(&scene, 1, 10, charge()).await, wrong(4), "it is the code's answer from now on");
}

fn revoked() -> Settled {
    let accepted = Answer { verdict: Verdict::Accepted, wrong_left: None, clock_off_s: None };
    Settled::Answer(accepted, Rings::Yes)
}
