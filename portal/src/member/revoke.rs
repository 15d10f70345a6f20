//! Owns BOS001, ワンタイムパスワード利用解除: 利用解除確認 and 完了.
//! Refuses to know how a code is judged.
//! Invariant: the centre is asked only after the 確認用パスワード was right, so a wrong one spends no code.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::wire::bank::{Registration, Verdict};

use super::challenge::{self, Outcome};
use super::confirmation_password;
use crate::App;
use crate::bilingual::{Text, both};
use crate::centre::CentreError;
use crate::failure::Failure;
use crate::form::Submitted;
use crate::page::{Field, Here, Problems, Shell, render, status_of, yen};
use crate::password::Typed;
use crate::routes::Page;
use crate::session::SignedIn;
use crate::token::Token;
use crate::typed_code;

const CONFIRMATION: &str = "confirmation_password";

#[derive(Template)]
#[template(path = "pages/revoke.html")]
struct Revoke {
    shell: Shell,
    form: String,
    limit: Text,
    problems: Problems,
    confirmation: Field,
    code: Field,
}

#[derive(Template)]
#[template(path = "pages/revoked.html")]
struct Revoked {
    shell: Shell,
    limit: Text,
}

/// `GET /otp/revoke`
pub(crate) async fn show_revoke(State(app): State<App>, who: SignedIn) -> Page {
    let status = challenge::status(&app, &who, away).await?;
    if status.registration != Registration::Active {
        return Ok(Redirect::to("/otp").into_response());
    }
    page(&app, &who, Problems::default(), "")
}

/// `POST /otp/revoke`
pub(crate) async fn submit_revoke(State(app): State<App>, who: SignedIn, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["form", CONFIRMATION, "code"])?;
    let mut problems = Problems::default();
    let confirmation = Typed::new(form.text(CONFIRMATION));
    if let Some(words) = confirmation_password::shape(&confirmation) {
        problems.add(CONFIRMATION, words);
    }
    let code = typed_code::read(form.text("code"), &mut problems);
    if problems.is_empty()
        && let Some(words) = confirmation_password::check(&app, &who, confirmation).await?
    {
        problems.add(CONFIRMATION, words);
    }
    if !problems.is_empty() {
        return page(&app, &who, problems, form.text("code"));
    }

    let request = who.token.request("revoke", form.text("form"), &code);
    let answer = app.centre.revoke(&who.member.id, request, &code).await;
    // Another tab may have done it.
    let is_gone = answer.as_ref().is_ok_and(|answer| answer.verdict == Verdict::NotRegistered);
    match challenge::read(&app, answer).map_err(away)? {
        Outcome::Passed => Ok(Redirect::to("/otp/revoke/done").into_response()),
        Outcome::Gone if is_gone => Ok(Redirect::to("/otp/revoke/done").into_response()),
        Outcome::Gone => Ok(Redirect::to("/otp?changed").into_response()),
        Outcome::Suspended => challenge::turn_away(&app, &who.member.id).await,
        Outcome::Told(words) => page(&app, &who, Problems::one("code", words), ""),
    }
}

/// `GET /otp/revoke/done`
pub(crate) async fn show_revoked(State(app): State<App>, who: SignedIn) -> Page {
    let kept = both("利用解除の手続きは済んでいます。", "Your token has been released.");
    let away = |cause| Failure::Away { cause, kept, back: "/otp/revoke/done" };
    let status = challenge::status(&app, &who, away).await?;
    if status.registration != Registration::None {
        return Ok(Redirect::to("/otp").into_response());
    }
    let limit = yen(app.config.limits.without_token_yen);
    render(StatusCode::OK, &Revoked { shell: Shell::of(&app, &who, Here::Otp), limit })
}

fn away(cause: CentreError) -> Failure {
    let kept = both(
        "利用解除が済んだかどうかは、登録状況でご確認いただけます。",
        "The status tells whether your token has been released.",
    );
    Failure::Away { cause, kept, back: "/otp" }
}

fn page(app: &App, who: &SignedIn, problems: Problems, typed: &str) -> Page {
    let limit = yen(app.config.limits.without_token_yen);
    let page = view(Shell::of(app, who, Here::Otp), limit, problems, typed);
    render(status_of(&page.problems), &page)
}

fn view(shell: Shell, limit: Text, problems: Problems, typed: &str) -> Revoke {
    Revoke {
        shell,
        form: Token::generate().cookie(),
        limit,
        confirmation: Field::confirmation(&problems),
        code: Field::code(&problems, typed),
        problems,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_pages_render_and_name_the_limit() {
        let mut problems = Problems::one(CONFIRMATION, both("違います。", "It is wrong."));
        problems.add("code", typed_code::USED);
        let html = view(Shell::sample(), yen(200_000), problems, "").render().unwrap();
        assert!(html.contains("BOS001") && html.contains("200,000円") && html.contains("使用済み"));
        let html = Revoked { shell: Shell::sample(), limit: yen(200_000) }.render().unwrap();
        assert!(html.contains("200,000円"));
    }
}
