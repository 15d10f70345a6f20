//! Owns the proof that money is neither made nor lost, whoever transfers at the same moment.
//! Refuses to know pages.
//! Invariant: after each test the books balance.

use super::*;

const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
const MUCH: i64 = i64::MAX;

fn id(n: u16) -> RequestId {
    let mut bytes = [0; 16];
    bytes[..2].copy_from_slice(&n.to_be_bytes());
    RequestId::from_bytes(bytes)
}

fn member(n: u8) -> MemberId {
    format!("m-000{n}").parse().unwrap()
}

/// The demo's people and accounts in a folder, so that more than one process can open them.
async fn books(folder: &std::path::Path) -> Store {
    let store = Store::open(folder).unwrap();
    crate::accounts::add_demo_members(&store).await.unwrap();
    store
}

async fn account(store: &Store, n: u8) -> super::super::ledger::Account {
    store.accounts(&member(n)).await.unwrap().remove(0)
}

fn what(number: &str, name: &str, amount: i64) -> Transfer {
    Transfer {
        kind: TransactionKind::Transfer,
        bank: "9999".parse().unwrap(),
        branch: "001".parse().unwrap(),
        account_type: AccountType::Ordinary,
        account: number.parse().unwrap(),
        payee_kana: name.to_owned().try_into().unwrap(),
        amount: amount.unsigned_abs().try_into().unwrap(),
    }
}

/// A transfer between members, open.
async fn opened(store: &Store, n: u16, from: u8, to: u8, amount: i64) -> Opened {
    let payee = account(store, to).await;
    let names = ["", "センボクタロウ", "センボクハナコ", "タザワコジロウ"];
    let what = what(&payee.number, names[usize::from(to)], amount);
    let account = account(store, from).await.id;
    let new = NewTransfer { id: id(n), member: member(from), account, what, is_here: true };
    store.open_transfer(new, NOW).await.unwrap()
}

#[tokio::test]
async fn parallel_transfers_doubled_and_from_two_processes_leave_the_books_balanced() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (books(folder.path()).await, Store::open(folder.path()).unwrap());
    let before: Vec<i64> =
        [account(&one, 1).await.balance, account(&one, 2).await.balance, account(&one, 3).await.balance]
            .into();
    let most = before.iter().max().unwrap() / 20;
    for n in 0..60_u16 {
        let from = u8::try_from(n % 3).unwrap() + 1;
        assert_eq!(opened(&one, n, from, from % 3 + 1, most + i64::from(n)).await, Opened::Stands);
    }
    let mut work = tokio::task::JoinSet::new();
    for n in 0..60_u16 {
        for store in [&one, &two, &one] {
            let (store, from) = (store.clone(), u8::try_from(n % 3).unwrap() + 1);
            work.spawn(async move { store.book_transfer(id(n), &member(from), MUCH, NOW).await.unwrap() });
        }
    }
    let outcomes = work.join_all().await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Booked::Done | Booked::Short)), "{outcomes:?}");
    assert!(outcomes.contains(&Booked::Done));
    assert_eq!(two.imbalance().await.unwrap(), (0, 0));
    let after =
        [account(&two, 1).await.balance, account(&two, 2).await.balance, account(&two, 3).await.balance];
    assert_eq!(before.iter().sum::<i64>(), after.iter().sum::<i64>(), "nothing left the house");
    let booked = two.run(|db| {
        let sql = "SELECT count(*), count(DISTINCT transfer_id) FROM entry WHERE transfer_id IS NOT NULL";
        db.query_row(sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
    });
    let (entries, transfers) = booked.await.unwrap();
    assert_eq!(entries, 2 * transfers, "two sides each, once");
}

#[tokio::test]
async fn an_account_never_goes_below_zero_and_the_day_never_over_its_limit() {
    let folder = tempfile::tempdir().unwrap();
    let store = books(folder.path()).await;
    let balance = account(&store, 1).await.balance;
    opened(&store, 1, 1, 2, balance + 1).await;
    assert_eq!(store.book_transfer(id(1), &member(1), MUCH, NOW).await.unwrap(), Booked::Short);
    opened(&store, 2, 1, 2, balance).await;
    assert_eq!(store.book_transfer(id(2), &member(1), balance - 1, NOW).await.unwrap(), Booked::Over);
    assert_eq!(
        store.book_transfer(id(2), &member(2), balance, NOW).await.unwrap(),
        Booked::Gone,
        "not theirs"
    );
    assert_eq!(store.book_transfer(id(2), &member(1), balance, NOW).await.unwrap(), Booked::Done);
    assert_eq!(store.book_transfer(id(2), &member(1), 0, NOW).await.unwrap(), Booked::Done, "once is enough");
    assert_eq!(account(&store, 1).await.balance, 0);
    assert!(!store.stop_transfer(id(2), &member(1)).await.unwrap());
    assert_eq!(store.imbalance().await.unwrap(), (0, 0));
}

