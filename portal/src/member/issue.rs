//! Owns BOT001, トークン発行（ソフトウェアトークン発行情報入力）.
//! Refuses to know how the application is confirmed.
//! Invariant: what was typed is saved before anything can fail; the start password only sealed, for this session.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::ids::RequestId;
use warifu_core::start_password::{BadStartPassword, StartPassword};
use warifu_core::wire::bank::{MailAddress, MemberStatus, Registration};

use super::mail_twice::{self, MAIL, MAIL_AGAIN};
use super::mailed_password;
use crate::App;
use crate::failure::Failure;
use crate::form::{Form, Submitted};
use crate::page::{Field, Here, Problems, Shell, render, status_of};
use crate::routes::Page;
use crate::session::SignedIn;
use crate::store::applications::Sending;
use crate::store::drafts::Draft;
use crate::token::Token;

const START: &str = "start_password";
const START_AGAIN: &str = "start_password_again";

#[derive(Template)]
#[template(path = "pages/issue.html")]
struct Issue {
    shell: Shell,
    form: String,
    notice: &'static str,
    is_again: bool,
    problems: Problems,
    fields: [Field; 4],
    senders: Vec<String>,
}

/// `GET /otp/issue`
pub(crate) async fn show_issue(State(app): State<App>, who: SignedIn, OriginalUri(uri): OriginalUri) -> Page {
    let draft = app.store.draft(&who.member.id, app.clock.now()).await?.unwrap_or_default();
    let status = status(&app, &who).await?;
    if is_closed(&status) {
        return Ok(Redirect::to("/otp?changed").into_response());
    }
    let notice = match uri.query() {
        Some("again") => {
            "ログインし直したか、時間がたったため、利用開始パスワードをもう一度入力してください。メールアドレスは残っています。"
        }
        _ => "",
    };
    let is_again = status.registration == Registration::Issued;
    let page =
        view(Shell::of(&app, &who, Here::Otp), notice, is_again, Problems::default(), &draft, senders(&app));
    render(StatusCode::OK, &page)
}

/// `POST /otp/issue`
pub(crate) async fn submit_issue(State(app): State<App>, who: SignedIn, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["form", MAIL, MAIL_AGAIN, START, START_AGAIN])?;
    let draft = mail_twice::typed(&form);
    app.store.save_draft(&who.member.id, draft.clone(), app.clock.now()).await?;

    let status = status(&app, &who).await?;
    if is_closed(&status) {
        return Ok(Redirect::to("/otp?changed").into_response());
    }
    let (mail, start_password) = match read(&form, &draft) {
        Ok(read) => read,
        Err(problems) => {
            let shell = Shell::of(&app, &who, Here::Otp);
            let page =
                view(shell, "", status.registration == Registration::Issued, problems, &draft, senders(&app));
            return render(status_of(&page.problems), &page);
        }
    };

    // The same form with the same content is the same application: a double click sends one mail.
    let content = format!("{mail}\n{}", start_password.expose());
    let id = who.token.request("issue", form.text("form"), &content);
    let sealed = who.token.seal(&seal_label(&id), start_password.expose());
    let password = mailed_password::write(&app, &who.token, form.text("form"), &mail)?;
    let now = app.clock.now();
    match app.store.open_application(id, &who.member.id, mail, sealed, password, now).await? {
        Sending::TooMany => Err(Failure::TooManyMails),
        Sending::Sent | Sending::Gone => {
            app.post.hurry();
            Ok(Redirect::to("/otp/issue/confirm").into_response())
        }
    }
}

/// Under which label an application's start password is sealed.
pub(super) fn seal_label(application: &RequestId) -> String {
    format!("start-password/{application}")
}

async fn status(app: &App, who: &SignedIn) -> Result<MemberStatus, Failure> {
    let kept = "入力されたメールアドレスは残っています。利用開始パスワードは、もう一度入力してください。";
    let status = app.centre.status(&who.member.id).await;
    status.map_err(|cause| Failure::Away { cause, kept, back: "/otp/issue" })
}

fn is_closed(status: &MemberStatus) -> bool {
    matches!(status.registration, Registration::Active | Registration::Suspended)
}

fn senders(app: &App) -> Vec<String> {
    app.config.institution.sender_addresses.clone()
}

fn read(form: &Form, draft: &Draft) -> Result<(MailAddress, StartPassword), Problems> {
    let mut problems = Problems::default();
    let address = mail_twice::read(draft, &mut problems);
    let chosen = StartPassword::choose(form.text(START));
    if let Err(bad) = &chosen {
        problems.add(START, start_password_words(*bad, form.text(START)));
    }
    let repeated = StartPassword::parse(form.text(START_AGAIN));
    if form.text(START_AGAIN).trim().is_empty() {
        problems.add(START_AGAIN, "確認のため、利用開始パスワードをもう一度入力してください。");
    } else if let Ok(chosen) = &chosen
        && repeated.map_or(true, |repeated| repeated.expose() != chosen.expose())
    {
        problems.add(START_AGAIN, "2回の入力が違っています。同じ利用開始パスワードを入力してください。");
    }
    match (address, chosen) {
        (Some(address), Ok(chosen)) if problems.is_empty() => Ok((address, chosen)),
        _ => Err(problems),
    }
}

fn start_password_words(bad: BadStartPassword, typed: &str) -> &'static str {
    match bad {
        _ if typed.trim().is_empty() => "利用開始パスワードを入力してください。",
        BadStartPassword::NotDigits => "利用開始パスワードは数字だけで入力してください。",
        BadStartPassword::Length => "利用開始パスワードは4～8桁の数字で入力してください。",
        BadStartPassword::Trivial => {
            "推測されやすい番号です。同じ数字の繰り返し（0000など）や、続き番号（1234など）は使えません。"
        }
    }
}

fn view(
    shell: Shell,
    notice: &'static str,
    is_again: bool,
    problems: Problems,
    draft: &Draft,
    senders: Vec<String>,
) -> Issue {
    let [mail, mail_again] = mail_twice::fields(draft, &problems);
    let start = |name, label, hint: &str| {
        Field { inputmode: "numeric", ..Field::password(name, label, hint) }.told(&problems)
    };
    let fields = [
        mail,
        mail_again,
        start(START, "利用開始パスワード", "4～8桁の数字。0000や1234のように推測されやすい番号は使えません"),
        start(START_AGAIN, "利用開始パスワード（確認用）", "確認のため2回入力してください"),
    ];
    Issue { shell, form: Token::generate().cookie(), notice, is_again, fields, problems, senders }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_renders_with_each_problem_beside_its_field_and_no_password() {
        let mut problems = Problems::default();
        for name in [MAIL, MAIL_AGAIN, START, START_AGAIN] {
            problems.add(name, format!("{name}が違います。"));
        }
        let draft = Draft { mail: "taro@".to_owned(), mail_again: "x".to_owned() };
        let html = view(Shell::sample(), "", true, problems, &draft, vec!["a@b.example".to_owned()])
            .render()
            .unwrap();
        for name in [MAIL, MAIL_AGAIN, START, START_AGAIN] {
            assert!(
                html.contains(&format!("id=\"{name}-problem\""))
                    && html.contains(&format!("href=\"#{name}\""))
            );
        }
        assert!(html.contains("BOT001") && html.contains("a@b.example") && html.contains("value=\"taro@\""));
        assert_eq!(html.matches("type=\"password\"").count(), 2);
    }
}
