//! Owns 停止解除: why, how the person was identified, and the request that comes of it.
//! Refuses to know how the request is approved and carried.
//! Invariant: the same form sent twice is one request; nobody asks for their own token.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::wire::bank::{MemberStatus, Registration};

use super::grounds::{self, Fields, IDENTIFIED, OTHER, REASON};
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
use crate::store::reinstatements::{NewReinstatement, Noted};
use crate::token::Token;

#[derive(Template)]
#[template(path = "staff/reinstate.html")]
struct Reinstate {
    shell: Shell,
    form: String,
    person: Person,
    serial: String,
    is_to_be_approved: bool,
    problems: Problems,
    grounds: Fields,
}

/// `GET /staff/reinstate?id=…`
pub(crate) async fn show_reinstate(
    State(app): State<App>,
    who: OnDuty,
    OriginalUri(uri): OriginalUri,
) -> Page {
    let Some((person, status)) = load(&app, &form::asked(&uri, "id")).await? else {
        return Ok(Redirect::to("/staff?unknown").into_response());
    };
    if let Some(elsewhere) = closed(&who, &person, &status)? {
        return Ok(elsewhere);
    }
    page(&app, &who, person, &status, Problems::default(), None)
}

/// `POST /staff/reinstate`
pub(crate) async fn submit_reinstate(State(app): State<App>, mut who: OnDuty, mut form: Submitted) -> Page {
    let is_for_the_look = form.is_for_the_look();
    let form =
        form.verified_with_choice(&who.token, &["form", "id", "serial", REASON, OTHER], Some(IDENTIFIED))?;
    who.reader.keep(&who.token, &form, &["form", "id", "serial", IDENTIFIED, OTHER, REASON]);
    let Some((person, status)) = load(&app, form.text("id")).await? else {
        return Ok(Redirect::to("/staff?unknown").into_response());
    };
    if !who.staff.role.may_request() {
        return Err(Failure::NotAllowed);
    }
    let mut problems = Problems::default();
    let identified = grounds::identified(&form, &mut problems);
    let reason = grounds::reason(
        &form,
        both("停止を解除する理由を入力してください。", "Please enter the reason for the reinstatement."),
        &mut problems,
    );
    if !problems.is_empty() || is_for_the_look {
        return page(&app, &who, person, &status, problems, Some(&form));
    }
    let answer = format!("{}\n{}\n{identified}\n{reason}", person.member, form.text("serial"));
    let id = who.token.request("reinstate", form.text("form"), &answer);
    if app.store.reinstatement(id).await?.is_none() {
        if let Some(elsewhere) = closed(&who, &person, &status)? {
            return Ok(elsewhere);
        }
        // The page was drawn for one token: another one that is suspended now is another question.
        let token = status.token.as_ref().filter(|token| token.serial.as_str() == form.text("serial"));
        let Some(token) = token else { return Ok(requests::to_member(&person.member, "changed")) };
        let new = NewReinstatement {
            id,
            member: person.member.clone(),
            serial: token.serial.clone(),
            identified,
            reason,
            requested_by: who.staff.id.clone(),
            is_to_be_approved: app.config.staff.second_approval,
        };
        match app.store.request_reinstatement(new, app.clock.now()).await? {
            Noted::Stands => {}
            Noted::Another => return Ok(requests::to_member(&person.member, "another")),
            Noted::Oneself => return Err(Failure::NotAllowed),
        }
    }
    requests::go_on(&app, &who, id).await
}

/// Where somebody is sent who cannot ask for it, or needs not.
fn closed(
    who: &OnDuty,
    person: &Person,
    status: &MemberStatus,
) -> Result<Option<axum::response::Response>, Failure> {
    if !who.staff.role.may_request() || person.member == who.staff.id.member() {
        return Err(Failure::NotAllowed);
    }
    let is_suspended = status.registration == Registration::Suspended;
    Ok((!is_suspended).then(|| requests::to_member(&person.member, "changed")))
}

fn page(
    app: &App,
    who: &OnDuty,
    person: Person,
    status: &MemberStatus,
    problems: Problems,
    form: Option<&Form>,
) -> Page {
    let place = format!("/staff/reinstate?id={}", person.member);
    let page = Reinstate {
        shell: who.shell(app, Desk::Search).at(&who.reader, &place),
        form: Token::generate().cookie(),
        person,
        serial: status.token.as_ref().map(|token| token.serial.to_string()).unwrap_or_default(),
        is_to_be_approved: app.config.staff.second_approval,
        grounds: Fields::new(
            who.reader.language,
            both("停止を解除する理由", "Reason for the reinstatement"),
            form,
            &problems,
        ),
        problems,
    };
    render(status_of(&page.problems), &page)
}
