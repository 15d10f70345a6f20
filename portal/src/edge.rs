//! Owns what happens to every request and answer: its number, its line in the log, its security headers.
//! Refuses to know any page.
//! Invariant: no answer leaves without the headers; no failure leaves as anything but a page.

use std::any::Any;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use rand::RngCore as _;

use crate::App;
use crate::failure::{Failure, Reported};
use crate::language::Reader;

/// Nothing runs, nothing is embedded, nothing is sent elsewhere; sheets and pictures are our own files.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";
const LONGEST: Duration = Duration::from_secs(60);

/// Around everything.
pub(crate) async fn edge(State(app): State<App>, request: Request, next: Next) -> Response {
    let number = format!("{:08x}", rand::rngs::OsRng.next_u32());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let reader = Reader::of(request.headers(), request.uri(), app.config.is_https());
    let began = Instant::now();
    let mut response = match tokio::time::timeout(LONGEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Failure::Internal("the request took too long".into()).into_response(),
    };
    if let Some(Reported(failure)) = response.extensions_mut().remove::<Reported>() {
        failure.log(&number);
        let kept = response.headers().get(axum::http::header::ALLOW).cloned();
        let reader = if method.is_safe() { reader } else { reader.at(failure.back(&path)) };
        response = failure.page(&app, &reader, &path, &number);
        if let Some(allow) = kept {
            response.headers_mut().insert(axum::http::header::ALLOW, allow);
        }
    }
    let (status, ms) = (response.status().as_u16(), began.elapsed().as_millis());
    tracing::info!(request = number, %method, path, status, ms, "answered");
    protect(response.headers_mut(), app.config.is_https());
    response
}

fn protect(headers: &mut HeaderMap, https: bool) {
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(CONTENT_SECURITY_POLICY, POLICY);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(X_FRAME_OPTIONS, "DENY");
    set(REFERRER_POLICY, "no-referrer");
    set(CACHE_CONTROL, "no-store");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=()",
    );
    if https {
        set(STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
}

/// A handler that panicked is a failure of ours, like any other.
pub(crate) fn panicked(_: Box<dyn Any + Send>) -> Response {
    Failure::Internal("a handler panicked".into()).into_response()
}
