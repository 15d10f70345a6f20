//! Owns トップページ.
//! Refuses to know how 登録状況 comes about.
//! Invariant: it opens even when the centre does not answer.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use warifu_core::wire::bank::Registration;

use super::challenge;
use super::lost_phone::Release;
use crate::App;
use crate::bilingual::Text;
use crate::failure::Failure;
use crate::page::{Here, Shell, minute, render, yen};
use crate::routes::Page;
use crate::session::SignedIn;

#[derive(Template)]
#[template(path = "pages/top.html")]
struct Top {
    shell: Shell,
    before: Option<String>,
    release: Option<Release>,
    registration: Option<Registration>,
    limit: Text,
}

/// `GET /`
pub(crate) async fn show_top(State(app): State<App>, who: SignedIn) -> Page {
    let registration = match challenge::status(&app, &who, Failure::from).await {
        Ok(status) => Some(status.registration),
        Err(Failure::Away { cause, .. }) => {
            tracing::warn!(%cause, "the top page has no registration to show");
            None
        }
        Err(failure) => return Err(failure),
    };
    let page = Top {
        shell: Shell::of(&app, &who, Here::Top),
        before: who.before.map(minute),
        release: Release::of(&app, &who).await?,
        registration,
        limit: yen(app.config.limits.without_token_yen),
    };
    render(StatusCode::OK, &page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_renders_for_every_registration_and_without_one() {
        for registration in Registration::ALL.iter().copied().map(Some).chain([None]) {
            let page = Top {
                shell: Shell::sample(),
                before: Some("2026/11/23 09:00".to_owned()),
                release: Some(Release { id: "id".to_owned(), due: Some("2026/11/27 09:00".to_owned()) }),
                registration,
                limit: yen(200_000),
            };
            let html = page.render().unwrap();
            assert!(html.contains("ワンタイムパスワード申請") && html.contains("2026/11/27 09:00"));
        }
    }
}
