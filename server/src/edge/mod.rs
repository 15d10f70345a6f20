//! Owns what every request passes on its way in and out: number, limits, panics, the body of a refusal, the log line.
//! Refuses to know what the requests are about.
//! Invariant: whatever is not a success leaves as a `Refusal`; a cause is logged once, here, and never sent.

mod address;
mod body;
mod failure;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CACHE_CONTROL, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use rand::RngCore as _;
use tokio::sync::Semaphore;
use warifu_core::wire::Refusal;
use warifu_core::wire::bytes::Bytes;

pub(crate) use address::Origin;
pub(crate) use body::Question;
pub(crate) use failure::{Failure, Refused};

const LIVE: &str = "/health/live";
/// How long a handler may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The header that carries a request's number.
const REQUEST_NUMBER: HeaderName = HeaderName::from_static("x-request-id");

/// One place for each request under way.
pub(crate) type Places = Arc<Semaphore>;

/// The outermost layer.
pub(crate) async fn pass(State(places): State<Places>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let number = format!("{:016x}", rand::thread_rng().next_u64());
    let method = request.method().clone();
    // The route's pattern, not the path: a path may hold a member's ID.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let answer = match body::take(request).await {
        Ok(request) => answer(&places, request, next).await,
        Err(failure) => failure.into_response(),
    };
    let mut answer = finish(answer, &number);
    headers(&mut answer, &number);
    let route = route.as_ref().map_or("-", MatchedPath::as_str);
    log(&method, route, answer.status(), began.elapsed(), &number);
    answer
}

/// Beyond what is under way already, a request is told at once to come back: whoever is let in is answered in bounded
/// time, however many knock. Only the question whether the centre lives is always answered.
async fn answer(places: &Semaphore, request: Request, next: Next) -> Response {
    let _place = match places.try_acquire() {
        Ok(place) => Some(place),
        Err(_) if request.uri().path() == LIVE => None,
        Err(_) => return Failure::from(Refused::BUSY).into_response(),
    };
    tokio::time::timeout(PATIENCE, next.run(request))
        .await
        .unwrap_or_else(|_| Failure::Internal("no answer within 30 seconds".into()).into_response())
}

/// Gives a failure its body and logs its cause.
fn finish(mut answer: Response, number: &str) -> Response {
    let Some(failure) = answer.extensions_mut().remove::<Failure>() else { return answer };
    let allow = answer.headers_mut().remove(axum::http::header::ALLOW);
    let refused = match failure {
        Failure::Refused(refused) => refused,
        Failure::Internal(cause) => {
            tracing::error!(request = number, %cause, "a request failed");
            Refused::INTERNAL
        }
    };
    let body = Refusal {
        code: refused.code.to_owned(),
        message: refused.message.into_owned(),
        request: number.to_owned(),
        about: refused.about.map(Bytes),
    };
    let mut answer = (refused.status, Json(body)).into_response();
    let head = answer.headers_mut();
    if let Some(seconds) = refused.retry_after {
        head.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if refused.status == StatusCode::UNAUTHORIZED {
        head.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(allow) = allow {
        head.insert(axum::http::header::ALLOW, allow);
    }
    answer
}

fn headers(answer: &mut Response, number: &str) {
    let head = answer.headers_mut();
    head.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    head.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(number) = HeaderValue::from_str(number) {
        head.insert(REQUEST_NUMBER, number);
    }
}

fn log(method: &Method, route: &str, status: StatusCode, took: Duration, number: &str) {
    let (status, ms) = (status.as_u16(), took.as_millis());
    if route.starts_with("/health/") {
        tracing::debug!(request = number, %method, route, status, ms, "answered");
    } else {
        tracing::info!(request = number, %method, route, status, ms, "answered");
    }
}

/// What a panic in a handler becomes.
pub(crate) fn after_panic(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    // The panic hook has written message and place; the payload may hold anything, so it is not repeated.
    Failure::Internal("the handler panicked".into()).into_response()
}

/// The answer to paths that are not in the table.
pub(crate) async fn unknown_path() -> Failure {
    Refused::NOT_FOUND.into()
}

/// The answer to a known path asked with another method.
pub(crate) async fn other_method() -> Failure {
    Refused::METHOD_NOT_ALLOWED.into()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    fn places(number: usize) -> Places {
        Arc::new(Semaphore::new(number))
    }

    async fn answer(router: Router) -> (StatusCode, Refusal) {
        let router =
            router.layer(CatchPanicLayer::custom(after_panic)).layer(from_fn_with_state(places(1), pass));
        let answer = router.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn a_panic_becomes_a_500_that_tells_nothing_of_it() {
        async fn panicking() -> &'static str {
            panic!("code 12345678")
        }
        let (status, refusal) = answer(Router::new().route("/", get(panicking))).await;
        assert_eq!((status.as_u16(), refusal.code.as_str()), (500, "internal"));
        assert!(!refusal.message.contains("12345678"));
    }

    #[tokio::test]
    async fn beyond_the_places_a_request_is_told_at_once_to_come_back_and_life_is_still_answered() {
        let router = || {
            let router = Router::new().route("/", get(|| async { "" })).route(LIVE, get(|| async { "" }));
            router.layer(from_fn_with_state(places(0), pass))
        };
        let ask = async |path: &str| {
            router().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap()
        };
        let busy = ask("/").await;
        assert_eq!((busy.status().as_u16(), &busy.headers()[RETRY_AFTER]), (503, &HeaderValue::from(1)));
        assert_eq!(ask(LIVE).await.status().as_u16(), 200);
    }

    #[tokio::test]
    async fn a_cause_is_never_sent() {
        async fn failing() -> Failure {
            Failure::Internal("table token, column serial".into())
        }
        let (status, refusal) = answer(Router::new().route("/", get(failing))).await;
        assert_eq!(status.as_u16(), 500);
        assert!(!refusal.message.contains("table") && !refusal.request.is_empty());
    }
}
