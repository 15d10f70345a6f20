//! Owns what the bank API in memory tells of all members together, and stopping and ending tokens on request.
//! Refuses to know who may ask for it.
//! Invariant: the same request ID is done once; what the token's state does not allow is refused as the real centre does.

use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use warifu_core::ids::RequestId;
use warifu_core::time::{DAY, UnixMillis};
use warifu_core::wire::bank::{
    AuditBreak, AuditCheck, AuditPage, AuditRow, Expiring, ExpiringToken, Figures, HourFigures,
    ReleaseRequest, TokenState,
};

use super::answers::{Shared, deliver, posted, refuse, refused, view};
use super::{NOW, World};

pub(super) fn router() -> Router<Arc<Mutex<World>>> {
    Router::new()
        .route("/bank/v1/members/{id}/release", post(release))
        .route("/bank/v1/tokens/expiring", get(expiring))
        .route("/bank/v1/figures", get(figures))
        .route("/bank/v1/audit", get(audit))
        .route("/bank/v1/audit/verify", get(check))
}

/// Answers with what `say` makes of the world, unless it is away.
fn look(world: &Mutex<World>, headers: &HeaderMap, say: impl FnOnce(&World) -> Response) -> Response {
    let world = world.lock().unwrap();
    refused(&world, headers).unwrap_or_else(|| say(&world))
}

async fn release(
    State(world): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(request): Json<ReleaseRequest>,
) -> Response {
    let deed = (request.request_id, "release", request.staff, request.reason);
    end(&world, &headers, &id, deed, TokenState::Revoked)
}

/// Once per request ID, and only from 利用中 and 停止中.
pub(super) fn end(
    world: &Mutex<World>,
    headers: &HeaderMap,
    id: &str,
    (request, what, by, reason): (RequestId, &'static str, String, String),
    to: TokenState,
) -> Response {
    let mut world = world.lock().unwrap();
    if let Some(refusal) = posted(&mut world, headers) {
        return refusal;
    }
    if !(1..=500).contains(&reason.chars().count()) {
        return refuse(StatusCode::BAD_REQUEST, "malformed");
    }
    if !world.ended.iter().any(|(known, ..)| *known == request) {
        let member = world.members.get_mut(id);
        let Some(member) =
            member.filter(|m| matches!(m.token, Some(TokenState::Active | TokenState::Suspended)))
        else {
            return refuse(StatusCode::CONFLICT, "wrong_state");
        };
        member.token = Some(to);
        world.ended.push((request, what, id.to_owned(), by, reason));
    }
    let answer = view(&world.members[id]);
    deliver(&mut world, &answer)
}

async fn expiring(State(world): Shared, headers: HeaderMap) -> Response {
    look(&world, &headers, |world| {
        let mut members: Vec<_> =
            world.members.iter().filter(|(_, member)| member.token == Some(TokenState::Active)).collect();
        members.sort_by_key(|(id, _)| (*id).clone());
        let tokens = members.into_iter().map(|(id, _)| ExpiringToken {
            member_id: id.parse().unwrap(),
            serial: "243725864".parse().unwrap(),
            expires_at: UnixMillis(NOW.0 + 30 * DAY),
        });
        Json(Expiring { tokens: tokens.collect(), next: Some("m-0001/1".to_owned()) }).into_response()
    })
}

async fn figures(State(world): Shared, headers: HeaderMap) -> Response {
    let hour = |at: i64| HourFigures {
        hour: UnixMillis(1_794_927_600_000 + at * DAY / 24),
        issued: 2,
        activated: 1,
        suspended: 0,
        wrong: 3,
        accepted: at.unsigned_abs() * 10,
    };
    let hours = (0..24).map(hour).collect();
    look(&world, &headers, |_| Json(Figures { hours }).into_response())
}

async fn audit(State(world): Shared, headers: HeaderMap) -> Response {
    let row = AuditRow {
        chain: "10112235/3".to_owned(),
        seq: 12,
        at: NOW,
        actor: "staff:staff01".to_owned(),
        action: "reinstate".to_owned(),
        object: "token:243725864".to_owned(),
        outcome: "done".to_owned(),
        detail: "本人確認：窓口・本人確認書類。".to_owned(),
    };
    let next = Some("12".to_owned());
    look(&world, &headers, |_| Json(AuditPage { rows: vec![row], next }).into_response())
}

async fn check(State(world): Shared, headers: HeaderMap) -> Response {
    look(&world, &headers, |world| {
        let broken = AuditBreak { chain: "10112235/3".to_owned(), seq: 7, what: "another hash".to_owned() };
        let broken = world.is_broken.then_some(broken);
        Json(AuditCheck { rows: 12, broken }).into_response()
    })
}
