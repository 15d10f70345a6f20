//! Owns the member's way over centres that share a database: issued at one, initialised at the next, used at the third.
//! Refuses to draw pages.
//! Invariant: no centre needs anything of another one but the database and the keys.

use harness::centre::{SERVICE_ID, request_id};
use harness::device::{self, Typed};
use harness::postgres::Postgres;
use serde_json::{Value, json};
use warifu_core::wire::bank::Issued;

use harness::scene::Scene;

const START_PASSWORD: &str = "19490713";

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_issued_initialised_activated_and_verified_each_by_another_centre() {
    let postgres = Postgres::start(&[]).await;
    let scene = Scene::set(&postgres.database("journey"), 1, 3);
    let [one, two, three] = &scene.centres[..] else { panic!("there are three centres") };
    let wish = json!({
        "request_id": request_id(), "mail": "taro@data-bank.example.jp", "start_password": START_PASSWORD,
    });
    let issued: Issued = one.ask("m-1", "issue", &wish).await.expect();
    let typed =
        Typed { service_id: SERVICE_ID, user_id: issued.user_id.as_str(), start_password: START_PASSWORD };
    let device = device::enrol(&two.url, &typed, scene.clock.now()).await;
    let device = device.unwrap_or_else(|why| panic!("the initialisation ended: {why:?}"));

    scene.clock.leave_at_least(20);
    let code = device.code(scene.clock.step());
    let activate = json!({ "request_id": request_id(), "code": code });
    let first: Value = three.ask("m-1", "activate", &activate).await.expect();
    assert_eq!(first["verdict"], "accepted");
    let again: Value = one.ask("m-1", "activate", &activate).await.expect();
    assert_eq!(again, first, "the same question gets its answer at every centre");

    let spent = json!({ "request_id": request_id(), "purpose": "sign_in", "code": code });
    let spent: Value = two.ask("m-1", "verify", &spent).await.expect();
    assert_eq!(spent["verdict"], "used");
    scene.clock.next_step();
    let code = device.code(scene.clock.step());
    let fresh = json!({ "request_id": request_id(), "purpose": "sign_in", "code": code });
    let fresh: Value = one.ask("m-1", "verify", &fresh).await.expect();
    assert_eq!(fresh["verdict"], "accepted");

    scene.clock.next_step();
    let code = device.code(scene.clock.step());
    let revoke = json!({ "request_id": request_id(), "code": code });
    let revoked: Value = three.ask("m-1", "revoke", &revoke).await.expect();
    assert_eq!(revoked["verdict"], "accepted");
    assert_eq!(two.status("m-1").await["registration"], "none");
}
