//! Owns ワンタイムパスワード利用開始: ソフトウェアトークン確認 and 完了.
//! Refuses to know how a code is judged.
//! Invariant: a refusal says which it is and what to do next, and the code typed is never shown again.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::wire::bank::{IssueState, MemberStatus, Registration, Verdict};

use super::challenge;
use super::renewal::applied;
use crate::App;
use crate::bilingual::{Text, both};
use crate::centre::CentreError;
use crate::failure::Failure;
use crate::form::Submitted;
use crate::page::{Field, Here, Problems, Shell, render, status_of};
use crate::routes::Page;
use crate::session::SignedIn;
use crate::token::Token;
use crate::typed_code;

#[derive(Template)]
#[template(path = "pages/activate.html")]
struct Activate {
    shell: Shell,
    form: String,
    registration: Registration,
    ids: Option<(String, String)>,
    /// The app has not been initialised yet.
    is_early: bool,
    /// The token can be activated no more.
    is_void: bool,
    /// What is said once after 時刻のずれの補正.
    notice: Text,
    /// How far the device's clock is off, when the code just typed has told it.
    clock_off: Option<Text>,
    problems: Problems,
    code: Field,
}

#[derive(Template)]
#[template(path = "pages/activated.html")]
struct Activated {
    shell: Shell,
}

const EARLY: Text = both(
    "アプリの初期設定がまだ済んでいません。先にアプリで初期設定をしてから、表示された番号を入力してください。",
    "The initial setup in the app is not done yet. Please finish it first, then enter the code that the app shows.",
);
const VOID: Text = both(
    "このトークンは無効になりました。トークン発行から、もう一度お手続きください。",
    "This token can no longer be used. Please have a new token issued.",
);

/// `GET /otp/activate`
pub(crate) async fn show_activate(
    State(app): State<App>,
    who: SignedIn,
    OriginalUri(uri): OriginalUri,
) -> Page {
    let status = applied(challenge::status(&app, &who, away).await?);
    if status.registration != Registration::Issued {
        return Ok(Redirect::to("/otp").into_response());
    }
    let mut page = view(Shell::of(&app, &who, Here::Otp), &status, Problems::default(), "", None);
    if uri.query() == Some("resynced") {
        page.notice = both(
            "時刻のずれに合わせました。アプリに次の番号が表示されてから、その番号を入力してください。",
            "We now follow your clock. Please wait until the app shows the next code, then enter that one.",
        );
    }
    render(StatusCode::OK, &page)
}

/// `POST /otp/activate`
pub(crate) async fn submit_activate(State(app): State<App>, who: SignedIn, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["form", "code"])?;
    let (mut problems, mut off) = (Problems::default(), None);
    let code = typed_code::read(form.text("code"), &mut problems);
    if problems.is_empty() {
        let request = who.token.request("activate", form.text("form"), &code);
        match app.centre.activate(&who.member.id, request, &code).await {
            Ok(answer) if answer.verdict == Verdict::Accepted => {
                return Ok(Redirect::to("/otp/activate/done").into_response());
            }
            Ok(answer) => {
                off = answer.clock_off_s;
                problems.add("code", words(answer.verdict, answer.wrong_left));
            }
            Err(refusal) if refusal.is("malformed_code") => problems.add("code", typed_code::NOT_8_DIGITS),
            Err(refusal) if refusal.is_out_of_state() => {}
            Err(cause) => return Err(away(cause)),
        }
    }

    // Another tab, or a click before this one, may have done what was asked for.
    let status = applied(challenge::status(&app, &who, away).await?);
    match status.registration {
        Registration::Active => Ok(Redirect::to("/otp/activate/done").into_response()),
        Registration::Issued if !problems.is_empty() => {
            let problems =
                if is_early(&status) && code.len() == 8 { Problems::one("code", EARLY) } else { problems };
            let typed = if code.is_empty() { form.text("code") } else { "" };
            page(&app, &who, &status, problems, typed, off)
        }
        Registration::None if !problems.is_empty() => {
            page(&app, &who, &status, Problems::one("", VOID), "", None)
        }
        _ => Ok(Redirect::to("/otp?changed").into_response()),
    }
}

