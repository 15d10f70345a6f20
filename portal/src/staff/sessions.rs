//! Owns ログイン中の端末 of the staff: one's own sessions, and ending those elsewhere.
//! Refuses to know cookies, and the sessions of others.
//! Invariant: the session that asks is never ended here; what is listed names no address and no secret.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};

use super::session::OnDuty;
use crate::App;
use crate::agent;
use crate::bilingual::{Text, both};
use crate::form::Submitted;
use crate::page::{Desk, Shell, minute, render};
use crate::routes::Page;
use crate::session::lifetime;

#[derive(Template)]
#[template(path = "staff/sessions.html")]
struct Sessions {
    shell: Shell,
    notice: Text,
    sessions: Vec<Row>,
    has_others: bool,
}

struct Row {
    agent: Text,
    since: String,
    used: String,
    is_this: bool,
}

/// `GET /staff/sessions`
pub(crate) async fn show_sessions(
    State(app): State<App>,
    who: OnDuty,
    OriginalUri(uri): OriginalUri,
) -> Page {
    let notice = match uri.query() {
        Some("ended") => both("ほかのログインを終わらせました。", "The other sign-ins have been ended."),
        _ => Text::default(),
    };
    let id = who.token.id();
    let found = app.store.staff_sessions_of(&who.staff.id, lifetime(&app), app.clock.now()).await?;
    let rows = found.into_iter().map(|one| Row {
        agent: agent::told(one.agent),
        since: minute(one.made_at),
        used: minute(one.used_at),
        is_this: one.id == id,
    });
    let sessions: Vec<Row> = rows.collect();
    let has_others = sessions.iter().any(|row| !row.is_this);
    render(StatusCode::OK, &Sessions { shell: who.shell(&app, Desk::Sessions), notice, sessions, has_others })
}

/// `POST /staff/sessions/end`
pub(crate) async fn submit_end(State(app): State<App>, who: OnDuty, form: Submitted) -> Page {
    form.verified(&who.token, &[])?;
    app.store.end_other_staff_sessions(who.token.id(), &who.staff.id).await?;
    Ok(Redirect::to("/staff/sessions?ended").into_response())
}
