//! Owns the network between centre and database, cut at each point of a commit.
//! Refuses to guess where a commit is: a lock holds the statement there, and the database is asked.
//! Invariant: whatever became of the commit, each question ends with one acceptance and no code with two.

mod alone;

use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use harness::postgres::{Place, Postgres};
use harness::process::until;
use tokio::task::JoinSet;

use harness::asked::{Question, Reply, client};
use harness::scene::Scene;

const LONG: Duration = Duration::from_secs(60);
/// Questions that are under way when the line is cut.
const ASKED: usize = 6;

/// A network of the database's own, and the line to it.
struct Network {
    name: String,
    address: String,
}

fn ip(words: &str) {
    let done = Command::new("ip").args(words.split(' ')).output().expect("ip of iproute2 starts");
    assert!(done.status.success(), "ip {words}: {}", String::from_utf8_lossy(&done.stderr));
}

impl Network {
    fn make() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let (number, of_this) = (std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let (name, near) = (format!("warifu-{number}-{of_this}"), format!("wrf{number}-{of_this}"));
        // Four addresses each.
        let address = |host: u32| format!("198.18.{}.{}", number % 250, 4 * of_this + host);
        ip(&format!("netns add {name}"));
        let made = Self { name, address: address(2) };
        ip(&format!("link add {near} type veth peer name far netns {}", made.name));
        ip(&format!("address add {}/30 dev {near}", address(1)));
        ip(&format!("link set {near} up"));
        ip(&format!("-n {} address add {}/30 dev far", made.name, address(2)));
        made.mend();
        made
    }

    fn cut(&self) {
        ip(&format!("-n {} link set far down", self.name));
    }

    fn mend(&self) {
        ip(&format!("-n {} link set far up", self.name));
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // The line goes with it. An error would only leave an empty network behind.
        let _ = Command::new("ip").args(["netns", "delete", &self.name]).status();
    }
}

/// A session that keeps every other one from writing audit rows until it ends.
struct Hold(Child);

impl Hold {
    async fn take(postgres: &Postgres) -> Self {
        let mut session = postgres.psql("cut").stdin(Stdio::piped()).spawn().expect("psql starts");
        let input = session.stdin.as_mut().expect("the input was asked to be a pipe");
        input.write_all(b"BEGIN; LOCK TABLE audit IN EXCLUSIVE MODE;\n").expect("psql reads");
        let held = "SELECT count(*) FROM pg_locks WHERE relation = 'audit'::regclass AND granted \
            AND mode = 'ExclusiveLock'";
        until("the lock", LONG, async || (postgres.sql("cut", held) == "1").then_some(())).await;
        Self(session)
    }

    fn release(mut self) {
        drop(self.0.stdin.take());
        let ended = self.0.wait();
        assert!(ended.is_ok_and(|status| status.success()), "psql failed");
    }
}

struct Stage {
    network: Network,
    postgres: Postgres,
    scene: Scene,
    next: usize,
}

/// Questions that are under way.
struct Asked {
    codes: Vec<(usize, String)>,
    work: JoinSet<(Question, Reply)>,
}

impl Stage {
    async fn set(tokens: usize) -> Self {
        let network = Network::make();
        let place = Place {
            network: Some(&network.name),
            address: Some(&network.address),
            callers: Some("local all all trust\nhost all all samenet trust\n"),
            ..Place::default()
        };
        let postgres = Postgres::start_at(&place, &[]).await;
        let database = format!("{}?sslmode=disable", postgres.database("cut"));
        let scene = Scene::set(&database, tokens, 1);
        Self { network, postgres, scene, next: 0 }
    }

    /// Asks about members that were not asked about before.
    fn ask(&mut self) -> Asked {
        let (client, centre) = (client(), &self.scene.centres[0]);
        let mut asked = Asked { codes: Vec::new(), work: JoinSet::new() };
        for member in self.next..self.next + ASKED {
            let code = self.scene.code(member, self.scene.clock.step());
            let question = Question::new(&client, centre, member, &code);
            let url = centre.url.clone();
            asked.codes.push((member, code));
            asked.work.spawn(async move {
                let reply = question.ask_until_answered(&url).await;
                (question, reply)
            });
        }
        self.next += ASKED;
        asked
    }

