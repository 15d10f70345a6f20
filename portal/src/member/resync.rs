//! Owns 時刻のずれの補正: two codes in a row from a device whose clock is off, before or after 利用開始.
//! Refuses to know by how much: the centre finds it in the two codes.
//! Invariant: it never happens by itself; what was spent here starts nothing, a fresh code does.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::wire::bank::{MemberStatus, Registration, TokenState};

use super::challenge::{self, Outcome};
use crate::App;
use crate::bilingual::both;
use crate::centre::CentreError;
use crate::failure::Failure;
use crate::form::Submitted;
use crate::page::{Field, Here, Problems, Shell, render, status_of};
use crate::routes::Page;
use crate::session::SignedIn;
use crate::token::Token;
use crate::typed_code;

#[derive(Template)]
#[template(path = "pages/resync.html")]
struct Resync {
    shell: Shell,
    form: String,
    back: &'static str,
    problems: Problems,
    first: Field,
    second: Field,
}

const FIRST: &str = "first_code";
const SECOND: &str = "second_code";

/// `GET /otp/resync`
pub(crate) async fn show_resync(State(app): State<App>, who: SignedIn) -> Page {
    let status = challenge::status(&app, &who, away).await?;
    if !is_open(&status) {
        return Ok(Redirect::to("/otp?changed").into_response());
    }
    page(&app, &who, &status, Problems::default())
}

/// `POST /otp/resync`
pub(crate) async fn submit_resync(State(app): State<App>, who: SignedIn, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["form", FIRST, SECOND])?;
    let mut problems = Problems::default();
    let first = typed_code::read_field(FIRST, form.text(FIRST), &mut problems);
    let second = typed_code::read_field(SECOND, form.text(SECOND), &mut problems);
    if problems.is_empty() && first == second {
        problems.add(SECOND, both("2つ目の番号が1つ目と同じです。表示が変わるのを待ってから入力してください。", "The second code is the same as the first. Please wait until the app shows another one, then enter it."));
    }
    let status = challenge::status(&app, &who, away).await?;
    if !is_open(&status) {
        return Ok(Redirect::to("/otp?changed").into_response());
    }
    if problems.is_empty() {
        let request = who.token.request("resync", form.text("form"), &format!("{first} {second}"));
        let answer = app.centre.resync(&who.member.id, request, (&first, &second)).await;
        match challenge::read(&app, answer).map_err(away)? {
            Outcome::Passed if status.registration == Registration::Active => {
                return Ok(Redirect::to("/otp?resynced").into_response());
            }
            Outcome::Passed => return Ok(Redirect::to("/otp/activate?resynced").into_response()),
            Outcome::Told(words) => problems.add(FIRST, words),
            Outcome::Suspended if status.registration == Registration::Active => {
                return challenge::turn_away(&app, &who.member.id).await;
            }
            Outcome::Suspended | Outcome::Gone => return Ok(Redirect::to("/otp?changed").into_response()),
        }
    }
    page(&app, &who, &status, problems)
}

/// Whether there is an initialised token whose clock could be followed.
fn is_open(status: &MemberStatus) -> bool {
    let living = [TokenState::Issued, TokenState::Active];
    status.token.as_ref().is_some_and(|token| living.contains(&token.state))
}

fn away(cause: CentreError) -> Failure {
    Failure::Away {
        cause,
        kept: both("トークンの状態は、変わっていません。", "The state of your token has not changed."),
        back: "/otp/resync",
    }
}

fn page(app: &App, who: &SignedIn, status: &MemberStatus, problems: Problems) -> Page {
    let back = if status.registration == Registration::Active { "/otp" } else { "/otp/activate" };
    let page = view(Shell::of(app, who, Here::Otp), back, problems);
    render(status_of(&page.problems), &page)
}

fn view(shell: Shell, back: &'static str, problems: Problems) -> Resync {
    let field = |name, label, hint| {
        let field = Field { inputmode: "numeric", is_code: true, ..Field::text(name, label, hint) };
        field.told(&problems)
    };
    Resync {
        shell,
        form: Token::generate().cookie(),
        back,
        first: field(
            FIRST,
            both("1つ目の番号", "First code"),
            both("アプリに今表示されている8桁の数字", "The 8 digits that the app shows now"),
        ),
        second: field(
            SECOND,
            both("2つ目の番号", "Second code"),
            both(
                "1つ目のすぐ次に表示された8桁の数字",
                "The 8 digits that the app shows right after the first",
            ),
        ),
        problems,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_asks_for_two_codes_in_a_row() {
        let problems = Problems::one(FIRST, typed_code::USED);
        let html = view(Shell::sample(), "/otp", problems).render().unwrap();
        assert!(html.contains("first-code") && html.contains("second-code") && html.contains("使用済み"));
    }
}
