//! Owns 強制停止: staff stop a token in use, with a reason.
//! Refuses to undo it; that is 停止解除, with the member identified.
//! Invariant: the same form sent twice stops once; nobody stops their own token.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use warifu_core::wire::bank::{MemberStatus, Registration, StoppedBy, SuspendRequest};

use super::grounds::{self, Fields, REASON};
use super::member::load;
use super::requests;
use super::session::OnDuty;
use crate::App;
use crate::bilingual::both;
use crate::failure::Failure;
use crate::form::{self, Form, Submitted};
use crate::page::{Desk, Problems, Shell, render, status_of};
use crate::routes::Page;
use crate::store::people::Person;
use crate::store::staff_log::{Deed, Entry};
use crate::token::Token;

#[derive(Template)]
#[template(path = "staff/suspend.html")]
struct Suspend {
    shell: Shell,
    form: String,
    person: Person,
    serial: String,
    problems: Problems,
    grounds: Fields,
}

/// `GET /staff/suspend?id=…`
pub(crate) async fn show_suspend(State(app): State<App>, who: OnDuty, OriginalUri(uri): OriginalUri) -> Page {
    let Some((person, status)) = load(&app, &form::asked(&uri, "id")).await? else {
        return Ok(Redirect::to("/staff?unknown").into_response());
    };
    if let Some(elsewhere) = closed(&who, &person, &status)? {
        return Ok(elsewhere);
    }
    page(&app, &who, person, &status, Problems::default(), None)
}

/// `POST /staff/suspend`
pub(crate) async fn submit_suspend(State(app): State<App>, mut who: OnDuty, mut form: Submitted) -> Page {
    let is_for_the_look = form.is_for_the_look();
    let form = form.verified(&who.token, &["form", "id", "serial", REASON])?;
    who.reader.keep(&who.token, &form, &["form", "id", "serial", REASON]);
    let Some((person, status)) = load(&app, form.text("id")).await? else {
        return Ok(Redirect::to("/staff?unknown").into_response());
    };
    if let Some(elsewhere) = closed(&who, &person, &status)? {
        return Ok(elsewhere);
    }
    let mut problems = Problems::default();
    let reason = grounds::reason(
        &form,
        both("停止する理由を入力してください。", "Please enter the reason for the suspension."),
        &mut problems,
    );
    if !problems.is_empty() || is_for_the_look {
        return page(&app, &who, person, &status, problems, Some(&form));
    }
    // The page was drawn for one token: another one is another question.
    if status.token.as_ref().is_none_or(|token| token.serial.as_str() != form.text("serial")) {
        return Ok(requests::to_member(&person.member, "moved"));
    }
    let answer = format!("{}\n{}\n{reason}", person.member, form.text("serial"));
    let question = SuspendRequest {
        request_id: who.token.request("staff_suspend", form.text("form"), &answer),
        by: StoppedBy::Staff,
        staff: Some(who.staff.id.as_str().to_owned()),
        reason: reason.clone(),
    };
    match app.centre.suspend(&person.member, &question).await {
        Ok(status) => {
            let entry = Entry::new(&who.staff.id, Deed::Suspended, Some(&person.member), &reason);
            app.store.note(entry, app.clock.now()).await?;
            app.heed(&person.member, status.registration).await?;
            Ok(requests::to_member(&person.member, "suspended"))
        }
        Err(refusal) if refusal.is_out_of_state() => Ok(requests::to_member(&person.member, "moved")),
        Err(cause) => {
            let kept = both(
                "停止したかどうかは、会員のページでご確認ください。",
                "The member’s page tells whether the token was suspended.",
            );
            Err(Failure::Away { cause, kept, back: "/staff" })
        }
    }
}

/// Where somebody is sent who may not, or need not.
fn closed(who: &OnDuty, person: &Person, status: &MemberStatus) -> Result<Option<Response>, Failure> {
    if !who.staff.role.may_request() || person.member == who.staff.id.member() {
        return Err(Failure::NotAllowed);
    }
    Ok(match status.registration {
        Registration::Active => None,
        Registration::Suspended => Some(requests::to_member(&person.member, "suspended")),
        _ => Some(requests::to_member(&person.member, "moved")),
    })
}

fn page(
    app: &App,
    who: &OnDuty,
    person: Person,
    status: &MemberStatus,
    problems: Problems,
    form: Option<&Form>,
) -> Page {
    let place = format!("/staff/suspend?id={}", person.member);
    let page = Suspend {
        shell: who.shell(app, Desk::Search).at(&who.reader, &place),
        form: Token::generate().cookie(),
        person,
        serial: status.token.as_ref().map(|token| token.serial.to_string()).unwrap_or_default(),
        grounds: Fields::reason(
            who.reader.language,
            both("停止する理由", "Reason for the suspension"),
            form,
            &problems,
        ),
        problems,
    };
    render(status_of(&page.problems), &page)
}
