//! Owns the whole URL table, on one screen.
//! Refuses to know what happens behind a path.
//! Invariant: what is not in this table is answered with 404 or 405, as a refusal like every other.

use std::sync::Arc;

use axum::Router;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use warifu_core::wire::channel;

use crate::app::App;
use crate::{bank_api as bank, device_api as device, edge, health};

type Route = (Method, &'static str, MethodRouter<Arc<App>>);

/// Every path and method there is.
pub(crate) fn table() -> Vec<Route> {
    let (read, ask) = (Method::GET, Method::POST);
    vec![
        (read.clone(), "/health/live", get(health::live)),
        (read.clone(), "/health/ready", get(health::ready)),
        (read.clone(), "/device/v1/services/{service_id}", get(device::card)),
        (ask.clone(), "/device/v1/enrol/start", post(device::start)),
        (ask.clone(), "/device/v1/enrol/finish", post(device::finish)),
        (ask.clone(), channel::STATUS_PATH, post(device::status)),
        (ask.clone(), channel::STOP_PATH, post(device::stop)),
        (read.clone(), "/bank/v1/openapi.json", get(bank::openapi)),
        (read.clone(), "/bank/v1/members/{member_id}", get(bank::status)),
        (read.clone(), "/bank/v1/members/{member_id}/history", get(bank::history)),
        (read.clone(), "/bank/v1/tokens/expiring", get(bank::expiring)),
        (read.clone(), "/bank/v1/figures", get(bank::figures)),
        (read.clone(), "/bank/v1/audit", get(bank::audit)),
        (read, "/bank/v1/audit/verify", get(bank::verify_audit)),
        (ask.clone(), "/bank/v1/members/{member_id}/issue", post(bank::issue)),
        (ask.clone(), "/bank/v1/members/{member_id}/cancel", post(bank::cancel)),
        (ask.clone(), "/bank/v1/members/{member_id}/resend", post(bank::resend)),
        (ask.clone(), "/bank/v1/members/{member_id}/readdress", post(bank::readdress)),
        (ask.clone(), "/bank/v1/members/{member_id}/activate", post(bank::activate)),
        (ask.clone(), "/bank/v1/members/{member_id}/verify", post(bank::verify)),
        (ask.clone(), "/bank/v1/members/{member_id}/revoke", post(bank::revoke)),
        (ask.clone(), "/bank/v1/members/{member_id}/resync", post(bank::resync)),
        (ask.clone(), "/bank/v1/members/{member_id}/transactions", post(bank::register)),
        (ask.clone(), "/bank/v1/members/{member_id}/transactions/{transaction_id}/sign", post(bank::sign)),
        (ask.clone(), "/bank/v1/members/{member_id}/suspend", post(bank::suspend)),
        (ask.clone(), "/bank/v1/members/{member_id}/reinstate", post(bank::reinstate)),
        (ask, "/bank/v1/members/{member_id}/release", post(bank::release)),
    ]
}

/// The table as a service.
pub(crate) fn router(app: Arc<App>) -> Router {
    let places: edge::Places = Arc::new(Semaphore::new(app.limits.in_flight.min(Semaphore::MAX_PERMITS)));
    table()
        .into_iter()
        .fold(Router::new(), |router, (_, path, handler)| router.route(path, handler))
        .fallback(edge::unknown_path)
        .method_not_allowed_fallback(edge::other_method)
        .layer(CatchPanicLayer::custom(edge::after_panic))
        .layer(from_fn_with_state(places, edge::pass))
        .with_state(app)
}
