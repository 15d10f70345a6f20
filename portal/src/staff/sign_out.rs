//! Owns the staff's ログアウト.
//! Refuses to know where it was pressed.
//! Invariant: afterwards the session's cookie opens nothing.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect};

use super::session::{self, Caller};
use crate::App;
use crate::form::Submitted;
use crate::routes::Page;

/// `POST /staff/sign-out`
pub(crate) async fn submit_sign_out(State(app): State<App>, caller: Caller, form: Submitted) -> Page {
    let left = Redirect::to("/staff/sign-in?left").into_response();
    let Some((token, _)) = caller.session else { return Ok(left) };
    form.verified(&token, &[])?;
    session::close(&app, &token, left).await
}
