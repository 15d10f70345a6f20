//! Owns 監査ログ, the centre's own log of this institution as auditors read and check it.
//! Refuses to know how it is chained; the centre checks it when it is asked to.
//! Invariant: only auditors are shown it; that they were is in the staff's log.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use warifu_core::wire::bank::{AuditCheck, AuditRow};

use super::session::OnDuty;
use crate::App;
use crate::bilingual::both;
use crate::failure::Failure;
use crate::form;
use crate::page::{Desk, Shell, minute, render};
use crate::routes::Page;
use crate::store::staff_log::{Deed, Entry};

const PAGE: u16 = 50;

#[derive(Template)]
#[template(path = "staff/audit.html")]
struct Audit {
    shell: Shell,
    /// What the check found, when it was asked for.
    check: Option<AuditCheck>,
    rows: Vec<(String, AuditRow)>,
    older: Option<String>,
    is_newest: bool,
}

/// `GET /staff/audit`
pub(crate) async fn show_audit(State(app): State<App>, who: OnDuty, OriginalUri(uri): OriginalUri) -> Page {
    if !who.staff.role.may_read_the_log() {
        return Err(Failure::NotAllowed);
    }
    let away = |cause| {
        let kept = both("記録には、何も変わりはありません。", "The log is as it was.");
        Failure::Away { cause, kept, back: "/staff" }
    };
    let before = form::asked(&uri, "before");
    let is_to_be_checked = uri.query() == Some("check");
    let check = match is_to_be_checked {
        true => Some(app.centre.check_audit().await.map_err(away)?),
        false => None,
    };
    let page = app.centre.audit(&before, PAGE).await.map_err(away)?;
    let detail = match &check {
        Some(AuditCheck { rows, broken: None }) => format!("検証：{rows}件、異常なし"),
        Some(AuditCheck { broken: Some(broken), .. }) => {
            format!("検証：{}の{}番に異常", broken.chain, broken.seq)
        }
        None => String::new(),
    };
    app.store.note(Entry::new(&who.staff.id, Deed::AuditRead, None, &detail), app.clock.now()).await?;
    let shell = who.shell(&app, Desk::Audit);
    let rows = page.rows.into_iter().map(|row| (minute(row.at), row)).collect();
    let page = Audit { shell, check, rows, older: page.next, is_newest: before.is_empty() };
    render(StatusCode::OK, &page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::staff::Role;
    use warifu_core::time::UnixMillis;
    use warifu_core::wire::bank::AuditBreak;

    #[test]
    fn the_page_renders_whole_broken_and_not_checked() {
        let row = AuditRow {
            chain: "10112235/0".to_owned(),
            seq: 7,
            at: UnixMillis(0),
            actor: "staff:<x>".to_owned(),
            action: "reinstate".to_owned(),
            object: "token:243725864".to_owned(),
            outcome: "done".to_owned(),
            detail: "理由".to_owned(),
        };
        let broken = AuditBreak { chain: "10112235/0".to_owned(), seq: 7, what: "hash".to_owned() };
        for (check, words) in [
            (None, "data-testid=\"check\""),
            (Some(AuditCheck { rows: 12, broken: None }), "12件"),
            (Some(AuditCheck { rows: 6, broken: Some(broken) }), "7番"),
        ] {
            let shell = Shell::staff_sample(Role::Auditor);
            let rows = vec![("2026/11/24 09:00".to_owned(), row.clone())];
            let page = Audit { shell, check, rows, older: Some("x".to_owned()), is_newest: true };
            let html = page.render().unwrap();
            assert!(
                html.contains(words) && html.contains("token:243725864") && !html.contains("<x>"),
                "{words}"
            );
        }
    }
}
