//! Owns 職員の管理: the staff's accounts and roles, as administrators change them.
//! Refuses to decide who may; the statements that change do.
//! Invariant: no page shows a password: the first one goes by mail to whom it is for.

pub(crate) mod add;

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::wire::bank::{Registration, ReleaseRequest};

use super::letters;
use super::session::OnDuty;
use crate::App;
use crate::bilingual::{Text, both};
use crate::failure::Failure;
use crate::form::{Form, Submitted};
use crate::page::{Desk, Shell, render};
use crate::password::Typed;
use crate::routes::Page;
use crate::staff_accounts;
use crate::store::staff::{Role, Staff, StaffId};
use crate::token::Token;

const ROLE: &str = "role";

#[derive(Template)]
#[template(path = "staff/accounts.html")]
struct Accounts {
    shell: Shell,
    form: String,
    notice: Text,
    rows: Vec<Row>,
}

struct Row {
    staff: Staff,
    is_own: bool,
    duty: Text,
    choice: Vec<Choice>,
}

/// A role that can be chosen: its value, its words, whether it is the chosen one.
type Choice = (&'static str, Text, bool);

/// What the choice of a role offers: the value in the form, the role, and whether it administers.
const DUTIES: [(&str, Role, bool); 6] = [
    ("clerk", Role::Clerk, false),
    ("approver", Role::Approver, false),
    ("auditor", Role::Auditor, false),
    ("clerk-admin", Role::Clerk, true),
    ("approver-admin", Role::Approver, true),
    ("auditor-admin", Role::Auditor, true),
];

/// `GET /staff/accounts`
pub(crate) async fn show_accounts(
    State(app): State<App>,
    who: OnDuty,
    OriginalUri(uri): OriginalUri,
) -> Page {
    allowed(&who)?;
    let notice = match uri.query() {
        Some("added") => both(
            "アカウントを作りました。パスワードは、その人にメールで送られます。職員IDは、あなたから伝えてください。",
            "The account has been made. The password goes by mail to whom it is for. The staff ID is for you to tell them.",
        ),
        Some("changed") => both(
            "役割を変えました。その人は、もう一度ログインします。",
            "The role has been changed. This colleague has to sign in again.",
        ),
        Some("permitted") => both(
            "トークンの再発行を許可しました。前のトークンの利用は解除されました。",
            "Another token has been permitted. The token before was released.",
        ),
        Some("invited") => both(
            "新しいパスワードを、その人にメールで送りました。7日のあいだにログインして、自分のパスワードに変えます。",
            "A new password has been sent by mail to whom it is for. Within 7 days they have to sign in and change it to one of their own.",
        ),
        Some("disabled") => both("アカウントの利用を止めました。", "The account has been disabled."),
        Some("refused") => both(
            "変更していません。自分のアカウントと、最後の管理者は変えられません。",
            "Nothing was changed. Your own account and the last administrator cannot be changed.",
        ),
        _ => Text::default(),
    };
    let rows = app.store.all_staff().await?.into_iter().map(|staff| Row {
        is_own: staff.id == who.staff.id,
        duty: staff.role.duty(staff.administers),
        choice: choice(word(staff.role, staff.administers)),
        staff,
    });
    let rows = rows.collect();
    let shell = who.shell(&app, Desk::Accounts);
    render(StatusCode::OK, &Accounts { shell, form: Token::generate().cookie(), notice, rows })
}

/// `POST /staff/accounts/role`
pub(crate) async fn submit_role(State(app): State<App>, who: OnDuty, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["id", ROLE])?;
    let id = named(&who, &form)?;
    let (_, role, administers) =
        DUTIES.into_iter().find(|(value, ..)| *value == form.text(ROLE)).ok_or(Failure::Malformed)?;
    let changed =
        app.store.change_role(&id, (role, administers), Some(&who.staff.id), app.clock.now()).await?;
    Ok(told(changed, "/staff/accounts?changed"))
}