/// `GET /otp/activate/done`
pub(crate) async fn show_activated(State(app): State<App>, who: SignedIn) -> Page {
    let kept = both("利用開始の手続きは済んでいます。", "You have started using the token.");
    let away = |cause| Failure::Away { cause, kept, back: "/otp/activate/done" };
    let status = challenge::status(&app, &who, away).await?;
    if status.registration != Registration::Active {
        return Ok(Redirect::to("/otp").into_response());
    }
    render(StatusCode::OK, &Activated { shell: Shell::of(&app, &who, Here::Otp) })
}

fn away(cause: CentreError) -> Failure {
    Failure::Away {
        cause,
        kept: both(
            "トークンの発行と初期設定は、そのまま残っています。",
            "Your token and its initial setup are kept as they are.",
        ),
        back: "/otp/activate",
    }
}

fn words(verdict: Verdict, left: Option<u8>) -> Text {
    match verdict {
        Verdict::Wrong if left == Some(0) => VOID,
        Verdict::Wrong => typed_code::wrong(
            left,
            &both(
                "このトークンは無効になり、トークン発行からやり直しになります。",
                "this token can no longer be used, and you have to have a new one issued.",
            ),
        ),
        Verdict::Used => typed_code::USED,
        Verdict::NotRegistered => EARLY,
        Verdict::Accepted | Verdict::Suspended | Verdict::Expired | Verdict::NotActivated => VOID,
    }
}

fn is_early(status: &MemberStatus) -> bool {
    status.token.is_none() && status.issue.as_ref().is_some_and(|issue| issue.state == IssueState::Open)
}

fn page(
    app: &App,
    who: &SignedIn,
    status: &MemberStatus,
    problems: Problems,
    typed: &str,
    off: Option<i64>,
) -> Page {
    let page = view(Shell::of(app, who, Here::Otp), status, problems, typed, off);
    render(status_of(&page.problems), &page)
}

fn view(shell: Shell, status: &MemberStatus, problems: Problems, typed: &str, off: Option<i64>) -> Activate {
    let issue = status.issue.as_ref();
    Activate {
        shell,
        form: Token::generate().cookie(),
        registration: status.registration,
        ids: issue.map(|issue| (issue.service_id.to_string(), issue.user_id.to_string())),
        is_early: is_early(status),
        is_void: status.token.is_none() && !is_early(status),
        notice: Text::default(),
        clock_off: off.map(typed_code::clock_off),
        code: Field::code(&problems, typed),
        problems,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use warifu_core::time::UnixMillis;
    use warifu_core::wire::bank::IssueStatus;

    #[test]
    fn the_pages_render_and_every_verdict_has_words() {
        let issue = |state| IssueStatus {
            service_id: "10112235".parse().unwrap(),
            user_id: "999800000001".parse().unwrap(),
            state,
            attempts_left: 5,
            expires_at: UnixMillis(0),
            mail: "taro@data-bank.example".to_owned().try_into().unwrap(),
            attempts: Vec::new(),
        };
        let status = |state| MemberStatus {
            registration: Registration::Issued,
            issue: Some(issue(state)),
            token: None,
            ended: None,
            renewal: None,
            mail: None,
        };
        for verdict in Verdict::ALL {
            let problems = Problems::one("code", words(*verdict, Some(2)));
            let html =
                view(Shell::sample(), &status(IssueState::Open), problems, "", Some(-300)).render().unwrap();
            assert!(
                html.contains("5分ほど遅れています")
                    && html.contains("利用開始する")
                    && html.contains("code-problem")
            );
        }
        let html = view(Shell::sample(), &status(IssueState::Expired), Problems::one("", VOID), "", None)
            .render()
            .unwrap();
        assert!(html.contains(&*VOID.ja) && !html.contains("利用開始する"));
        assert!(Activated { shell: Shell::sample() }.render().unwrap().contains("完了"));
    }
}
