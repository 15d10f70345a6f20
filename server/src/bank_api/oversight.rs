//! Owns the calls about all members of an institution together.
//! Refuses to know how rows are found.
//! Invariant: each handler is one use case; what is asked stands in the query and is checked before anything is read.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use warifu_core::time::UnixMillis;
use warifu_core::wire::Refusal;
use warifu_core::wire::bank::{AuditCheck, AuditPage, Expiring, Figures};

use super::caller::{Caller, Wish};
use crate::app::App;
use crate::edge::Failure;
use crate::service::{audit_log, oversight};

/// Which ends.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExpiringWish {
    /// How many days ahead, 1 to 400; 60 when nothing is said.
    within_days: Option<u32>,
    /// `next` of the page before.
    after: Option<String>,
}

/// Which hours.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FiguresWish {
    /// A moment in the first hour; 24 hours before `to` when nothing is said.
    from: Option<i64>,
    /// The end, at most 31 days later; now when nothing is said.
    to: Option<i64>,
}

/// Which rows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditWish {
    /// `next` of the page before.
    before: Option<String>,
    /// How many rows, 1 to 200; 50 when nothing is said.
    limit: Option<u32>,
}

/// Tokens in use whose 有効期限 is near, soonest first.
#[utoipa::path(
    get,
    path = "/bank/v1/tokens/expiring",
    tag = "oversight",
    params(ExpiringWish),
    responses(
        (status = 200, description = "A page of them", body = Expiring),
        (status = 400, description = "`malformed`", body = Refusal),
        (status = 401, description = "`unknown_key`", body = Refusal),
        (status = 500, description = "`internal`", body = Refusal),
        (status = 503, description = "`busy`", body = Refusal),
    ),
    security(("key" = []))
)]
pub(crate) async fn expiring(
    State(app): State<Arc<App>>,
    Caller(institution): Caller,
    Wish(wish): Wish<ExpiringWish>,
) -> Result<Json<Expiring>, Failure> {
    let within_days = wish.within_days.unwrap_or(60);
    oversight::expiring(&app, &institution, within_days, wish.after.as_deref()).map(Json)
}

/// What happened hour by hour, at most a minute old.
#[utoipa::path(
    get,
    path = "/bank/v1/figures",
    tag = "oversight",
    params(FiguresWish),
    responses(
        (status = 200, description = "Every hour, also those in which nothing happened", body = Figures),
        (status = 400, description = "`malformed`", body = Refusal),
        (status = 401, description = "`unknown_key`", body = Refusal),
        (status = 500, description = "`internal`", body = Refusal),
        (status = 503, description = "`busy`", body = Refusal),
    ),
    security(("key" = []))
)]
pub(crate) async fn figures(
    State(app): State<Arc<App>>,
    Caller(institution): Caller,
    Wish(wish): Wish<FiguresWish>,
) -> Result<Json<Figures>, Failure> {
    oversight::figures(&app, &institution, wish.from.map(UnixMillis), wish.to.map(UnixMillis)).map(Json)
}

/// The institution's audit log, newest rows first.
#[utoipa::path(
    get,
    path = "/bank/v1/audit",
    tag = "oversight",
    params(AuditWish),
    responses(
        (status = 200, description = "A page of it", body = AuditPage),
        (status = 400, description = "`malformed`", body = Refusal),
        (status = 401, description = "`unknown_key`", body = Refusal),
        (status = 500, description = "`internal`", body = Refusal),
        (status = 503, description = "`busy`", body = Refusal),
    ),
    security(("key" = []))
)]
pub(crate) async fn audit(
    State(app): State<Arc<App>>,
    Caller(institution): Caller,
    Wish(wish): Wish<AuditWish>,
) -> Result<Json<AuditPage>, Failure> {
    audit_log::page(&app, &institution, wish.before.as_deref(), wish.limit.unwrap_or(50)).map(Json)
}

/// Recomputes the institution's audit log from its first row. One check at a time at a centre.
#[utoipa::path(
    get,
    path = "/bank/v1/audit/verify",
    tag = "oversight",
    responses(
        (status = 200, description = "Whether it is whole", body = AuditCheck),
        (status = 401, description = "`unknown_key`", body = Refusal),
        (status = 500, description = "`internal`", body = Refusal),
        (status = 503, description = "`busy`", body = Refusal),
    ),
    security(("key" = []))
)]
pub(crate) async fn verify_audit(
    State(app): State<Arc<App>>,
    Caller(institution): Caller,
) -> Result<Json<AuditCheck>, Failure> {
    audit_log::verify(app, institution).await.map(Json)
}
