//! Owns the proof that a token is stopped and ended on request, and by whom stands in the log.
//! Refuses to know pages and cooling-off.
//! Invariant: what is asked twice happens once.

use serde_json::json;

use super::stage::{Stage, fresh_id};

const REASON: &str = "端末を失くした";

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_stopped_on_request_answers_nothing_until_it_is_reinstated() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    let wish = json!({ "by": "member", "reason": "心当たりがない" });
    let status = stage.ask("m-1", "suspend", wish.clone()).await.good();
    assert_eq!(
        (&status["registration"], &status["token"]["state"]),
        (&json!("suspended"), &json!("suspended"))
    );
    assert_eq!(stage.verdict("m-1", &phone.code(stage.step())).await, "suspended");
    // Twice is as good as once, and is one mail.
    assert_eq!(stage.ask("m-1", "suspend", wish).await.good()["registration"], "suspended");
    let stopped = |names: &[String]| names.iter().filter(|name| name.ends_with("-stopped.eml")).count();
    assert_eq!(stopped(&stage.mails_after(4).await), 1);
    let back = json!({ "staff": "s-7", "reason": "本人を確認した" });
    assert_eq!(stage.ask("m-1", "reinstate", back).await.good()["registration"], "active");
    assert_eq!(stage.verdict("m-1", &phone.code(stage.step())).await, "accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_released_token_is_gone_and_a_new_one_may_be_issued() {
    let stage = Stage::set().await;
    for (member, is_suspended) in [("m-1", false), ("m-2", true)] {
        let phone = stage.active(member).await;
        if is_suspended {
            let wish = json!({ "by": "staff", "staff": "s-7", "reason": REASON });
            stage.ask(member, "suspend", wish).await.good();
        }
        let wish = json!({ "request_id": fresh_id(), "staff": "s-7", "reason": REASON });
        for _ in 0..2 {
            let status = stage.ask(member, "release", wish.clone()).await.good();
            assert_eq!(
                (&status["registration"], &status["ended"]["state"]),
                (&json!("none"), &json!("revoked"))
            );
        }
        assert_eq!(stage.verdict(member, &phone.code(stage.step())).await, "not_registered");
        stage.issue(member).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_in_use_is_neither_stopped_nor_released() {
    let stage = Stage::set().await;
    stage.enrol(&stage.issue("m-2").await).await;
    for member in ["m-1", "m-2"] {
        for (call, wish) in [
            ("suspend", json!({ "by": "member", "reason": REASON })),
            ("release", json!({ "staff": "s-7", "reason": REASON })),
        ] {
            let reply = stage.ask(member, call, wish).await;
            assert_eq!(
                (reply.status.as_u16(), &reply.json()["code"]),
                (409, &json!("wrong_state")),
                "{call}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_a_token_has_to_be_said() {
    let stage = Stage::set().await;
    stage.active("m-1").await;
    for wish in [
        json!({ "by": "staff", "reason": REASON }),
        json!({ "by": "staff", "staff": " ", "reason": REASON }),
        json!({ "by": "member", "staff": "s-7", "reason": REASON }),
        json!({ "by": "member", "reason": "" }),
        json!({ "by": "nobody", "reason": REASON }),
    ] {
        let reply = stage.ask("m-1", "suspend", wish.clone()).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["code"]), (400, &json!("malformed")), "{wish}");
    }
    assert_eq!(stage.status("m-1").await["registration"], "active");
}
