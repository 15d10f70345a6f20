//! Owns a false centre: it sits where the real one is looked for, shows the real card, knows the right start password
//! and answers with an OPAQUE key of its own.
//! Refuses to be told from the real one by anything but that key.
//! Invariant: every request that reaches it is noted.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::net::TcpListener;
use warifu_core::enrol::centre::{self, Known, PasswordRecord, Setup};
use warifu_core::ids::{EnrolId, ServiceId, UserId};
use warifu_core::start_password::StartPassword;
use warifu_core::wire::device::{CARD_PATH, EnrolStart, START_PATH};

use crate::clock::Clock;
use crate::http;

/// A false centre that waits for its victim.
pub struct FalseCentre {
    listener: TcpListener,
    address: SocketAddr,
}

/// What it knows and what it heard.
struct Stage {
    real: String,
    setup: Setup,
    record: PasswordRecord,
    clock: Arc<Clock>,
    heard: Mutex<Vec<String>>,
}

/// A false centre at work.
pub struct AtWork {
    stage: Arc<Stage>,
    serving: tokio::task::JoinHandle<()>,
}

impl FalseCentre {
    /// Takes its place; the real centre is then started with this address as its public one.
    pub async fn lie_in_wait() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        Self { listener, address }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Goes to work, knowing all that the member typed.
    pub fn work(self, real: &str, user_id: &str, start_password: &str, clock: &Arc<Clock>) -> AtWork {
        let mut rng = StdRng::from_entropy();
        let setup = Setup::generate(&mut rng);
        let service = ServiceId::parse(crate::centre::SERVICE_ID).expect("8 digits");
        let user = UserId::parse(user_id).expect("12 digits");
        let password = StartPassword::parse(start_password).unwrap_or_else(|why| panic!("{why}"));
        let record = PasswordRecord::register(&setup, &service, &user, &password, &mut rng);
        let clock = Arc::clone(clock);
        let stage = Arc::new(Stage { real: real.to_owned(), setup, record, clock, heard: Mutex::default() });
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&stage));
        let listener = self.listener;
        let serving = tokio::spawn(async move {
            // It ends only with the test.
            let _ = axum::serve(listener, routes).await;
        });
        AtWork { stage, serving }
    }
}

impl AtWork {
    /// The paths of all requests so far, in order.
    pub fn heard(&self) -> Vec<String> {
        self.stage.heard.lock().expect("nothing panics while it notes").clone()
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(
    State(stage): State<Arc<Stage>>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> (StatusCode, Vec<u8>) {
    stage.heard.lock().expect("nothing panics while it notes").push(format!("{method} {}", uri.path()));
    if uri.path().starts_with(CARD_PATH) {
        let card = http::client().get(format!("{}{}", stage.real, uri.path())).send().await;
        let card = card.expect("the real centre answers").bytes().await.expect("a card");
        return (StatusCode::OK, card.to_vec());
    }
    let Ok(m1) = serde_json::from_slice::<EnrolStart>(&body) else {
        return (StatusCode::NOT_FOUND, Vec::new());
    };
    assert_eq!(uri.path(), START_PATH);
    let mut rng = StdRng::from_entropy();
    let known = Known::Record(&stage.record);
    let enrol_id = EnrolId::generate(&mut rng);
    let answered = centre::start(&stage.setup, &known, &m1, enrol_id, stage.clock.now(), 300, &mut rng);
    let (m2, _) = answered.expect("the app sends a well-formed M1");
    (StatusCode::OK, serde_json::to_vec(&m2).expect("M2 has a JSON form"))
}
