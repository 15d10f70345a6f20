//! Owns 携帯を失くした場合: what a member does without a code, and taking back a release that somebody asked for.
//! Refuses to know who asks for a release and how they were identified: staff do.
//! Invariant: the explanation is for everybody; taking back needs a finished sign-in, code and all.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};

use super::challenge;
use crate::App;
use crate::bilingual::{Text, both};
use crate::failure::Failure;
use crate::form::Submitted;
use crate::language::Reader;
use crate::mails::release_taken_back::{self, By};
use crate::mails::{self, Letter};
use crate::page::{Shell, minute, render, yen};
use crate::routes::Page;
use crate::session::SignedIn;

#[derive(Template)]
#[template(path = "pages/lost_phone.html")]
struct LostPhone {
    shell: Shell,
    limit: Text,
}

/// A release that waits, as its member sees it.
pub(super) struct Release {
    pub(super) id: String,
    /// When the token ends; `None` while it waits for an approval.
    pub(super) due: Option<String>,
}

impl Release {
    /// The one that lives for this member.
    pub(super) async fn of(app: &App, who: &SignedIn) -> Result<Option<Self>, Failure> {
        let living = app.store.living_release(&who.member.id).await?;
        Ok(living.map(|one| Self { id: one.id.to_string(), due: one.due_at.map(minute) }))
    }
}

/// `GET /lost-phone`
pub(crate) async fn show_lost_phone(State(app): State<App>, reader: Reader) -> Page {
    let limit = yen(app.config.limits.without_token_yen);
    render(StatusCode::OK, &LostPhone { shell: Shell::bare(&app, &reader), limit })
}

/// `POST /otp/release/take-back`
pub(crate) async fn submit_take_back(State(app): State<App>, who: SignedIn, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["id"])?;
    let Ok(id) = form.text("id").parse() else { return Ok(Redirect::to("/otp").into_response()) };
    let kept = both(
        "利用解除の申請は、まだ取りやめになっていません。",
        "The request for a release has not been withdrawn yet.",
    );
    let away = |cause| Failure::Away { cause, kept, back: "/otp" };
    let status = challenge::status(&app, &who, away).await?;
    let to = mails::addresses(&who.member, &status);
    let mails = release_taken_back::write(&Letter::of(&app), &to, By::Member)?;
    let is_gone = app.store.take_release_back(id, &who.member.id, mails, app.clock.now()).await?;
    app.post.hurry();
    // A second press finds nothing left, which is what it wanted.
    let lives = app.store.living_release(&who.member.id).await?.is_some();
    let place = if is_gone || !lives { "/otp?release-taken-back" } else { "/otp?changed" };
    Ok(Redirect::to(place).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_whom_to_call_how_long_it_takes_and_what_follows() {
        let html = LostPhone { shell: Shell::sample(), limit: yen(200_000) }.render().unwrap();
        for part in ["0187-00-0000", "72時間", "200,000円", "両方のアドレス"] {
            assert!(html.contains(part), "{part} is missing");
        }
    }
}
