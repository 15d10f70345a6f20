//! Owns the first token of a member of staff: トークン発行, 利用開始, and nothing else until it is 利用中.
//! Refuses to know members.
//! Invariant: mails go to the account's own address; the code that activates the token also finishes the sign-in.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::HeaderMap;
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::setup_link::SetupLink;
use warifu_core::wire::bank::{IssueRequest, IssueState, MemberStatus, Registration, Verdict};

use super::session::{self, SettingUp};
use super::sign_in;
use crate::App;
use crate::bilingual::{Text, both};
use crate::centre::CentreError;
use crate::cookie::Jar;
use crate::failure::Failure;
use crate::form::Submitted;
use crate::member::progress;
use crate::page::{Field, Problems, Shell, minute, render, status_of};
use crate::patience;
use crate::qr::Qr;
use crate::routes::Page;
use crate::start_password_twice::{self, START, START_AGAIN};
use crate::store::staff_log::{Deed, Entry};
use crate::store::staff_sessions::Stage;
use crate::token::Token;
use crate::typed_code;

#[derive(Template)]
#[template(path = "staff/own_issue.html")]
struct Issue {
    shell: Shell,
    form: String,
    mail: String,
    is_again: bool,
    problems: Problems,
    fields: [Field; 2],
}

#[derive(Template)]
#[template(path = "staff/own_token.html")]
struct OwnToken {
    shell: Shell,
    form: String,
    service_id: String,
    user_id: String,
    /// Only while the app can still be initialised.
    open: Option<Open>,
    attempts: Vec<(String, Text)>,
    problems: Problems,
    code: Field,
}

struct Open {
    qr: Qr,
    until: String,
    left: u8,
}

const EARLY: Text = both(
    "アプリの初期設定がまだ済んでいません。先にアプリで初期設定をしてから、表示された番号を入力してください。",
    "The initial setup in the app is not done yet. Please do it first, then enter the code that the app shows.",
);
const VOID: Text = both(
    "このトークンは無効になりました。トークンを発行し直してください。",
    "This token can no longer be used. Please have one issued again.",
);

/// `GET /staff/token`
pub(crate) async fn show_own_token(State(app): State<App>, who: SettingUp) -> Page {
    let status = load(&app, &who).await?;
    match status.registration {
        Registration::Issued => page(&app, &who, &status, Problems::default(), ""),
        Registration::None => issue_page(&app, &who, false, Problems::default()),
        // Activated in another tab: from here on a code is owed.
        _ => session::close(&app, &who.token, Redirect::to("/staff/sign-in").into_response()).await,
    }
}

/// `GET /staff/token/issue`
pub(crate) async fn show_issue(State(app): State<App>, who: SettingUp) -> Page {
    let status = load(&app, &who).await?;
    match status.registration {
        Registration::None | Registration::Issued => {
            issue_page(&app, &who, status.registration == Registration::Issued, Problems::default())
        }
        _ => Ok(Redirect::to("/staff/token").into_response()),
    }
}

/// `POST /staff/token/issue`
pub(crate) async fn submit_issue(State(app): State<App>, who: SettingUp, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["form", START, START_AGAIN])?;
    if who.passed_by.is_some() {
        return Err(Failure::Elsewhere("/staff/sign-in?ended"));
    }
    let mut problems = Problems::default();
    let chosen = start_password_twice::read(&form, &mut problems);
    let Some(start_password) = chosen.filter(|_| problems.is_empty()) else {
        return issue_page(&app, &who, false, problems);
    };
    let request_id = who.token.request("staff_issue", form.text("form"), start_password.expose());
    let mail = who.staff.mail.clone();
    let member = who.staff.id.member();
    match app.centre.issue(&member, &IssueRequest { request_id, mail, start_password }).await {
        Ok(_) => {
            let entry = Entry::new(&who.staff.id, Deed::TokenIssued, Some(&member), "");
            app.store.note(entry, app.clock.now()).await?;
            Ok(Redirect::to("/staff/token").into_response())
        }
        Err(refusal) if refusal.is_out_of_state() => Ok(Redirect::to("/staff/token").into_response()),
        Err(cause) => Err(away(cause)),
    }
}

