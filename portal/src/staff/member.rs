//! Owns a member's token as staff see it: its true state, the true causes, and what may be done.
//! Refuses to know codes, keys and start passwords: the bank API has none to give.
//! Invariant: who looked is in the log before the page is shown.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::ids::MemberId;
use warifu_core::wire::bank::{MemberStatus, Registration};

use super::session::OnDuty;
use super::words::{self, Fact};
use crate::App;
use crate::failure::Failure;
use crate::form;
use crate::member::progress;
use crate::page::{Desk, Shell, minute, render};
use crate::routes::Page;
use crate::store::people::Person;
use crate::store::reinstatements::{Reinstatement, State as Stage};
use crate::store::staff::Staff;
use crate::store::staff_log::{Deed, Entry};

#[derive(Template)]
#[template(path = "staff/member.html")]
struct Member {
    shell: Shell,
    notice: &'static str,
    person: Person,
    registration: Registration,
    token: Vec<Fact>,
    ended: String,
    issue: Vec<Fact>,
    attempts: Vec<(String, &'static str)>,
    mail: Vec<Fact>,
    act: Act,
}

/// What this person may do about the token.
enum Act {
    /// Nothing is to be done.
    Nothing,
    /// Something is, but not by this person, who is told why.
    Closed(&'static str),
    /// 停止解除.
    Reinstate,
    /// A request waits.
    Waits { by: String, at: String, is_approved: bool },
}

/// `GET /staff/member?id=…`
pub(crate) async fn show_member(State(app): State<App>, who: OnDuty, OriginalUri(uri): OriginalUri) -> Page {
    let Some((person, status)) = load(&app, &form::asked(&uri, "id")).await? else {
        return Ok(Redirect::to("/staff?unknown").into_response());
    };
    let entry = Entry::new(&who.staff.id, Deed::Looked, Some(&person.member), "");
    app.store.note(entry, app.clock.now()).await?;
    let requests = app.store.living_reinstatements(Some(&person.member)).await?;
    let notice = match uri.query().unwrap_or_default().rsplit('&').next() {
        Some("reinstated") => "停止を解除しました。会員には、停止解除のお知らせのメールが送られます。",
        Some("requested") => "停止解除を申請しました。ほかの承認者が承認すると、停止が解除されます。",
        Some("declined") => "停止解除の申請を取りやめました。",
        Some("changed") => "状態が変わったため、停止解除は行っていません。今の状態をご確認ください。",
        Some("another") => "この会員の停止解除は、すでに申請されています。",
        _ => "",
    };
    let act = act(&status, &person, &who.staff, requests.first());
    let shell = Shell::of_staff(&app, &who.staff, &who.token, Desk::Search);
    render(StatusCode::OK, &view(shell, notice, person, &status, act))
}

/// The person and what the centre says of them; `None` when the ID is nobody's.
pub(super) async fn load(app: &App, id: &str) -> Result<Option<(Person, MemberStatus)>, Failure> {
    let Ok(member) = MemberId::try_from(id.to_owned()) else { return Ok(None) };
    let Some(person) = app.store.person(&member).await? else { return Ok(None) };
    let status = app.status(&member).await;
    let kept = "会員の登録は、そのまま残っています。";
    let status = status.map_err(|cause| Failure::Away { cause, kept, back: "/staff" })?;
    Ok(Some((person, status)))
}

fn act(status: &MemberStatus, person: &Person, staff: &Staff, request: Option<&Reinstatement>) -> Act {
    if let Some(request) = request {
        return Act::Waits {
            by: request.requested_by.as_str().to_owned(),
            at: minute(request.requested_at),
            is_approved: request.state == Stage::Approved,
        };
    }
    match status.registration {
        Registration::Suspended if person.member == staff.id.member() => {
            Act::Closed("自分のトークンの停止は、ほかの職員が解除します。")
        }
        Registration::Suspended if !staff.role.may_request() => {
            Act::Closed("停止解除は、窓口または承認者の役割の職員が行います。")
        }
        Registration::Suspended => Act::Reinstate,
        _ => Act::Nothing,
    }
}

fn view(shell: Shell, notice: &'static str, person: Person, status: &MemberStatus, act: Act) -> Member {
    let attempts = status.issue.iter().flat_map(|issue| &issue.attempts);
    Member {
        shell,
        notice,
        person,
        registration: status.registration,
        token: status.token.as_ref().map(words::token).unwrap_or_default(),
        ended: status.ended.as_ref().map(words::ended).unwrap_or_default(),
        issue: status.issue.as_ref().map(words::issue).unwrap_or_default(),
        attempts: attempts.map(|a| (minute(a.at), progress::words(a.outcome))).collect(),
        mail: status.mail.as_ref().map(words::mail).unwrap_or_default(),
        act,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::staff::Role;
    use warifu_core::time::UnixMillis;
    use warifu_core::wire::bank::{TokenState, TokenStatus};
    use warifu_core::wire::device::VaultLevel;

    #[test]
    fn every_vault_level_and_state_has_words_and_the_page_renders() {
        for vault in VaultLevel::ALL {
            for state in TokenState::ALL {
                let token = TokenStatus {
                    serial: "243725864".parse().unwrap(),
                    state: *state,
                    wrong_left: 3,
                    vault: *vault,
                    drift: 0,
                    copy_suspected_at: None,
                    started_on: UnixMillis(0),
                    expires_at: UnixMillis(0),
                    activate_by: None,
                };
                let status = MemberStatus {
                    registration: Registration::Suspended,
                    issue: None,
                    token: Some(token),
                    ended: None,
                    renewal: None,
                    mail: None,
                };
                let person = Person {
                    member: "m-0001".parse().unwrap(),
                    login_id: "demo0001".to_owned(),
                    name: "仙北 太郎".to_owned(),
                    kana: String::new(),
                    is_staff: false,
                };
                let shell = Shell::staff_sample(Role::Clerk);
                let html = view(shell, "", person, &status, Act::Reinstate).render().unwrap();
                assert!(html.contains("243725864") && html.contains("停止中"));
            }
        }
    }
}
