//! Owns 再送 of the メール通知パスワード.
//! Refuses to know what has become of the mail before.
//! Invariant: one press, one mail, however often it arrives; the password before it is void.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect};

use super::mailed_password;
use crate::App;
use crate::failure::Failure;
use crate::form::Submitted;
use crate::routes::Page;
use crate::session::SignedIn;
use crate::store::applications::Sending;

/// `POST /otp/issue/mail`
pub(crate) async fn submit_mail_again(State(app): State<App>, who: SignedIn, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["application", "form"])?;
    let now = app.clock.now();
    let Some(application) = app.store.application(&who.member.id, now).await? else {
        return Ok(Redirect::to("/otp/issue?again").into_response());
    };
    if form.text("application") != application.id.to_string() {
        return Ok(Redirect::to("/otp/issue/confirm").into_response());
    }
    let password = mailed_password::write(&app, &who.token, form.text("form"), &application.mail)?;
    match app.store.send_again(application.id, &who.member.id, password, now).await? {
        Sending::TooMany => return Err(Failure::TooManyMails),
        Sending::Sent => app.post.hurry(),
        Sending::Gone => {}
    }
    Ok(Redirect::to("/otp/issue/confirm").into_response())
}
