//! Owns 有効期限が近いトークン: whose tokens end within sixty days.
//! Refuses to know how they are renewed; the members are told by mail.
//! Invariant: the list is the centre's, page by page, soonest first.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use warifu_core::time::DAY;

use super::session::OnDuty;
use crate::App;
use crate::bilingual::both;
use crate::failure::Failure;
use crate::form;
use crate::page::{Desk, Shell, minute, render};
use crate::routes::Page;

const WITHIN_DAYS: u16 = 60;

#[derive(Template)]
#[template(path = "staff/expiring.html")]
struct Expiring {
    shell: Shell,
    days: u16,
    rows: Vec<Row>,
    /// Where the next page begins.
    next: Option<String>,
    is_first: bool,
}

struct Row {
    member: String,
    name: Option<String>,
    serial: String,
    until: String,
    left: i64,
}

/// `GET /staff/expiring`
pub(crate) async fn show_expiring(
    State(app): State<App>,
    who: OnDuty,
    OriginalUri(uri): OriginalUri,
) -> Page {
    let after = form::asked(&uri, "after");
    let listed = app.centre.expiring(WITHIN_DAYS, &after).await;
    let kept = both("トークンには、何も変わりはありません。", "The tokens are as they were.");
    let listed = listed.map_err(|cause| Failure::Away { cause, kept, back: "/staff" })?;
    let now = app.clock.now();
    let mut rows = Vec::new();
    for token in listed.tokens {
        let person = app.store.person(&token.member_id).await?;
        rows.push(Row {
            name: person.map(|person| person.name),
            member: token.member_id.to_string(),
            serial: token.serial.to_string(),
            until: minute(token.expires_at),
            left: (token.expires_at.0 - now.0).max(0) / DAY,
        });
    }
    let shell = who.shell(&app, Desk::Expiring);
    let page = Expiring { shell, days: WITHIN_DAYS, rows, next: listed.next, is_first: after.is_empty() };
    render(StatusCode::OK, &page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::staff::Role;

    #[test]
    fn the_page_renders_with_nobody_and_with_a_next_page() {
        let page = |rows, next| Expiring {
            shell: Shell::staff_sample(Role::Clerk),
            days: 60,
            rows,
            next,
            is_first: true,
        };
        assert!(page(Vec::new(), None).render().unwrap().contains("ありません"));
        let row = Row {
            member: "m-0001".to_owned(),
            name: Some("<仙北>".to_owned()),
            serial: "243725864".to_owned(),
            until: "2026/12/31 09:00".to_owned(),
            left: 37,
        };
        let html = page(vec![row], Some("a&b".to_owned())).render().unwrap();
        assert!(html.contains("あと37日") && html.contains("after=a%26b") && !html.contains("<仙北>"));
    }
}
