//! Owns the calls that carry a code.
//! Refuses to keep one: it is parsed, handed on and wiped.
//! Invariant: a text that is not eight digits is refused before anything is charged.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use warifu_core::otp::Code;
use warifu_core::wire::Refusal;
use warifu_core::wire::bank::{Answer, CodeRequest, ResyncRequest, VerifyRequest};
use zeroize::Zeroizing;

use super::caller::{FrequentCaller, Member};
use crate::app::App;
use crate::edge::{Failure, Question, Refused};
use crate::service::resync::resync as ask_for_resync;
use crate::service::verify::{Use, verify as ask};

pub(super) fn parse(typed: String) -> Result<Code, Failure> {
    let typed = Zeroizing::new(typed);
    Code::parse(&typed).map_err(|_| Refused::MALFORMED_CODE.into())
}

/// 利用開始: the first code of an initialised token makes it usable. Five wrong ones make it void.
#[utoipa::path(
    post,
    path = "/bank/v1/members/{member_id}/activate",
    tag = "codes",
    params(("member_id" = String, Path, description = "The member as the institution names them")),
    request_body = CodeRequest,
    responses(
        (status = 200, description = "A verdict, also when the code is not accepted", body = Answer),
        (status = 400, description = "`malformed`, `malformed_code`", body = Refusal),
        (status = 401, description = "`unknown_key`", body = Refusal),
        (status = 404, description = "`member_not_found`: not a member's ID", body = Refusal),
        (status = 409, description = "`conflict`, or `wrong_state`: the token is in use already", body = Refusal),
        (status = 413, description = "`too_large`", body = Refusal),
        (status = 415, description = "`not_json`", body = Refusal),
        (status = 500, description = "`internal`", body = Refusal),
        (status = 503, description = "`busy`", body = Refusal),
    ),
    security(("key" = []))
)]
pub(crate) async fn activate(
    State(app): State<Arc<App>>,
    FrequentCaller(institution): FrequentCaller,
    Member(member_id): Member,
    Question(request): Question<CodeRequest>,
) -> Result<Json<Answer>, Failure> {
    let code = parse(request.code)?;
    ask(app, institution, member_id, request.request_id, Use::Activate, code).await.map(Json)
}

/// ワンタイムパスワード認証: is this the member? A code is accepted once, whatever for.
#[utoipa::path(
    post,
    path = "/bank/v1/members/{member_id}/verify",
    tag = "codes",
    params(("member_id" = String, Path, description = "The member as the institution names them")),
    request_body = VerifyRequest,
    responses(
        (status = 200, description = "A verdict, also when the code is not accepted", body = Answer),
        (status = 400, description = "`malformed`, `malformed_code`", body = Refusal),
        (status = 401, description = "`unknown_key`", body = Refusal),
        (status = 404, description = "`member_not_found`: not a member's ID", body = Refusal),
        (status = 409, description = "`conflict`", body = Refusal),
        (status = 413, description = "`too_large`", body = Refusal),
        (status = 415, description = "`not_json`", body = Refusal),
        (status = 500, description = "`internal`", body = Refusal),
        (status = 503, description = "`busy`", body = Refusal),
    ),
    security(("key" = []))
)]
pub(crate) async fn verify(
    State(app): State<Arc<App>>,
    FrequentCaller(institution): FrequentCaller,
    Member(member_id): Member,
    Question(request): Question<VerifyRequest>,
) -> Result<Json<Answer>, Failure> {
    let code = parse(request.code)?;
    let use_ = Use::Verify(request.purpose);
    ask(app, institution, member_id, request.request_id, use_, code).await.map(Json)
}

/// 利用解除: a code ends the token. Its keys are erased.
#[utoipa::path(
    post,
    path = "/bank/v1/members/{member_id}/revoke",
    tag = "codes",
    params(("member_id" = String, Path, description = "The member as the institution names them")),
    request_body = CodeRequest,
    responses(
        (status = 200, description = "A verdict, also when the code is not accepted", body = Answer),
        (status = 400, description = "`malformed`, `malformed_code`", body = Refusal),
        (status = 401, description = "`unknown_key`", body = Refusal),
        (status = 404, description = "`member_not_found`: not a member's ID", body = Refusal),
        (status = 409, description = "`conflict`", body = Refusal),
        (status = 413, description = "`too_large`", body = Refusal),
        (status = 415, description = "`not_json`", body = Refusal),
        (status = 500, description = "`internal`", body = Refusal),
        (status = 503, description = "`busy`", body = Refusal),
    ),
    security(("key" = []))
)]
pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    FrequentCaller(institution): FrequentCaller,
    Member(member_id): Member,
    Question(request): Question<CodeRequest>,
) -> Result<Json<Answer>, Failure> {
    let code = parse(request.code)?;
    ask(app, institution, member_id, request.request_id, Use::Revoke, code).await.map(Json)
}

/// 時刻のずれの補正: two codes in a row, of a device whose clock is up to an hour off, teach the centre how far. At
/// most three times a day; two wrong ones cost one try. It proves nothing by itself: a code is asked for afterwards.
#[utoipa::path(
    post,
    path = "/bank/v1/members/{member_id}/resync",
    tag = "codes",
    params(("member_id" = String, Path, description = "The member as the institution names them")),
    request_body = ResyncRequest,
    responses(
        (status = 200, description = "A verdict, also when the codes are not accepted", body = Answer),
        (status = 400, description = "`malformed`, `malformed_code`", body = Refusal),
        (status = 401, description = "`unknown_key`", body = Refusal),
        (status = 404, description = "`member_not_found`: not a member's ID", body = Refusal),
        (status = 409, description = "`conflict`", body = Refusal),
        (status = 413, description = "`too_large`", body = Refusal),
        (status = 415, description = "`not_json`", body = Refusal),
        (status = 429, description = "`too_many`: three times within a day", body = Refusal),
        (status = 500, description = "`internal`", body = Refusal),
        (status = 503, description = "`busy`", body = Refusal),
    ),
    security(("key" = []))
)]
pub(crate) async fn resync(
    State(app): State<Arc<App>>,
    FrequentCaller(institution): FrequentCaller,
    Member(member_id): Member,
    Question(request): Question<ResyncRequest>,
) -> Result<Json<Answer>, Failure> {
    let codes = [parse(request.first)?, parse(request.second)?];
    ask_for_resync(app, institution, member_id, request.request_id, codes).await.map(Json)
}
