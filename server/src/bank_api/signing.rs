//! Owns the calls of 取引認証.
//! Refuses to keep a code: it is parsed, handed on and wiped.
//! Invariant: a transaction is reached through its own member alone.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use warifu_core::wire::Refusal;
use warifu_core::wire::bank::{Answer, CodeRequest, Transaction, TransactionRequest};

use super::caller::{Caller, Member, MemberTransaction};
use super::codes::parse;
use crate::app::App;
use crate::edge::{Failure, Question};
use crate::service::sign::{register as ask_for_transaction, sign as ask_for_yes};

/// 取引認証: registers a transfer that the member is to agree to, and gives the text of its QR code.
#[utoipa::path(
    post,
    path = "/bank/v1/members/{member_id}/transactions",
    tag = "signing",
    params(("member_id" = String, Path, description = "The member as the institution names them")),
    request_body = TransactionRequest,
    responses(
        (status = 200, description = "The transaction; the same one for the same question", body = Transaction),
        (status = 400, description = "`malformed`", body = Refusal),
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
pub(crate) async fn register(
    State(app): State<Arc<App>>,
    Caller(institution): Caller,
    Member(member_id): Member,
    Question(request): Question<TransactionRequest>,
) -> Result<Json<Transaction>, Failure> {
    ask_for_transaction(app, institution, member_id, request).await.map(Json)
}

/// Does this code say yes to this transaction? A transaction is agreed to once; wrong codes count as everywhere.
#[utoipa::path(
    post,
    path = "/bank/v1/members/{member_id}/transactions/{transaction_id}/sign",
    tag = "signing",
    params(
        ("member_id" = String, Path, description = "The member as the institution names them"),
        ("transaction_id" = String, Path, description = "The transaction as the centre named it"),
    ),
    request_body = CodeRequest,
    responses(
        (status = 200, description = "A verdict, also when the code is not accepted", body = Answer),
        (status = 400, description = "`malformed`, `malformed_code`", body = Refusal),
        (status = 401, description = "`unknown_key`", body = Refusal),
        (status = 404, description = "`member_not_found`, `transaction_not_found`", body = Refusal),
        (status = 409, description = "`conflict`", body = Refusal),
        (status = 413, description = "`too_large`", body = Refusal),
        (status = 415, description = "`not_json`", body = Refusal),
        (status = 500, description = "`internal`", body = Refusal),
        (status = 503, description = "`busy`", body = Refusal),
    ),
    security(("key" = []))
)]
pub(crate) async fn sign(
    State(app): State<Arc<App>>,
    Caller(institution): Caller,
    MemberTransaction(member_id, id): MemberTransaction,
    Question(request): Question<CodeRequest>,
) -> Result<Json<Answer>, Failure> {
    let code = parse(request.code)?;
    ask_for_yes(app, institution, member_id, id, request.request_id, code).await.map(Json)
}
