//! Owns a centre that runs inside the test, and speaking to it as an institution and as a device.
//! Refuses to know what is proved.
//! Invariant: what a step needs has happened, or the test ends there.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rand::rngs::OsRng;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use warifu_core::encoding::hmac_sha256;
use warifu_core::enrol::card::{self, Expected};
use warifu_core::enrol::device::{self, Agreed, Device, Started};
use warifu_core::ids::{ServiceId, UserId};
use warifu_core::otp::{self, Step};
use warifu_core::start_password::StartPassword;
use warifu_core::time::UnixMillis;
use warifu_core::wire::device::{
    EnrolFinish, EnrolFinished, EnrolStarted, Platform, ServiceCard, SignedCard, TokenFacts, VaultLevel,
};
use warifu_server::config::Config;
use warifu_server::{App, Clock, demo, serve};

pub(crate) const PASSWORD: &str = "1357";

pub(crate) struct Stage {
    pub(crate) url: String,
    pub(crate) key: String,
    pub(crate) clock: Arc<AtomicI64>,
    _folder: TempDir,
    pub(crate) client: Client,
    config: Config,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

/// A database of this stage alone, on the server that the PostgreSQL tests have started.
fn fresh_database(server: &str) -> String {
    let name = format!("stage_{:016x}", rand::random::<u64>());
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

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    pub(crate) fn good(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        self.json()
    }
}

impl Stage {
    pub(crate) async fn set() -> Self {
        Self::set_with(|_| ()).await
    }

    pub(crate) async fn set_with(wish: impl FnOnce(&mut Config)) -> Self {
        // Another test may have been first.
        drop(rustls::crypto::ring::default_provider().install_default());
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config { folder: folder.path().join("centre"), ..Config::default() };
        config.database = std::env::var("WARIFU_TEST_POSTGRES").ok().map(|server| fresh_database(&server));
        wish(&mut config);
        let mut stage = Self {
            url: String::new(),
            key: String::new(),
            clock: Arc::default(),
            _folder: folder,
            client: Client::new(),
            config,
            running: None,
        };
        stage.start().await;
        stage
    }

    /// Asks the database past the centre, or changes it: the number that it answers with, or of the rows that it changed.
    pub(crate) fn sql(&self, sql: &str) -> i64 {
        let is_question = sql.starts_with("SELECT");
        let Some(place) = self.config.database.clone() else {
            let db = rusqlite::Connection::open(self.centre().join("warifu.db")).unwrap();
            let changed = |db: &rusqlite::Connection| i64::try_from(db.execute(sql, []).unwrap()).unwrap();
            return if is_question { db.query_row(sql, [], |row| row.get(0)).unwrap() } else { changed(&db) };
        };
        let sql = sql.to_owned();
        let asked = std::thread::spawn(move || {
            let mut client = postgres::Client::connect(&place, postgres::NoTls).unwrap();
            let changed = |client: &mut postgres::Client| client.execute(&sql, &[]).unwrap().cast_signed();
            if is_question { client.query_one(&sql, &[]).unwrap().get(0) } else { changed(&mut client) }
        });
        asked.join().unwrap()
    }

    pub(crate) fn centre(&self) -> &Path {
        &self.config.folder
    }

    pub(crate) async fn start(&mut self) {
        let app = App::open(&self.config, Clock::Moved(self.clock.clone())).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.url = format!("http://{}", listener.local_addr().unwrap());
        demo::lay_out(&app, &self.config.folder, &self.url).await.unwrap();
        let key = self.config.folder.join(format!("demo/bank-{}.key", demo::SERVICE_ID));
        self.key = std::fs::read_to_string(key).unwrap().trim().to_owned();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(async move {
            serve(listener, app, async { drop(stopped.await) }).await;
        });
        self.running = Some((stop, served));
    }

    pub(crate) async fn stop(&mut self) {
        let (stop, served) = self.running.take().unwrap();
        drop(stop);
        self.client = Client::new();
        served.await.unwrap();
    }

    pub(crate) fn now(&self) -> UnixMillis {
        Clock::Moved(self.clock.clone()).now()
    }

    pub(crate) fn step(&self) -> Step {
        Step::at(self.now())
    }

    pub(crate) fn pass(&self, millis: i64) {
        self.clock.fetch_add(millis, Ordering::Relaxed);
    }

