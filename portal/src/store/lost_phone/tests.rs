//! Owns the proof that a release without the phone waits for whom and for as long as it has to.
//! Refuses to know pages and the centre.
//! Invariant: each refusal is one of the statement or of the table, not of the code around it.

use super::super::staff_log::Deed;
use super::*;

const NOW: UnixMillis = UnixMillis(7);

fn id(n: u8) -> RequestId {
    RequestId::from_bytes([n; 16])
}

fn staff(id: &str) -> StaffId {
    StaffId::parse(id).unwrap()
}

fn entry(by: &str) -> Entry {
    Entry::new(&staff(by), Deed::Requested, None, "")
}

fn member() -> MemberId {
    "m-0001".parse().unwrap()
}

/// The demo's people, and one request of staff01's.
async fn asked(is_to_be_approved: bool) -> Store {
    let store = Store::in_memory().unwrap();
    crate::accounts::add_demo_members(&store).await.unwrap();
    crate::staff_accounts::add_demo_staff(&store, NOW).await.unwrap();
    assert_eq!(ask(&store, 1, is_to_be_approved).await, Noted::Stands);
    store
}

async fn ask(store: &Store, n: u8, is_to_be_approved: bool) -> Noted {
    let new = NewLostPhone {
        id: id(n),
        member: member(),
        serial: "243725864".parse().unwrap(),
        identified: "窓口・本人確認書類".to_owned(),
        reason: "携帯を紛失".to_owned(),
        requested_by: staff("staff01"),
        is_to_be_approved,
    };
    store.request_release(new, entry("staff01"), Vec::new(), NOW).await.unwrap()
}

#[tokio::test]
async fn a_release_is_due_after_72_hours_and_not_a_millisecond_before() {
    let store = asked(false).await;
    let due = NOW.plus(72 * 3_600_000);
    assert_eq!(store.living_release(&member()).await.unwrap().unwrap().due_at, Some(due));
    assert!(store.due_releases(due.plus(-1)).await.unwrap().is_empty());
    assert_eq!(store.due_releases(due).await.unwrap().len(), 1);
    assert_eq!(ask(&store, 1, false).await, Noted::Stands, "the same form");
    assert_eq!(ask(&store, 2, false).await, Noted::Another);
    assert!(store.end_release(id(1), true, entry("staff01"), Vec::new(), due).await.unwrap());
    assert!(!store.end_release(id(1), true, entry("staff01"), Vec::new(), due).await.unwrap(), "once");
    assert!(store.living_releases().await.unwrap().is_empty());
    assert_eq!(store.release(id(1)).await.unwrap().unwrap().state, State::Done);
}

#[tokio::test]
async fn where_it_has_to_be_approved_the_hours_run_from_the_approval_of_another_person() {
    let store = asked(true).await;
    assert!(store.due_releases(UnixMillis(i64::MAX)).await.unwrap().is_empty());
    for nobody in ["staff01", "nobody"] {
        let by = staff(nobody);
        assert!(!store.approve_release(id(1), &by, entry("staff01"), Vec::new(), NOW).await.unwrap());
    }
    let later = NOW.plus(60_000);
    let by = staff("staff02");
    assert!(store.approve_release(id(1), &by, entry("staff02"), Vec::new(), later).await.unwrap());
    let due_at = store.living_release(&member()).await.unwrap().unwrap().due_at;
    assert_eq!(due_at, Some(later.plus(COOLING_OFF)));
    let direct = store.run(|db| db.execute("UPDATE lost_phone SET decided_by = requested_by", [])).await;
    assert!(direct.is_err(), "the table itself lets nobody approve their own request");
}

#[tokio::test]
async fn the_member_takes_it_back_until_it_is_due_and_nobody_else_does() {
    let store = asked(false).await;
    let due = NOW.plus(COOLING_OFF);
    let other: MemberId = "m-0002".parse().unwrap();
    assert!(!store.take_release_back(id(1), &other, Vec::new(), NOW).await.unwrap());
    assert!(!store.take_release_back(id(1), &member(), Vec::new(), due).await.unwrap());
    assert!(store.take_release_back(id(1), &member(), Vec::new(), due.plus(-1)).await.unwrap());
    assert!(store.due_releases(due).await.unwrap().is_empty());
    assert!(!store.end_release(id(1), true, entry("staff01"), Vec::new(), due).await.unwrap());
    assert_eq!(store.release(id(1)).await.unwrap().unwrap().state, State::TakenBack);
    assert_eq!(ask(&store, 2, false).await, Noted::Stands, "another one can be asked for");
    assert!(
        store.decline_release(id(2), &staff("staff02"), entry("staff02"), Vec::new(), NOW).await.unwrap()
    );
}
