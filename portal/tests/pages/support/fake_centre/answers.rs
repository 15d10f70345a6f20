//! Owns the answers of the bank API in memory: a state machine of members with the centre's verdicts, no cryptography.
//! Refuses to know what a test is about.
//! Invariant: what is refused here, and with which code, is what the real centre refuses.

use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use warifu_core::time::UnixMillis;
use warifu_core::wire::Refusal;
use warifu_core::wire::bank::{
    Answer, CancelRequest, CodeRequest, IssueRequest, IssueState, IssueStatus, Issued, MailState, MailStatus,
    MemberStatus, ReaddressRequest, Registration, ResendRequest, TokenEnd, TokenState, TokenStatus, Verdict,
    VerifyRequest,
};
use warifu_core::wire::device::VaultLevel;

use super::{KEY, LIMIT, Member, NOW, World};

pub(super) fn router(world: Arc<Mutex<World>>) -> Router {
    Router::new()
        .route("/bank/v1/members/{id}", get(status))
        .route("/bank/v1/members/{id}/issue", post(issue))
        .route("/bank/v1/members/{id}/cancel", post(cancel))
        .route("/bank/v1/members/{id}/resend", post(resend))
        .route("/bank/v1/members/{id}/readdress", post(readdress))
        .route("/bank/v1/members/{id}/activate", post(activate))
        .route("/bank/v1/members/{id}/verify", post(verify))
        .route("/bank/v1/members/{id}/revoke", post(revoke))
        .route("/bank/v1/members/{id}/history", get(super::member::history))
        .route("/bank/v1/members/{id}/suspend", post(super::member::suspend))
        .route("/bank/v1/members/{id}/transactions", post(super::member::transaction))
        .route("/bank/v1/members/{id}/transactions/{transaction}/sign", post(super::member::sign))
        .route("/bank/v1/members/{id}/resync", post(super::member::resync))
        .route("/bank/v1/members/{id}/reinstate", post(super::reinstate::reinstate))
        .merge(super::oversight::router())
        .with_state(world)
}

pub(super) type Shared = State<Arc<Mutex<World>>>;

pub(super) fn refuse(status: StatusCode, code: &str) -> Response {
    let refusal =
        Refusal { code: code.to_owned(), message: String::new(), request: "0".to_owned(), about: None };
    (status, Json(refusal)).into_response()
}

pub(super) fn refused(world: &World, headers: &HeaderMap) -> Option<Response> {
    if world.is_away {
        return Some(refuse(StatusCode::SERVICE_UNAVAILABLE, "busy"));
    }
    let known = headers.get("authorization").is_some_and(|value| value == &format!("Bearer {KEY}"));
    (!known).then(|| refuse(StatusCode::UNAUTHORIZED, "unknown_key"))
}

