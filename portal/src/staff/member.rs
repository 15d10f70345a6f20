//! Owns a member's token as staff see it: its true state, the true causes, and what may be done.
//! Refuses to know codes, keys and start passwords: the bank API has none to give.
//! Invariant: who looked is in the log before the page is shown.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::ids::MemberId;
use warifu_core::wire::bank::{MemberStatus, Registration, TokenUse};

use super::letters;
use super::session::OnDuty;
use super::words::{self, Fact};
use crate::App;
use crate::bilingual::{Text, both};
use crate::failure::Failure;
use crate::form;
use crate::member::progress;
use crate::page::{Desk, Shell, minute, render};
use crate::routes::Page;
use crate::store::lost_phone::LostPhone;
use crate::store::people::Person;
use crate::store::reinstatements::{Reinstatement, State as Stage};
use crate::store::staff::Staff;
use crate::store::staff_log::{Deed, Entry};

#[derive(Template)]
#[template(path = "staff/member.html")]
struct Member {
    shell: Shell,
    notice: Text,
    person: Person,
    registration: Registration,
    token: Vec<Fact>,
    ended: Text,
    issue: Vec<Fact>,
    attempts: Vec<(String, Text)>,
    mail: Vec<Fact>,
    /// Of a member: where the portal's own mails go, and whether they arrive.
    registered: Vec<Fact>,
    /// `None`: the centre gave no answer about them.
    uses: Option<Vec<(String, Text, Text)>>,
    acts: Acts,
}

/// What this person may do about the token, and what waits already.
#[derive(Default)]
struct Acts {
    /// Why somebody else has to do it.
    closed: Text,
    may_reinstate: bool,
    may_suspend: bool,
    may_release: bool,
    reinstatement: Option<Waits>,
    release: Option<Waits>,
}

/// A request that lives.
struct Waits {
    by: String,
    at: String,
    /// Of a release: when it is done, once nobody has to approve it any more.
    due: Option<String>,
    is_approved: bool,
}

/// `GET /staff/member?id=…`
pub(crate) async fn show_member(State(app): State<App>, who: OnDuty, OriginalUri(uri): OriginalUri) -> Page {
    let Some((person, status)) = load(&app, &form::asked(&uri, "id")).await? else {
        return Ok(Redirect::to("/staff?unknown").into_response());
    };
    let entry = Entry::new(&who.staff.id, Deed::Looked, Some(&person.member), "");
    app.store.note(entry, app.clock.now()).await?;
    let requests = app.store.living_reinstatements(Some(&person.member)).await?;
    let release = app.store.living_release(&person.member).await?;
    let uses = match &status.token {
        Some(_) => app.centre.history(&person.member).await.map(|history| history.uses),
        None => Ok(Vec::new()),
    };
    if let Err(cause) = &uses {
        tracing::warn!(%cause, "a history cannot be shown");
    }
    let notice = match uri.query().unwrap_or_default().rsplit('&').next() {
        Some("reinstated") => both(
            "停止を解除しました。会員には、停止解除のお知らせのメールが送られます。",
            "The token has been reinstated. A mail tells the member.",
        ),
        Some("requested") => both(
            "停止解除を申請しました。ほかの承認者が承認すると、停止が解除されます。",
            "Reinstatement has been requested. The token is reinstated when another approver approves it.",
        ),
        Some("declined") => {
            both("停止解除の申請を取りやめました。", "The request for reinstatement has been called off.")
        }
        Some("changed") => both(
            "状態が変わったため、停止解除は行っていません。今の状態をご確認ください。",
            "The state has changed, so the token was not reinstated. Please look at its state now.",
        ),
        Some("another") => both(
            "この会員の停止解除は、すでに申請されています。",
            "Reinstatement has been requested for this member already.",
        ),
        Some("suspended") => both(
            "停止しました。会員には、利用停止のお知らせのメールが送られます。",
            "The token has been suspended. A mail tells the member.",
        ),
        Some("moved") => both(
            "状態が変わったため、お手続きは行っていません。今の状態をご確認ください。",
            "The state has changed, so nothing was done. Please look at it as it is now.",
        ),
        Some("release-requested") => both(
            "利用解除を申請しました。ほかの承認者の承認から72時間後に解除されます。",
            "The release has been requested. The token is released 72 hours after another approver approves it.",
        ),
        Some("release-cooling") => both(
            "利用解除を受け付けました。72時間後に解除されます。会員にメールで知らせます。",
            "The request for release has been accepted. The token is released in 72 hours. A mail tells the member.",
        ),
        Some("release-untold") => both(
            "利用解除を受け付けました。72時間後に解除されます。知らせるメールアドレスがないため、電話か郵便で本人に知らせてください。",
            "The request for release has been accepted. The token is released in 72 hours. There is no mail address to tell the member at, so please do so by phone or by post.",
        ),
        Some("release-declined") => {
            both("利用解除の申請を取りやめました。", "The request for release has been called off.")
        }
        Some("release-taken-back") => both(
            "利用解除の申請は、会員が取り消しました。",
            "The member has withdrawn the request for release.",
        ),
        Some("release-another") => both(
            "この会員の利用解除は、すでに申請されています。",
            "The release has been requested for this member already.",
        ),
        Some("released") => both(
            "利用を解除しました。会員は新しいトークンを発行できます。",
            "The token has been released. The member can have a new one issued.",
        ),
        _ => Text::default(),
    };
    let acts = acts(&status, &person, &who.staff, requests.first(), release.as_ref());
    let shell = who.shell(&app, Desk::Search);
    let registered = registered(&app, &person, &status).await?;
    let page = Member { registered, ..view(shell, notice, person, &status, uses.ok(), acts) };
    render(StatusCode::OK, &page)
}