/// `POST /staff/token/activate`
pub(crate) async fn submit_activate(
    State(app): State<App>,
    who: SettingUp,
    headers: HeaderMap,
    form: Submitted,
) -> Page {
    let form = form.verified(&who.token, &["form", "code"])?;
    let typed = form.text("code");
    let mut problems = Problems::default();
    let code = typed_code::read(typed, &mut problems);
    let request = who.token.request("staff_activate", form.text("form"), &code);
    if who.passed_by.is_some_and(|by| by != request) {
        return Err(Failure::Elsewhere("/staff/sign-in?ended"));
    }
    if problems.is_empty() {
        match app.centre.activate(&who.staff.id.member(), request, &code).await {
            Ok(answer) if answer.verdict == Verdict::Accepted => {
                let now = app.clock.now();
                app.store.note_own_token(&who.staff.id, now).await?;
                app.store.pass_staff_session(who.token.id(), request, now).await?;
                let desk = Redirect::to("/staff?welcome").into_response();
                let response = session::open(&app, &who.staff, Stage::In, &headers, desk).await?;
                let device = Jar::StaffDevice.read(&headers, app.config.is_https());
                let login = sign_in::login(who.staff.id.as_str());
                return patience::remember(&app, Jar::StaffDevice, login, device, response).await;
            }
            Ok(answer) => problems.add("code", words(answer.verdict, answer.wrong_left)),
            Err(refusal) if refusal.is("malformed_code") => problems.add("code", typed_code::NOT_8_DIGITS),
            Err(refusal) if refusal.is_out_of_state() => {}
            Err(cause) => return Err(away(cause)),
        }
    }
    let status = load(&app, &who).await?;
    match status.registration {
        Registration::Issued => {
            let is_early = status.token.is_none() && code.len() == 8;
            let problems = if is_early { Problems::one("code", EARLY) } else { problems };
            page(&app, &who, &status, problems, if code.is_empty() { typed } else { "" })
        }
        Registration::None => issue_page(&app, &who, false, Problems::one("", VOID)),
        _ => Ok(Redirect::to("/staff/token").into_response()),
    }
}

async fn load(app: &App, who: &SettingUp) -> Result<MemberStatus, Failure> {
    app.status(&who.staff.id.member()).await.map_err(away)
}

fn away(cause: CentreError) -> Failure {
    Failure::Away {
        cause,
        kept: both("お手続きは、途中のまま残っています。", "What you have begun is kept as it is."),
        back: "/staff/token",
    }
}

fn words(verdict: Verdict, left: Option<u8>) -> Text {
    match verdict {
        Verdict::Wrong if left != Some(0) => typed_code::wrong(
            left,
            &both(
                "このトークンは無効になり、発行からやり直しになります。",
                "this token can no longer be used, and you have to begin again with its issue.",
            ),
        ),
        Verdict::Used => typed_code::USED,
        Verdict::NotRegistered => EARLY,
        _ => VOID,
    }
}

fn issue_page(app: &App, who: &SettingUp, is_again: bool, problems: Problems) -> Page {
    let page = Issue {
        shell: who.shell(app).at(&who.reader, if is_again { "/staff/token/issue" } else { "/staff/token" }),
        form: Token::generate().cookie(),
        mail: who.staff.mail.to_string(),
        is_again,
        fields: start_password_twice::fields(&problems),
        problems,
    };
    render(status_of(&page.problems), &page)
}

fn page(app: &App, who: &SettingUp, status: &MemberStatus, problems: Problems, typed: &str) -> Page {
    let Some(issue) = &status.issue else { return issue_page(app, who, false, problems) };
    let link = SetupLink { service_id: issue.service_id.clone(), user_id: issue.user_id.clone() };
    let open = (issue.state == IssueState::Open).then(|| {
        let qr = Qr::of(&link.to_string())?;
        Ok::<_, Failure>(Open { qr, until: minute(issue.expires_at), left: issue.attempts_left })
    });
    let page = OwnToken {
        shell: who.shell(app).at(&who.reader, "/staff/token"),
        form: Token::generate().cookie(),
        service_id: issue.service_id.to_string(),
        user_id: issue.user_id.to_string(),
        open: open.transpose()?,
        attempts: issue.attempts.iter().map(|a| (minute(a.at), progress::words(a.outcome))).collect(),
        code: Field::code(&problems, typed),
        problems,
    };
    let status = if page.problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    render(status, &page)
}
