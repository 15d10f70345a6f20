//! Owns BOT001, トークン発行（ソフトウェアトークン発行情報入力）.
//! Refuses to know how the application is confirmed.
//! Invariant: what was typed is saved before anything can fail; the start password only sealed, for this session.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::ids::RequestId;
use warifu_core::start_password::StartPassword;
use warifu_core::wire::bank::{MailAddress, MemberStatus, Registration};

use super::challenge;
use super::mail_twice::{self, MAIL, MAIL_AGAIN};
use super::mailed_password;
use super::renewal::{applied, may_issue};
use crate::App;
use crate::bilingual::{Text, both};
use crate::failure::Failure;
use crate::form::{Form, Submitted};
use crate::page::{Field, Here, Problems, Shell, render, status_of};
use crate::routes::Page;
use crate::session::SignedIn;
use crate::start_password_twice::{self, START, START_AGAIN};
use crate::store::applications::Sending;
use crate::store::drafts::Draft;
use crate::token::Token;

#[derive(Template)]
#[template(path = "pages/issue.html")]
struct Issue {
    shell: Shell,
    form: String,
    notice: Text,
    is_again: bool,
    problems: Problems,
    fields: [Field; 4],
    senders: Vec<String>,
}

/// `GET /otp/issue`
pub(crate) async fn show_issue(State(app): State<App>, who: SignedIn, OriginalUri(uri): OriginalUri) -> Page {
    let draft = app.store.draft(&who.member.id, app.clock.now()).await?.unwrap_or_default();
    let status = status(&app, &who).await?;
    if !may_issue(&status, app.clock.now()) {
        return Ok(Redirect::to("/otp?changed").into_response());
    }
    let notice = match uri.query() {
        Some("again") => both(
            "ログインし直したか、時間がたったため、利用開始パスワードをもう一度入力してください。メールアドレスは残っています。",
            "You have signed in again, or some time has passed. Please enter the start password once more. Your mail address is kept.",
        ),
        _ => Text::default(),
    };
    let is_again = applied(status).registration == Registration::Issued;
    let page =
        view(Shell::of(&app, &who, Here::Otp), notice, is_again, Problems::default(), &draft, senders(&app));
    render(StatusCode::OK, &page)
}

/// `POST /otp/issue`
pub(crate) async fn submit_issue(State(app): State<App>, mut who: SignedIn, mut form: Submitted) -> Page {
    let is_for_the_look = form.is_for_the_look();
    let form = form.verified(&who.token, &["form", MAIL, MAIL_AGAIN, START, START_AGAIN])?;
    who.reader.keep(&who.token, &form, &["form", MAIL, MAIL_AGAIN]);
    let draft = mail_twice::typed(&form);
    app.store.save_draft(&who.member.id, draft.clone(), app.clock.now()).await?;

    let status = status(&app, &who).await?;
    if !may_issue(&status, app.clock.now()) {
        return Ok(Redirect::to("/otp?changed").into_response());
    }
    let (mail, start_password) = match read(&form, &draft) {
        Ok(read) if !is_for_the_look => read,
        read => {
            let problems = read.err().unwrap_or_default();
            let shell = Shell::of(&app, &who, Here::Otp);
            let is_again = applied(status).registration == Registration::Issued;
            let page = view(shell, Text::default(), is_again, problems, &draft, senders(&app));
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
    let kept = both(
        "入力されたメールアドレスは残っています。利用開始パスワードは、もう一度入力してください。",
        "The mail address you entered is kept. Please enter the start password once more.",
    );
    challenge::status(app, who, |cause| Failure::Away { cause, kept, back: "/otp/issue" }).await
}

fn senders(app: &App) -> Vec<String> {
    app.config.institution.sender_addresses.clone()
}

fn read(form: &Form, draft: &Draft) -> Result<(MailAddress, StartPassword), Problems> {
    let mut problems = Problems::default();
    let address = mail_twice::read(draft, &mut problems);
    let chosen = start_password_twice::read(form, &mut problems);
    match (address, chosen) {
        (Some(address), Some(chosen)) if problems.is_empty() => Ok((address, chosen)),
        _ => Err(problems),
    }
}

fn view(
    shell: Shell,
    notice: Text,
    is_again: bool,
    problems: Problems,
    draft: &Draft,
    senders: Vec<String>,
) -> Issue {
    let [mail, mail_again] = mail_twice::fields(draft, &problems);
    let [start, start_again] = start_password_twice::fields(&problems);
    let fields = [mail, mail_again, start, start_again];
    Issue { shell, form: Token::generate().cookie(), notice, is_again, fields, problems, senders }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_renders_with_each_problem_beside_its_field_and_no_password() {
        let mut problems = Problems::default();
        for name in [MAIL, MAIL_AGAIN, START, START_AGAIN] {
            problems.add(name, crate::bilingual::same(format!("{name}が違います。")));
        }
        let draft = Draft { mail: "taro@".to_owned(), mail_again: "x".to_owned() };
        let html =
            view(Shell::sample(), Text::default(), true, problems, &draft, vec!["a@b.example".to_owned()])
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
