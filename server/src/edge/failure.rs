//! Owns the one type in which a handler fails, and every refusal's code.
//! Refuses to know how a refusal is written to the line.
//! Invariant: what is sent is a fixed sentence; what went wrong inside stays inside.

use std::borrow::Cow;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use warifu_core::time::SECOND;
use warifu_core::wire::channel::DEVICE_REFUSED;
use warifu_core::wire::device::{ENROL_REFUSED, VAULT_TOO_WEAK};

use crate::keys::{KeyError, Unopened};
use crate::store::StoreError;

/// Why a request has no success to answer with.
#[derive(Debug, Clone)]
pub(crate) enum Failure {
    /// The caller is told so.
    Refused(Refused),
    /// The caller is told nothing but that it failed; the cause is for the log.
    Internal(Cow<'static, str>),
}

/// A refusal on its way out.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: Cow<'static, str>,
    pub(super) retry_after: Option<u32>,
    /// Which message it refuses, where the protocol says so.
    pub(super) about: Option<[u8; 32]>,
}

impl Refused {
    const fn new(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self { status, code, message: Cow::Borrowed(message), retry_after: None, about: None }
    }

    const fn later(status: StatusCode, code: &'static str, message: &'static str, seconds: u32) -> Self {
        Self { status, code, message: Cow::Borrowed(message), retry_after: Some(seconds), about: None }
    }

    pub(super) const INTERNAL: Self = Self::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "The centre failed; the request may be sent again.",
    );
    pub(crate) const NOT_FOUND: Self =
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing here.");
    pub(crate) const METHOD_NOT_ALLOWED: Self =
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "This path takes another method.");
    pub(crate) const TOO_LARGE: Self =
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is larger than 8 KiB.");
    pub(crate) const TOO_SLOW: Self =
        Self::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "The body did not arrive in time.");
    pub(crate) const CUT_SHORT: Self =
        Self::new(StatusCode::BAD_REQUEST, "malformed", "The body did not arrive whole.");
    pub(crate) const NOT_JSON: Self = Self::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "not_json",
        "The content type has to be application/json.",
    );
    pub(crate) const UNKNOWN_KEY: Self = Self::new(
        StatusCode::UNAUTHORIZED,
        "unknown_key",
        "Authorization: Bearer has to carry a key of an institution.",
    );
    pub(crate) const MEMBER_NOT_FOUND: Self = Self::new(
        StatusCode::NOT_FOUND,
        "member_not_found",
        "A member's ID has 1 to 64 of A-Z a-z 0-9 . _ and -.",
    );
    pub(crate) const TRANSACTION_NOT_FOUND: Self =
        Self::new(StatusCode::NOT_FOUND, "transaction_not_found", "The member has no such transaction.");
    pub(crate) const MALFORMED_CODE: Self = Self::new(
        StatusCode::BAD_REQUEST,
        "malformed_code",
        "A one-time password has 8 digits; nothing was charged.",
    );
    pub(crate) const CONFLICT: Self =
        Self::new(StatusCode::CONFLICT, "conflict", "This request ID was used for another question.");
    pub(crate) const ENROL: Self =
        Self::new(StatusCode::FORBIDDEN, ENROL_REFUSED, "The initialisation is refused.");
    pub(crate) const DEVICE: Self =
        Self::new(StatusCode::FORBIDDEN, DEVICE_REFUSED, "The device is refused.");
    pub(crate) const VAULT_TOO_WEAK: Self = Self::new(
        StatusCode::FORBIDDEN,
        VAULT_TOO_WEAK,
        "The institution demands a device that keeps keys better; nothing was charged.",
    );
    pub(crate) const BUSY: Self =
        Self::later(StatusCode::SERVICE_UNAVAILABLE, "busy", "The centre is busy; try again in a moment.", 1);

    pub(crate) fn malformed(message: impl Into<Cow<'static, str>>) -> Self {
        Self { message: message.into(), ..Self::new(StatusCode::BAD_REQUEST, "malformed", "") }
    }

    /// Too often: to be asked again after `wait` milliseconds.
    pub(crate) fn too_many(wait: i64) -> Self {
        let seconds = u32::try_from(wait.div_euclid(SECOND) + 1).unwrap_or(u32::MAX);
        Self::later(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many",
            "Too many attempts; try again after the seconds of Retry-After.",
            seconds,
        )
    }

    pub(crate) const fn wrong_state(message: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, "wrong_state", message)
    }
}

impl Failure {
    /// The same, naming the message that it refuses.
    pub(crate) fn about(self, digest: [u8; 32]) -> Self {
        match self {
            Self::Refused(refused) => Self::Refused(Refused { about: Some(digest), ..refused }),
            internal @ Self::Internal(_) => internal,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refused) => f.write_str(&refused.message),
            Self::Internal(cause) => f.write_str(cause),
        }
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy | StoreError::Away | StoreError::Contended => Refused::BUSY.into(),
            other => Self::Internal(other.to_string().into()),
        }
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Self::Internal(error.to_string().into())
    }
}

impl From<Unopened> for Failure {
    fn from(error: Unopened) -> Self {
        match error {
            Unopened::Key(error) => error.into(),
            Unopened::Store(error) => error.into(),
        }
    }
}

impl IntoResponse for Failure {
    /// Only marks the response: the outermost layer writes body and log line, with the request's number.
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Refused(refused) => refused.status,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
