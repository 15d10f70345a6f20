//! Owns 申込を中止する before anything was issued.
//! Refuses to know the centre: it has not been asked yet.
//! Invariant: what was entered is forgotten, the start password first.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect};

use crate::App;
use crate::form::Submitted;
use crate::routes::Page;
use crate::session::SignedIn;

/// `POST /otp/issue/stop`
pub(crate) async fn submit_stop(State(app): State<App>, who: SignedIn, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["application"])?;
    let Ok(id) = form.text("application").parse() else {
        return Ok(Redirect::to("/otp").into_response());
    };
    let is_stopped = app.store.stop_application(id, &who.member.id).await?;
    app.store.drop_draft(&who.member.id).await?;
    Ok(Redirect::to(if is_stopped { "/otp?stopped" } else { "/otp" }).into_response())
}
