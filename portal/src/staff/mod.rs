//! Owns the staff's pages, one file per screen: `show_x` for GET, `submit_x` for POST.
//! Refuses to know the members' sessions: a member is nobody here, and staff are nobody on the members' pages.
//! Invariant: before the own token is 利用中 nothing about members is shown; no page shows a code, a key or a password.

pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod code;
pub(crate) mod expiring;
pub(crate) mod figures;
mod grounds;
mod letters;
pub(crate) mod log;
pub(crate) mod member;
pub(crate) mod own_token;
pub(crate) mod password;
pub(crate) mod reinstate;
pub(crate) mod release;
pub(crate) mod releases;
pub(crate) mod requests;
pub(crate) mod search;
mod session;
pub(crate) mod sessions;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
mod stopped;
pub(crate) mod suspend;
mod words;

use axum::Router;
use axum::routing::{get, post};

use crate::App;

/// The staff's part of the URL table.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/staff", get(search::show_search))
        .route("/staff/sign-in", get(sign_in::show_sign_in).post(sign_in::submit_sign_in))
        .route("/staff/sign-in/code", get(code::show_code).post(code::submit_code))
        .route("/staff/sign-out", post(sign_out::submit_sign_out))
        .route("/staff/token", get(own_token::show_own_token))
        .route("/staff/token/issue", get(own_token::show_issue).post(own_token::submit_issue))
        .route("/staff/token/activate", post(own_token::submit_activate))
        .route("/staff/member", get(member::show_member))
        .route("/staff/reinstate", get(reinstate::show_reinstate).post(reinstate::submit_reinstate))
        .route("/staff/suspend", get(suspend::show_suspend).post(suspend::submit_suspend))
        .route("/staff/release", get(release::show_release).post(release::submit_release))
        .route("/staff/releases/approve", post(releases::submit_approve))
        .route("/staff/releases/decline", post(releases::submit_decline))
        .route("/staff/requests", get(requests::show_requests))
        .route("/staff/requests/approve", post(requests::submit_approve))
        .route("/staff/requests/decline", post(requests::submit_decline))
        .route("/staff/requests/send", post(requests::submit_send))
        .route("/staff/expiring", get(expiring::show_expiring))
        .route("/staff/figures", get(figures::show_figures))
        .route("/staff/accounts", get(accounts::show_accounts))
        .route("/staff/accounts/add", get(accounts::add::show_add).post(accounts::add::submit_add))
        .route("/staff/accounts/role", post(accounts::submit_role))
        .route("/staff/accounts/invite", post(accounts::submit_invite))
        .route("/staff/accounts/permit", post(accounts::submit_permit))
        .route("/staff/accounts/disable", post(accounts::submit_disable))
        .route("/staff/sessions", get(sessions::show_sessions))
        .route("/staff/sessions/end", post(sessions::submit_end))
        .route("/staff/password", get(password::show_password).post(password::submit_password))
        .route("/staff/log", get(log::show_log))
        .route("/staff/audit", get(audit::show_audit))
}
