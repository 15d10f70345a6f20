//! Owns the whole URL table; the staff's part of it stands in `staff`.
//! Refuses to know what a page does.
//! Invariant: what GET reaches changes nothing here; that staff looked at a member is noted in their log.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::App;
use crate::assets::show_asset;
use crate::download::show_download;
use crate::edge;
use crate::failure::Failure;
use crate::language::{show_language, submit_language};
use crate::member::{
    activate, cancel, code, confirm, details, history, issue, issued, limit, lost_phone, mail_again, menu,
    readdress, resend, resync, revoke, sessions, sign_in, sign_out, stop, top, transfer,
};
use crate::staff;

/// Everything the portal answers.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/", get(top::show_top))
        .route("/sign-in", get(sign_in::show_sign_in).post(sign_in::submit_sign_in))
        .route("/sign-in/code", get(code::show_code).post(code::submit_code))
        .route("/sign-out", post(sign_out::submit_sign_out))
        .route("/otp", get(menu::show_menu))
        .route("/otp/issue", get(issue::show_issue).post(issue::submit_issue))
        .route("/otp/issue/confirm", get(confirm::show_confirm).post(confirm::submit_confirm))
        .route("/otp/issue/send", post(confirm::submit_send))
        .route("/otp/issue/mail", post(mail_again::submit_mail_again))
        .route("/otp/issue/stop", post(stop::submit_stop))
        .route("/otp/issue/done", get(issued::show_issued))
        .route("/otp/issue/print", get(issued::show_print))
        .route("/otp/resend", post(resend::submit_resend))
        .route("/otp/readdress", get(readdress::show_readdress).post(readdress::submit_readdress))
        .route("/otp/activate", get(activate::show_activate).post(activate::submit_activate))
        .route("/otp/activate/done", get(activate::show_activated))
        .route("/otp/revoke", get(revoke::show_revoke).post(revoke::submit_revoke))
        .route("/otp/revoke/done", get(revoke::show_revoked))
        .route("/otp/cancel", get(cancel::show_cancel).post(cancel::submit_cancel))
        .route("/otp/resync", get(resync::show_resync).post(resync::submit_resync))
        .route("/otp/release/take-back", post(lost_phone::submit_take_back))
        .route("/lost-phone", get(lost_phone::show_lost_phone))
        .route("/download", get(show_download))
        .route("/otp/history", get(history::show_history))
        .route("/otp/stop", get(history::show_stop).post(history::submit_stop))
        .route("/transfer", get(transfer::show_transfer).post(transfer::submit_transfer))
        .route("/transfer/confirm", get(transfer::confirm::show_confirm))
        .route("/transfer/code", post(transfer::confirm::submit_code))
        .route("/transfer/password", post(transfer::confirm::submit_password))
        .route("/transfer/sign", get(transfer::sign::show_sign).post(transfer::sign::submit_sign))
        .route("/transfer/sign/begin", post(transfer::sign::submit_begin))
        .route("/transfer/stop", post(transfer::confirm::submit_stop))
        .route("/transfer/done", get(transfer::confirm::show_done))
        .route("/limit", get(limit::show_limit).post(limit::submit_limit))
        .route("/limit/take-back", post(limit::submit_take_back))
        .route("/details", get(details::show_details).post(details::submit_details))
        .route("/sessions", get(sessions::show_sessions))
        .route("/sessions/end", post(sessions::submit_end))
        .route("/language", get(show_language).post(submit_language))
        .merge(staff::routes())
        .route("/assets/{file}", get(show_asset))
        .route("/health/live", get(async || "live\n"))
        .route("/health/ready", get(show_ready))
        .fallback(async || Failure::NotFound)
        .method_not_allowed_fallback(async || Failure::MethodNotAllowed)
        .layer(CatchPanicLayer::custom(edge::panicked))
        .layer(from_fn_with_state(app.clone(), edge::edge))
        .with_state(app)
}

/// Ready without the centre too: members are better served by this portal's words than by a proxy's.
async fn show_ready(State(app): State<App>) -> (StatusCode, &'static str) {
    if app.store.is_ready().await {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
    }
}

/// What every page handler gives.
pub(crate) type Page = Result<Response, Failure>;
