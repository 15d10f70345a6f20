//! Owns 停止解除: why, how the person was identified, and the request that comes of it.
//! Refuses to know how the request is approved and carried.
//! Invariant: the same form sent twice is one request; nobody asks for their own token.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse as _, Redirect};
use unicode_normalization::UnicodeNormalization as _;
use warifu_core::wire::bank::{MemberStatus, Registration};

use super::member::load;
use super::requests;
use super::session::OnDuty;
use crate::App;
use crate::failure::Failure;
use crate::form::{self, Form, Submitted};
use crate::page::{Desk, Field, Problems, Shell, render, status_of};
use crate::routes::Page;
use crate::store::people::Person;
use crate::store::reinstatements::{NewReinstatement, Noted};
use crate::token::Token;

const REASON: &str = "reason";
const IDENTIFIED: &str = "identified";
const OTHER: &str = "identified_other";
const LONGEST_REASON: usize = 400;
const LONGEST_OTHER: usize = 50;

/// How somebody can be identified: the value in the form, and its words.
const WAYS: [(&str, &str); 2] = [("document", "窓口・本人確認書類"), ("phone", "電話・登録情報")];

#[derive(Template)]
#[template(path = "staff/reinstate.html")]
struct Reinstate {
    shell: Shell,
    form: String,
    person: Person,
    serial: String,
    is_to_be_approved: bool,
    problems: Problems,
    reason: String,
    identified: String,
    other: Field,
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
pub(crate) async fn submit_reinstate(State(app): State<App>, who: OnDuty, form: Submitted) -> Page {
    let form =
        form.verified_with_choice(&who.token, &["form", "id", "serial", REASON, OTHER], Some(IDENTIFIED))?;
    let Some((person, status)) = load(&app, form.text("id")).await? else {
        return Ok(Redirect::to("/staff?unknown").into_response());
    };
    if !who.staff.role.may_request() {
        return Err(Failure::NotAllowed);
    }
    let mut problems = Problems::default();
    let (identified, reason) = read(&form, &mut problems);
    if !problems.is_empty() {
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

fn read(form: &Form, problems: &mut Problems) -> (String, String) {
    let plain = |name| {
        let text: String = form.text(name).nfc().collect();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let (reason, other) = (plain(REASON), plain(OTHER));
    let way = WAYS.iter().find(|(value, _)| *value == form.text(IDENTIFIED));
    let identified = match (way, form.text(IDENTIFIED)) {
        (Some((_, words)), _) => (*words).to_owned(),
        (None, "other") if other.is_empty() => {
            problems.add(OTHER, "「その他」を選んだときは、確認の方法を入力してください。");
            String::new()
        }
        (None, "other") if other.chars().count() > LONGEST_OTHER => {
            problems.add(OTHER, format!("確認の方法は{LONGEST_OTHER}文字以内で入力してください。"));
            String::new()
        }
        (None, "other") => format!("その他（{other}）"),
        _ => {
            problems.add(IDENTIFIED, "本人確認の方法を選んでください。");
            String::new()
        }
    };
    if reason.is_empty() {
        problems.add(REASON, "停止を解除する理由を入力してください。");
    } else if reason.chars().count() > LONGEST_REASON {
        problems.add(REASON, format!("理由は{LONGEST_REASON}文字以内で入力してください。"));
    }
    (identified, reason)
}

fn page(
    app: &App,
    who: &OnDuty,
    person: Person,
    status: &MemberStatus,
    problems: Problems,
    form: Option<&Form>,
) -> Page {
    let typed = |name| form.map_or("", |form| form.text(name));
    let other = Field::text(OTHER, "「その他」の確認の方法", "「その他」を選んだときだけ。50文字以内");
    let page = Reinstate {
        shell: Shell::of_staff(app, &who.staff, &who.token, Desk::Search),
        form: Token::generate().cookie(),
        person,
        serial: status.token.as_ref().map(|token| token.serial.to_string()).unwrap_or_default(),
        is_to_be_approved: app.config.staff.second_approval,
        reason: typed(REASON).to_owned(),
        identified: typed(IDENTIFIED).to_owned(),
        other: other.optional().filled(typed(OTHER)).told(&problems),
        problems,
    };
    render(status_of(&page.problems), &page)
}