/// `POST /staff/accounts/disable`
pub(crate) async fn submit_disable(State(app): State<App>, who: OnDuty, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["id"])?;
    let id = named(&who, &form)?;
    let disabled = app.store.disable_staff(&id, Some(&who.staff.id), app.clock.now()).await?;
    Ok(told(disabled, "/staff/accounts?disabled"))
}

/// `POST /staff/accounts/invite`: another first password, for somebody who lost theirs or came too late.
pub(crate) async fn submit_invite(State(app): State<App>, who: OnDuty, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["id"])?;
    let id = named(&who, &form)?;
    let Some(staff) = app.store.staff_to_sign_in(id.as_str().to_owned()).await? else {
        return Ok(told(false, ""));
    };
    let password = staff_accounts::generate_password();
    let letter = letters::invitation(&app, &staff.mail, &password)?;
    let seat = app.passwords.seat().ok_or(Failure::Crowded)?;
    let hash = app.passwords.hash(seat, Typed::new(&password)).await;
    let hash = hash.map_err(|error| Failure::Internal(error.into()))?;
    let invited = app.store.invite_again(&id, hash, &who.staff.id, letter, app.clock.now()).await?;
    app.post.hurry();
    Ok(told(invited, "/staff/accounts?invited"))
}

/// `POST /staff/accounts/permit`: the old token ends at the centre, the password alone may apply for one more.
pub(crate) async fn submit_permit(State(app): State<App>, who: OnDuty, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["form", "id"])?;
    let id = named(&who, &form)?;
    if id == who.staff.id {
        return Ok(told(false, ""));
    }
    let away = |cause| {
        let kept = both("再発行は、まだ許可していません。", "Another token has not been permitted yet.");
        Failure::Away { cause, kept, back: "/staff/accounts" }
    };
    let status = app.status(&id.member()).await.map_err(away)?;
    if [Registration::Active, Registration::Suspended].contains(&status.registration) {
        let question = ReleaseRequest {
            request_id: who.token.request("staff_permit", form.text("form"), id.as_str()),
            staff: who.staff.id.as_str().to_owned(),
            reason: "職員のトークンの再発行の許可".to_owned(),
        };
        match app.centre.release(&id.member(), &question).await {
            Err(cause) if !cause.is_out_of_state() => return Err(away(cause)),
            _ => {}
        }
    }
    let permitted = app.store.permit_token(&id, Some(&who.staff.id), app.clock.now()).await?;
    Ok(told(permitted, "/staff/accounts?permitted"))
}

fn allowed(who: &OnDuty) -> Result<(), Failure> {
    if who.staff.administers { Ok(()) } else { Err(Failure::NotAllowed) }
}

fn named(who: &OnDuty, form: &Form) -> Result<StaffId, Failure> {
    allowed(who)?;
    StaffId::parse(form.text("id")).ok_or(Failure::Malformed)
}

fn told(is_done: bool, place: &'static str) -> axum::response::Response {
    Redirect::to(if is_done { place } else { "/staff/accounts?refused" }).into_response()
}

fn word(role: Role, administers: bool) -> &'static str {
    let duty = DUTIES.iter().find(|(_, r, a)| (*r, *a) == (role, administers));
    duty.map_or("", |(value, ..)| value)
}

fn choice(chosen: &str) -> Vec<Choice> {
    DUTIES.iter().map(|(value, role, admin)| (*value, role.duty(*admin), *value == chosen)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_with_and_without_administration_can_be_chosen_and_has_words() {
        for role in Role::ALL {
            for administers in [false, true] {
                let choice = choice(word(role, administers));
                let chosen: Vec<_> = choice.iter().filter(|(.., is_chosen)| *is_chosen).collect();
                assert_eq!((chosen.len(), &chosen[0].1), (1, &role.duty(administers)));
            }
        }
        assert!(choice("root").iter().all(|(.., is_chosen)| !is_chosen));
    }
}
