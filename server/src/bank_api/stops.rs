//! Owns the calls by which a token is stopped, started again or ended without a code.
//! Refuses to know who may ask: that is the institution's.
//! Invariant: each handler is one use case.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use warifu_core::wire::Refusal;
use warifu_core::wire::bank::{MemberStatus, ReinstateRequest, ReleaseRequest, SuspendRequest};

use super::caller::{Caller, Member};
use crate::app::App;
use crate::edge::{Failure, Question};
use crate::service;

/// 利用停止: a token in use is stopped until staff reinstate it. Mails the member. Twice is as good as once.
#[utoipa::path(
    post,
    path = "/bank/v1/members/{member_id}/suspend",
    tag = "members",
    params(("member_id" = String, Path, description = "The member as the institution names them")),
    request_body = SuspendRequest,
    responses(
        (status = 200, description = "The member as they are now", body = MemberStatus),
        (status = 400, description = "`malformed`", body = Refusal),
        (status = 401, description = "`unknown_key`", body = Refusal),
        (status = 404, description = "`member_not_found`: not a member's ID", body = Refusal),
        (status = 409, description = "`conflict`, or `wrong_state`: no token in use", body = Refusal),
        (status = 413, description = "`too_large`", body = Refusal),
        (status = 415, description = "`not_json`", body = Refusal),
        (status = 500, description = "`internal`", body = Refusal),
        (status = 503, description = "`busy`", body = Refusal),
    ),
    security(("key" = []))
)]
pub(crate) async fn suspend(
    State(app): State<Arc<App>>,
    Caller(institution): Caller,
    Member(member_id): Member,
    Question(request): Question<SuspendRequest>,
) -> Result<Json<MemberStatus>, Failure> {
    service::suspend::suspend(&app, institution, member_id, request).await.map(Json)
}

/// 停止解除: a suspended token is active again. Mails the member.
#[utoipa::path(
    post,
    path = "/bank/v1/members/{member_id}/reinstate",
    tag = "members",
    params(("member_id" = String, Path, description = "The member as the institution names them")),
    request_body = ReinstateRequest,
    responses(
        (status = 200, description = "The member as they are now", body = MemberStatus),
        (status = 400, description = "`malformed`", body = Refusal),
        (status = 401, description = "`unknown_key`", body = Refusal),
        (status = 404, description = "`member_not_found`: not a member's ID", body = Refusal),
        (status = 409, description = "`conflict`, or `wrong_state`: no suspended token", body = Refusal),
        (status = 413, description = "`too_large`", body = Refusal),
        (status = 415, description = "`not_json`", body = Refusal),
        (status = 500, description = "`internal`", body = Refusal),
        (status = 503, description = "`busy`", body = Refusal),
    ),
    security(("key" = []))
)]
pub(crate) async fn reinstate(
    State(app): State<Arc<App>>,
    Caller(institution): Caller,
    Member(member_id): Member,
    Question(request): Question<ReinstateRequest>,
) -> Result<Json<MemberStatus>, Failure> {
    service::reinstate::reinstate(&app, institution, member_id, request).await.map(Json)
}

/// 利用解除 without a code, of a token in use or suspended. Ends what was to follow it as well. Mails the member.
#[utoipa::path(
    post,
    path = "/bank/v1/members/{member_id}/release",
    tag = "members",
    params(("member_id" = String, Path, description = "The member as the institution names them")),
    request_body = ReleaseRequest,
    responses(
        (status = 200, description = "The member as they are now", body = MemberStatus),
        (status = 400, description = "`malformed`", body = Refusal),
        (status = 401, description = "`unknown_key`", body = Refusal),
        (status = 404, description = "`member_not_found`: not a member's ID", body = Refusal),
        (status = 409, description = "`conflict`, or `wrong_state`: no token that is active or suspended", body = Refusal),
        (status = 413, description = "`too_large`", body = Refusal),
        (status = 415, description = "`not_json`", body = Refusal),
        (status = 500, description = "`internal`", body = Refusal),
        (status = 503, description = "`busy`", body = Refusal),
    ),
    security(("key" = []))
)]
pub(crate) async fn release(
    State(app): State<Arc<App>>,
    Caller(institution): Caller,
    Member(member_id): Member,
    Question(request): Question<ReleaseRequest>,
) -> Result<Json<MemberStatus>, Failure> {
    service::release::release(&app, institution, member_id, request).await.map(Json)
}
