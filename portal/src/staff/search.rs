//! Owns 会員の検索, the first page after the staff's sign-in.
//! Refuses to know tokens: a member's page asks the centre.
//! Invariant: what is searched for stands in the address and holds no secret; a search changes nothing.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;

use super::requests;
use super::session::OnDuty;
use crate::App;
use crate::bilingual::{Text, both};
use crate::form;
use crate::page::{Desk, Field, Problems, Shell, minute, render};
use crate::routes::Page;
use crate::store::people::{PAGE, Person};

#[derive(Template)]
#[template(path = "staff/search.html")]
struct Search {
    shell: Shell,
    notice: Text,
    before: Option<String>,
    problems: Problems,
    q: Field,
    /// `None` until something was searched for.
    found: Option<Vec<Person>>,
    has_more: bool,
    /// How many requests wait for an approval that this person may give.
    waiting: usize,
}

/// Fewer characters would list everybody.
const FEWEST: usize = 2;

/// `GET /staff`
pub(crate) async fn show_search(State(app): State<App>, who: OnDuty, OriginalUri(uri): OriginalUri) -> Page {
    let words = form::asked(&uri, "q");
    let mut problems = Problems::default();
    let mut found = None;
    let length = words.chars().filter(|c| !c.is_whitespace()).count();
    if length >= FEWEST {
        found = Some(app.store.find_people(&words).await?);
    } else if length > 0 {
        problems.add("q", both("2文字以上で検索してください。", "Please search for at least 2 characters."));
    }
    let notice = match uri.query() {
        Some("welcome") => both(
            "あなたのトークンの利用を開始しました。次のログインから、アプリの番号を入力します。",
            "Your token is in use now. From your next sign-in you enter the code of the app.",
        ),
        Some("password") => both(
            "パスワードを変更しました。ほかの端末でのログインは終わらせました。",
            "Your password has been changed. Your sign-ins on other devices have been ended.",
        ),
        Some("unknown") => both(
            "その会員は見つかりませんでした。もう一度検索してください。",
            "This member was not found. Please search again.",
        ),
        _ => Text::default(),
    };
    let waiting = match who.staff.role.may_approve() {
        true => requests::to_approve(&app, &who.staff).await?,
        false => 0,
    };
    let has_more = found.as_ref().is_some_and(|people| people.len() > PAGE as usize);
    if let Some(people) = &mut found {
        people.truncate(PAGE as usize);
    }
    let shell = who.shell(&app, Desk::Search);
    let q = Field::text(
        "q",
        both("検索する語", "Search for"),
        both(
            "ログインID・会員IDの始め、氏名・フリガナの一部、シリアルNoのどれか",
            "The beginning of a login ID or member ID, a part of a name or its reading, or a serial no.",
        ),
    )
    .filled(&words)
    .told(&problems);
    let before = who.before.map(minute);
    render(StatusCode::OK, &Search { shell, notice, before, problems, q, found, has_more, waiting })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::staff::Role;

    #[test]
    fn the_page_renders_with_nobody_found_and_with_names_escaped() {
        let page = |found| Search {
            shell: Shell::staff_sample(Role::Approver),
            notice: Text::default(),
            before: None,
            problems: Problems::default(),
            q: Field::text("q", both("検索する語", "Search for"), Text::default()),
            found,
            has_more: true,
            waiting: 2,
        };
        assert!(page(Some(Vec::new())).render().unwrap().contains("見つかりませんでした"));
        let person = Person {
            member: "m-0001".parse().unwrap(),
            login_id: "demo0001".to_owned(),
            name: "<仙北>".to_owned(),
            kana: String::new(),
            is_staff: false,
        };
        let html = page(Some(vec![person])).render().unwrap();
        assert!(html.contains("/staff/member?id=m-0001") && !html.contains("<仙北>"));
        assert!(html.contains("2件"));
    }
}
