//! Owns ログイン: the sign-in page, its two fields, its patience.
//! Refuses to know codes: a member whose token is 利用中 goes on to ワンタイムパスワード認証.
//! Invariant: an ID that exists and one that does not answer alike, in words, status and work.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::encoding::sha256;
use warifu_core::wire::bank::Registration;

use crate::App;
use crate::accounts::{self, DEMO_CONFIRMATION_PASSWORD, DEMO_LOGIN_ID, DEMO_LOGIN_PASSWORD};
use crate::bilingual::{Text, both, counted};
use crate::cookie::Jar;
use crate::failure::Failure;
use crate::form::Submitted;
use crate::language::Reader;
use crate::member::suspended;
use crate::origin::Origin;
use crate::page::{Field, Problems, Shell, render, status_of};
use crate::password::Typed;
use crate::patience::{self, Guess};
use crate::routes::Page;
use crate::session::{self, Visitor};
use crate::store::guesses::Kind;
use crate::store::sessions::Stage;
use crate::token::{Token, TokenId};

const LOGIN_ID: &str = "login_id";
const LOGIN_PASSWORD: &str = "login_password";

#[derive(Template)]
#[template(path = "pages/sign_in.html")]
struct SignIn {
    shell: Shell,
    csrf: String,
    notice: Text,
    problems: Problems,
    login_id: Field,
    login_password: Field,
    demo: (&'static str, &'static str, &'static str),
}

/// `GET /sign-in`
pub(crate) async fn show_sign_in(
    State(app): State<App>,
    visitor: Visitor,
    OriginalUri(uri): OriginalUri,
) -> Page {
    if let Some((_, session)) = &visitor.session {
        match session.stage {
            Stage::In => return Ok(Redirect::to("/").into_response()),
            Stage::Code => return Ok(Redirect::to("/sign-in/code").into_response()),
            Stage::Passed => {}
        }
    }
    let notice = match uri.query() {
        Some("ended") => ended(&app),
        Some("left") => both("ログアウトしました。", "You have signed out."),
        _ => Text::default(),
    };
    let (token, is_new) = match visitor.known {
        Some(token) => (token, false),
        None => (Token::generate(), true),
    };
    let mut response =
        page(&app, (&token, &visitor.reader), notice, "", Problems::default(), StatusCode::OK)?;
    if is_new {
        Jar::Visitor.set(response.headers_mut(), &token, app.config.is_https());
    }
    Ok(response)
}

/// `POST /sign-in`
pub(crate) async fn submit_sign_in(
    State(app): State<App>,
    mut visitor: Visitor,
    origin: Origin,
    headers: HeaderMap,
    mut form: Submitted,
) -> Page {
    let token = visitor.known.as_ref().ok_or(Failure::Forged)?;
    let is_for_the_look = form.is_for_the_look();
    let form = form.verified(token, &[LOGIN_ID, LOGIN_PASSWORD])?;
    visitor.reader.keep(token, &form, &[LOGIN_ID]);
    let reader = &visitor.reader;
    let typed_id = form.text(LOGIN_ID);
    let (login_id, password) = (accounts::login_id(typed_id), Typed::new(form.text(LOGIN_PASSWORD)));

    let problems = blanks(&login_id, &password);
    if !problems.is_empty() || is_for_the_look {
        let status = status_of(&problems);
        return page(&app, (token, reader), Text::default(), typed_id, problems, status);
    }

    let subject = patience::subject(&app, login(&login_id), visitor.device.as_ref(), &origin).await?;
    let member = app.store.member_by_login(login_id).await?;
    let hash = member.as_ref().map(|member| member.login_hash.clone());
    let (words, status) = match patience::guess(&app, Kind::SignIn, subject, hash, password).await? {
        Guess::Wait(words) => (words, StatusCode::TOO_MANY_REQUESTS),
        Guess::Right if member.is_some() => (Text::default(), StatusCode::OK),
        _ => (wrong(&app), StatusCode::UNPROCESSABLE_ENTITY),
    };
    let Some(member) = member.filter(|_| status.is_success()) else {
        return page(
            &app,
            (token, reader),
            Text::default(),
            typed_id,
            Problems::one(LOGIN_PASSWORD, words),
            status,
        );
    };

    let kept = both("ログインはまだ済んでいません。", "You are not signed in yet.");
    let status = app.status(&member.id).await;
    let status = status.map_err(|cause| Failure::Away { cause, kept, back: "/sign-in" })?;
    session::end_before(&app, &visitor).await?;
    match status.registration {
        // Whatever session there was has ended.
        Registration::Suspended => suspended::page(&app, reader),
        Registration::Active => {
            let to = Redirect::to("/sign-in/code").into_response();
            session::open(&app, &member, Stage::Code, &headers, to).await
        }
        Registration::None | Registration::Issued => {
            let to = Redirect::to("/").into_response();
            let response = session::open(&app, &member, Stage::In, &headers, to).await?;
            patience::remember(&app, Jar::Device, login(&member.login_id), visitor.device, response).await
        }
    }
}

/// Under which name guesses at a login ID are counted.
pub(super) fn login(login_id: &str) -> TokenId {
    sha256(&["login".into(), login_id.into()])
}

fn wrong(app: &App) -> Text {
    let institution = &app.config.institution;
    Text::new(
        format!(
            "ログインIDまたはログインパスワードが違います。確かめて、もう一度入力してください。お忘れのときは、{}（{}、{}）へご連絡ください。",
            institution.name, institution.phone, institution.phone_hours
        ),
        format!(
            "The login ID or the login password is wrong. Please check them and enter them again. If you have forgotten them, please call {}.",
            institution.phone
        ),
    )
}

/// Why somebody who was signed in is not any more: which of these it was is not known here.
fn ended(app: &App) -> Text {
    let (institution, hours) = (&app.config.institution, app.config.limits.session_hours);
    Text::new(
        format!(
            "ログインしていない状態です。しばらく操作がなかったとき、ログインから{hours}時間たったとき、ほかの端末でログインを終わらせたとき、ワンタイムパスワード認証が停止したときなどは、安全のためにログアウトします。もう一度ログインしてください。お心当たりがないときは、{}（{}、{}）へご連絡ください。",
            institution.name, institution.phone, institution.phone_hours
        ),
        format!(
            "You are not signed in. For your safety we sign you out when nothing was done for a while, {} after you signed in, when you ended the session from another device, when your one-time password was suspended, and in similar cases. Please sign in again. If you cannot explain it, please call {}.",
            counted(hours, "hour"),
            institution.phone
        ),
    )
}

fn blanks(login_id: &str, password: &Typed) -> Problems {
    let mut problems = Problems::default();
    if login_id.is_empty() {
        problems.add(LOGIN_ID, both("ログインIDを入力してください。", "Please enter the login ID."));
    }
    if password.is_empty() {
        problems.add(
            LOGIN_PASSWORD,
            both("ログインパスワードを入力してください。", "Please enter the login password."),
        );
    }
    problems
}

fn page(
    app: &App,
    (token, reader): (&Token, &Reader),
    notice: Text,
    typed_id: &str,
    problems: Problems,
    status: StatusCode,
) -> Page {
    debug_assert_eq!(status.is_success(), status_of(&problems).is_success());
    render(status, &view(Shell::bare(app, reader), token.csrf(), notice, typed_id, problems))
}

fn view(shell: Shell, csrf: String, notice: Text, typed_id: &str, problems: Problems) -> SignIn {
    let login_id = Field {
        autocomplete: "username",
        ..Field::text(LOGIN_ID, both("ログインID", "Login ID"), Text::default())
    };
    let login_password = Field {
        autocomplete: "current-password",
        ..Field::password(LOGIN_PASSWORD, both("ログインパスワード", "Login password"), Text::default())
    };
    SignIn {
        shell,
        csrf,
        notice,
        login_id: login_id.filled(typed_id).told(&problems),
        login_password: login_password.told(&problems),
        problems,
        demo: (DEMO_LOGIN_ID, DEMO_LOGIN_PASSWORD, DEMO_CONFIRMATION_PASSWORD),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_renders_with_what_was_typed_and_the_demo_sign_in() {
        let problems = Problems::one(LOGIN_PASSWORD, crate::page::wait(30_000));
        let html =
            view(Shell::sample(), "key".to_owned(), Text::default(), "taro", problems).render().unwrap();
        assert!(html.contains("value=\"taro\"") && html.contains(DEMO_LOGIN_ID) && html.contains("30秒"));
        let real = Shell { demo: false, ..Shell::sample() };
        let html = view(real, "key".to_owned(), Text::default(), "", Problems::default()).render().unwrap();
        assert!(!html.contains(DEMO_LOGIN_PASSWORD) && !html.contains("見本"));
    }
}
