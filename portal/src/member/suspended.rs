//! Owns the page that a member whose token is 停止 gets instead of a sign-in.
//! Refuses to know why it was stopped: the member is told to call.
//! Invariant: it opens no session, and takes the cookie of the one that has ended away.

use askama::Template;
use axum::http::StatusCode;

use crate::App;
use crate::cookie::Jar;
use crate::language::Reader;
use crate::page::{Shell, render};
use crate::routes::Page;

#[derive(Template)]
#[template(path = "pages/suspended.html")]
struct Suspended {
    shell: Shell,
}

/// What takes the place of the page that was asked for.
pub(crate) fn page(app: &App, reader: &Reader) -> Page {
    let mut response = render(StatusCode::FORBIDDEN, &Suspended { shell: Shell::bare(app, reader) })?;
    Jar::Session.clear(response.headers_mut(), app.config.is_https());
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_the_number_to_call() {
        let html = Suspended { shell: Shell::sample() }.render().unwrap();
        assert!(html.contains("以降のログインはできません") && html.contains("0187-00-0000"));
    }
}
