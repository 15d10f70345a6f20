//! Owns 入力内容確認: the two passwords, and handing the confirmed application over to the centre.
//! Refuses to know how a mailed password is counted and how an issue is made.
//! Invariant: the centre is asked only after both passwords were right, and always under the application's own ID.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::japan;
use warifu_core::start_password::StartPassword;
use warifu_core::wire::bank::{IssueRequest, MailState};

use super::{confirmation_password, issue, mailed_password};
use crate::App;
use crate::bilingual::{Text, both, counted};
use crate::failure::Failure;
use crate::form::{Form, Submitted};
use crate::page::{Field, Here, Problems, Shell, render, status_of};
use crate::password::Typed;
use crate::routes::Page;
use crate::session::SignedIn;
use crate::store::applications::{Application, Match, State as Stage};
use crate::token::Token;

const MAILED: &str = "mailed_password";
const CONFIRMATION: &str = "confirmation_password";

#[derive(Template)]
#[template(path = "pages/confirm.html")]
struct Confirm {
    shell: Shell,
    form: String,
    application: String,
    mail: String,
    sent_at: Text,
    mail_state: MailState,
    minutes: u32,
    /// Both passwords were right; only the centre's answer is missing.
    is_confirmed: bool,
    problems: Problems,
    mailed: Field,
    confirmation: Field,
}

/// `GET /otp/issue/confirm`
pub(crate) async fn show_confirm(State(app): State<App>, who: SignedIn) -> Page {
    match load(&app, &who).await? {
        Ok(application) => page(&app, &who, &application, Problems::default(), ""),
        Err(elsewhere) => Ok(Redirect::to(elsewhere).into_response()),
    }
}

/// `POST /otp/issue/confirm`
pub(crate) async fn submit_confirm(State(app): State<App>, who: SignedIn, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["application", MAILED, CONFIRMATION])?;
    let application = match load(&app, &who).await? {
        Ok(application) => application,
        Err(elsewhere) => return Ok(Redirect::to(elsewhere).into_response()),
    };
    if form.text("application") != application.id.to_string() {
        return Ok(Redirect::to("/otp/issue/confirm").into_response());
    }
    if application.state == Stage::Open {
        let problems = check(&app, &who, &application, &form).await?;
        if !problems.is_empty() {
            return page(&app, &who, &application, problems, form.text(MAILED));
        }
        app.store.confirm_application(application.id).await?;
    }
    hand_over(&app, &who, application).await
}

/// `POST /otp/issue/send`: 確定する once more, after the centre gave no answer.
pub(crate) async fn submit_send(State(app): State<App>, who: SignedIn, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["application"])?;
    match load(&app, &who).await? {
        Err(elsewhere) => Ok(Redirect::to(elsewhere).into_response()),
        Ok(application) => {
            let is_this = form.text("application") == application.id.to_string();
            if is_this && application.state == Stage::Confirmed {
                hand_over(&app, &who, application).await
            } else {
                Ok(Redirect::to("/otp/issue/confirm").into_response())
            }
        }
    }
}

/// The application that this session can go on with, or where to go instead.
async fn load(app: &App, who: &SignedIn) -> Result<Result<Application, &'static str>, Failure> {
    let Some(application) = app.store.application(&who.member.id, app.clock.now()).await? else {
        return Ok(Err("/otp/issue?again"));
    };
    Ok(match application.state {
        Stage::Issued => Err("/otp/issue/done"),
        Stage::Stopped => Err("/otp"),
        Stage::Open | Stage::Confirmed if open_start_password(&who.token, &application).is_none() => {
            Err("/otp/issue?again")
        }
        Stage::Open | Stage::Confirmed => Ok(application),
    })
}

fn open_start_password(token: &Token, application: &Application) -> Option<StartPassword> {
    let sealed = application.start_password.as_ref()?;
    StartPassword::choose(&token.open(&issue::seal_label(&application.id), sealed)?).ok()
}

/// Looks at both passwords, and charges each wrong one.
async fn check(
    app: &App,
    who: &SignedIn,
    application: &Application,
    form: &Form,
) -> Result<Problems, Failure> {
    let mut problems = Problems::default();
    let confirmation = Typed::new(form.text(CONFIRMATION));
    let mailed = mailed_password::read(form.text(MAILED));
    if form.text(MAILED).trim().is_empty() {
        problems.add(
            MAILED,
            both("メール通知パスワードを入力してください。", "Please enter the mailed password."),
        );
    } else if mailed.is_none() {
        problems.add(
            MAILED,
            both(
                "メール通知パスワードは8文字の英数字です。届いたメールのとおりに入力してください。",
                "The mailed password has 8 letters and digits. Please enter it as it is in the mail.",
            ),
        );
    }
    let confirmation_words = confirmation_password::shape(&confirmation);
    if let (Some(mailed), None) = (&mailed, &confirmation_words) {
        let digest = mailed_password::digest(&who.token, mailed);
        if let Some(words) =
            mailed_words(app.store.try_mailed_password(application.id, digest, app.clock.now()).await?)
        {
            problems.add(MAILED, words);
        }
    }
    if let Some(words) = confirmation_words {
        problems.add(CONFIRMATION, words);
    } else if mailed.is_some()
        && let Some(words) = confirmation_password::check(app, who, confirmation).await?
    {
        problems.add(CONFIRMATION, words);
    }
    Ok(problems)
}

