//! Owns the calls about a member's issue and token.
//! Refuses to know codes.
//! Invariant: each handler is one use case.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use warifu_core::wire::Refusal;
use warifu_core::wire::bank::{
    CancelRequest, History, IssueRequest, Issued, MemberStatus, ReaddressRequest, ResendRequest,
};

use super::caller::{Caller, Member};
use crate::app::App;
use crate::edge::{Failure, Question};
use crate::service;

/// 登録状況 of a member. One who was never issued a token is `none`.
#[utoipa::path(
    get,
    path = "/bank/v1/members/{member_id}",
    tag = "members",
    params(("member_id" = String, Path, description = "The member as the institution names them: 1 to 64 of A-Z a-z 0-9 . _ -")),
    responses(
        (status = 200, description = "The member as they are now", body = MemberStatus),
        (status = 401, description = "`unknown_key`", body = Refusal),
        (status = 404, description = "`member_not_found`: not a member's ID", body = Refusal),
        (status = 500, description = "`internal`", body = Refusal),
        (status = 503, description = "`busy`", body = Refusal),
    ),
    security(("key" = []))
)]
pub(crate) async fn status(
    State(app): State<Arc<App>>,
    Caller(institution): Caller,
    Member(member_id): Member,
) -> Result<Json<MemberStatus>, Failure> {
    service::status::status(&app, &institution, &member_id).map(Json)
}

/// 利用履歴: the last uses of the member's token, newest first, each with its true result. None without a token.
#[utoipa::path(
    get,
    path = "/bank/v1/members/{member_id}/history",
    tag = "members",
    params(("member_id" = String, Path, description = "The member as the institution names them")),
    responses(
        (status = 200, description = "At most sixteen uses", body = History),
        (status = 401, description = "`unknown_key`", body = Refusal),
        (status = 404, description = "`member_not_found`: not a member's ID", body = Refusal),
        (status = 500, description = "`internal`", body = Refusal),
        (status = 503, description = "`busy`", body = Refusal),
    ),
    security(("key" = []))
)]
pub(crate) async fn history(
    State(app): State<Arc<App>>,
    Caller(institution): Caller,
    Member(member_id): Member,
) -> Result<Json<History>, Failure> {
    service::history::history(&app, &institution, &member_id).map(Json)
}

/// トークン発行. Ends an open issue and a token that was never activated. Mails トークン発行のご案内.
#[utoipa::path(
    post,
    path = "/bank/v1/members/{member_id}/issue",
    tag = "members",
    params(("member_id" = String, Path, description = "The member as the institution names them")),
    request_body = IssueRequest,
    responses(
        (status = 200, description = "The issue; the same one for the same question", body = Issued),
        (status = 400, description = "`malformed`", body = Refusal),
        (status = 401, description = "`unknown_key`", body = Refusal),
        (status = 404, description = "`member_not_found`: not a member's ID", body = Refusal),
        (status = 409, description = "`conflict`, or `wrong_state`: the token in use has to be released first", body = Refusal),
        (status = 413, description = "`too_large`", body = Refusal),
        (status = 415, description = "`not_json`", body = Refusal),
        (status = 500, description = "`internal`", body = Refusal),
        (status = 503, description = "`busy`", body = Refusal),
    ),
    security(("key" = []))
)]
pub(crate) async fn issue(
    State(app): State<Arc<App>>,
    Caller(institution): Caller,
    Member(member_id): Member,
    Question(request): Question<IssueRequest>,
) -> Result<Json<Issued>, Failure> {
    service::issue::issue(&app, institution, member_id, request).await.map(Json)
}

/// 申込を中止する: ends an open issue, or a token that was never activated. Twice is as good as once.
#[utoipa::path(
    post,
    path = "/bank/v1/members/{member_id}/cancel",
    tag = "members",
    params(("member_id" = String, Path, description = "The member as the institution names them")),
    request_body = CancelRequest,
    responses(
        (status = 200, description = "The member as they are now", body = MemberStatus),
        (status = 400, description = "`malformed`", body = Refusal),
        (status = 401, description = "`unknown_key`", body = Refusal),
        (status = 404, description = "`member_not_found`: not a member's ID", body = Refusal),
        (status = 409, description = "`conflict`, or `wrong_state`: the token is in use", body = Refusal),
        (status = 413, description = "`too_large`", body = Refusal),
        (status = 415, description = "`not_json`", body = Refusal),
        (status = 500, description = "`internal`", body = Refusal),
        (status = 503, description = "`busy`", body = Refusal),
    ),
    security(("key" = []))
)]
pub(crate) async fn cancel(
    State(app): State<Arc<App>>,
    Caller(institution): Caller,
    Member(member_id): Member,
    Question(request): Question<CancelRequest>,
) -> Result<Json<MemberStatus>, Failure> {
    service::cancel::cancel(&app, institution, member_id, request).await.map(Json)
}

/// トークン発行のご案内 once more, to the same address, while the issue is open.
#[utoipa::path(
    post,
    path = "/bank/v1/members/{member_id}/resend",
    tag = "members",
    params(("member_id" = String, Path, description = "The member as the institution names them")),
    request_body = ResendRequest,
    responses(
        (status = 200, description = "The member as they are now", body = MemberStatus),
        (status = 400, description = "`malformed`", body = Refusal),
        (status = 401, description = "`unknown_key`", body = Refusal),
        (status = 404, description = "`member_not_found`: not a member's ID", body = Refusal),
        (status = 409, description = "`conflict`, or `wrong_state`: no open issue", body = Refusal),
        (status = 413, description = "`too_large`", body = Refusal),
        (status = 415, description = "`not_json`", body = Refusal),
        (status = 429, description = "`too_many`: five times a day per issue", body = Refusal),
        (status = 500, description = "`internal`", body = Refusal),
        (status = 503, description = "`busy`", body = Refusal),
    ),
    security(("key" = []))
)]
pub(crate) async fn resend(
    State(app): State<Arc<App>>,
    Caller(institution): Caller,
    Member(member_id): Member,
    Question(request): Question<ResendRequest>,
) -> Result<Json<MemberStatus>, Failure> {
    service::resend::resend(&app, institution, member_id, request).await.map(Json)
}

/// 宛先の変更, before 利用開始. Mails トークン発行のご案内 to the new address while the issue is open.
#[utoipa::path(
    post,
    path = "/bank/v1/members/{member_id}/readdress",
    tag = "members",
    params(("member_id" = String, Path, description = "The member as the institution names them")),
    request_body = ReaddressRequest,
    responses(
        (status = 200, description = "The member as they are now", body = MemberStatus),
        (status = 400, description = "`malformed`", body = Refusal),
        (status = 401, description = "`unknown_key`", body = Refusal),
        (status = 404, description = "`member_not_found`: not a member's ID", body = Refusal),
        (status = 409, description = "`conflict`, or `wrong_state`: no open issue and no token that waits for 利用開始", body = Refusal),
        (status = 413, description = "`too_large`", body = Refusal),
        (status = 415, description = "`not_json`", body = Refusal),
        (status = 429, description = "`too_many`: five times a day per issue", body = Refusal),
        (status = 500, description = "`internal`", body = Refusal),
        (status = 503, description = "`busy`", body = Refusal),
    ),
    security(("key" = []))
)]
pub(crate) async fn readdress(
    State(app): State<Arc<App>>,
    Caller(institution): Caller,
    Member(member_id): Member,
    Question(request): Question<ReaddressRequest>,
) -> Result<Json<MemberStatus>, Failure> {
    service::resend::readdress(&app, institution, member_id, request).await.map(Json)
}
