//! Owns パスワードの変更 of the staff, chosen by each for themselves; after an invitation nothing else opens before it.
//! Refuses to know codes: whoever is here has given theirs, or has no token yet.
//! Invariant: the present password is asked for and its guesses are counted; the other sessions end with the change.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::encoding::sha256;

use super::session::Seated;
use crate::App;
use crate::bilingual::{Text, both};
use crate::failure::Failure;
use crate::form::{Form, Submitted};
use crate::page::{Desk, Field, Problems, Shell, render, status_of};
use crate::password::Typed;
use crate::patience::{self, Guess, Subject};
use crate::routes::Page;
use crate::store::guesses::Kind;

const OLD: &str = "old_password";
const NEW: &str = "new_password";
const AGAIN: &str = "new_password_again";
/// As at the making of an account.
const LENGTH: std::ops::RangeInclusive<usize> = 12..=128;

#[derive(Template)]
#[template(path = "staff/password.html")]
struct Password {
    shell: Shell,
    /// The present one was mailed.
    is_first: bool,
    problems: Problems,
    fields: [Field; 3],
}

/// `GET /staff/password`
pub(crate) async fn show_password(State(app): State<App>, who: Seated) -> Page {
    page(&app, &who, Problems::default())
}

/// `POST /staff/password`
pub(crate) async fn submit_password(State(app): State<App>, who: Seated, form: Submitted) -> Page {
    let form = form.verified(&who.token, &[OLD, NEW, AGAIN])?;
    let mut problems = read(&form, who.staff.id.as_str());
    if !problems.is_empty() {
        return page(&app, &who, problems);
    }
    let (old, new) = (Typed::new(form.text(OLD)), Typed::new(form.text(NEW)));
    let subject = Subject::alone(sha256(&["staff password change".into(), who.staff.id.as_str().into()]));
    let present = who.staff.hash.clone();
    match patience::guess(&app, Kind::StaffSignIn, subject, Some(present.clone()), old).await? {
        Guess::Right => {
            let seat = app.passwords.seat().ok_or(Failure::Crowded)?;
            let hash = app.passwords.hash(seat, new).await.map_err(|e| Failure::Internal(e.into()))?;
            app.store.change_staff_password(&who.staff, hash, who.token.id(), app.clock.now()).await?;
            return Ok(done(&who));
        }
        Guess::Wait(words) => problems.add(OLD, words),
        Guess::Wrong { .. } => {
            // The second click of a change that is done.
            let seat = app.passwords.seat().ok_or(Failure::Crowded)?;
            if app.passwords.matches(seat, Some(present), new).await {
                return Ok(done(&who));
            }
            problems.add(
                OLD,
                both("今のパスワードが違います。パスワードは変わっていません。忘れたときは、システムの管理者に申し出てください。", "Your present password is wrong. Nothing was changed. If you have forgotten it, please ask the system administrator."),
            );
        }
    }
    page(&app, &who, problems)
}

fn done(who: &Seated) -> axum::response::Response {
    Redirect::to(if who.is_setup { "/staff/token" } else { "/staff?password" }).into_response()
}

fn read(form: &Form, id: &str) -> Problems {
    let mut problems = Problems::default();
    let [old, new, again] = [OLD, NEW, AGAIN].map(|name| Typed::new(form.text(name)));
    if old.is_empty() {
        problems.add(OLD, both("今のパスワードを入力してください。", "Please enter your present password."));
    }
    if new.is_empty() {
        problems.add(NEW, both("新しいパスワードを入力してください。", "Please enter a new password."));
    } else if !LENGTH.contains(&new.length()) {
        problems.add(
            NEW,
            both(
                "新しいパスワードは12～128文字で入力してください。",
                "Please enter a new password of 12 to 128 characters.",
            ),
        );
    } else if new.is(&old) {
        problems.add(
            NEW,
            both(
                "今のパスワードと同じです。別のパスワードを入力してください。",
                "This is your present password. Please enter another one.",
            ),
        );
    } else if new.holds(id) {
        problems.add(
            NEW,
            both(
                "職員IDを含むパスワードは使えません。別のパスワードを入力してください。",
                "A password that holds the staff ID cannot be used. Please enter another one.",
            ),
        );
    }
    if again.is_empty() {
        problems.add(
            AGAIN,
            both(
                "確認のため、新しいパスワードをもう一度入力してください。",
                "Please enter the new password once more to confirm it.",
            ),
        );
    } else if !again.is(&new) {
        problems.add(
            AGAIN,
            both(
                "2回の入力が違っています。同じパスワードを入力してください。",
                "The two entries differ. Please enter the same password.",
            ),
        );
    }
    problems
}

fn page(app: &App, who: &Seated, problems: Problems) -> Page {
    let is_first = who.staff.is_invited();
    let field = |name, label, hint, autocomplete| {
        Field { autocomplete, ..Field::password(name, label, hint) }.told(&problems)
    };
    let desk = if is_first || who.is_setup { Desk::OwnToken } else { Desk::Password };
    let page = Password {
        shell: Shell::of_staff(app, (&who.staff, &who.token), &who.reader, who.since, desk),
        is_first,
        fields: [
            field(OLD, both("今のパスワード", "Present password"), Text::default(), "current-password"),
            field(
                NEW,
                both("新しいパスワード", "New password"),
                both("12～128文字。職員IDを含まないもの", "12 to 128 characters, without your staff ID"),
                "new-password",
            ),
            field(
                AGAIN,
                both("新しいパスワード（確認用）", "New password (again)"),
                both("確認のため2回入力してください", "Please enter it twice to confirm it"),
                "new-password",
            ),
        ],
        problems,
    };
    render(status_of(&page.problems), &page)
}
