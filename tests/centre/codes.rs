//! Owns the proof that a code is good once, and that guesses end.
//! Refuses to know how the centre writes it down.
//! Invariant: every question is a request of its own over a connection.

use harness::centre::{Wishes, request_id};
use serde_json::json;
use warifu_core::wire::bank::{Answer, Verdict};

use crate::member::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn of_64_parallel_copies_of_a_right_code_exactly_one_is_accepted() {
    let stage = Stage::set(&Wishes::default());
    let device = stage.active("m-1").await;
    for round in 0..3 {
        let code = device.code(stage.clock.step());
        let asked = (0..64).map(|_| stage.verify("m-1", &code));
        let replies = join(asked).await;
        let mut accepted = 0;
        for reply in replies {
            assert!(!reply.status.is_server_error(), "round {round}: {reply:?}");
            match reply.expect::<Answer>().verdict {
                Verdict::Accepted => accepted += 1,
                Verdict::Used => {}
                other => panic!("round {round}: {other}"),
            }
        }
        assert_eq!(accepted, 1, "round {round}");
        stage.clock.next_step();
    }
    assert_eq!(stage.centre.status("m-1").await["registration"], "active");
}

/// All at once, each on a task of its own.
async fn join<T>(asked: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = asked.map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        waiting.retain_mut(|one| match one.as_mut().poll(context) {
            std::task::Poll::Ready(value) => {
                done.push(value);
                false
            }
            std::task::Poll::Pending => true,
        });
        if waiting.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_code_is_refused_and_nothing_is_charged() {
    let stage = Stage::set(&Wishes::default());
    let device = stage.active("m-1").await;
    let code = device.code(stage.clock.step());
    assert_eq!(stage.verify("m-1", &code).await.expect::<Answer>().verdict, Verdict::Accepted);
    for _ in 0..10 {
        assert_eq!(stage.verify("m-1", &code).await.expect::<Answer>().verdict, Verdict::Used);
    }
    assert_eq!(stage.centre.status("m-1").await["token"]["wrong_left"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_codes_suspend_and_the_right_one_then_answers_as_the_wrong_one_does() {
    let stage = Stage::set(&Wishes::default());
    let device = stage.active("m-1").await;
    let wrong = device.wrong_code(stage.clock.step());
    for left in [4, 3, 2, 1] {
        let answer: Answer = stage.verify("m-1", &wrong).await.expect();
        assert_eq!(answer, Answer { verdict: Verdict::Wrong, wrong_left: Some(left), clock_off_s: None });
    }
    let fifth: Answer = stage.verify("m-1", &wrong).await.expect();
    assert_eq!(fifth.verdict, Verdict::Suspended);
    assert_eq!(stage.centre.status("m-1").await["registration"], "suspended");

    let right = stage.verify("m-1", &device.code(stage.clock.step())).await;
    let wrong = stage.verify("m-1", &wrong).await;
    assert_eq!(right, wrong, "a suspended token tells nothing of a guess");
    assert_eq!(right.expect::<Answer>().verdict, Verdict::Suspended);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_parallel_wrong_codes_at_most_five_are_looked_at() {
    let stage = Stage::set(&Wishes::default());
    let device = stage.active("m-1").await;
    let wrong = device.wrong_code(stage.clock.step());
    let replies = join((0..64).map(|_| stage.verify("m-1", &wrong))).await;
    let mut looked_at = 0;
    for reply in replies {
        assert!(!reply.status.is_server_error(), "{reply:?}");
        looked_at += usize::from(reply.expect::<Answer>().verdict != Verdict::Suspended);
    }
    assert!(looked_at <= 5, "{looked_at}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_token_is_reinstated_with_a_reason_and_then_verifies() {
    let stage = Stage::set(&Wishes::default());
    let device = stage.active("m-1").await;
    let wrong = device.wrong_code(stage.clock.step());
    for _ in 0..5 {
        stage.verify("m-1", &wrong).await;
    }
    let wish = json!({ "request_id": request_id(), "staff": "s-7", "reason": "窓口で本人を確認した" });
    let status: serde_json::Value = stage.centre.ask("m-1", "reinstate", &wish).await.expect();
    assert_eq!(status["registration"], "active");
    let answer: Answer = stage.verify("m-1", &device.code(stage.clock.step())).await.expect();
    assert_eq!(answer.verdict, Verdict::Accepted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_spent_once_across_purposes() {
    let stage = Stage::set(&Wishes::default());
    let device = stage.active("m-1").await;
    let code = device.code(stage.clock.step());
    assert_eq!(stage.verify("m-1", &code).await.expect::<Answer>().verdict, Verdict::Accepted);
    let question = json!({ "request_id": request_id(), "code": code });
    let answer: Answer = stage.centre.ask("m-1", "revoke", &question).await.expect();
    assert_eq!(answer.verdict, Verdict::Used);
    assert_eq!(stage.centre.status("m-1").await["registration"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_question_again_gets_the_same_answer_and_another_one_under_its_number_is_a_conflict() {
    let stage = Stage::set(&Wishes::default());
    let device = stage.active("m-1").await;
    let question = json!({
        "request_id": request_id(), "purpose": "sign_in", "code": device.code(stage.clock.step()),
    });
    let first = stage.centre.ask("m-1", "verify", &question).await;
    assert_eq!(first.expect::<Answer>().verdict, Verdict::Accepted);
    assert_eq!(stage.centre.ask("m-1", "verify", &question).await, first);
    let mut other = question.clone();
    other["purpose"] = "transfer".into();
    let conflict = stage.centre.ask("m-1", "verify", &other).await;
    assert_eq!((conflict.status.as_u16(), &conflict.json()["code"]), (409, &json!("conflict")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_that_was_used_for_one_member_is_a_conflict_for_another() {
    let stage = Stage::set(&Wishes::default());
    let (one, other) = (stage.active("m-1").await, stage.active("m-2").await);
    let id = request_id();
    let ask = async |member: &str, code: &str| {
        let question = json!({ "request_id": id, "purpose": "sign_in", "code": code });
        stage.centre.ask(member, "verify", &question).await
    };
    let first = ask("m-1", &one.code(stage.clock.step())).await;
    assert_eq!(first.expect::<Answer>().verdict, Verdict::Accepted);
    let right = other.code(stage.clock.step());
    let conflict = ask("m-2", &right).await;
    assert_eq!((conflict.status.as_u16(), &conflict.json()["code"]), (409, &json!("conflict")));
    assert_eq!(stage.verify("m-2", &right).await.expect::<Answer>().verdict, Verdict::Accepted);
}
