//! Owns 申込を中止する after トークン発行: an open issue, or a token that was never activated.
//! Refuses to know tokens that are 利用中: those are released, not cancelled.
//! Invariant: asked once more before anything is taken away.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::wire::bank::Registration;

use super::challenge;
use super::renewal::applied;
use crate::App;
use crate::bilingual::both;
use crate::failure::Failure;
use crate::form::Submitted;
use crate::page::{Here, Shell, render};
use crate::routes::Page;
use crate::session::SignedIn;
use crate::token::Token;

#[derive(Template)]
#[template(path = "pages/cancel.html")]
struct Cancel {
    shell: Shell,
    form: String,
}

/// `GET /otp/cancel`
pub(crate) async fn show_cancel(State(app): State<App>, who: SignedIn) -> Page {
    if applied(challenge::status(&app, &who, Failure::from).await?).registration != Registration::Issued {
        return Ok(Redirect::to("/otp").into_response());
    }
    let shell = Shell::of(&app, &who, Here::Otp);
    render(StatusCode::OK, &Cancel { shell, form: Token::generate().cookie() })
}

/// `POST /otp/cancel`
pub(crate) async fn submit_cancel(State(app): State<App>, who: SignedIn, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["form"])?;
    let request = who.token.request("cancel", form.text("form"), "");
    match app.centre.cancel(&who.member.id, request).await {
        Ok(_) => Ok(Redirect::to("/otp?cancelled").into_response()),
        Err(refusal) if refusal.is_out_of_state() => Ok(Redirect::to("/otp?changed").into_response()),
        Err(cause) => {
            let kept = both(
                "中止が済んだかどうかは、登録状況でご確認いただけます。",
                "The status tells whether the application has been cancelled.",
            );
            Err(Failure::Away { cause, kept, back: "/otp" })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_renders_and_says_what_is_lost() {
        let html = Cancel { shell: Shell::sample(), form: "f".to_owned() }.render().unwrap();
        assert!(html.contains("ユーザIDは使えなくなります"));
    }
}
