//! Owns アカウントを作る, where an administrator makes an account for a colleague.
//! Refuses to know the other accounts.
//! Invariant: the first password goes by mail to whom it is for; what was typed stands there again.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect};
use unicode_normalization::UnicodeNormalization as _;
use warifu_core::wire::bank::MailAddress;

use super::{Choice, DUTIES, ROLE, allowed, choice};
use crate::App;
use crate::bilingual::both;
use crate::failure::Failure;
use crate::form::{self, Form, Submitted};
use crate::page::{Desk, Field, Problems, Shell, render, status_of};
use crate::routes::Page;
use crate::staff::letters;
use crate::staff::session::OnDuty;
use crate::staff_accounts::{self, NewStaff};
use crate::store::staff::StaffId;

const ID: &str = "new_id";
const NAME: &str = "name";
const MAIL: &str = "mail";

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

fn address(typed: &str) -> Option<MailAddress> {
    MailAddress::try_from(typed.nfkc().collect::<String>().trim().to_owned()).ok()
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
