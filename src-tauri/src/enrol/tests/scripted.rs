//! Owns a centre that follows a script: the protocol's real answers, lost, damaged or replaced as a test says.
//! Refuses to know rows, limits and mails: those are the real centre's.
//! Invariant: it listens on a port of its own, hears everything, and issues a token once per initialisation.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use axum::Router;
use axum::body::Bytes as Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse as _, Json, Response};
use axum::routing::{get, post};
use ed25519_dalek::SigningKey;
use rand::rngs::OsRng;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use warifu_core::channel;
use warifu_core::enrol::card;
use warifu_core::enrol::centre::{self, Known, Login, PasswordRecord, Setup};
use warifu_core::ids::{AttemptId, EnrolId, Serial, ServiceId, TokenId};
use warifu_core::secret::Secret;
use warifu_core::start_password::StartPassword;
use warifu_core::time::{DAY, UnixMillis};
use warifu_core::token::TokenKeys;
use warifu_core::wire::Refusal as WireRefusal;
use warifu_core::wire::bank::TokenState;
use warifu_core::wire::bytes::Bytes;
use warifu_core::wire::channel::{Asked, DeviceStatus, STATUS_PATH};
use warifu_core::wire::device::{
    CARD_PATH, ENROL_REFUSED, EnrolFinish, EnrolFinished, EnrolStart, EnrolStarted, FINISH_PATH, START_PATH,
    ServiceCard, SignedCard, TokenFacts, V1,
};

pub(super) const SERVICE_ID: &str = "10112235";
pub(super) const USER_ID: &str = "999800000001";
pub(super) const START_PASSWORD: &str = "2580";
pub(super) const SERIAL: &str = "243725864";

/// One Argon2 for all tests.
static REGISTERED: LazyLock<(Secret<128>, Secret<192>)> = LazyLock::new(|| {
    let setup = Setup::generate(&mut OsRng);
    let password = StartPassword::parse(START_PASSWORD).unwrap();
    let (service, user) = (SERVICE_ID.parse().unwrap(), USER_ID.parse().unwrap());
    let record = PasswordRecord::register(&setup, &service, &user, &password, &mut OsRng);
    (setup.to_bytes(), record.to_bytes())
});

/// What becomes of one question.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fate {
    /// It never arrives.
    Lost,
    /// It is answered, and the answer never arrives.
    AnswerLost,
    /// It is answered, and the answer's last bytes are changed on the way.
    AnswerDamaged,
    /// It is not looked at: status, Retry-After, code.
    Said(u16, Option<&'static str>, &'static str),
    /// The refusal that another M3 got comes in place of an answer.
    AnotherRefused,
}

/// M3 is refused.
pub(super) const REFUSED: Fate = Fate::Said(403, None, ENROL_REFUSED);

#[derive(Default)]
struct Script {
    fates: HashMap<&'static str, VecDeque<Fate>>,
    card: Option<SignedCard>,
    heard: Vec<(&'static str, Vec<u8>)>,
    started: HashMap<AttemptId, EnrolStarted>,
    logins: HashMap<EnrolId, Login>,
    finished: HashMap<EnrolId, (EnrolFinish, EnrolFinished)>,
    keys: Option<TokenKeys>,
}

/// A centre at work.
#[derive(Clone)]
pub(super) struct Scripted {
    pub(super) url: String,
    script: Arc<Mutex<Script>>,
}

impl Scripted {
    /// Opens it, with a card that is in order.
    pub(super) async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let centre = Self { url, script: Arc::default() };
        centre.show(card::sign(&centre.card(), &root()));
        let router = Router::new()
            .route(&format!("{CARD_PATH}{{service_id}}"), get(give_card))
            .route(START_PATH, post(start))
            .route(FINISH_PATH, post(finish))
            .route(STATUS_PATH, post(status))
            .with_state(centre.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        centre
    }

    /// What its card says.
    pub(super) fn card(&self) -> ServiceCard {
        ServiceCard {
            v: V1,
            service_id: ServiceId::parse(SERVICE_ID).unwrap(),
            name: "仙北信用組合".to_owned(),
            name_kana: "センポクシンヨウクミアイ".to_owned(),
            centre_url: self.url.clone(),
            opaque_keys: vec![setup().public_key()],
            min_app: "0.1.0".to_owned().try_into().unwrap(),
            seq: 7,
            expires: UnixMillis(i64::MAX),
        }
    }

    /// Shows another card from now on.
    pub(super) fn show(&self, signed: SignedCard) {
        self.script().card = Some(signed);
    }

    /// What becomes of the next questions to `path`; those after them are answered.
    pub(super) fn next(&self, path: &'static str, fates: &[Fate]) {
        self.script().fates.entry(path).or_default().extend(fates);
    }

    /// The bodies that came to `path`, whatever became of them.
    pub(super) fn heard(&self, path: &str) -> Vec<Vec<u8>> {
        let script = self.script();
        script.heard.iter().filter(|(at, _)| *at == path).map(|(_, body)| body.clone()).collect()
    }

