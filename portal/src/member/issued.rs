//! Owns トークン発行完了 and its page for printing.
//! Refuses to know the start password: the member has it, the centre has its record.
//! Invariant: the QR holds the two IDs and nothing else.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::setup_link::SetupLink;
use warifu_core::wire::bank::{IssueState, MemberStatus};

use super::challenge;
use super::progress::Mailing;
use super::renewal::applied;
use crate::App;
use crate::bilingual::{Text, both};
use crate::failure::Failure;
use crate::page::{Here, Shell, minute, render};
use crate::qr::Qr;
use crate::routes::Page;
use crate::session::SignedIn;

#[derive(Template)]
#[template(path = "pages/issued.html")]
struct Issued {
    shell: Shell,
    done: Text,
    facts: Facts,
}

#[derive(Template)]
#[template(path = "pages/issued_print.html")]
struct Print {
    shell: Shell,
    facts: Facts,
    printed_at: String,
}

/// What both pages show.
struct Facts {
    mailing: Mailing,
    service_id: String,
    user_id: String,
    qr: Qr,
    until: String,
}

/// `GET /otp/issue/done`
pub(crate) async fn show_issued(
    State(app): State<App>,
    who: SignedIn,
    OriginalUri(uri): OriginalUri,
) -> Page {
    let done = match uri.query() {
        Some("resent") => both(
            "「トークン発行のご案内」の再送を受け付けました。",
            "The mail about the issue of your token will be sent again.",
        ),
        _ => both("トークン発行を受け付けました。", "Your token has been issued."),
    };
    match facts(&load(&app, &who, "/otp/issue/done").await?)? {
        Some(facts) => {
            render(StatusCode::OK, &Issued { shell: Shell::of(&app, &who, Here::Otp), done, facts })
        }
        None => Ok(Redirect::to("/otp").into_response()),
    }
}

/// `GET /otp/issue/print`
pub(crate) async fn show_print(State(app): State<App>, who: SignedIn) -> Page {
    let printed_at = minute(app.clock.now());
    match facts(&load(&app, &who, "/otp/issue/print").await?)? {
        Some(facts) => {
            render(StatusCode::OK, &Print { shell: Shell::bare(&app, &who.reader), facts, printed_at })
        }
        None => Ok(Redirect::to("/otp").into_response()),
    }
}

async fn load(app: &App, who: &SignedIn, back: &'static str) -> Result<MemberStatus, Failure> {
    let kept = both("トークンの発行は済んでいます。", "Your token has been issued.");
    challenge::status(app, who, |cause| Failure::Away { cause, kept, back }).await.map(applied)
}

/// `None` when there is no issue that an app could be initialised with.
fn facts(status: &MemberStatus) -> Result<Option<Facts>, Failure> {
    let Some(issue) = status.issue.as_ref().filter(|issue| issue.state == IssueState::Open) else {
        return Ok(None);
    };
    let link = SetupLink { service_id: issue.service_id.clone(), user_id: issue.user_id.clone() }.to_string();
    Ok(Some(Facts {
        mailing: Mailing::of(issue, status.mail.as_ref(), "done"),
        service_id: issue.service_id.to_string(),
        user_id: issue.user_id.to_string(),
        qr: Qr::of(&link)?,
        until: minute(issue.expires_at),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use warifu_core::time::UnixMillis;
    use warifu_core::wire::bank::{IssueStatus, MailState, MailStatus, Registration};

    fn status(state: IssueState, mail: MailState) -> MemberStatus {
        MemberStatus {
            registration: Registration::Issued,
            issue: Some(IssueStatus {
                service_id: "10112235".parse().unwrap(),
                user_id: "999800000001".parse().unwrap(),
                state,
                attempts_left: 5,
                expires_at: UnixMillis(0),
                mail: "taro@data-bank.example".to_owned().try_into().unwrap(),
                attempts: Vec::new(),
            }),
            token: None,
            ended: None,
            renewal: None,
            mail: Some(MailStatus {
                to: "taro@data-bank.example".to_owned().try_into().unwrap(),
                state: mail,
                at: UnixMillis(0),
            }),
        }
    }

    #[test]
    fn both_pages_render_with_the_ids_and_a_qr_of_just_these_two() {
        for mail in MailState::ALL {
            let facts = || facts(&status(IssueState::Open, *mail)).unwrap().unwrap();
            let done =
                Issued { shell: Shell::sample(), done: Text::default(), facts: facts() }.render().unwrap();
            let print =
                Print { shell: Shell::sample(), facts: facts(), printed_at: String::new() }.render().unwrap();
            for html in [&done, &print] {
                assert!(html.contains("<span>1011</span><span>2235</span>") && html.contains("<svg"));
            }
            let link = "warifu://setup?service_id=10112235&user_id=999800000001";
            let escaped = link.replace('&', "&#38;");
            for html in [&done, &print] {
                assert!(html.contains(&Qr::of(link).unwrap().path));
                assert!(
                    html.contains(&format!("href=\"{escaped}\"")) && html.contains(&format!(">{escaped}<"))
                );
                assert_eq!(html.matches("warifu://").count(), 2, "no other link into the app:\n{html}");
            }
        }
    }

    #[test]
    fn an_issue_that_is_used_or_void_is_not_shown_again() {
        for state in [IssueState::Used, IssueState::Exhausted, IssueState::Expired, IssueState::Cancelled] {
            assert!(facts(&status(state, MailState::Sent)).unwrap().is_none());
        }
    }
}
