//! Owns the proof of what an institution may demand of a device: how well it keeps keys, at least.
//! Refuses to judge whether a device told the truth; the demand is told to honest apps.
//! Invariant: a device below the demand is refused before anything is charged, and learns nothing of the user ID.

use std::process::Command;

use serde_json::json;
use warifu_core::ids::UserId;
use warifu_core::wire::device::VaultLevel;
use warifu_server::demo;

use super::stage::{PASSWORD, Reply, Stage, begin};

fn demand(stage: &Stage, level: &str) -> bool {
    let run = Command::new(env!("CARGO_BIN_EXE_warifu-server"))
        .args(["institution", "set", demo::SERVICE_ID, "--least-vault", level, "--folder"])
        .arg(stage.centre())
        .output();
    run.unwrap().status.success()
}

async fn start_at(stage: &Stage, user_id: &UserId, level: VaultLevel) -> Reply {
    let mut m1 = begin(user_id, PASSWORD).m1().clone();
    m1.vault = level;
    stage.post("/device/v1/enrol/start", &json!(m1)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_below_the_institutions_demand_is_refused_before_a_guess_is_charged() {
    let stage = Stage::set().await;
    let user_id = stage.issue("m-1").await;
    assert!(!demand(&stage, "strong"), "only levels of the protocol are taken");
    assert!(demand(&stage, "hardware_wrapped"));
    for level in [VaultLevel::Sealed, VaultLevel::DeviceOnly] {
        let refused = start_at(&stage, &user_id, level).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (403, &json!("vault_too_weak")));
        let unreal = start_at(&stage, &UserId::parse("999999999999").unwrap(), level).await;
        // All but the request's own number.
        let said =
            |reply: &Reply| (reply.status, reply.json()["code"].clone(), reply.json()["message"].clone());
        assert_eq!(said(&unreal), said(&refused), "{level}");
    }
    assert_eq!(stage.status("m-1").await["issue"]["attempts_left"], 5);
    for level in [VaultLevel::HardwareWrapped, VaultLevel::HardwareComputed] {
        start_at(&stage, &user_id, level).await.good();
    }
    assert_eq!(stage.status("m-1").await["issue"]["attempts_left"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_level_stays_with_the_token_and_a_new_demand_leaves_old_tokens_alone() {
    let stage = Stage::set().await;
    let phone = stage.active("m-1").await;
    assert_eq!(stage.status("m-1").await["token"]["vault"], "sealed");
    assert!(demand(&stage, "hardware_computed"));
    assert_eq!(stage.verdict("m-1", &phone.code(stage.step())).await, "accepted");
}