fn mailed_words(outcome: Match) -> Option<Text> {
    match outcome {
        Match::Right => None,
        Match::Wrong { left: 0 } => Some(both(
            "メール通知パスワードの間違いが続いたため、このパスワードは無効になりました。「再送」で新しいパスワードを受け取ってください。",
            "The mailed password was wrong several times in a row, so it can no longer be used. Please get a new one with “Send again”.",
        )),
        Match::Wrong { left } => Some(Text::new(
            format!(
                "メール通知パスワードが違います。画面の送信日時と同じメールのパスワードを入力してください。あと{left}回間違えると無効になります。"
            ),
            format!(
                "The mailed password is wrong. Please enter the one from the mail with the same time of sending as on this page. After {} it can no longer be used.",
                counted(left, "more wrong entry")
            ),
        )),
        Match::Late => Some(both(
            "メール通知パスワードの有効時間が過ぎました。「再送」で新しいパスワードを受け取ってください。",
            "The mailed password has run out. Please get a new one with “Send again”.",
        )),
    }
}

async fn hand_over(app: &App, who: &SignedIn, application: Application) -> Page {
    let Some(start_password) = open_start_password(&who.token, &application) else {
        return Ok(Redirect::to("/otp/issue?again").into_response());
    };
    let request = IssueRequest { request_id: application.id, mail: application.mail, start_password };
    match app.centre.issue(&who.member.id, &request).await {
        Ok(_) => {
            app.store.finish_application(application.id).await?;
            app.store.drop_draft(&who.member.id).await?;
            Ok(Redirect::to("/otp/issue/done").into_response())
        }
        Err(refusal) if refusal.is_out_of_state() => {
            app.store.stop_application(application.id, &who.member.id).await?;
            Ok(Redirect::to("/otp?changed").into_response())
        }
        Err(cause) => {
            let kept = both(
                "入力された内容と、パスワードの確認は残っています。続きの画面で「確定する」をもう一度押してください。",
                "What you have entered is kept, and your passwords have been checked. Please go on and press “Confirm” once more.",
            );
            Err(Failure::Away { cause, kept, back: "/otp/issue/confirm" })
        }
    }
}

fn page(app: &App, who: &SignedIn, application: &Application, problems: Problems, typed: &str) -> Page {
    let shell = Shell::of(app, who, Here::Otp);
    let page = view(shell, application, app.config.limits.mailed_password_minutes, problems, typed);
    render(status_of(&page.problems), &page)
}

fn view(shell: Shell, application: &Application, minutes: u32, problems: Problems, typed: &str) -> Confirm {
    let mailed = Field {
        autocomplete: "one-time-code",
        is_code: true,
        ..Field::text(
            MAILED,
            both("メール通知パスワード", "Mailed password"),
            both(
                "届いたメールに書かれている8文字の英数字。大文字と小文字は区別しません",
                "The 8 letters and digits from the mail. Capitals and small letters are the same",
            ),
        )
    };
    Confirm {
        shell,
        form: Token::generate().cookie(),
        application: application.id.to_string(),
        mail: application.mail.to_string(),
        sent_at: Text::new(japan::long(application.sent_at), japan::day_and_second(application.sent_at)),
        mail_state: application.mail_state,
        minutes,
        is_confirmed: application.state == Stage::Confirmed,
        mailed: mailed.filled(typed).told(&problems),
        confirmation: Field::confirmation(&problems),
        problems,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use warifu_core::ids::RequestId;
    use warifu_core::time::UnixMillis;

    #[test]
    fn the_page_renders_open_and_confirmed_and_for_every_fate_of_the_mail() {
        for state in [Stage::Open, Stage::Confirmed] {
            for mail_state in MailState::ALL {
                let application = Application {
                    id: RequestId::from_bytes([7; 16]),
                    state,
                    mail: "taro@data-bank.example".to_owned().try_into().unwrap(),
                    start_password: None,
                    sent_at: UnixMillis(1_335_317_170_000),
                    mail_state: *mail_state,
                };
                let html = view(Shell::sample(), &application, 10, Problems::default(), "").render().unwrap();
                assert!(html.contains("taro@data-bank.example") && html.contains("確定する"));
                assert_eq!(html.contains("2012年04月25日 10時26分10秒"), state == Stage::Open);
                assert_eq!(html.contains("data-testid=\"mailed-password\""), state == Stage::Open);
            }
        }
    }
}
