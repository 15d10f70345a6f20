//! Owns the same cuts for codes that change their token's state: each has a transaction of its own, statement by statement.
//! Refuses to repeat what groups have shown.
//! Invariant: activated once, stopped once, charged once, told once; the same question gets the same answer.

use std::time::Duration;

use harness::asked::{Question, Reply, client};
use harness::centre::{Centre, SERVICE_ID, request_id};
use harness::device::{self, Typed};
use harness::process::until;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use warifu_core::wire::bank::Issued;

use super::{Hold, LONG, Stage};

const START_PASSWORD: &str = "19490713";
/// Wrong codes before the one that stops a token.
const BEFORE: usize = 4;

/// Where the line is cut.
#[derive(Clone, Copy, Debug)]
enum Point {
    /// Between two statements: what was written so far is never committed, unless it is asked again.
    Within,
    /// After the commit, before its answer; for a moment, or until the centre gives up its line.
    BeforeTheAnswer { is_long: bool },
}

const POINTS: [Point; 3] =
    [Point::Within, Point::BeforeTheAnswer { is_long: false }, Point::BeforeTheAnswer { is_long: true }];

/// A question whose answer moves a token, and what has to come of it.
struct Move {
    question: Question,
    member: String,
    verdict: &'static str,
    state: &'static str,
    /// The kind of the mail that tells of it.
    mail: &'static str,
    /// The same code under another number, and its verdict.
    copy: (Question, &'static str),
}

impl Stage {
    fn centre(&self) -> &Centre {
        &self.scene.centres[0]
    }

    /// 利用開始 of a device that was just initialised.
    async fn activation(&self, number: usize) -> Move {
        let member = format!("m-{number}");
        let wish = json!({
            "request_id": request_id(), "mail": "taro@data-bank.example.jp", "start_password": START_PASSWORD,
        });
        let issued: Issued = self.centre().ask(&member, "issue", &wish).await.expect();
        let typed = Typed {
            service_id: SERVICE_ID,
            user_id: issued.user_id.as_str(),
            start_password: START_PASSWORD,
        };
        let device = device::enrol(&self.centre().url, &typed, self.scene.clock.now()).await;
        let device = device.unwrap_or_else(|why| panic!("the initialisation ended: {why:?}"));
        self.scene.clock.leave_at_least(20);
        let code = device.code(self.scene.clock.step());
        let about = |verb, body| Question::about(&client(), self.centre(), &member, verb, body);
        let question = about("activate", json!({ "code": code }));
        let copy = (about("verify", json!({ "purpose": "sign_in", "code": code })), "used");
        Move { question, member, verdict: "accepted", state: "active", mail: "activated", copy }
    }

    /// The wrong code that stops a seeded member's token.
    async fn fifth_wrong(&self, number: usize) -> Move {
        let (client, wrong) = (client(), self.scene.wrong(number));
        for _ in 0..BEFORE {
            let question = Question::new(&client, self.centre(), number, &wrong);
            assert_eq!(question.ask(&self.centre().url).await, Reply::of("wrong"));
        }
        let question = Question::new(&client, self.centre(), number, &wrong);
        let (member, copy) = (format!("s-{number}"), (question.copy(), "suspended"));
        Move { question, member, verdict: "suspended", state: "suspended", mail: "suspended", copy }
    }

    fn number(&self, sql: &str) -> usize {
        self.postgres.sql("cut", sql).parse().expect("the database answers with a number")
    }

    /// Asks, and cuts the line at that point until what the point means has happened.
    async fn cut_at(&self, point: Point, question: &Question) -> Reply {
        let (losses, written) = (self.losses(), self.committed());
        let ask = |question: Question, url: String| -> JoinHandle<Reply> {
            tokio::spawn(async move { question.ask_until_answered(&url).await })
        };
        let asked = match point {
            Point::Within => {
                let hold = Hold::take(&self.postgres).await;
                let asked = ask(question.clone(), self.centre().url.clone());
                self.statements_wait(1).await;
                self.network.cut();
                hold.release();
                self.a_loss_after(losses).await;
                // Nobody tells the database that its caller is gone: it has to let go of the rows by itself.
                let open = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'warifu-server' \
                    AND state LIKE 'idle in transaction%'";
                until("the transaction that nobody ends", LONG, async || {
                    (self.number(open) == 0).then_some(())
                })
                .await;
                assert_eq!(self.committed(), written, "nothing was committed");
                asked
            }
            Point::BeforeTheAnswer { is_long } => {
                let held = self.postgres.hold_commits("cut").await;
                let asked = ask(question.clone(), self.centre().url.clone());
                until("a commit that is held", LONG, async || (held.of_centres("cut") == 1).then_some(()))
                    .await;
                self.network.cut();
                held.release();
                until("a commit that nobody hears of", LONG, async || {
                    (self.committed() > written).then_some(())
                })
                .await;
                if is_long {
                    self.a_loss_after(losses).await;
                }
                asked
            }
        };
        self.network.mend();
        asked.await.expect("the question does not panic")
    }

    async fn moves_once(&self, point: Point, moved: &Move) {
        let what = format!("{point:?}, {}", moved.member);
        let url = &self.centre().url;
        assert_eq!(self.cut_at(point, &moved.question).await, Reply::of(moved.verdict), "{what}");
        let told = |table: &str, other: &str| {
            let member = &moved.member;
            format!("SELECT count(*) FROM {table} JOIN token t ON {other} WHERE t.member_id = '{member}'")
        };
        let rows = told("audit a", "a.object = 'token:' || t.serial AND a.action IN ('verify', 'activate')");
        let rows_before = self.number(&rows);
        let wrong = format!("SELECT sum(wrong) FROM token WHERE member_id = '{}'", moved.member);
        let charged = if moved.state == "suspended" { BEFORE + 1 } else { 0 };
        assert_eq!(rows_before, charged.max(1), "{what}: one row of the audit log for each answer");
        assert_eq!(moved.question.ask_until_answered(url).await, Reply::of(moved.verdict), "{what}: again");
        assert_eq!(self.number(&rows), rows_before, "{what}: the same question is not settled again");
        assert_eq!(self.number(&wrong), charged, "{what}: charged");
        let status: Value = self.centre().status(&moved.member).await;
        assert_eq!(status["token"]["state"], moved.state, "{what}: {status}");
        let mails = format!("o.member_id = t.member_id AND o.kind = '{}'", moved.mail);
        assert_eq!(self.number(&told("outbox o", &mails)), 1, "{what}: one mail");
        let (copy, verdict) = &moved.copy;
        assert_eq!(copy.ask_until_answered(url).await, Reply::of(verdict), "{what}: a copy");
        println!("{what}: held");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_network_activates_once_stops_once_and_charges_once() {
    let stage = Stage::set(POINTS.len()).await;
    for (number, point) in POINTS.into_iter().enumerate() {
        let moved = stage.activation(number).await;
        stage.moves_once(point, &moved).await;
        stage.scene.clock.leave_at_least(20);
        let moved = stage.fifth_wrong(number).await;
        stage.moves_once(point, &moved).await;
    }
    let audited = stage.scene.audited();
    assert!(audited.contains("are whole"), "{audited}");
    // Time for the centre's own mails and tidying, none of which may have been cut short for good.
    until("every mail to have left", Duration::from_secs(60), async || {
        (stage.number("SELECT count(*) FROM outbox WHERE state = 'queued'") == 0).then_some(())
    })
    .await;
}
