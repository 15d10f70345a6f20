//! Owns the staff's sign-in: 職員ID, password, patience.
//! Refuses to know codes, and members: their ログインID opens nothing here.
//! Invariant: an ID that exists, one that does not and one that was disabled answer alike, in words, status and work.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::encoding::sha256;
use warifu_core::wire::bank::Registration;

use super::session::{self, Caller};
use super::stopped;
use crate::App;
use crate::bilingual::{Text, both, counted};
use crate::cookie::Jar;
use crate::failure::Failure;
use crate::form::Submitted;
use crate::language::Reader;
use crate::origin::Origin;
use crate::page::{Field, Problems, Shell, render, status_of};
use crate::password::Typed;
use crate::patience::{self, Guess};
use crate::routes::Page;
use crate::staff_accounts::{self, DEMO_STAFF_ID, DEMO_STAFF_PASSWORD};
use crate::store::guesses::Kind;
use crate::store::staff_sessions::Stage;
use crate::token::{Token, TokenId};

const STAFF_ID: &str = "staff_id";
const PASSWORD: &str = "staff_password";

#[derive(Template)]
#[template(path = "staff/sign_in.html")]
struct SignIn {
    shell: Shell,
    csrf: String,
    notice: Text,
    problems: Problems,
    staff_id: Field,
    password: Field,
    demo: (&'static str, &'static str),
}

/// `GET /staff/sign-in`
pub(crate) async fn show_sign_in(
    State(app): State<App>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
) -> Page {
    if let Some((_, session)) = &caller.session {
        let place = match session.stage {
            Stage::In => Some("/staff"),
            Stage::Setup => Some("/staff/token"),
            Stage::Code => Some("/staff/sign-in/code"),
            Stage::Passed => None,
        };
        if let Some(place) = place {
            return Ok(Redirect::to(place).into_response());
        }
    }
    let notice = match uri.query() {
        Some("ended") => ended(&app),
        Some("left") => both("ログアウトしました。", "You have signed out."),
        _ => Text::default(),
    };
    let (token, is_new) = match caller.visitor {
        Some(token) => (token, false),
        None => (Token::generate(), true),
    };
    let mut response = page(&app, (&token, &caller.reader), notice, "", Problems::default(), StatusCode::OK)?;
    if is_new {
        Jar::Visitor.set(response.headers_mut(), &token, app.config.is_https());
    }
    Ok(response)
}

/// `POST /staff/sign-in`
pub(crate) async fn submit_sign_in(
    State(app): State<App>,
    mut caller: Caller,
    origin: Origin,
    headers: HeaderMap,
    mut form: Submitted,
) -> Page {
    let token = caller.visitor.as_ref().ok_or(Failure::Forged)?;
    let is_for_the_look = form.is_for_the_look();
    let form = form.verified(token, &[STAFF_ID, PASSWORD])?;
    caller.reader.keep(token, &form, &[STAFF_ID]);
    let reader = &caller.reader;
    let typed_id = form.text(STAFF_ID);
    let (staff_id, password) = (staff_accounts::staff_id(typed_id), Typed::new(form.text(PASSWORD)));
    let problems = blanks(&staff_id, &password);
    if !problems.is_empty() || is_for_the_look {
        let status = status_of(&problems);
        return page(&app, (token, reader), Text::default(), typed_id, problems, status);
    }

    let subject = patience::subject(&app, login(&staff_id), caller.device.as_ref(), &origin).await?;
    let staff = app.store.staff_to_sign_in(staff_id).await?;
    let hash = staff.as_ref().map(|staff| staff.hash.clone());
    let (words, status) = match patience::guess(&app, Kind::StaffSignIn, subject, hash, password).await? {
        Guess::Wait(words) => (words, StatusCode::TOO_MANY_REQUESTS),
        Guess::Right if staff.is_some() => (Text::default(), StatusCode::OK),
        _ => (wrong(&app), StatusCode::UNPROCESSABLE_ENTITY),
    };
    let Some(staff) = staff.filter(|_| status.is_success()) else {
        return page(
            &app,
            (token, reader),
            Text::default(),
            typed_id,
            Problems::one(PASSWORD, words),
            status,
        );
    };

    if staff.is_invitation_over(app.clock.now()) {
        session::end_before(&app, &caller).await?;
        return stopped::invitation_over(&app, reader);
    }

    let kept = both("ログインはまだ済んでいません。", "You are not signed in yet.");
    let status = app.status(&staff.id.member()).await;
    let status = status.map_err(|cause| Failure::Away { cause, kept, back: "/staff/sign-in" })?;
    session::end_before(&app, &caller).await?;
    let (stage, place) = match status.registration {
        Registration::Suspended => return stopped::suspended(&app, reader),
        // Once a token was there, a password alone does not make another one.
        Registration::None | Registration::Issued if staff.had_token => {
            return stopped::without_token(&app, reader);
        }
        Registration::None | Registration::Issued => (Stage::Setup, "/staff/token"),
        Registration::Active => (Stage::Code, "/staff/sign-in/code"),
    };
    session::open(&app, &staff, stage, &headers, Redirect::to(place).into_response()).await
}

