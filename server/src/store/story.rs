//! Owns the story that any database behind [`Store`] has to tell: what is together, what is apart, what is once.
//! Refuses to know how a database does it.
//! Invariant: every step goes through the doors that requests use.

mod asked;

use warifu_core::ids::{MemberId, RequestId, Serial, ServiceId, TokenId, UserId};
use warifu_core::otp::Step;
use warifu_core::time::{DAY, UnixMillis};
use warifu_core::verify::Drift;
use warifu_core::wire::bank::{Answer, IssueState, MailAddress, TokenState, UsePurpose, Verdict};
use warifu_core::wire::device::VaultLevel;

use super::institutions::{self, Institution, NewInstitution};
use super::issues::{self, NewIssue};
use super::requests::Question;
use super::tokens::{self, NewToken};
use super::verification::{Act, Job, Rings, Settled};
use super::{Store, StoreError, outbox};

const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

struct Scene {
    store: Store,
    institution: Institution,
    _folder: tempfile::TempDir,
}

/// A database of this scene alone, on the server that `cargo xtask test postgres` has started.
fn fresh_database(server: &str) -> String {
    let name = format!("story_{:016x}", rand::random::<u64>());
    let (make, place) = (format!("CREATE DATABASE {name}"), server.to_owned());
    // A connection of the synchronous client may not be made on a thread of the runtime.
    let made = std::thread::spawn(move || {
        let mut client = postgres::Client::connect(&place, postgres::NoTls).unwrap();
        client.batch_execute(&make).unwrap();
    });
    made.join().unwrap();
    let (address, rest) = server.rsplit_once("/postgres").unwrap();
    format!("{address}/{name}{rest}")
}

fn member() -> MemberId {
    "m-1".parse().unwrap()
}

async fn scene() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let store = match std::env::var("WARIFU_TEST_POSTGRES") {
        Ok(server) => Store::open_postgres(&fresh_database(&server), "story").unwrap(),
        Err(_) => Store::open_sqlite(&folder.path().join("warifu.db")).unwrap(),
    };
    let service_id = ServiceId::parse("10112235").unwrap();
    let add = store.write(move |tx| {
        let new = NewInstitution {
            service_id: &service_id,
            name: "仙北信用組合",
            name_kana: "センポクシンヨウクミアイ",
            mail_from: None,
            download_url: None,
            wrong_limit: 5,
            valid_months: 62,
            least_vault: VaultLevel::Sealed,
        };
        let no = institutions::add(tx, &new, 1, b"wrapped", NOW)?;
        institutions::by_no(tx, no)?.ok_or(StoreError::Lost)
    });
    let institution = add.await.unwrap();
    Scene { store, institution, _folder: folder }
}

impl Scene {
    async fn issue(&self, user_id: &str) -> Result<i64, StoreError> {
        let (no, user_id) = (self.institution.no, UserId::parse(user_id).unwrap());
        let mail = MailAddress::try_from("a@example.jp".to_owned()).unwrap();
        let add = self.store.write(move |tx| {
            let new = NewIssue {
                institution_no: no,
                member_id: &member(),
                user_id: &user_id,
                mail: &mail,
                record: b"sealed",
                dek_id: 1,
                setup_id: 1,
                now: NOW,
                expires_at: NOW.plus(7 * DAY),
            };
            issues::add(tx, &new)
        });
        add.await
    }

    async fn token(&self) -> i64 {
        self.made("999800000001", [1; 16], "243725864").await
    }

    /// Another token, when the first has ended.
    async fn follower(&self) -> i64 {
        let number = rand::random::<u32>() % 1_000_000_000;
        self.made(&format!("99{:010}", number), rand::random(), &format!("{number:09}")).await
    }

    async fn made(&self, user_id: &str, token_id: [u8; 16], serial: &str) -> i64 {
        let (no, issue_no) = (self.institution.no, self.issue(user_id).await.unwrap());
        let serial = Serial::parse(serial).unwrap();
        let add = self.store.write(move |tx| {
            assert!(issues::end(tx, issue_no, IssueState::Used, NOW)?);
            let new = NewToken {
                token_id: TokenId::from_bytes(token_id),
                institution_no: no,
                member_id: &member(),
                issue_no,
                serial: &serial,
                sealed: b"sealed",
                seal_version: 1,
                dek_id: 1,
                platform: "linux",
                app_version: "0.1.0",
                vault: "sealed",
                started_on: NOW,
                activate_by: NOW.plus(30 * DAY),
                expires_at: NOW.plus(700 * DAY),
            };
            tokens::add(tx, &new)?;
            tokens::current(tx, no, &member())?.ok_or(StoreError::Lost)
        });
        add.await.unwrap().no
    }