/// As [`refused`], for a question that could change something; it is counted.
pub(super) fn posted(world: &mut World, headers: &HeaderMap) -> Option<Response> {
    if let Some(refusal) = refused(world, headers) {
        return Some(refusal);
    }
    world.posts += 1;
    let (status, seconds) = world.wait?;
    let status = StatusCode::from_u16(status).unwrap();
    let code = if status == StatusCode::TOO_MANY_REQUESTS { "too_many" } else { "busy" };
    let mut refusal = refuse(status, code);
    if let Some(seconds) = seconds {
        refusal.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    Some(refusal)
}

pub(super) fn deliver(world: &mut World, answer: &impl Serialize) -> Response {
    if world.lost > 0 {
        world.lost -= 1;
        return refuse(StatusCode::SERVICE_UNAVAILABLE, "busy");
    }
    Json(serde_json::to_value(answer).unwrap()).into_response()
}

pub(super) fn view(member: &Member) -> MemberStatus {
    let registration = match (&member.token, &member.issue) {
        (Some(TokenState::Active), _) => Registration::Active,
        (Some(TokenState::Suspended), _) => Registration::Suspended,
        (Some(TokenState::Issued), _) | (_, Some((_, IssueState::Open, _))) => Registration::Issued,
        _ => Registration::None,
    };
    let living = [TokenState::Issued, TokenState::Active, TokenState::Suspended];
    let ended = member.token.filter(|state| !living.contains(state));
    MemberStatus {
        registration,
        issue: member.issue.as_ref().filter(|_| ended.is_none()).map(|(user_id, state, to)| IssueStatus {
            service_id: "10112235".parse().unwrap(),
            user_id: user_id.parse().unwrap(),
            state: *state,
            attempts_left: LIMIT - u8::try_from(member.attempts.len()).unwrap(),
            expires_at: UnixMillis(1_795_600_000_000),
            mail: to.clone().try_into().unwrap(),
            attempts: member.attempts.clone(),
        }),
        renewal: None,
        ended: ended.map(|state| TokenEnd { serial: "243725864".parse().unwrap(), state, at: NOW }),
        token: member.token.filter(|state| living.contains(state)).map(|state| TokenStatus {
            serial: "243725864".parse().unwrap(),
            state,
            wrong_left: LIMIT - member.wrong,
            vault: VaultLevel::Sealed,
            drift: 0,
            copy_suspected_at: None,
            started_on: UnixMillis(1_795_000_000_000),
            expires_at: UnixMillis(1_958_000_000_000),
            activate_by: (state == TokenState::Issued).then_some(UnixMillis(1_795_600_000_000)),
        }),
        mail: member.mail.clone(),
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
    if let Some(refusal) = posted(&mut world, &headers) {
        return refusal;
    }
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
    let member = Member {
        issue: Some((user_id.clone(), IssueState::Open, request.mail.to_string())),
        mail: Some(MailStatus { to: request.mail.clone(), state: MailState::Sent, at: NOW }),
        ..Member::default()
    };
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
    if let Some(refusal) = posted(&mut world, &headers) {
        return refusal;
    }
    let Some(member) = world.members.get_mut(&id) else {
        return refuse(StatusCode::NOT_FOUND, "member_not_found");
    };
    if matches!(member.token, Some(TokenState::Active | TokenState::Suspended)) {
        return refuse(StatusCode::CONFLICT, "wrong_state");
    }
    if member.token == Some(TokenState::Issued) {
        member.token = Some(TokenState::Void);
    } else if let Some((_, state @ IssueState::Open, _)) = &mut member.issue {
        *state = IssueState::Cancelled;
    }
    let answer = view(member);
    deliver(&mut world, &answer)
}

async fn resend(
    State(world): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(ResendRequest { request_id }): Json<ResendRequest>,
) -> Response {
    let mut world = world.lock().unwrap();
    if let Some(refusal) = posted(&mut world, &headers) {
        return refusal;
    }
    let Some(Member { issue: Some((_, IssueState::Open, to)), mail, .. }) = world.members.get_mut(&id) else {
        return refuse(StatusCode::CONFLICT, "wrong_state");
    };
    *mail = Some(MailStatus { to: to.clone().try_into().unwrap(), state: MailState::Queued, at: NOW });
    world.mailed.insert(request_id.to_string());
    let answer = view(&world.members[&id]);
    deliver(&mut world, &answer)
}

async fn readdress(
    State(world): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(request): Json<ReaddressRequest>,
) -> Response {
    let mut world = world.lock().unwrap();
    if let Some(refusal) = posted(&mut world, &headers) {
        return refusal;
    }
    let living = [None, Some(TokenState::Issued)];
    let member = world.members.get_mut(&id).filter(|member| living.contains(&member.token));
    let Some(Member { issue: Some((_, IssueState::Open | IssueState::Used, to)), mail, .. }) = member else {
        return refuse(StatusCode::CONFLICT, "wrong_state");
    };
    *to = request.mail.to_string();
    *mail = Some(MailStatus { to: request.mail, state: MailState::Queued, at: NOW });
    world.mailed.insert(request.request_id.to_string());
    let answer = view(&world.members[&id]);
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
    if let Some(refusal) = posted(&mut world, headers) {
        return refusal;
    }
    if let Some(answer) = world.answers.get(request).copied() {
        return deliver(&mut world, &answer);
    }
    let member = world.members.entry(id.to_owned()).or_default();
    let (mut wrong_left, mut clock_off_s) = (None, None);
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
            clock_off_s = member.clock_off;
            Verdict::Wrong
        }
    };
    let answer = Answer { verdict, wrong_left, clock_off_s };
    world.answers.insert(request.to_owned(), answer);
    deliver(&mut world, &answer)
}
