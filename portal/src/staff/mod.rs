//! Owns the staff's pages, one file per screen: `show_x` for GET, `submit_x` for POST.
//! Refuses to know the members' sessions: a member is nobody here, and staff are nobody on the members' pages.
//! Invariant: before the own token is 利用中 nothing about members is shown; no page shows a code, a key or a password.

pub(crate) mod code;
pub(crate) mod log;
pub(crate) mod member;
pub(crate) mod own_token;
pub(crate) mod reinstate;
pub(crate) mod requests;
pub(crate) mod search;
mod session;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
mod stopped;
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
        .route("/staff/requests", get(requests::show_requests))
        .route("/staff/requests/approve", post(requests::submit_approve))
        .route("/staff/requests/decline", post(requests::submit_decline))
        .route("/staff/requests/send", post(requests::submit_send))
        .route("/staff/log", get(log::show_log))
}
