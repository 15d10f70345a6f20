//! Owns ログアウト.
//! Refuses to know where it was pressed.
//! Invariant: afterwards the session's cookie opens nothing.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect};

use crate::App;
use crate::form::Submitted;
use crate::routes::Page;
use crate::session::{self, Visitor};

/// `POST /sign-out`
pub(crate) async fn submit_sign_out(State(app): State<App>, visitor: Visitor, form: Submitted) -> Page {
    let left = Redirect::to("/sign-in?left").into_response();
    let Some((token, _)) = visitor.session else { return Ok(left) };
    form.verified(&token, &[])?;
    session::close(&app, &token, left).await
}
