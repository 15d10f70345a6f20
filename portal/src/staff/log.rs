//! Owns 操作の記録, the staff's log as auditors read it.
//! Refuses to change a line of it.
//! Invariant: only auditors are shown it.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;

use super::session::OnDuty;
use crate::App;
use crate::bilingual::{Text, both, same};
use crate::failure::Failure;
use crate::form;
use crate::page::{Desk, Shell, minute, render};
use crate::routes::Page;
use crate::store::staff_log::PAGE;

#[derive(Template)]
#[template(path = "staff/log.html")]
struct Log {
    shell: Shell,
    lines: Vec<Line>,
    /// The line that the next, older page begins before.
    older: Option<i64>,
    is_newest: bool,
}

struct Line {
    at: String,
    who: Text,
    deed: Text,
    member: String,
    detail: String,
}

/// `GET /staff/log`
pub(crate) async fn show_log(State(app): State<App>, who: OnDuty, OriginalUri(uri): OriginalUri) -> Page {
    if !who.staff.role.may_read_the_log() {
        return Err(Failure::NotAllowed);
    }
    let before: Option<i64> = form::asked(&uri, "before").parse().ok();
    let mut rows = app.store.staff_log(before).await?;
    let has_more = rows.len() > PAGE as usize;
    rows.truncate(PAGE as usize);
    let older = rows.last().map(|row| row.id).filter(|_| has_more);
    let lines = rows.into_iter().map(|row| Line {
        at: minute(row.at),
        who: if row.staff.is_empty() { both("（管理者）", "(operator)") } else { same(row.staff) },
        deed: row.deed.label(),
        member: row.member,
        detail: row.detail,
    });
    let lines = lines.collect();
    let shell = who.shell(&app, Desk::Log);
    render(StatusCode::OK, &Log { shell, lines, older, is_newest: before.is_none() })
}
