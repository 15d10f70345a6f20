//! Owns the proof of what an institution is told of all its members: ends to come, figures, the audit log.
//! Refuses to look into the database where a door will do.
//! Invariant: what is told is what happened, and of the own institution alone.

use reqwest::Method;
use serde_json::{Value, json};
use warifu_core::time::DAY;

use super::stage::{Reply, Stage};

impl Stage {
    async fn look(&self, path: &str) -> Reply {
        let bearer = format!("Bearer {}", self.key);
        self.send(Method::GET, path, &[("authorization", &bearer)], "").await
    }
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_end_soon_are_listed_and_others_are_not() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    stage.enrol(&stage.issue("m-2").await).await;
    assert_eq!(stage.look("/bank/v1/tokens/expiring").await.good(), json!({ "tokens": [] }));
    stage.pass(phone.facts.expires_at.0 - stage.now().0 - 59 * DAY);
    let found = stage.look("/bank/v1/tokens/expiring").await.good();
    let wanted =
        json!({ "member_id": "m-1", "serial": phone.facts.serial, "expires_at": phone.facts.expires_at });
    assert_eq!(found, json!({ "tokens": [wanted] }));
    let after = format!("{}-{}", phone.facts.expires_at.0, phone.facts.serial);
    let behind = stage.look(&format!("/bank/v1/tokens/expiring?within_days=60&after={after}")).await.good();
    assert_eq!(list(&behind["tokens"]).len(), 0);
    assert_eq!(list(&stage.look("/bank/v1/tokens/expiring?within_days=7").await.good()["tokens"]).len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_count_what_happened_in_its_hour() {
    let stage = Stage::set().await;
    let began = stage.now().0;
    let phone = stage.active("m-1").await;
    let wrong = phone.wrong_code(stage.step());
    for _ in 0..5 {
        stage.verify("m-1", &wrong).await.good();
    }
    let path = format!("/bank/v1/figures?from={began}&to={}", stage.now().0);
    let figures = stage.look(&path).await.good();
    let sum =
        |name: &str| list(&figures["hours"]).iter().map(|hour| hour[name].as_u64().unwrap()).sum::<u64>();
    // The code that suspends is answered as suspended.
    let found = ["issued", "activated", "suspended", "wrong", "accepted"].map(sum);
    assert_eq!(found, [1, 1, 1, 4, 1], "{figures}");
    let hours: Vec<_> = list(&figures["hours"]).iter().map(|hour| hour["hour"].as_i64().unwrap()).collect();
    assert!(hours.iter().all(|hour| hour % 3_600_000 == 0) && hours[0] <= began, "{hours:?}");
    // The same hours again are not counted anew within a minute.
    stage.issue("m-2").await;
    assert_eq!(stage.look(&path).await.good(), figures);
    let today = stage.look("/bank/v1/figures").await.good();
    assert!((24..=25).contains(&list(&today["hours"]).len()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_is_read_page_by_page_newest_first_and_is_whole() {
    let stage = Stage::set().await;
    stage.active("m-1").await;
    let wish = json!({ "by": "staff", "staff": "s-7", "reason": "端末を失くした" });
    stage.ask("m-1", "suspend", wish).await.good();
    let whole = stage.look("/bank/v1/audit?limit=200").await.good();
    let rows = list(&whole["rows"]);
    let newest = &rows[0];
    assert_eq!(
        [&newest["actor"], &newest["action"], &newest["outcome"], &newest["detail"]],
        ["staff:s-7", "suspend", "suspended", "端末を失くした"]
    );
    assert!(whole.get("next").is_none());
    let mut paged = Vec::new();
    let mut path = "/bank/v1/audit?limit=2".to_owned();
    loop {
        let page = stage.look(&path).await.good();
        paged.extend(list(&page["rows"]).clone());
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/bank/v1/audit?limit=2&before={next}");
    }
    assert_eq!(&paged, rows);
    let check = stage.look("/bank/v1/audit/verify").await.good();
    assert_eq!(check, json!({ "rows": rows.len(), "broken": null }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_audit_row_is_named_to_its_institution() {
    let stage = Stage::set().await;
    stage.active("m-1").await;
    assert_eq!(stage.sql("UPDATE audit SET outcome = 'wrong' WHERE seq = 2"), 1);
    let check = stage.look("/bank/v1/audit/verify").await.good();
    assert_eq!(
        (&check["broken"]["seq"], check["broken"]["chain"].as_str().unwrap().len() > 9),
        (&json!(2), true)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_makes_no_sense_is_malformed() {
    let stage = Stage::set().await;
    for path in [
        "tokens/expiring?within_days=0",
        "tokens/expiring?within_days=401",
        "tokens/expiring?within_days=x",
        "tokens/expiring?after=x",
        "tokens/expiring?unknown=1",
        "figures?from=2&to=1",
        "figures?from=0",
        "figures?from=-9223372036854775808&to=9223372036854775807",
        "figures?to=9223372036854775808",
        "audit?limit=0",
        "audit?limit=201",
        "audit?before=x",
        "audit?before=local.1&before=local.2",
    ] {
        let reply = stage.look(&format!("/bank/v1/{path}")).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["code"]), (400, &json!("malformed")), "{path}");
    }
}
