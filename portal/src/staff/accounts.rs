//! Owns 職員の管理: the staff's accounts and roles, as administrators change them.
//! Refuses to decide who may; the statements that change do.
//! Invariant: no page shows a password: the first one goes by mail to whom it is for.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use unicode_normalization::UnicodeNormalization as _;
use warifu_core::wire::bank::{MailAddress, Registration, ReleaseRequest};

use super::letters;
use super::session::OnDuty;
use crate::App;
use crate::bilingual::{Text, both};
use crate::failure::Failure;
use crate::form::{self, Form, Submitted};
use crate::page::{Desk, Field, Problems, Shell, render, status_of};
use crate::password::Typed;
use crate::routes::Page;
use crate::staff_accounts::{self, NewStaff};
use crate::store::staff::{Role, Staff, StaffId};
use crate::token::Token;

const ID: &str = "new_id";
const NAME: &str = "name";
const MAIL: &str = "mail";
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

#[derive(Template)]
#[template(path = "staff/account_add.html")]
struct Add {
    shell: Shell,
    problems: Problems,
    id: Field,
    name: Field,
    mail: Field,
    choice: Vec<Choice>,
}

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

/// `GET /staff/accounts/add`
pub(crate) async fn show_add(State(app): State<App>, who: OnDuty) -> Page {
    allowed(&who)?;
    add_page(&app, &who, Problems::default(), None)
}

/// `POST /staff/accounts/add`
pub(crate) async fn submit_add(State(app): State<App>, mut who: OnDuty, mut form: Submitted) -> Page {
    let is_for_the_look = form.is_for_the_look();
    let form = form.verified_with_choice(&who.token, &[ID, NAME, MAIL], Some(ROLE))?;
    who.reader.keep(&who.token, &form, &[ID, NAME, MAIL, ROLE]);
    allowed(&who)?;
    let mut problems = Problems::default();
    let id = staff_accounts::staff_id(form.text(ID));
    if StaffId::parse(&id).is_none() {
        problems.add(
            ID,
            both(
                "職員IDは、半角英小文字、数字、. _ - の3～32文字で入力してください。",
                "Please enter a staff ID of 3 to 32 small letters, digits or . _ -",
            ),
        );
    }
    if !(1..=64).contains(&form.text(NAME).trim().chars().count()) {
        problems.add(
            NAME,
            both("氏名は1～64文字で入力してください。", "Please enter a name of 1 to 64 characters."),
        );
    } else if form::turns(form.text(NAME)) {
        problems.add(
            NAME,
            both(
                "文字の向きを変える、目に見えない文字が入っています。入力し直してください。",
                "It holds invisible characters that turn the direction of the text. Please enter it again.",
            ),
        );
    }
    let mail = address(form.text(MAIL));
    if mail.is_none() {
        problems.add(
            MAIL,
            both(
                "メールアドレスを確かめて、もう一度入力してください。",
                "Please check the mail address and enter it again.",
            ),
        );
    }
    let duty = DUTIES.iter().find(|(value, ..)| *value == form.text(ROLE));
    if duty.is_none() {
        problems.add(ROLE, both("役割を選んでください。", "Please choose a role."));
    }
    if let (Some((_, role, administers)), Some(mail), true) =
        (duty, mail, problems.is_empty() && !is_for_the_look)
    {
        let password = staff_accounts::generate_password();
        let (name, role, administers) = (form.text(NAME), *role, *administers);
        let new = NewStaff { id: &id, name, mail: mail.as_str(), role, administers, password: &password };
        let staff = staff_accounts::checked(&new).map_err(|_| Failure::Malformed)?;
        let letter = letters::invitation(&app, &mail, &password)?;
        if app.store.add_staff(staff, Some(&who.staff.id), Some(letter), app.clock.now()).await? {
            app.post.hurry();
            return Ok(Redirect::to("/staff/accounts?added").into_response());
        }
        problems.add(ID, both("この職員IDは、すでに使われています。", "This staff ID is taken already."));
    }
    add_page(&app, &who, problems, Some(&form))
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

fn address(typed: &str) -> Option<MailAddress> {
    MailAddress::try_from(typed.nfkc().collect::<String>().trim().to_owned()).ok()
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

fn add_page(app: &App, who: &OnDuty, problems: Problems, form: Option<&Form>) -> Page {
    let typed = |name| form.map_or("", |form| form.text(name));
    let field = |name, label, hint| Field::text(name, label, hint).filled(typed(name)).told(&problems);
    let page = Add {
        shell: who.shell(app, Desk::Accounts),
        id: field(
            ID,
            both("職員ID", "Staff ID"),
            both("半角英小文字、数字、. _ - の3～32文字", "3 to 32 small letters, digits or . _ -"),
        ),
        name: field(NAME, both("氏名", "Name"), both("画面に表示される名前", "As the pages show it")),
        mail: field(
            MAIL,
            both("メールアドレス", "Mail address"),
            both(
                "トークンの案内と最初のパスワードの送り先",
                "Where the first password and the mails about the token go",
            ),
        ),
        choice: choice(typed(ROLE)),
        problems,
    };
    render(status_of(&page.problems), &page)
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
