//! Owns ワンタイムパスワード認証 at sign-in.
//! Refuses to know the password before it.
//! Invariant: the right code gives a fresh session; the one before it answers only a second click of the same form.

use askama::Template;
use axum::extract::State;
use axum::http::header::HeaderMap;
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::wire::bank::Purpose;

use super::challenge::{self, Outcome};
use super::sign_in;
use crate::App;
use crate::bilingual::both;
use crate::cookie::Jar;
use crate::failure::Failure;
use crate::form::Submitted;
use crate::page::{Field, Problems, Shell, render, status_of};
use crate::patience;
use crate::routes::Page;
use crate::session::{self, Owing};
use crate::store::sessions::Stage;
use crate::token::Token;
use crate::typed_code;

#[derive(Template)]
#[template(path = "pages/code.html")]
struct Code {
    shell: Shell,
    csrf: String,
    form: String,
    problems: Problems,
    code: Field,
}

/// `GET /sign-in/code`
pub(crate) async fn show_code(State(app): State<App>, who: Owing) -> Page {
    if who.passed_by.is_some() {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    page(&app, &who, Problems::default(), "")
}

/// `POST /sign-in/code`
pub(crate) async fn submit_code(
    State(app): State<App>,
    who: Owing,
    headers: HeaderMap,
    form: Submitted,
) -> Page {
    let form = form.verified(&who.token, &["form", "code"])?;
    let mut problems = Problems::default();
    let code = typed_code::read(form.text("code"), &mut problems);
    if !problems.is_empty() {
        return page(&app, &who, problems, form.text("code"));
    }

    let request = who.token.request("sign_in", form.text("form"), &code);
    if who.passed_by.is_some_and(|by| by != request) {
        return Err(Failure::SignIn { ended: true });
    }
    let answer = app.centre.verify(&who.member.id, request, Purpose::SignIn, &code).await;
    let outcome = challenge::read(&app, answer).map_err(|cause| Failure::Away {
        cause,
        kept: both(
            "ログインIDとログインパスワードの確認は済んでいます。",
            "Your login ID and login password have been checked.",
        ),
        back: "/sign-in/code",
    })?;
    let words = match outcome {
        Outcome::Passed => {
            app.store.pass_session(who.token.id(), request, app.clock.now()).await?;
            let device = Jar::Device.read(&headers, app.config.is_https());
            let to = Redirect::to("/").into_response();
            let response = session::open(&app, &who.member, Stage::In, &headers, to).await?;
            let login = sign_in::login(&who.member.login_id);
            return patience::remember(&app, Jar::Device, login, device, response).await;
        }
        Outcome::Suspended => return challenge::turn_away(&app, &who.member.id).await,
        // Released elsewhere since the password was given: the sign-in begins anew and asks for no code.
        Outcome::Gone => {
            return session::close(&app, &who.token, Redirect::to("/sign-in").into_response()).await;
        }
        Outcome::Told(words) => words,
    };
    page(&app, &who, Problems::one("code", words), "")
}

fn page(app: &App, who: &Owing, problems: Problems, typed: &str) -> Page {
    let shell = Shell::bare(app, &who.reader).owing(app, who.since);
    let page = view(shell, who.token.csrf(), problems, typed);
    render(status_of(&page.problems), &page)
}

fn view(shell: Shell, csrf: String, problems: Problems, typed: &str) -> Code {
    let form = Token::generate().cookie();
    Code { shell, csrf, form, code: Field::code(&problems, typed), problems }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_renders_with_tries_left() {
        let words = typed_code::wrong(Some(3), &typed_code::SUSPENDS);
        let html =
            view(Shell::sample(), "key".to_owned(), Problems::one("code", words), "").render().unwrap();
        assert!(html.contains("あと3回間違えると"));
    }
}
