//! Owns 停止解除 of the bank API in memory.
//! Refuses to know who may ask for it.
//! Invariant: the same request ID is done once; a token that is not suspended is refused as the real centre refuses it.

use axum::Json;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use warifu_core::wire::bank::{ReinstateRequest, TokenState};

use super::answers::{Shared, deliver, posted, refuse, view};

pub(super) async fn reinstate(
    axum::extract::State(world): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(request): Json<ReinstateRequest>,
) -> Response {
    let mut world = world.lock().unwrap();
    if let Some(refusal) = posted(&mut world, &headers) {
        return refusal;
    }
    let is_line = |text: &str, longest: usize| {
        (1..=longest).contains(&text.chars().count()) && !text.chars().any(char::is_control)
    };
    if !is_line(&request.staff, 64) || !is_line(&request.reason, 500) {
        return refuse(StatusCode::BAD_REQUEST, "malformed");
    }
    if !world.reinstated.iter().any(|(known, ..)| *known == request.request_id) {
        let member = world.members.get_mut(&id).filter(|m| m.token == Some(TokenState::Suspended));
        let Some(member) = member else { return refuse(StatusCode::CONFLICT, "wrong_state") };
        (member.token, member.wrong) = (Some(TokenState::Active), 0);
        world.reinstated.push((request.request_id, id.clone(), request.staff, request.reason));
    }
    let answer = view(&world.members[&id]);
    deliver(&mut world, &answer)
}