    /// Waits until statements of centres wait for the lock.
    async fn statements_wait(&self, at_least: usize) {
        let waiting =
            "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted AND relation = 'audit'::regclass";
        until("a statement that waits", LONG, async || {
            self.postgres
                .sql("cut", waiting)
                .parse()
                .is_ok_and(|count: usize| count >= at_least)
                .then_some(())
        })
        .await;
    }

    fn losses(&self) -> usize {
        self.scene.centres[0].log().matches("the connection to the database is lost").count()
    }

    async fn a_loss_after(&self, losses: usize) {
        until("the centre to give up its line", LONG, async || (self.losses() > losses).then_some(())).await;
    }

    /// Each answer has one row of the audit log.
    fn committed(&self) -> usize {
        let count = self.postgres.sql("cut", "SELECT count(*) FROM audit");
        count.parse().expect("the database answers with a number")
    }

    /// All were accepted, are so when they are asked again, and their codes are spent.
    async fn hold(&self, point: &str, asked: Asked) {
        let centre = &self.scene.centres[0];
        for (question, reply) in asked.work.join_all().await {
            assert_eq!(reply, Reply::of("accepted"), "{point}");
            assert_eq!(question.ask_until_answered(&centre.url).await, reply, "{point}: asked again");
        }
        for (member, code) in &asked.codes {
            let copy = Question::new(&client(), centre, *member, code).ask_until_answered(&centre.url).await;
            assert_eq!(copy, Reply::of("used"), "{point}: a copy");
        }
        println!("{point}: held");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_is_cut_at_any_point_of_a_commit_loses_nothing_and_accepts_nothing_twice() {
    assert!(
        nix::unistd::geteuid().is_root(),
        "only root may lay and cut a network of its own: leave it out by name"
    );
    let mut stage = Stage::set(7 * ASKED).await;
    stage.scene.clock.leave_at_least(20);

    for (point, is_long) in [("before the statement, briefly", false), ("before the statement", true)] {
        let losses = stage.losses();
        stage.network.cut();
        let asked = stage.ask();
        if is_long {
            stage.a_loss_after(losses).await;
        }
        stage.network.mend();
        stage.hold(point, asked).await;
    }

    for (point, is_long) in [("before the answer, briefly", false), ("before the answer", true)] {
        let (losses, written) = (stage.losses(), stage.committed());
        let hold = Hold::take(&stage.postgres).await;
        let asked = stage.ask();
        stage.statements_wait(1).await;
        stage.network.cut();
        hold.release();
        until("a commit that nobody hears of", LONG, async || (stage.committed() > written).then_some(()))
            .await;
        if is_long {
            stage.a_loss_after(losses).await;
        }
        stage.network.mend();
        stage.hold(point, asked).await;
    }

    let losses = stage.losses();
    let hold = Hold::take(&stage.postgres).await;
    let asked = stage.ask();
    stage.statements_wait(1).await;
    stage.network.cut();
    let end =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'warifu-server'";
    stage.postgres.sql("cut", end);
    hold.release();
    stage.a_loss_after(losses).await;
    stage.network.mend();
    stage.hold("after it was sent, and undone", asked).await;

    let losses = stage.losses();
    let hold = Hold::take(&stage.postgres).await;
    let asked = stage.ask();
    stage.statements_wait(1).await;
    stage.network.cut();
    stage.a_loss_after(losses).await;
    stage.network.mend();
    // The statement that was given up still runs when the same questions are settled anew beside it.
    stage.statements_wait(2).await;
    hold.release();
    stage.hold("after it was sent, and still under way", asked).await;

    stage.network.cut();
    let member = stage.next;
    let code = stage.scene.code(member, stage.scene.clock.step());
    let centre = &stage.scene.centres[0];
    let question = Question::new(&client(), centre, member, &code);
    until("to be told to come back", LONG, async || {
        (question.ask(&centre.url).await == Reply::Status(503)).then_some(())
    })
    .await;
    stage.network.mend();
    assert_eq!(question.ask_until_answered(&centre.url).await, Reply::of("accepted"));
}
