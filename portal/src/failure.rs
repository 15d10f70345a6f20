//! Owns everything that is not a page: what the visitor is told, what the log is told.
//! Refuses to know which handler failed.
//! Invariant: the cause goes to the log once, with the request's number; the visitor sees words and the number.

mod words;

use std::sync::Arc;

use askama::Template;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use crate::App;
use crate::bilingual::{Text, both};
use crate::centre::CentreError;
use crate::language::Reader;
use crate::member::suspended;
use crate::page::{Shell, render, wait};
use crate::store::StoreError;
use crate::unsure::unsure;

/// Why a request did not get its page.
#[derive(Debug)]
pub(crate) enum Failure {
    /// No page has this address.
    NotFound,
    /// The address takes no such request.
    MethodNotAllowed,
    /// The form is not what its page sends.
    Malformed,
    /// The body is not a form.
    NotAForm,
    /// The body is larger than any form.
    TooLarge,
    /// The form does not come from a page given to this session.
    Forged,
    /// Whoever asks belongs on another page: to sign in, or to finish a sign-in.
    Elsewhere(&'static str),
    /// The role of this member of staff does not allow it.
    NotAllowed,
    /// Nobody is signed in; `ended`: somebody was.
    SignIn { ended: bool },
    /// The password was right, the code is still owed.
    CodeOwed,
    /// The centre gave no answer. `kept`: what the visitor need not do again. `back`: where to go on.
    Away { cause: CentreError, kept: Text, back: &'static str },
    /// Too many mailed passwords within the hour.
    TooManyMails,
    /// The member's token has stopped, and every session of theirs has ended.
    Stopped,
    /// Too many passwords wait to be looked at.
    Crowded,
    /// Ours.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

pub(crate) const LATER: Text =
    both("しばらく待ってから、もう一度お試しください。", "Please wait a while, then try again.");

/// How long a full queue of passwords takes at most, seconds.
const CROWD: u32 = 10;

/// What to do when the centre said how long to wait.
fn later(seconds: u32) -> Text {
    let time = wait(i64::from(seconds) * 1_000);
    Text::new(
        format!("{}ほど待ってから、もう一度お試しください。", time.ja),
        format!("Please wait about {}, then try again.", time.en),
    )
}

/// What is kept when somebody was in the middle of something.
pub(crate) const UNFINISHED: Text =
    both("お手続きは、途中のまま残っています。", "What you have begun is kept as it is.");

/// Whether an address is one of the staff's.
pub(crate) fn is_staffs(path: &str) -> bool {
    path.starts_with("/staff")
}

/// How a failure travels to the edge.
#[derive(Clone)]
pub(crate) struct Reported(pub(crate) Arc<Failure>);

#[derive(Template)]
#[template(path = "pages/failure.html")]
struct Page<'a> {
    shell: Shell,
    title: Text,
    sentence: Text,
    kept: Text,
    next: Text,
    back: &'static str,
    number: &'a str,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Internal(Box::new(error))
    }
}

impl From<askama::Error> for Failure {
    fn from(error: askama::Error) -> Self {
        Self::Internal(Box::new(error))
    }
}

impl From<CentreError> for Failure {
    fn from(cause: CentreError) -> Self {
        Self::Away { cause, kept: UNFINISHED, back: "/" }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn { ended: true } => Redirect::to("/sign-in?ended").into_response(),
            Self::SignIn { ended: false } => Redirect::to("/sign-in").into_response(),
            Self::CodeOwed => Redirect::to("/sign-in/code").into_response(),
            Self::Elsewhere(place) => Redirect::to(place).into_response(),
            failure => {
                let mut response = failure.status().into_response();
                response.extensions_mut().insert(Reported(Arc::new(failure)));
                response
            }
        }
    }
}

impl Failure {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::NotAForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Forged | Self::NotAllowed | Self::Stopped => StatusCode::FORBIDDEN,
            Self::SignIn { .. } | Self::CodeOwed | Self::Elsewhere(_) => StatusCode::SEE_OTHER,
            Self::Away { cause: CentreError::Wait { status: 429, .. }, .. } | Self::TooManyMails => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::Away { .. } | Self::Crowded => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What happened and what to do next, for a page that shows it beside what was typed.
    pub(crate) fn told(&self) -> Text {
        let (_, sentence, next) = self.words();
        sentence.then(&self.wait().map_or(next, later))
    }

    /// After how long another try makes sense, seconds.
    fn wait(&self) -> Option<u32> {
        match self {
            Self::Away { cause: CentreError::Wait { seconds, .. }, .. } => {
                seconds.filter(|seconds| *seconds > 0)
            }
            Self::Crowded => Some(CROWD),
            _ => None,
        }
    }

    /// Where to go on, after a request for `path`.
    pub(crate) fn back(&self, path: &str) -> &'static str {
        match self {
            Self::Away { back, .. } => back,
            Self::TooManyMails => "/otp/issue",
            Self::Internal(_) => unsure(path).2,
            _ if is_staffs(path) => "/staff",
            _ => "/",
        }
    }

    /// The page for whoever reads it, or, at an address of the staff's, for staff; the log has its line already.
    pub(crate) fn page(&self, app: &App, reader: &Reader, path: &str, number: &str) -> Response {
        if matches!(self, Self::Stopped) {
            return suspended::page(app, reader).unwrap_or_else(|_| self.status().into_response());
        }
        let (title, mut sentence, mut next) = self.words();
        if matches!(self, Self::Internal(_)) {
            (sentence, next, _) = unsure(path);
        }
        let kept = match self {
            Self::Away { kept, .. } => kept.clone(),
            _ => Text::default(),
        };
        let next = self.wait().map_or(next, later);
        let shell = if is_staffs(path) { Shell::for_staff(app, reader) } else { Shell::bare(app, reader) };
        let page = Page { shell, title, sentence, kept, next, back: self.back(path), number };
        let mut response = render(self.status(), &page).unwrap_or_else(|_| self.status().into_response());
        if let Some(seconds) = self.wait() {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    /// One line for the log. Visitors' mistakes are not errors of ours.
    pub(crate) fn log(&self, number: &str) {
        match self {
            Self::Internal(error) => tracing::error!(request = number, %error, "a request failed"),
            Self::Away { cause: cause @ CentreError::Wait { .. }, .. } => {
                tracing::warn!(request = number, %cause, "the centre asks to wait")
            }
            Self::Away { cause, .. } => {
                tracing::error!(request = number, %cause, "the centre gave no answer")
            }
            other => {
                tracing::info!(request = number, status = other.status().as_u16(), "a request was refused")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_is_told_to_come_back_and_when() {
        assert_eq!(Failure::Crowded.status(), StatusCode::SERVICE_UNAVAILABLE);
        let told = Failure::Crowded.told();
        assert!(told.ja.contains("混み合っていて") && told.ja.contains("10秒ほど待ってから"), "{told:?}");
        assert!(
            told.en
                .ends_with("It does not count as a wrong one. Please wait about 10 seconds, then try again.")
        );
    }

    #[test]
    fn a_failures_page_renders_with_its_number_and_without_its_cause() {
        let page = Page {
            shell: Shell::sample(),
            title: both("ただいま手続きができません", "This cannot be done right now"),
            sentence: both("接続できませんでした。", "It could not be reached."),
            kept: both("入力は残っています。", "What you have entered is kept."),
            next: LATER,
            back: "/otp",
            number: "4f2a91c0",
        };
        let html = page.render().unwrap();
        assert!(html.contains("4f2a91c0") && html.contains("入力は残っています。"));
    }
}