#[tokio::test]
async fn the_days_limit_holds_for_parallel_transfers_and_ends_at_midnight_in_japan() {
    let folder = tempfile::tempdir().unwrap();
    let store = books(folder.path()).await;
    let mut work = tokio::task::JoinSet::new();
    for n in 0..10 {
        opened(&store, n, 1, 2, 50_000).await;
        let store = store.clone();
        work.spawn(async move { store.book_transfer(id(n), &member(1), 200_000, NOW).await.unwrap() });
    }
    let outcomes = work.join_all().await;
    assert_eq!(outcomes.iter().filter(|o| **o == Booked::Done).count(), 4, "{outcomes:?}");
    assert_eq!(store.transferred_today(&member(1), NOW).await.unwrap(), 200_000);
    let midnight = day_begin(NOW).plus(DAY);
    assert_eq!(warifu_core::japan::day_and_minute(midnight), "2026/11/19 00:00");
    assert_eq!(store.transferred_today(&member(1), midnight.plus(-1)).await.unwrap(), 200_000);
    assert_eq!(store.transferred_today(&member(1), midnight).await.unwrap(), 0);
    assert_eq!(store.imbalance().await.unwrap(), (0, 0));
}

#[tokio::test]
async fn a_payee_here_has_to_exist_under_that_name_and_to_be_somebody_else() {
    let folder = tempfile::tempdir().unwrap();
    let store = books(folder.path()).await;
    assert_eq!(opened(&store, 1, 1, 1, 1).await, Opened::Itself);
    let new = |account, number: &str, name: &str| NewTransfer {
        id: id(2),
        member: member(1),
        account,
        what: what(number, name, 1),
        is_here: true,
    };
    let (own, other) = (account(&store, 1).await, account(&store, 2).await);
    let open = async |new| store.open_transfer(new, NOW).await.unwrap();
    assert_eq!(open(new(own.id, "0000000", "センボクハナコ")).await, Opened::NoSuchPayee);
    assert_eq!(open(new(own.id, &other.number, "タザワコジロウ")).await, Opened::NoSuchPayee);
    assert_eq!(open(new(other.id, &other.number, "センボクハナコ")).await, Opened::NotTheirs);
    assert_eq!(open(new(own.id, &other.number, "センボク ハナコ")).await, Opened::Stands);
}

#[tokio::test]
async fn a_transfer_waits_for_a_quarter_of_an_hour_and_what_is_over_is_never_edited() {
    let folder = tempfile::tempdir().unwrap();
    let store = books(folder.path()).await;
    opened(&store, 1, 1, 2, 100).await;
    let late = NOW.plus(WAITS_FOR);
    assert_eq!(store.book_transfer(id(1), &member(1), MUCH, late).await.unwrap(), Booked::Gone);
    assert!(store.stop_transfer(id(1), &member(1)).await.unwrap());
    assert_eq!(store.book_transfer(id(1), &member(1), MUCH, NOW).await.unwrap(), Booked::Gone);
    for edit in ["UPDATE transfer SET amount = 1", "UPDATE entry SET amount = 1", "DELETE FROM entry"] {
        assert!(store.run(move |db| db.execute(edit, [])).await.is_err(), "{edit}");
    }
}

#[tokio::test]
async fn what_was_never_booked_is_forgotten_after_a_day_with_what_was_to_be_signed() {
    let folder = tempfile::tempdir().unwrap();
    let store = books(folder.path()).await;
    for n in 1..=3 {
        opened(&store, n, 1, 2, 100).await;
        let signing = Signing {
            id: format!("00000000-0000-4000-8000-{n:012}").parse().unwrap(),
            qr: "WARIFU1:secret".to_owned(),
            expires_at: NOW,
        };
        store.await_signature(id(n), signing).await.unwrap();
    }
    assert_eq!(store.book_transfer(id(1), &member(1), MUCH, NOW).await.unwrap(), Booked::Done);
    assert!(store.stop_transfer(id(2), &member(1)).await.unwrap());
    let left = async || {
        store
            .run(|db| {
                let sql = "SELECT (SELECT count(*) FROM transfer), (SELECT count(*) FROM signing)";
                db.query_row(sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
            })
            .await
            .unwrap()
    };
    store.sweep(NOW.0).await.unwrap();
    assert_eq!(left().await, (3, 1), "only one can still be signed");
    store.sweep(NOW.0 + DAY + 1).await.unwrap();
    assert_eq!(left().await, (1, 0), "what was booked stays");
    assert_eq!(store.imbalance().await.unwrap(), (0, 0));
}
