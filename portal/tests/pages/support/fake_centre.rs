//! Owns a bank API in memory: a state machine of members with the centre's verdicts, and no cryptography at all.
//! Refuses to know time and real codes: a test asks it which code is right.
//! Invariant: it answers the same request ID with the same answer, as the real one does. It proves the portal only.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use warifu_core::time::UnixMillis;
use warifu_core::wire::Refusal;
use warifu_core::wire::bank::{
    Answer, CancelRequest, CodeRequest, IssueRequest, IssueState, IssueStatus, Issued, MailState, MailStatus,
    MemberStatus, Registration, TokenState, TokenStatus, Verdict, VerifyRequest,
};

pub(crate) const KEY: &str = "the-demo-institutions-key";
const LIMIT: u8 = 5;

#[derive(Clone)]
pub(crate) struct FakeCentre {
    pub(crate) url: String,
    world: Arc<Mutex<World>>,
}

#[derive(Default)]
struct World {
    members: HashMap<String, Member>,
    answers: HashMap<String, Answer>,
    issues: HashMap<String, Issued>,
    issued: u32,
    codes: u32,
    is_away: bool,
    lost: u32,
    posts: u32,
}

#[derive(Default, Clone)]
struct Member {
    issue: Option<(String, IssueState, String)>,
    token: Option<TokenState>,
    wrong: u8,
    code: String,
    used: Vec<String>,
}

impl FakeCentre {
    pub(crate) async fn start() -> Self {
        let world = Arc::new(Mutex::new(World::default()));
        let router = Router::new()
            .route("/bank/v1/members/{id}", get(status))
            .route("/bank/v1/members/{id}/issue", post(issue))
            .route("/bank/v1/members/{id}/cancel", post(cancel))
            .route("/bank/v1/members/{id}/activate", post(activate))
            .route("/bank/v1/members/{id}/verify", post(verify))
            .route("/bank/v1/members/{id}/revoke", post(revoke))
            .with_state(Arc::clone(&world));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, world }
    }

    /// The app was initialised with the open issue.
    pub(crate) fn initialise(&self, member: &str) {
        let mut world = self.world.lock().unwrap();
        let member = world.members.get_mut(member).unwrap();
        member.issue.as_mut().unwrap().1 = IssueState::Used;
        (member.token, member.wrong) = (Some(TokenState::Issued), 0);
    }

    /// A fresh right code, as the app would show it in its next minute.
    pub(crate) fn code(&self, member: &str) -> String {
        let mut world = self.world.lock().unwrap();
        world.codes += 1;
        let code = format!("{:08}", 10_000_000 + world.codes);
        world.members.entry(member.to_owned()).or_default().code.clone_from(&code);
        code
    }

    pub(crate) fn set_token(&self, member: &str, state: Option<TokenState>) {
        self.world.lock().unwrap().members.entry(member.to_owned()).or_default().token = state;
    }

    pub(crate) fn set_issue(&self, member: &str, state: IssueState) {
        self.world.lock().unwrap().members.get_mut(member).unwrap().issue.as_mut().unwrap().1 = state;
    }

    pub(crate) fn set_away(&self, is_away: bool) {
        self.world.lock().unwrap().is_away = is_away;
    }

    /// The next questions are dealt with, but their answers are lost.
    pub(crate) fn lose_answers(&self, how_many: u32) {
        self.world.lock().unwrap().lost = how_many;
    }

    /// How many issues were made, and how many questions could have changed something.
    pub(crate) fn counts(&self) -> (u32, u32) {
        let world = self.world.lock().unwrap();
        (world.issued, world.posts)
    }
}

type Shared = State<Arc<Mutex<World>>>;

fn refuse(status: StatusCode, code: &str) -> Response {
    let refusal = Refusal { code: code.to_owned(), message: String::new(), request: "0".to_owned() };
    (status, Json(refusal)).into_response()
}

fn refused(world: &World, headers: &HeaderMap) -> Option<Response> {
    if world.is_away {
        return Some(refuse(StatusCode::SERVICE_UNAVAILABLE, "busy"));
    }
    let known = headers.get("authorization").is_some_and(|value| value == &format!("Bearer {KEY}"));
    (!known).then(|| refuse(StatusCode::UNAUTHORIZED, "unknown_key"))
}

fn deliver(world: &mut World, answer: &impl Serialize) -> Response {
    if world.lost > 0 {
        world.lost -= 1;
        return refuse(StatusCode::SERVICE_UNAVAILABLE, "busy");
    }
    Json(serde_json::to_value(answer).unwrap()).into_response()
}

fn view(member: &Member) -> MemberStatus {
    let registration = match (&member.token, &member.issue) {
        (Some(TokenState::Active), _) => Registration::Active,
        (Some(TokenState::Suspended), _) => Registration::Suspended,
        (Some(TokenState::Issued), _) | (_, Some((_, IssueState::Open, _))) => Registration::Issued,
        _ => Registration::None,
    };
    let living = [TokenState::Issued, TokenState::Active, TokenState::Suspended];
    MemberStatus {
        registration,
        issue: member.issue.as_ref().map(|(user_id, state, to)| IssueStatus {
            service_id: "10112235".parse().unwrap(),
            user_id: user_id.parse().unwrap(),
            state: *state,
            attempts_left: 5,
            expires_at: UnixMillis(1_795_600_000_000),
            mail: to.clone().try_into().unwrap(),
            attempts: Vec::new(),
        }),
        ended: None,
        token: member.token.filter(|state| living.contains(state)).map(|state| TokenStatus {
            serial: "243725864".parse().unwrap(),
            state,
            wrong_left: LIMIT - member.wrong,
            started_on: UnixMillis(1_795_000_000_000),
            expires_at: UnixMillis(1_958_000_000_000),
            activate_by: (state == TokenState::Issued).then_some(UnixMillis(1_795_600_000_000)),
        }),
        mail: member.issue.as_ref().map(|(_, _, to)| MailStatus {
            to: to.clone().try_into().unwrap(),
            state: MailState::Sent,
            at: UnixMillis(1_795_000_000_000),
        }),
    }
}