/// The registered address, and for both addresses whether the portal's own mails there come back.
async fn registered(app: &App, person: &Person, status: &MemberStatus) -> Result<Vec<Fact>, Failure> {
    let Some(member) = app.store.member(&person.member).await? else { return Ok(Vec::new()) };
    let mut facts = vec![words::registered(member.mail.as_ref())];
    for to in letters::addresses(app, &person.member, Some(status)).await? {
        if let Some(at) = app.store.refused_at(&to).await? {
            facts.push(words::refused(&to, at));
        }
    }
    Ok(facts)
}

/// The person and what the centre says of them; `None` when the ID is nobody's.
pub(super) async fn load(app: &App, id: &str) -> Result<Option<(Person, MemberStatus)>, Failure> {
    let Ok(member) = MemberId::try_from(id.to_owned()) else { return Ok(None) };
    let Some(person) = app.store.person(&member).await? else { return Ok(None) };
    let status = app.status(&member).await;
    let kept = both("会員の登録は、そのまま残っています。", "The member’s registration is as it was.");
    let status = status.map_err(|cause| Failure::Away { cause, kept, back: "/staff" })?;
    Ok(Some((person, status)))
}

fn acts(
    status: &MemberStatus,
    person: &Person,
    staff: &Staff,
    request: Option<&Reinstatement>,
    release: Option<&LostPhone>,
) -> Acts {
    let reinstatement = request.map(|request| Waits {
        by: request.requested_by.as_str().to_owned(),
        at: minute(request.requested_at),
        due: None,
        is_approved: request.state == Stage::Approved,
    });
    let release = release.map(|request| Waits {
        by: request.requested_by.as_str().to_owned(),
        at: minute(request.requested_at),
        due: request.due_at.map(minute),
        is_approved: request.due_at.is_some(),
    });
    let is_suspended = status.registration == Registration::Suspended;
    let is_living = is_suspended || status.registration == Registration::Active;
    let is_own = person.member == staff.id.member();
    let closed = match is_living {
        true if is_own => both(
            "自分のトークンの停止と停止解除は、ほかの職員が行います。",
            "A colleague suspends and reinstates your own token.",
        ),
        true if !staff.role.may_request() => both(
            "停止と停止解除は、窓口または承認者の役割の職員が行います。",
            "Suspending and reinstating is for staff with the role of clerk or approver.",
        ),
        _ => Text::default(),
    };
    let may = is_living && closed.is_empty();
    Acts {
        closed,
        may_reinstate: may && is_suspended && reinstatement.is_none(),
        may_suspend: may && !is_suspended,
        may_release: may && !person.is_staff && release.is_none(),
        reinstatement,
        release,
    }
}

fn view(
    shell: Shell,
    notice: Text,
    person: Person,
    status: &MemberStatus,
    uses: Option<Vec<TokenUse>>,
    acts: Acts,
) -> Member {
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
        registered: Vec::new(),
        uses: uses.map(|uses| uses.iter().map(words::token_use).collect()),
        acts,
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
                let acts = Acts { may_reinstate: true, ..Acts::default() };
                let html = view(shell, Text::default(), person, &status, None, acts).render().unwrap();
                assert!(html.contains("243725864") && html.contains("停止中"));
            }
        }
    }
}
