//! Owns 利用解除 without the phone after its request: approval, taking it back, and the end of the cooling-off.
//! Refuses to decide who may approve: the statement that approves does.
//! Invariant: the centre is asked only after the cooling-off, under the request's own ID, for the token that was meant.

use axum::extract::State;
use warifu_core::wire::bank::{MemberStatus, ReleaseRequest, TokenState};

use super::session::OnDuty;
use super::{letters, release, requests};
use crate::App;
use crate::bilingual::both;
use crate::centre::CentreError;
use crate::failure::Failure;
use crate::form::Submitted;
use crate::mails::Letter;
use crate::mails::release_taken_back::{self, By};
use crate::routes::Page;
use crate::store::lost_phone::{COOLING_OFF, LostPhone, State as Stage};
use crate::store::staff_log::{Deed, Entry};

/// `POST /staff/releases/approve`
pub(crate) async fn submit_approve(State(app): State<App>, who: OnDuty, form: Submitted) -> Page {
    let request = named(&app, &who, form).await?;
    if !who.staff.role.may_approve() {
        return Err(Failure::NotAllowed);
    }
    if request.state == Stage::Open {
        let status = app.status(&request.member).await;
        let kept = both("申請は残っています。", "The request is kept.");
        let status = status.map_err(|cause| Failure::Away { cause, kept, back: "/staff/requests" })?;
        let now = app.clock.now();
        if !is_meant(&status, &request) {
            let entry = Entry::new(&who.staff.id, Deed::ReleaseOvertaken, Some(&request.member), "");
            app.store.end_release(request.id, false, entry, Vec::new(), now).await?;
            return Ok(requests::to_member(&request.member, "moved"));
        }
        let detail = format!("{}の申請", request.requested_by.as_str());
        let entry = Entry::new(&who.staff.id, Deed::ReleaseApproved, Some(&request.member), &detail);
        let due = Some(now.plus(COOLING_OFF));
        let mails = letters::release_asked(&app, &request.member, &status, due).await?;
        let approved = app.store.approve_release(request.id, &who.staff.id, entry, mails, now).await?;
        app.post.hurry();
        let stands = app.store.release(request.id).await?.ok_or(Failure::NotFound)?;
        if !approved && stands.state == Stage::Open {
            return Err(Failure::NotAllowed);
        }
    }
    shown(&app, &request).await
}

/// `POST /staff/releases/decline`
pub(crate) async fn submit_decline(State(app): State<App>, who: OnDuty, form: Submitted) -> Page {
    let request = named(&app, &who, form).await?;
    let detail = format!("{}の申請", request.requested_by.as_str());
    let entry = Entry::new(&who.staff.id, Deed::ReleaseDeclined, Some(&request.member), &detail);
    // Whoever was told of the request is told of its end, also while the centre is away.
    let status = app.status(&request.member).await.ok();
    let to = letters::addresses(&app, &request.member, status.as_ref()).await?;
    let to: Vec<String> = to.iter().map(ToString::to_string).collect();
    let mails = release_taken_back::write(&Letter::of(&app), &to, By::Staff)?;
    let declined =
        app.store.decline_release(request.id, &who.staff.id, entry, mails, app.clock.now()).await?;
    app.post.hurry();
    let stands = app.store.release(request.id).await?.ok_or(Failure::NotFound)?;
    if !declined && matches!(stands.state, Stage::Open | Stage::Cooling) {
        return Err(Failure::NotAllowed);
    }
    shown(&app, &request).await
}

/// Ends at the centre every token whose cooling-off is over. What the centre does not answer is asked again next time.
pub(crate) async fn carry_due(app: &App) -> Result<(), Failure> {
    for request in app.store.due_releases(app.clock.now()).await? {
        match carry(app, &request).await {
            Err(Failure::Away { cause, .. }) => {
                tracing::warn!(%cause, "a release has to wait for the centre");
            }
            done => done?,
        }
    }
    Ok(())
}

async fn carry(app: &App, request: &LostPhone) -> Result<(), Failure> {
    let status = app.status(&request.member).await?;
    // Asked also when no token is there: the answer of an earlier try may have been lost.
    let is_another = status.token.as_ref().is_some_and(|token| token.serial != request.serial);
    let done = !is_another && ask(app, request).await?;
    let deed = if done { Deed::Released } else { Deed::ReleaseOvertaken };
    let mails = match done {
        true => letters::release_done(app, &request.member, &status).await?,
        false => Vec::new(),
    };
    let detail = if done && mails.is_empty() { letters::UNTOLD } else { "" };
    let entry = Entry::new(&request.requested_by, deed, Some(&request.member), detail);
    app.store.end_release(request.id, done, entry, mails, app.clock.now()).await?;
    app.post.hurry();
    Ok(())
}

async fn ask(app: &App, request: &LostPhone) -> Result<bool, CentreError> {
    let approved = request.decided_by.as_ref().map(|by| format!("承認：{}。", by.as_str()));
    let question = ReleaseRequest {
        request_id: request.id,
        staff: request.requested_by.as_str().to_owned(),
        reason: format!(
            "本人確認：{}。{}理由：{}",
            request.identified,
            approved.unwrap_or_default(),
            request.reason
        ),
    };
    match app.centre.release(&request.member, &question).await {
        Ok(_) => Ok(true),
        Err(refusal) if refusal.is_out_of_state() => Ok(false),
        Err(cause) => Err(cause),
    }
}

fn is_meant(status: &MemberStatus, request: &LostPhone) -> bool {
    let living = [TokenState::Active, TokenState::Suspended];
    status.token.as_ref().is_some_and(|token| token.serial == request.serial && living.contains(&token.state))
}

async fn shown(app: &App, request: &LostPhone) -> Page {
    let stands = app.store.release(request.id).await?.ok_or(Failure::NotFound)?;
    Ok(requests::to_member(&request.member, release::outcome(stands.state)))
}

async fn named(app: &App, who: &OnDuty, form: Submitted) -> Result<LostPhone, Failure> {
    let form = form.verified(&who.token, &["request"])?;
    let id = form.text("request").parse().map_err(|_| Failure::Malformed)?;
    app.store.release(id).await?.ok_or(Failure::NotFound)
}
