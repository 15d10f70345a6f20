//! Owns the list of what waits for somebody, and 停止解除 after its request: approval, and carrying it to the centre.
//! Refuses to decide who may approve: the statement that approves does.
//! Invariant: the centre is asked only for what is approved, always under the request's own ID.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use warifu_core::ids::{MemberId, RequestId, Serial};
use warifu_core::wire::bank::{ReinstateRequest, TokenState};

use super::grounds;
use super::session::OnDuty;
use crate::App;
use crate::bilingual::{Text, both};
use crate::failure::Failure;
use crate::form::Submitted;
use crate::page::{Desk, Shell, minute, render};
use crate::routes::Page;
use crate::store::lost_phone::LostPhone;
use crate::store::reinstatements::{Reinstatement, State as Stage};
use crate::store::staff::Staff;

#[derive(Template)]
#[template(path = "staff/requests.html")]
struct Requests {
    shell: Shell,
    rows: Vec<Row>,
}

/// A request that lives, for either.
struct Row {
    /// 停止解除, or 利用解除 without the phone.
    title: Text,
    /// Below which address its buttons are.
    place: &'static str,
    id: RequestId,
    member: MemberId,
    name: String,
    serial: Serial,
    at: String,
    requested_by: String,
    identified: Text,
    reason: String,
    /// Of a release: when it is done.
    due: Option<String>,
    /// Of 停止解除: approved by nobody or somebody, but the centre has not answered yet.
    to_be_sent: bool,
    may_approve: bool,
    may_decline: bool,
    is_own: bool,
}

/// `GET /staff/requests`
pub(crate) async fn show_requests(State(app): State<App>, who: OnDuty) -> Page {
    let mut rows = rows(&app, &who.staff).await?;
    for row in &mut rows {
        row.name = app.store.person(&row.member).await?.map(|person| person.name).unwrap_or_default();
    }
    let shell = who.shell(&app, Desk::Requests);
    render(StatusCode::OK, &Requests { shell, rows })
}

/// How many of them this person may approve.
pub(super) async fn to_approve(app: &App, staff: &Staff) -> Result<usize, Failure> {
    Ok(rows(app, staff).await?.iter().filter(|row| row.may_approve).count())
}

/// All that live, as this person may deal with them; without their members' names.
async fn rows(app: &App, staff: &Staff) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for request in app.store.living_reinstatements(None).await? {
        rows.push(reinstatement(request, staff));
    }
    for request in app.store.living_releases().await? {
        rows.push(release(request, staff));
    }
    Ok(rows)
}

fn reinstatement(request: Reinstatement, staff: &Staff) -> Row {
    let is_own = request.requested_by == staff.id;
    let is_open = request.state == Stage::Open;
    let is_for_oneself = request.member == staff.id.member();
    Row {
        title: both("停止解除", "Reinstatement"),
        place: "/staff/requests",
        id: request.id,
        name: String::new(),
        at: minute(request.requested_at),
        due: None,
        to_be_sent: request.state == Stage::Approved,
        may_approve: is_open && staff.role.may_approve() && !is_own && !is_for_oneself,
        may_decline: is_open && (is_own || staff.role.may_approve()),
        is_own,
        member: request.member,
        serial: request.serial,
        requested_by: request.requested_by.as_str().to_owned(),
        identified: grounds::told(request.identified),
        reason: request.reason,
    }
}

fn release(request: LostPhone, staff: &Staff) -> Row {
    let is_own = request.requested_by == staff.id;
    Row {
        title: both("利用解除（携帯を失くした場合）", "Release (for a lost phone)"),
        place: "/staff/releases",
        id: request.id,
        name: String::new(),
        at: minute(request.requested_at),
        due: request.due_at.map(minute),
        to_be_sent: false,
        may_approve: request.due_at.is_none() && staff.role.may_approve() && !is_own,
        may_decline: is_own || staff.role.may_approve(),
        is_own,
        member: request.member,
        serial: request.serial,
        requested_by: request.requested_by.as_str().to_owned(),
        identified: grounds::told(request.identified),
        reason: request.reason,
    }
}

/// `POST /staff/requests/approve`
pub(crate) async fn submit_approve(State(app): State<App>, who: OnDuty, form: Submitted) -> Page {
    let request = named(&app, &who, form).await?;
    if !who.staff.role.may_approve() {
        return Err(Failure::NotAllowed);
    }
    if request.state == Stage::Open {
        // What was asked for may not be there any more.
        let status = app.status(&request.member).await.map_err(away)?;
        let is_there = status
            .token
            .is_some_and(|token| token.state == TokenState::Suspended && token.serial == request.serial);
        if !is_there {
            app.store.end_reinstatement(request.id, false, &who.staff.id, app.clock.now()).await?;
            return Ok(to_member(&request.member, "changed"));
        }
        let approved = app.store.approve_reinstatement(request.id, &who.staff.id, app.clock.now()).await?;
        let now = app.store.reinstatement(request.id).await?.ok_or(Failure::NotFound)?;
        if !approved && now.state == Stage::Open {
            return Err(Failure::NotAllowed);
        }
    }
    go_on(&app, &who, request.id).await
}