    /// To the first second of the next step, so that a test has a minute of it.
    pub(crate) fn next_step(&self) {
        self.pass(self.step().ends_at().0 - self.now().0 + 500);
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Reply {
        let mut request = self.client.request(method, format!("{}{path}", self.url)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap_or_else(|why| panic!("{path}: {why:?}"));
        let (status, headers) = (answer.status(), answer.headers().clone());
        Reply { status, headers, body: answer.text().await.unwrap() }
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        let bearer = format!("Bearer {}", self.key);
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        self.send(Method::POST, path, &headers, body.to_string()).await
    }

    pub(crate) async fn ask(&self, member: &str, verb: &str, mut body: Value) -> Reply {
        if body.get("request_id").is_none() {
            body["request_id"] = fresh_id().into();
        }
        self.post(&format!("/bank/v1/members/{member}/{verb}"), &body).await
    }

    pub(crate) async fn status(&self, member: &str) -> Value {
        let bearer = format!("Bearer {}", self.key);
        let path = format!("/bank/v1/members/{member}");
        self.send(Method::GET, &path, &[("authorization", &bearer)], "").await.good()
    }

    pub(crate) async fn issue(&self, member: &str) -> UserId {
        let wish = json!({ "mail": format!("{member}@example.jp"), "start_password": PASSWORD });
        let issued = self.ask(member, "issue", wish).await.good();
        UserId::parse(issued["user_id"].as_str().unwrap()).unwrap()
    }

    pub(crate) async fn card(&self) -> ServiceCard {
        let path = format!("/device/v1/services/{}", demo::SERVICE_ID);
        let reply = self.send(Method::GET, &path, &[], "").await;
        let signed: SignedCard = serde_json::from_value(reply.good()).unwrap();
        let roots = [demo::root().verifying_key().to_bytes()];
        let service_id = &service();
        let expected = Expected { roots: &roots, service_id, seen_seq: 0, app: [0, 1, 0], now: self.now() };
        card::verify(&signed, &expected).unwrap()
    }

    pub(crate) async fn send_m1(&self, started: &Started) -> EnrolStarted {
        let reply = self.post("/device/v1/enrol/start", &json!(started.m1())).await;
        serde_json::from_value(reply.good()).unwrap()
    }

    /// M1 and M2, and what a device with that password makes of them.
    pub(crate) async fn agree(&self, user_id: &UserId, password: &str) -> Result<Agreed, device::Refused> {
        let started = begin(user_id, password);
        let m2 = self.send_m1(&started).await;
        started.agree(&m2, &self.card().await, self.now(), &mut OsRng)
    }

    pub(crate) async fn send_m3(&self, m3: &EnrolFinish) -> Reply {
        self.post("/device/v1/enrol/finish", &json!(m3)).await
    }

    pub(crate) async fn enrol(&self, user_id: &UserId) -> Phone {
        let agreed = self.agree(user_id, PASSWORD).await.unwrap_or_else(|why| panic!("{why}"));
        let m4: EnrolFinished = serde_json::from_value(self.send_m3(&m3(&agreed)).await.good()).unwrap();
        let facts = agreed.resume.open_reply(&agreed.m4_key, &m4).unwrap();
        Phone { agreed, facts }
    }

    pub(crate) async fn verify(&self, member: &str, code: &str) -> Reply {
        self.ask(member, "verify", json!({ "purpose": "sign_in", "code": code })).await
    }

    pub(crate) async fn verdict(&self, member: &str, code: &str) -> Value {
        self.verify(member, code).await.good()["verdict"].clone()
    }

    /// A token in use; the clock stands in a step whose code is fresh.
    pub(crate) async fn active(&self, member: &str) -> Phone {
        let phone = self.enrol(&self.issue(member).await).await;
        self.next_step();
        let answer = self.ask(member, "activate", json!({ "code": phone.code(self.step()) })).await.good();
        assert_eq!(answer["verdict"], "accepted");
        self.next_step();
        phone
    }
}

pub(crate) struct Phone {
    pub(crate) agreed: Agreed,
    pub(crate) facts: TokenFacts,
}

impl Phone {
    pub(crate) fn code(&self, step: Step) -> String {
        otp::code(&self.agreed.keys.totp, step).expose().to_owned()
    }

    /// A code that no step near this one has.
    pub(crate) fn wrong_code(&self, step: Step) -> String {
        let near: Vec<_> = (-10..=10).map(|by| self.code(step.offset(by))).collect();
        (0..).map(|number| format!("{number:08}")).find(|code| !near.contains(code)).unwrap()
    }
}

pub(crate) fn service() -> ServiceId {
    ServiceId::parse(demo::SERVICE_ID).unwrap()
}

pub(crate) fn begin(user_id: &UserId, password: &str) -> Started {
    let facts = Device {
        platform: Platform::Linux,
        app_version: "0.1.0".to_owned().try_into().unwrap(),
        vault: VaultLevel::Sealed,
    };
    let password = StartPassword::parse(password).unwrap_or_else(|why| panic!("{why}"));
    device::start(service(), user_id.clone(), &password, facts, &mut OsRng)
}

pub(crate) fn m3(agreed: &Agreed) -> EnrolFinish {
    let message = agreed.resume.storage_proof_message();
    agreed.resume.m3(hmac_sha256(agreed.keys.totp.expose(), &[&message]))
}

pub(crate) fn fresh_id() -> String {
    warifu_core::ids::RequestId::generate(&mut OsRng).to_string()
}
