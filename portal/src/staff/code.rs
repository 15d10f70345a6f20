//! Owns the code at the staff's sign-in.
//! Refuses to know how a code is judged: the centre is asked as it is for a member's.
//! Invariant: the right code gives a fresh session; the one before it answers only a second click of the same form.

use askama::Template;
use axum::extract::State;
use axum::http::header::HeaderMap;
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::wire::bank::{Purpose, Registration, Verdict};

use super::session::{self, OwingCode};
use super::{sign_in, stopped};
use crate::App;
use crate::bilingual::both;
use crate::cookie::Jar;
use crate::failure::Failure;
use crate::form::Submitted;
use crate::page::{Field, Problems, Shell, render, status_of};
use crate::patience;
use crate::routes::Page;
use crate::store::staff_sessions::Stage;
use crate::token::Token;
use crate::typed_code;

#[derive(Template)]
#[template(path = "staff/code.html")]
struct Code {
    shell: Shell,
    csrf: String,
    form: String,
    problems: Problems,
    code: Field,
}

/// `GET /staff/sign-in/code`
pub(crate) async fn show_code(State(app): State<App>, who: OwingCode) -> Page {
    if who.passed_by.is_some() {
        return Ok(Redirect::to("/staff/sign-in").into_response());
    }
    page(&app, &who, Problems::default(), "")
}

/// `POST /staff/sign-in/code`
pub(crate) async fn submit_code(
    State(app): State<App>,
    who: OwingCode,
    headers: HeaderMap,
    form: Submitted,
) -> Page {
    let form = form.verified(&who.token, &["form", "code"])?;
    let typed = form.text("code");
    let mut problems = Problems::default();
    let code = typed_code::read(typed, &mut problems);
    if !problems.is_empty() {
        return page(&app, &who, problems, typed);
    }
    let request = who.token.request("staff_sign_in", form.text("form"), &code);
    if who.passed_by.is_some_and(|by| by != request) {
        return Err(Failure::Elsewhere("/staff/sign-in?ended"));
    }
    let answer = match app.centre.verify(&who.staff.id.member(), request, Purpose::SignIn, &code).await {
        Ok(answer) => answer,
        Err(refusal) if refusal.is("malformed_code") => {
            return page(&app, &who, Problems::one("code", typed_code::NOT_8_DIGITS), typed);
        }
        Err(refusal) if refusal.is_out_of_state() => return anew(&app, &who.token).await,
        Err(cause) => {
            let kept = both(
                "職員IDとパスワードの確認は済んでいます。",
                "Your staff ID and password have been checked.",
            );
            return Err(Failure::Away { cause, kept, back: "/staff/sign-in/code" });
        }
    };
    let words = match answer.verdict {
        Verdict::Accepted => {
            // Also when the answer to 利用開始 was lost and nobody noted it then.
            app.store.note_own_token(&who.staff.id, app.clock.now()).await?;
            app.store.pass_staff_session(who.token.id(), request, app.clock.now()).await?;
            let in_ = Redirect::to("/staff").into_response();
            let response = session::open(&app, &who.staff, Stage::In, &headers, in_).await?;
            let device = Jar::StaffDevice.read(&headers, app.config.is_https());
            let login = sign_in::login(who.staff.id.as_str());
            return patience::remember(&app, Jar::StaffDevice, login, device, response).await;
        }
        Verdict::Wrong if answer.wrong_left == Some(0) => return turn_away(&app, &who).await,
        Verdict::Suspended => return turn_away(&app, &who).await,
        Verdict::NotRegistered | Verdict::NotActivated | Verdict::Expired => {
            return anew(&app, &who.token).await;
        }
        Verdict::Used => typed_code::USED,
        Verdict::Wrong => typed_code::wrong(
            answer.wrong_left,
            &both(
                "トークンが停止し、ほかの職員に解除してもらうまでログインできません。",
                "your token is suspended, and you cannot sign in until a colleague reinstates it.",
            ),
        ),
    };
    page(&app, &who, Problems::one("code", words), "")
}

/// Ends every session of a colleague whose token has stopped, and says so.
async fn turn_away(app: &App, who: &OwingCode) -> Page {
    app.heed(&who.staff.id.member(), Registration::Suspended).await?;
    session::close(app, &who.token, stopped::suspended(app, &who.reader)?).await
}

/// Nothing is there to ask a code of: the sign-in begins anew, and says what there is.
async fn anew(app: &App, token: &Token) -> Page {
    session::close(app, token, Redirect::to("/staff/sign-in").into_response()).await
}

fn page(app: &App, who: &OwingCode, problems: Problems, typed: &str) -> Page {
    let form = Token::generate().cookie();
    let code = Field::code(&problems, typed);
    let shell = Shell::for_staff(app, &who.reader).owing(app, who.since);
    let page = Code { shell, csrf: who.token.csrf(), form, code, problems };
    render(status_of(&page.problems), &page)
}
