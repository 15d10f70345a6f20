//! Owns how a body is read: whole, small, in time, as the JSON that a call takes.
//! Refuses to know what is asked in it.
//! Invariant: no more than the limit is ever held; what a body holds is never repeated in an answer or a log.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;
use warifu_core::wire::MAX_BODY;

use super::{Failure, Refused};

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of a body that is too large is still read, so that its sender gets to read the refusal.
const DRAINED: usize = 4 * 1024 * 1024;

/// Replaces the body by its bytes, before anything else is decided about the request.
pub(super) async fn take(request: Request) -> Result<Request, Failure> {
    let (head, body) = request.into_parts();
    let bytes = tokio::time::timeout(PATIENCE, read(body)).await.map_err(|_| Refused::TOO_SLOW)??;
    Ok(Request::from_parts(head, Body::from(bytes)))
}

async fn read(mut body: Body) -> Result<Bytes, Failure> {
    let mut whole = Vec::new();
    let mut seen = 0usize;
    // Most bodies arrive in one piece, which is taken as it is.
    let length = body.size_hint().exact();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Err(Refused::CUT_SHORT.into()) };
        let Ok(data) = frame.into_data() else { continue };
        seen = seen.saturating_add(data.len());
        if seen <= MAX_BODY && whole.is_empty() && u64::try_from(seen).ok() == length {
            return Ok(data);
        }
        if seen <= MAX_BODY {
            whole.extend_from_slice(&data);
        } else if seen > DRAINED {
            break;
        }
    }
    if seen > MAX_BODY { Err(Refused::TOO_LARGE.into()) } else { Ok(whole.into()) }
}

/// The JSON body of a call.
pub(crate) struct Question<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Question<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let kind =
            request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !is_json(kind) {
            return Err(Refused::NOT_JSON.into());
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|_| Refused::CUT_SHORT)?;
        serde_json::from_slice(&bytes).map(Self).map_err(|why| Refused::malformed(explain(&why)).into())
    }
}

fn is_json(kind: &str) -> bool {
    let mut parts = kind.split(';').map(str::trim);
    let is = parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json"));
    is && parts.all(|part| {
        !part.to_ascii_lowercase().starts_with("charset=")
            || part[8..].trim_matches('"').eq_ignore_ascii_case("utf-8")
    })
}

/// Where the JSON is wrong. Serde's own words often hold the offending value, which may be a code or a password:
/// only those that cannot hold one are repeated.
fn explain(why: &serde_json::Error) -> String {
    const SAFE: [&str; 5] = [
        "missing field",
        "a start password",
        "this start password",
        "not a mail address",
        "not base64url without padding",
    ];
    let text = why.to_string();
    let place = format!("line {}, column {}", why.line(), why.column());
    if SAFE.iter().any(|safe| text.starts_with(safe)) {
        text
    } else if why.is_syntax() || why.is_eof() {
        format!("The body is not JSON ({place}).")
    } else {
        format!("The body is not what this call takes ({place}).")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_never_repeats_what_was_sent() {
        let why = serde_json::from_str::<u8>("\"20261123\"").unwrap_err();
        assert!(!explain(&why).contains("20261123"), "{}", explain(&why));
    }

    #[test]
    fn json_may_name_its_charset_if_it_is_utf_8() {
        for fine in
            ["application/json", "Application/JSON; charset=utf-8", "application/json;charset=\"UTF-8\""]
        {
            assert!(is_json(fine), "{fine}");
        }
        for bad in ["", "text/plain", "application/jsonp", "application/json; charset=shift_jis"] {
            assert!(!is_json(bad), "{bad}");
        }
    }
}
