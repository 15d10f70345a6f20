//! Owns 宛先の変更: another address for the mails of a トークン発行 that is not 利用中 yet.
//! Refuses to know the mails: the centre writes them and sends them.
//! Invariant: the centre is asked only after the 確認用パスワード was right; the addresses typed are never lost.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::wire::bank::{IssueState, MemberStatus, Registration};

use super::renewal::applied;
use super::{challenge, confirmation_password, mail_twice};
use crate::App;
use crate::failure::{Failure, UNFINISHED};
use crate::form::Submitted;
use crate::page::{Field, Here, Problems, Shell, render, status_of};
use crate::password::Typed;
use crate::routes::Page;
use crate::session::SignedIn;
use crate::store::drafts::Draft;
use crate::token::Token;

const CONFIRMATION: &str = "confirmation_password";

#[derive(Template)]
#[template(path = "pages/readdress.html")]
struct Readdress {
    shell: Shell,
    form: String,
    present: Option<Present>,
    problems: Problems,
    mails: [Field; 2],
    confirmation: Field,
}

/// Where the mails go now. Unknown while the centre is away.
struct Present {
    to: String,
    /// The app can still be initialised.
    is_open: bool,
}

/// `GET /otp/readdress`
pub(crate) async fn show_readdress(State(app): State<App>, who: SignedIn) -> Page {
    let away = |cause| Failure::Away { cause, kept: UNFINISHED, back: "/otp/readdress" };
    let status = applied(challenge::status(&app, &who, away).await?);
    if status.registration != Registration::Issued {
        return Ok(Redirect::to("/otp").into_response());
    }
    let form = Token::generate().cookie();
    let shell = Shell::of(&app, &who, Here::Otp);
    render(StatusCode::OK, &view(shell, form, present(&status), Problems::default(), &Draft::default()))
}

/// `POST /otp/readdress`
pub(crate) async fn submit_readdress(State(app): State<App>, mut who: SignedIn, mut form: Submitted) -> Page {
    let is_for_the_look = form.is_for_the_look();
    let form =
        form.verified(&who.token, &["form", mail_twice::MAIL, mail_twice::MAIL_AGAIN, CONFIRMATION])?;
    who.reader.keep(&who.token, &form, &["form", mail_twice::MAIL, mail_twice::MAIL_AGAIN]);
    let (typed, confirmation) = (mail_twice::typed(&form), Typed::new(form.text(CONFIRMATION)));
    let mut problems = Problems::default();
    let address = mail_twice::read(&typed, &mut problems);
    if let Some(words) = confirmation_password::shape(&confirmation) {
        problems.add(CONFIRMATION, words);
    }
    if problems.is_empty()
        && !is_for_the_look
        && let Some(words) = confirmation_password::check(&app, &who, confirmation).await?
    {
        problems.add(CONFIRMATION, words);
    }

    let mut code = status_of(&problems);
    if let (true, Some(address)) = (problems.is_empty() && !is_for_the_look, address) {
        // The same form with the same address is the same change, also after an answer that was lost.
        let request = who.token.request("readdress", form.text("form"), address.as_str());
        match app.centre.readdress(&who.member.id, request, address).await {
            Ok(_) => return Ok(Redirect::to("/otp?readdressed").into_response()),
            Err(refusal) if refusal.is_out_of_state() => {
                return Ok(Redirect::to("/otp?changed").into_response());
            }
            Err(cause) => {
                tracing::warn!(%cause, "the centre did not readdress");
                let failure = Failure::Away { cause, kept: UNFINISHED, back: "/otp/readdress" };
                code = failure.status();
                problems.add("", failure.told());
            }
        }
    }
    let present = app.status(&who.member.id).await.ok().map(applied).as_ref().and_then(present);
    let shell = Shell::of(&app, &who, Here::Otp);
    render(code, &view(shell, form.text("form").to_owned(), present, problems, &typed))
}

fn present(status: &MemberStatus) -> Option<Present> {
    let issue = status.issue.as_ref()?;
    Some(Present { to: issue.mail.to_string(), is_open: issue.state == IssueState::Open })
}

fn view(
    shell: Shell,
    form: String,
    present: Option<Present>,
    problems: Problems,
    typed: &Draft,
) -> Readdress {
    Readdress {
        shell,
        form,
        present,
        mails: mail_twice::fields(typed, &problems),
        confirmation: Field::confirmation(&problems),
        problems,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_renders_with_and_without_the_present_address_and_keeps_what_was_typed() {
        let typed = Draft { mail: "taro@".to_owned(), mail_again: "x".to_owned() };
        for is_open in [true, false] {
            let present = Present { to: "old@data-bank.example".to_owned(), is_open };
            let html = view(Shell::sample(), "f".to_owned(), Some(present), Problems::default(), &typed);
            let html = html.render().unwrap();
            assert!(html.contains("old@data-bank.example") && html.contains("value=\"taro@\""));
            assert_eq!(html.contains("「トークン発行のご案内」も"), is_open);
        }
        let problems = Problems::one("", UNFINISHED);
        let html = view(Shell::sample(), "f".to_owned(), None, problems, &typed).render().unwrap();
        assert!(html.contains("お手続きを続けられませんでした") && html.contains("value=\"x\""));
    }
}