/// Under which name guesses at a staff ID are counted.
pub(super) fn login(staff_id: &str) -> TokenId {
    sha256(&["staff login".into(), staff_id.into()])
}

fn wrong(app: &App) -> Text {
    let institution = &app.config.institution;
    Text::new(
        format!(
            "職員IDまたはパスワードが違います。確かめて、もう一度入力してください。忘れたときは、システムの管理者に申し出てください（{} {}）。",
            institution.name, institution.phone
        ),
        format!(
            "The staff ID or the password is wrong. Please check them and enter them again. If you have forgotten them, please ask the system administrator ({}).",
            institution.phone
        ),
    )
}

/// Why a colleague who was signed in is not any more: which of these it was is not known here.
fn ended(app: &App) -> Text {
    let hours = app.config.limits.session_hours;
    Text::new(
        format!(
            "ログインしていない状態です。しばらく操作がなかったとき、ログインから{hours}時間たったとき、ほかの端末でログインを終わらせたとき、役割やパスワードが変わったとき、あなたのトークンが停止したときなどは、安全のためにログアウトします。もう一度ログインしてください。心当たりがないときは、システムの管理者に連絡してください。"
        ),
        format!(
            "You are not signed in. For safety you are signed out when nothing was done for a while, {} after you signed in, when you ended the session from another device, when your role or your password was changed, when your token was suspended, and in similar cases. Please sign in again. If you cannot explain it, please contact the system administrator.",
            counted(hours, "hour")
        ),
    )
}

fn blanks(staff_id: &str, password: &Typed) -> Problems {
    let mut problems = Problems::default();
    if staff_id.is_empty() {
        problems.add(STAFF_ID, both("職員IDを入力してください。", "Please enter the staff ID."));
    }
    if password.is_empty() {
        problems.add(PASSWORD, both("パスワードを入力してください。", "Please enter the password."));
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
    render(status, &view(Shell::for_staff(app, reader), token.csrf(), notice, typed_id, problems))
}

fn view(shell: Shell, csrf: String, notice: Text, typed_id: &str, problems: Problems) -> SignIn {
    let staff_id = Field {
        autocomplete: "username",
        ..Field::text(STAFF_ID, both("職員ID", "Staff ID"), Text::default())
    };
    let password = Field {
        autocomplete: "current-password",
        ..Field::password(PASSWORD, both("パスワード", "Password"), Text::default())
    };
    SignIn {
        shell,
        csrf,
        notice,
        staff_id: staff_id.filled(typed_id).told(&problems),
        password: password.told(&problems),
        problems,
        demo: (DEMO_STAFF_ID, DEMO_STAFF_PASSWORD),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::staff::Role;

    #[test]
    fn the_page_renders_with_what_was_typed_and_the_demo_account_only_in_the_demo() {
        let shell = |demo| Shell { demo, staff: None, ..Shell::staff_sample(Role::Clerk) };
        let problems = Problems::one(PASSWORD, both("あと30秒ほど待ってください。", "Please wait."));
        let html = view(shell(true), "key".to_owned(), Text::default(), "staff0", problems).render().unwrap();
        assert!(html.contains("value=\"staff0\"") && html.contains(DEMO_STAFF_PASSWORD));
        let html =
            view(shell(false), "key".to_owned(), Text::default(), "", Problems::default()).render().unwrap();
        assert!(!html.contains(DEMO_STAFF_PASSWORD) && html.contains("職員"));
    }
}