/// `POST /staff/requests/decline`
pub(crate) async fn submit_decline(State(app): State<App>, who: OnDuty, form: Submitted) -> Page {
    let request = named(&app, &who, form).await?;
    let declined = app.store.decline_reinstatement(request.id, &who.staff.id, app.clock.now()).await?;
    match app.store.reinstatement(request.id).await?.ok_or(Failure::NotFound)?.state {
        Stage::Open if !declined => Err(Failure::NotAllowed),
        // Somebody else has agreed meanwhile: to carry it is another button.
        Stage::Approved => Ok(Redirect::to("/staff/requests").into_response()),
        _ => go_on(&app, &who, request.id).await,
    }
}

/// `POST /staff/requests/send`: once more, after the centre gave no answer.
pub(crate) async fn submit_send(State(app): State<App>, who: OnDuty, form: Submitted) -> Page {
    let request = named(&app, &who, form).await?;
    if !who.staff.role.may_request() {
        return Err(Failure::NotAllowed);
    }
    go_on(&app, &who, request.id).await
}

/// Carries a request as far as it may go, and shows where it is then.
pub(super) async fn go_on(app: &App, who: &OnDuty, id: RequestId) -> Page {
    let request = app.store.reinstatement(id).await?.ok_or(Failure::NotFound)?;
    let outcome = match request.state {
        Stage::Open => "requested",
        Stage::Approved => carry(app, who, &request).await?,
        Stage::Done => "reinstated",
        Stage::Declined => "declined",
        Stage::Void => "changed",
    };
    Ok(to_member(&request.member, outcome))
}

/// To a member's page, with what became of it.
pub(super) fn to_member(member: &MemberId, outcome: &str) -> Response {
    Redirect::to(&format!("/staff/member?id={member}&{outcome}")).into_response()
}

async fn carry(app: &App, who: &OnDuty, request: &Reinstatement) -> Result<&'static str, Failure> {
    let approved = request.decided_by.as_ref().map(|by| format!("承認：{}。", by.as_str()));
    let question = ReinstateRequest {
        request_id: request.id,
        staff: request.requested_by.as_str().to_owned(),
        reason: format!(
            "本人確認：{}。{}理由：{}",
            request.identified,
            approved.unwrap_or_default(),
            request.reason
        ),
    };
    let done = match app.centre.reinstate(&request.member, &question).await {
        Ok(_) => true,
        Err(refusal) if refusal.is_out_of_state() => false,
        Err(cause) => return Err(away(cause)),
    };
    app.store.end_reinstatement(request.id, done, &who.staff.id, app.clock.now()).await?;
    Ok(if done { "reinstated" } else { "changed" })
}

async fn named(app: &App, who: &OnDuty, form: Submitted) -> Result<Reinstatement, Failure> {
    let form = form.verified(&who.token, &["request"])?;
    let id = form.text("request").parse().map_err(|_| Failure::Malformed)?;
    app.store.reinstatement(id).await?.ok_or(Failure::NotFound)
}

fn away(cause: crate::centre::CentreError) -> Failure {
    let kept = both(
        "申請は残っています。「申請と承認」から、もう一度送ることができます。",
        "The request is kept. It can be sent once more from “Requests”.",
    );
    Failure::Away { cause, kept, back: "/staff/requests" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::staff::Role;

    #[test]
    fn the_page_renders_in_every_state_and_offers_only_what_may_be_done() {
        let row = |to_be_sent, may_approve| Row {
            title: both("停止解除", "Reinstatement"),
            place: "/staff/requests",
            id: RequestId::from_bytes([7; 16]),
            member: "m-0001".parse().unwrap(),
            name: "仙北 太郎".to_owned(),
            serial: "243725864".parse().unwrap(),
            at: "2026/11/24 09:00".to_owned(),
            requested_by: "staff01".to_owned(),
            identified: grounds::told("窓口・本人確認書類".to_owned()),
            reason: "<打ち間違い>".to_owned(),
            due: None,
            to_be_sent,
            may_approve,
            may_decline: may_approve,
            is_own: !may_approve,
        };
        for (to_be_sent, may_approve) in [(false, true), (false, false), (true, false)] {
            let shell = Shell::staff_sample(Role::Approver);
            let html = Requests { shell, rows: vec![row(to_be_sent, may_approve)] }.render().unwrap();
            assert_eq!(html.contains("data-testid=\"approve\""), may_approve);
            assert_eq!(html.contains("data-testid=\"send\""), to_be_sent);
            assert!(!html.contains("<打ち間違い>"));
        }
        let empty = Requests { shell: Shell::staff_sample(Role::Clerk), rows: Vec::new() };
        assert!(empty.render().unwrap().contains("ありません"));
    }
}