async fn status(State(world): Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let world = world.lock().unwrap();
    if let Some(refusal) = refused(&world, &headers) {
        return refusal;
    }
    match world.members.get(&id) {
        Some(member) => Json(view(member)).into_response(),
        None => refuse(StatusCode::NOT_FOUND, "member_not_found"),
    }
}

async fn issue(
    State(world): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(request): Json<IssueRequest>,
) -> Response {
    let mut world = world.lock().unwrap();
    if let Some(refusal) = refused(&world, &headers) {
        return refusal;
    }
    world.posts += 1;
    let key = request.request_id.to_string();
    if let Some(known) = world.issues.get(&key).cloned() {
        return deliver(&mut world, &known);
    }
    let busy = [Some(TokenState::Active), Some(TokenState::Suspended)];
    if world.members.get(&id).is_some_and(|member| busy.contains(&member.token)) {
        return refuse(StatusCode::CONFLICT, "wrong_state");
    }
    world.issued += 1;
    let user_id = format!("{:012}", 999_800_000_000u64 + u64::from(world.issued));
    let mail = request.mail.to_string();
    let member = Member { issue: Some((user_id.clone(), IssueState::Open, mail)), ..Member::default() };
    world.members.insert(id, member);
    let issued = Issued {
        service_id: "10112235".parse().unwrap(),
        user_id: user_id.parse().unwrap(),
        expires_at: UnixMillis(1_795_600_000_000),
        mail: request.mail,
    };
    world.issues.insert(key, issued.clone());
    deliver(&mut world, &issued)
}

async fn cancel(
    State(world): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(_): Json<CancelRequest>,
) -> Response {
    let mut world = world.lock().unwrap();
    if let Some(refusal) = refused(&world, &headers) {
        return refusal;
    }
    world.posts += 1;
    let Some(member) = world.members.get_mut(&id) else {
        return refuse(StatusCode::NOT_FOUND, "member_not_found");
    };
    if matches!(member.token, Some(TokenState::Active | TokenState::Suspended)) {
        return refuse(StatusCode::CONFLICT, "wrong_state");
    }
    *member = Member::default();
    let answer = view(member);
    deliver(&mut world, &answer)
}

async fn activate(
    State(world): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(CodeRequest { request_id, code }): Json<CodeRequest>,
) -> Response {
    judge(
        &world,
        &headers,
        &id,
        &format!("{request_id}"),
        &code,
        TokenState::Issued,
        Some(TokenState::Active),
    )
}

async fn verify(
    State(world): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(VerifyRequest { request_id, code, .. }): Json<VerifyRequest>,
) -> Response {
    judge(&world, &headers, &id, &format!("{request_id}"), &code, TokenState::Active, None)
}

async fn revoke(
    State(world): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(CodeRequest { request_id, code }): Json<CodeRequest>,
) -> Response {
    judge(
        &world,
        &headers,
        &id,
        &format!("{request_id}"),
        &code,
        TokenState::Active,
        Some(TokenState::Revoked),
    )
}

fn judge(
    world: &Mutex<World>,
    headers: &HeaderMap,
    id: &str,
    request: &str,
    code: &str,
    wanted: TokenState,
    then: Option<TokenState>,
) -> Response {
    let mut world = world.lock().unwrap();
    if let Some(refusal) = refused(&world, headers) {
        return refusal;
    }
    world.posts += 1;
    if let Some(answer) = world.answers.get(request).copied() {
        return deliver(&mut world, &answer);
    }
    let member = world.members.entry(id.to_owned()).or_default();
    let mut wrong_left = None;
    let verdict = match member.token {
        None | Some(TokenState::Revoked | TokenState::Replaced | TokenState::Void) => Verdict::NotRegistered,
        Some(TokenState::Suspended) => Verdict::Suspended,
        Some(TokenState::Expired) => Verdict::Expired,
        Some(TokenState::Issued) if wanted == TokenState::Active => Verdict::NotActivated,
        Some(TokenState::Active) if wanted == TokenState::Issued => {
            return refuse(StatusCode::CONFLICT, "wrong_state");
        }
        Some(_) if member.used.iter().any(|used| used == code) => Verdict::Used,
        Some(_) if member.code == code => {
            member.used.push(code.to_owned());
            member.wrong = 0;
            member.token = then.or(member.token);
            if member.token == Some(TokenState::Revoked) {
                member.issue = None;
            }
            Verdict::Accepted
        }
        Some(state) => {
            member.wrong += 1;
            if member.wrong == LIMIT {
                member.token =
                    Some(if state == TokenState::Issued { TokenState::Void } else { TokenState::Suspended });
            }
            wrong_left = Some(LIMIT - member.wrong);
            Verdict::Wrong
        }
    };
    let answer = Answer { verdict, wrong_left };
    world.answers.insert(request.to_owned(), answer);
    deliver(&mut world, &answer)
}