    /// How many tokens it issued.
    pub(super) fn issued(&self) -> usize {
        self.script().finished.len()
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    async fn answer<T: Serialize>(
        &self,
        path: &'static str,
        body: &[u8],
        think: impl FnOnce(&mut Script) -> Option<T>,
    ) -> Response {
        let about = serde_json::from_slice::<EnrolFinish>(body).ok().map(|m3| m3.digest());
        let fate = {
            let mut script = self.script();
            script.heard.push((path, body.to_vec()));
            script.fates.get_mut(path).and_then(VecDeque::pop_front)
        };
        match fate {
            Some(Fate::Lost) => std::future::pending().await,
            Some(Fate::AnotherRefused) => return refusal(403, ENROL_REFUSED, Some([0; 32])),
            Some(Fate::Said(status, wait, code)) => {
                let mut said = refusal(status, code, about);
                if let Some(wait) = wait {
                    said.headers_mut().insert(RETRY_AFTER, wait.parse().unwrap());
                }
                return said;
            }
            _ => {}
        }
        let thought = think(&mut self.script());
        let Some(thought) = thought else { return refusal(403, ENROL_REFUSED, about) };
        let mut text = serde_json::to_string(&thought).unwrap();
        match fate {
            Some(Fate::AnswerLost) => std::future::pending().await,
            Some(Fate::AnswerDamaged) => {
                let at = text.len() - 8;
                let other = if &text[at..=at] == "A" { "B" } else { "A" };
                text.replace_range(at..=at, other);
            }
            _ => {}
        }
        text.into_response()
    }
}

/// The root whose public half is compiled into a build for tests.
pub(super) fn root() -> SigningKey {
    SigningKey::from_bytes(&Sha256::digest("warifu demo root, known to everyone").into())
}

fn setup() -> Setup {
    Setup::from_bytes(&REGISTERED.0).unwrap()
}

fn refusal(status: u16, code: &str, about: Option<[u8; 32]>) -> Response {
    let body = WireRefusal {
        code: code.to_owned(),
        message: "m".to_owned(),
        request: "r".to_owned(),
        about: about.map(Bytes),
    };
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

async fn give_card(State(centre): State<Scripted>, Path(_): Path<String>) -> Response {
    centre.answer(CARD_PATH, &[], |script| script.card.clone()).await
}

async fn start(State(centre): State<Scripted>, body: Body) -> Response {
    let m1: EnrolStart = serde_json::from_slice(&body).unwrap();
    let think = |script: &mut Script| {
        if let Some(m2) = script.started.get(&m1.attempt_id) {
            return Some(m2.clone());
        }
        let record = PasswordRecord::from_bytes(&REGISTERED.1).unwrap();
        let id = EnrolId::generate(&mut OsRng);
        let now = UnixMillis(1_440_548_000_000);
        let known = Known::Record(&record);
        let (m2, login) = centre::start(&setup(), &known, &m1, id, now, 300, &mut OsRng).unwrap();
        script.logins.insert(id, login);
        script.started.insert(m1.attempt_id, m2.clone());
        Some(m2)
    };
    centre.answer(START_PATH, &body, think).await
}

async fn finish(State(centre): State<Scripted>, body: Body) -> Response {
    let m3: EnrolFinish = serde_json::from_slice(&body).unwrap();
    let think = |script: &mut Script| {
        if let Some((told, m4)) = script.finished.get(&m3.enrol_id) {
            return (*told == m3).then(|| m4.clone());
        }
        let (keys, m4) = script.logins.remove(&m3.enrol_id)?.finish(&m3).ok()?.seal(&facts());
        script.keys = Some(keys);
        script.finished.insert(m3.enrol_id, (m3.clone(), m4.clone()));
        Some(m4)
    };
    centre.answer(FINISH_PATH, &body, think).await
}

async fn status(State(centre): State<Scripted>, body: Body) -> Response {
    let asked: Asked = serde_json::from_slice(&body).unwrap();
    let think = |script: &mut Script| {
        let key = &script.keys.as_ref()?.device;
        let told = DeviceStatus {
            server_time_ms: UnixMillis(1_440_548_000_000),
            state: TokenState::Suspended,
            wrong_left: 0,
            expires_at: facts().expires_at,
            activate_by: None,
            last_uses: Vec::new(),
            notices: Vec::new(),
        };
        let is_genuine = channel::is_genuine(key, STATUS_PATH, &asked);
        is_genuine.then(|| channel::answer(key, STATUS_PATH, &asked, serde_json::to_vec(&told).unwrap()))
    };
    centre.answer(STATUS_PATH, &body, think).await
}

fn facts() -> TokenFacts {
    let started_on = UnixMillis(1_440_548_000_000);
    TokenFacts {
        token_id: TokenId::from_bytes([8; 16]),
        serial: Serial::parse(SERIAL).unwrap(),
        started_on,
        expires_at: UnixMillis(4_000_000_000_000),
        digits: 8,
        period: 60,
        alg: "SHA256".to_owned(),
        institution: "仙北信用組合".to_owned(),
        activate_by: started_on.plus(7 * DAY),
        server_time_ms: started_on,
    }
}
