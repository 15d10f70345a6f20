//! Owns the proof that four eyes are four eyes, whatever a page asks the store for.
//! Refuses to know pages.
//! Invariant: each refusal is one of the statement or of the table, not of the code around it.

use super::*;

const NOW: UnixMillis = UnixMillis(7);

fn id(n: u8) -> RequestId {
    RequestId::from_bytes([n; 16])
}

fn staff(id: &str) -> StaffId {
    StaffId::parse(id).unwrap()
}

fn new(n: u8, member: &str, by: &str) -> NewReinstatement {
    NewReinstatement {
        id: id(n),
        member: member.parse().unwrap(),
        serial: "243725864".parse().unwrap(),
        identified: "窓口・本人確認書類".to_owned(),
        reason: "打ち間違い".to_owned(),
        requested_by: staff(by),
        is_to_be_approved: true,
    }
}

/// staff01 (clerk) and staff02 (approver) of the demo.
async fn store() -> Store {
    let store = Store::in_memory().unwrap();
    crate::staff_accounts::add_demo_staff(&store, NOW).await.unwrap();
    store
}

async fn state(store: &Store, n: u8) -> State {
    store.reinstatement(id(n)).await.unwrap().unwrap().state
}

#[tokio::test]
async fn nobody_approves_their_own_request_and_only_an_approver_approves() {
    let store = store().await;
    assert_eq!(store.request_reinstatement(new(1, "m-0001", "staff02"), NOW).await.unwrap(), Noted::Stands);
    assert!(!store.approve_reinstatement(id(1), &staff("staff02"), NOW).await.unwrap());
    assert!(!store.approve_reinstatement(id(1), &staff("staff01"), NOW).await.unwrap());
    assert!(!store.approve_reinstatement(id(1), &staff("nobody"), NOW).await.unwrap());
    assert_eq!(state(&store, 1).await, State::Open);
    let direct = store
        .run(|db| db.execute("UPDATE reinstatement SET state = 'approved', decided_by = requested_by", []))
        .await;
    assert!(direct.is_err(), "the table itself lets nobody approve their own request");

    store.request_reinstatement(new(2, "m-0002", "staff01"), NOW).await.unwrap();
    assert!(store.approve_reinstatement(id(2), &staff("staff02"), NOW).await.unwrap());
    assert!(!store.approve_reinstatement(id(2), &staff("staff02"), NOW).await.unwrap(), "once");

    store.request_reinstatement(new(3, "m-0003", "staff01"), NOW).await.unwrap();
    crate::staff_accounts::disable_staff(&store, "staff01", NOW).await.unwrap();
    assert!(!store.approve_reinstatement(id(3), &staff("staff02"), NOW).await.unwrap(), "asked by nobody");
    assert!(store.decline_reinstatement(id(3), &staff("staff02"), NOW).await.unwrap());
}

#[tokio::test]
async fn nobody_asks_for_or_approves_what_lets_their_own_token_go_on() {
    let store = store().await;
    let own = store.request_reinstatement(new(1, "staff.staff01", "staff01"), NOW).await.unwrap();
    assert_eq!(own, Noted::Oneself);
    store.request_reinstatement(new(2, "staff.staff02", "staff01"), NOW).await.unwrap();
    assert!(!store.approve_reinstatement(id(2), &staff("staff02"), NOW).await.unwrap());
    assert_eq!(state(&store, 2).await, State::Open);
}

#[tokio::test]
async fn a_member_has_one_living_request_and_the_same_form_again_is_the_same_one() {
    let store = store().await;
    for _ in 0..2 {
        let noted = store.request_reinstatement(new(1, "m-0001", "staff01"), NOW).await.unwrap();
        assert_eq!(noted, Noted::Stands);
    }
    let other = store.request_reinstatement(new(2, "m-0001", "staff02"), NOW).await.unwrap();
    assert_eq!(other, Noted::Another);
    assert_eq!(store.living_reinstatements(None).await.unwrap().len(), 1);
    assert!(store.decline_reinstatement(id(1), &staff("staff01"), NOW).await.unwrap());
    assert_eq!(state(&store, 1).await, State::Declined);
    let other = store.request_reinstatement(new(2, "m-0001", "staff02"), NOW).await.unwrap();
    assert_eq!(other, Noted::Stands);
    store.end_reinstatement(id(2), true, &staff("staff02"), NOW).await.unwrap();
    assert_eq!(state(&store, 2).await, State::Open, "what nobody approved is never done");
    store.end_reinstatement(id(2), false, &staff("staff02"), NOW).await.unwrap();
    assert_eq!(state(&store, 2).await, State::Void);
    assert!(store.living_reinstatements(None).await.unwrap().is_empty());
}
