//! Owns the request for 利用解除 without the phone, which is also the permission to issue anew.
//! Refuses to end a token itself: that comes after the cooling-off, and only when nobody took it back.
//! Invariant: the same form sent twice is one request; who is told by mail is told at both addresses.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use warifu_core::wire::bank::{MemberStatus, Registration};

use super::grounds::{self, Fields, IDENTIFIED, OTHER, REASON};
use super::member::load;
use super::session::OnDuty;
use super::{letters, requests};
use crate::App;
use crate::bilingual::both;
use crate::failure::Failure;
use crate::form::{self, Form, Submitted};
use crate::page::{Desk, Problems, Shell, render, status_of};
use crate::routes::Page;
use crate::store::lost_phone::{COOLING_OFF, NewLostPhone, Noted, State as Stage};
use crate::store::people::Person;
use crate::store::staff_log::{Deed, Entry};
use crate::token::Token;

#[derive(Template)]
#[template(path = "staff/release.html")]
struct Release {
    shell: Shell,
    form: String,
    person: Person,
    serial: String,
    hours: i64,
    is_active: bool,
    is_to_be_approved: bool,
    /// Where the member is told, and whether mails there are known not to arrive.
    to: Vec<(String, bool)>,
    problems: Problems,
    grounds: Fields,
}

/// `GET /staff/release?id=…`
pub(crate) async fn show_release(State(app): State<App>, who: OnDuty, OriginalUri(uri): OriginalUri) -> Page {
    let Some((person, status)) = load(&app, &form::asked(&uri, "id")).await? else {
        return Ok(Redirect::to("/staff?unknown").into_response());
    };
    if let Some(elsewhere) = closed(&who, &person, &status)? {
        return Ok(elsewhere);
    }
    page(&app, &who, person, &status, Problems::default(), None).await
}

/// `POST /staff/release`
pub(crate) async fn submit_release(State(app): State<App>, mut who: OnDuty, mut form: Submitted) -> Page {
    let is_for_the_look = form.is_for_the_look();
    let names = ["form", "id", "serial", REASON, OTHER];
    let form = form.verified_with_choice(&who.token, &names, Some(IDENTIFIED))?;
    who.reader.keep(&who.token, &form, &["form", "id", "serial", IDENTIFIED, OTHER, REASON]);
    let Some((person, status)) = load(&app, form.text("id")).await? else {
        return Ok(Redirect::to("/staff?unknown").into_response());
    };
    if let Some(elsewhere) = closed(&who, &person, &status)? {
        return Ok(elsewhere);
    }
    let mut problems = Problems::default();
    let identified = grounds::identified(&form, &mut problems);
    let reason = grounds::reason(
        &form,
        both("利用を解除する理由を入力してください。", "Please enter the reason for the release."),
        &mut problems,
    );
    if !problems.is_empty() || is_for_the_look {
        return page(&app, &who, person, &status, problems, Some(&form)).await;
    }
    // The page was drawn for one token: another one is another question.
    let token = status.token.as_ref().filter(|token| token.serial.as_str() == form.text("serial"));
    let Some(token) = token else { return Ok(requests::to_member(&person.member, "moved")) };
    let answer = format!("{}\n{}\n{identified}\n{reason}", person.member, token.serial);
    let new = NewLostPhone {
        id: who.token.request("release", form.text("form"), &answer),
        member: person.member.clone(),
        serial: token.serial.clone(),
        identified,
        reason,
        requested_by: who.staff.id.clone(),
        is_to_be_approved: app.config.staff.second_approval,
    };
    let id = new.id;
    let now = app.clock.now();
    let due = (!new.is_to_be_approved).then(|| now.plus(COOLING_OFF));
    let mails = letters::release_asked(&app, &person.member, &status, due).await?;
    let is_untold = mails.is_empty();
    let untold = if is_untold { format!("。{}", letters::UNTOLD) } else { String::new() };
    let detail = format!("本人確認：{}。理由：{}{untold}", new.identified, new.reason);
    let entry = Entry::new(&who.staff.id, Deed::ReleaseRequested, Some(&person.member), &detail);
    if app.store.request_release(new, entry, mails, now).await? == Noted::Another {
        return Ok(requests::to_member(&person.member, "release-another"));
    }
    app.post.hurry();
    let stands = app.store.release(id).await?.ok_or(Failure::NotFound)?;
    let outcome = match outcome(stands.state) {
        "release-cooling" if is_untold => "release-untold",
        outcome => outcome,
    };
    Ok(requests::to_member(&person.member, outcome))
}

/// What the member's page says of a request.
pub(super) fn outcome(state: Stage) -> &'static str {
    match state {
        Stage::Open => "release-requested",
        Stage::Cooling => "release-cooling",
        Stage::Done => "released",
        Stage::TakenBack => "release-taken-back",
        Stage::Declined => "release-declined",
        Stage::Void => "moved",
    }
}

/// Where somebody is sent who may not, or need not. A colleague's token is an administrator's.
fn closed(who: &OnDuty, person: &Person, status: &MemberStatus) -> Result<Option<Response>, Failure> {
    if !who.staff.role.may_request() || person.is_staff {
        return Err(Failure::NotAllowed);
    }
    let living = [Registration::Active, Registration::Suspended].contains(&status.registration);
    Ok((!living).then(|| requests::to_member(&person.member, "moved")))
}

async fn page(
    app: &App,
    who: &OnDuty,
    person: Person,
    status: &MemberStatus,
    problems: Problems,
    form: Option<&Form>,
) -> Page {
    let mut to = Vec::new();
    for address in letters::addresses(app, &person.member, Some(status)).await? {
        let is_refused = app.store.refused_at(&address).await?.is_some();
        to.push((address.to_string(), is_refused));
    }
    let place = format!("/staff/release?id={}", person.member);
    let page = Release {
        to,
        shell: who.shell(app, Desk::Search).at(&who.reader, &place),
        form: Token::generate().cookie(),
        person,
        serial: status.token.as_ref().map(|token| token.serial.to_string()).unwrap_or_default(),
        hours: letters::COOLING_OFF_HOURS,
        is_active: status.registration == Registration::Active,
        is_to_be_approved: app.config.staff.second_approval,
        grounds: Fields::new(
            who.reader.language,
            both("利用を解除する理由", "Reason for the release"),
            form,
            &problems,
        ),
        problems,
    };
    render(status_of(&page.problems), &page)
}