    fn job(&self, request: u8, act: Act) -> Job {
        // Whatever the row says: the write has to notice by itself.
        let question = Question {
            institution_no: self.institution.no,
            member_id: member(),
            request_id: RequestId::from_bytes([request; 16]),
            digest: [7; 16],
        };
        Job {
            institution: self.institution.clone(),
            question,
            purpose: UsePurpose::SignIn,
            evaluate: Box::new(move |_, _| Ok(act.clone())),
            now: NOW,
        }
    }

    async fn settle(&self, request: u8, act: Act) -> Settled {
        let settled = self.store.settle(self.job(request, act)).await.unwrap();
        match settled {
            Settled::Answer(answer, _) => Settled::Answer(answer, Rings::No),
            other => other,
        }
    }
}

fn spend(from: TokenState, to: TokenState, step: u64) -> Act {
    Act::Spend { from, to, step: Step(step), drift: Drift::default() }
}

fn answer(verdict: Verdict) -> Settled {
    Settled::Answer(Answer { verdict, wrong_left: None, clock_off_s: None }, Rings::No)
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_fails_or_panics_is_undone_alone() {
    let scene = scene().await;
    let no = scene.institution.no;
    let fails = scene.store.write(move |tx| {
        institutions::add_key(tx, no, &[1; 32], NOW)?;
        Err::<(), _>(StoreError::Lost)
    });
    let panics = scene.store.write(move |tx| {
        institutions::add_key(tx, no, &[2; 32], NOW)?;
        if no > 0 { panic!("on purpose") } else { Ok::<_, StoreError>(()) }
    });
    let works = scene.store.write(move |tx| institutions::add_key(tx, no, &[3; 32], NOW));
    let (failed, panicked, worked) = tokio::join!(fails, panics, works);
    assert!(matches!(failed, Err(StoreError::Lost)));
    assert!(panicked.is_err());
    worked.unwrap();
    for (key, is_there) in [([1; 32], false), ([2; 32], false), ([3; 32], true)] {
        let found = scene.store.read(|tx| institutions::by_key_hash(tx, &key)).unwrap();
        assert_eq!(found.is_some(), is_there, "{}", key[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_has_one_open_issue_and_it_is_charged_five_times() {
    let scene = scene().await;
    let no = scene.issue("999800000001").await.unwrap();
    assert!(scene.issue("999800000002").await.is_err());
    let institution = scene.institution.no;
    for attempt in 1..=7u8 {
        let charge = scene
            .store
            .write(move |tx| issues::charge(tx, institution, &UserId::parse("999800000001").unwrap(), NOW));
        let charged = charge.await.unwrap().map(|charged| (charged.no, charged.attempts));
        assert_eq!(charged, (attempt <= 5).then_some((no, attempt)));
    }
    let ended = scene.store.write(move |tx| issues::end(tx, no, IssueState::Exhausted, NOW));
    assert!(ended.await.unwrap());
    let again = scene.store.write(move |tx| issues::end(tx, no, IssueState::Used, NOW));
    assert!(!again.await.unwrap(), "an issue ends once");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_one_step_asked_for_by_many_in_one_group_one_is_accepted() {
    let scene = scene().await;
    scene.token().await;
    assert_eq!(
        scene.settle(0, spend(TokenState::Issued, TokenState::Active, 10)).await,
        answer(Verdict::Accepted)
    );
    let asked = (1..=64).map(|id| scene.job(id, spend(TokenState::Active, TokenState::Active, 11)));
    let mut waiting: Vec<_> = asked.map(|job| Box::pin(scene.store.settle(job))).collect();
    // All are queued before the first is awaited, so that they meet in as few groups as possible.
    let mut settled = Vec::new();
    std::future::poll_fn(|context| {
        waiting.retain_mut(|one| match one.as_mut().poll(context) {
            std::task::Poll::Ready(done) => {
                settled.push(done.unwrap());
                false
            }
            std::task::Poll::Pending => true,
        });
        if waiting.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    assert_eq!(settled.iter().filter(|one| **one == answer(Verdict::Accepted)).count(), 1);
    assert_eq!(settled.iter().filter(|one| **one == answer(Verdict::Used)).count(), 63);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_gets_its_answer_and_hurts_nobody_in_its_group() {
    let scene = scene().await;
    scene.token().await;
    scene.settle(0, spend(TokenState::Issued, TokenState::Active, 10)).await;
    let same = |step| scene.job(1, spend(TokenState::Active, TokenState::Active, step));
    let mut other = same(12);
    other.question.digest = [8; 16];
    let third = scene.job(2, spend(TokenState::Active, TokenState::Active, 13));
    let (one, two, conflict, next) = tokio::join!(
        scene.store.settle(same(11)),
        scene.store.settle(same(11)),
        scene.store.settle(other),
        scene.store.settle(third)
    );
    assert_eq!((one.unwrap(), two.unwrap()), (answer(Verdict::Accepted), answer(Verdict::Accepted)));
    assert_eq!((conflict.unwrap(), next.unwrap()), (Settled::Conflict, answer(Verdict::Accepted)));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_stop_a_token_in_one_write_and_a_stopped_one_keeps_its_keys() {
    let scene = scene().await;
    let no = scene.token().await;
    scene.settle(0, spend(TokenState::Issued, TokenState::Active, 10)).await;
    let charge = || Act::Charge { from: TokenState::Active, stopped: TokenState::Suspended };
    for (id, left) in [(1, 4), (2, 3), (3, 2), (4, 1)] {
        let wrong = Settled::Answer(
            Answer { verdict: Verdict::Wrong, wrong_left: Some(left), clock_off_s: None },
            Rings::No,
        );
        assert_eq!(scene.settle(id, charge()).await, wrong);
    }
    assert_eq!(scene.settle(5, charge()).await, answer(Verdict::Suspended));
    let right = spend(TokenState::Active, TokenState::Active, 11);
    assert_eq!(scene.settle(6, right).await, answer(Verdict::Suspended));
    let token = scene.store.read(|tx| tokens::by_no(tx, no)).unwrap().unwrap();
    assert_eq!(
        (token.state, token.last_step, token.sealed.is_some()),
        (TokenState::Suspended, Step(10), true)
    );
    let mails = scene.store.read(|tx| outbox::due(tx, NOW, 10)).unwrap();
    assert_eq!(mails.iter().map(|mail| mail.kind.as_str()).collect::<Vec<_>>(), ["activated", "suspended"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_and_a_void_one_lose_their_keys_in_the_same_write() {
    for (from, act) in [(TokenState::Active, TokenState::Revoked), (TokenState::Issued, TokenState::Void)] {
        let scene = scene().await;
        let no = scene.token().await;
        if from == TokenState::Active {
            scene.settle(0, spend(TokenState::Issued, TokenState::Active, 10)).await;
            scene.settle(1, spend(from, act, 11)).await;
        } else {
            for id in 0..5 {
                scene.settle(id, Act::Charge { from, stopped: act }).await;
            }
        }
        let token = scene.store.read(|tx| tokens::by_no(tx, no)).unwrap().unwrap();
        assert_eq!((token.state, token.sealed), (act, None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("warifu.db");
    drop(Store::open_sqlite(&file).unwrap());
    drop(Store::open_sqlite(&file).unwrap());
    rusqlite::Connection::open(&file).unwrap().execute("INSERT INTO migration VALUES (9999)", []).unwrap();
    assert!(matches!(Store::open_sqlite(&file), Err(StoreError::Newer { found: 9999, .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_row_names_its_table_column_and_row() {
    let scene = scene().await;
    let no = scene.issue("999800000001").await.unwrap();
    let damage = scene.store.write(|tx| tx.execute("UPDATE issue SET attempts = 999", &[]));
    damage.await.unwrap();
    let why = scene.store.read(|tx| issues::by_no(tx, no)).err().unwrap().to_string();
    assert_eq!(why, format!("table issue, column attempts, row {no}: out of range"));
}
