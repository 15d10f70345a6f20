//! Owns who is asking: the session behind a request's cookie, and how far it has come.
//! Refuses to know passwords and codes.
//! Invariant: a handler that takes `SignedIn` runs only for a member whose every factor was right.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::Response;
use warifu_core::ids::RequestId;
use warifu_core::time::UnixMillis;

use crate::App;
use crate::agent;
use crate::cookie::Jar;
use crate::failure::Failure;
use crate::language::Reader;
use crate::store::members::Member;
use crate::store::sessions::{Lifetime, Session, Stage};
use crate::token::Token;

/// A signed-in member.
pub(crate) struct SignedIn {
    pub(crate) token: Token,
    pub(crate) member: Member,
    /// When this session began.
    pub(crate) since: UnixMillis,
    /// The sign-in before this one.
    pub(crate) before: Option<UnixMillis>,
    pub(crate) reader: Reader,
}

/// A member whose password was right and who still owes the code.
pub(crate) struct Owing {
    pub(crate) token: Token,
    pub(crate) member: Member,
    /// When this session began.
    pub(crate) since: UnixMillis,
    /// The right code was given already, with this question: only its second click is answered.
    pub(crate) passed_by: Option<RequestId>,
    pub(crate) reader: Reader,
}

/// Whoever asks, with whatever session there is.
pub(crate) struct Visitor {
    /// From the cookie; `None` for a first visit.
    pub(crate) known: Option<Token>,
    pub(crate) device: Option<Token>,
    pub(crate) session: Option<(Token, Session)>,
    pub(crate) reader: Reader,
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let reader = Reader::of(&parts.headers, &parts.uri, app.config.is_https());
        match find(app, &parts.headers).await? {
            Found::Living(token, Session { stage: Stage::In, member, made_at, before, .. }) => {
                Ok(Self { token, member, since: made_at, before, reader })
            }
            Found::Living(_, Session { stage: Stage::Code, .. }) => Err(Failure::CodeOwed),
            Found::Living(..) | Found::Ended => Err(Failure::SignIn { ended: true }),
            Found::None => Err(Failure::SignIn { ended: false }),
        }
    }
}

impl FromRequestParts<App> for Owing {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let reader = Reader::of(&parts.headers, &parts.uri, app.config.is_https());
        match find(app, &parts.headers).await? {
            Found::Living(token, Session { stage: Stage::Code, member, made_at, .. }) => {
                Ok(Self { token, member, since: made_at, passed_by: None, reader })
            }
            Found::Living(
                token,
                Session { stage: Stage::Passed, member, made_at, passed_by: Some(by), .. },
            ) => Ok(Self { token, member, since: made_at, passed_by: Some(by), reader }),
            Found::Living(..) | Found::None => Err(Failure::SignIn { ended: false }),
            Found::Ended => Err(Failure::SignIn { ended: true }),
        }
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let session = match find(app, &parts.headers).await? {
            Found::Living(token, session) => Some((token, session)),
            Found::Ended | Found::None => None,
        };
        let https = app.config.is_https();
        Ok(Self {
            known: Jar::Visitor.read(&parts.headers, https),
            device: Jar::Device.read(&parts.headers, https),
            session,
            reader: Reader::of(&parts.headers, &parts.uri, https),
        })
    }
}

#[expect(clippy::large_enum_variant, reason = "one lives for one request, and most are the large one")]
enum Found {
    Living(Token, Session),
    Ended,
    None,
}

async fn find(app: &App, headers: &HeaderMap) -> Result<Found, Failure> {
    let Some(token) = Jar::Session.read(headers, app.config.is_https()) else { return Ok(Found::None) };
    let session = app.store.use_session(token.id(), lifetime(app), app.clock.now()).await?;
    Ok(session.map_or(Found::Ended, |session| Found::Living(token, session)))
}

/// For how long sessions live here.
pub(crate) fn lifetime(app: &App) -> Lifetime {
    let limits = &app.config.limits;
    Lifetime {
        idle: i64::from(limits.idle_minutes) * 60_000,
        longest: i64::from(limits.session_hours) * 3_600_000,
    }
}

/// Opens a session under a fresh token and gives it to the browser with `response`.
pub(crate) async fn open(
    app: &App,
    member: &Member,
    stage: Stage,
    headers: &HeaderMap,
    mut response: Response,
) -> Result<Response, Failure> {
    let (token, now) = (Token::generate(), app.clock.now());
    let before = match stage {
        Stage::In => app.store.note_sign_in(&member.id, now).await?,
        Stage::Code | Stage::Passed => None,
    };
    let agent = agent::words(headers);
    app.store.open_session(token.id(), &member.id, stage, before, agent, now).await?;
    Jar::Session.set(response.headers_mut(), &token, app.config.is_https());
    Ok(response)
}

/// A sign-in takes the place of whatever session the browser had: on a shared machine nobody comes back to it.
pub(crate) async fn end_before(app: &App, visitor: &Visitor) -> Result<(), Failure> {
    match &visitor.session {
        Some((token, _)) => Ok(app.store.end_session(token.id()).await?),
        None => Ok(()),
    }
}

/// Takes the session's cookie away with `response`; the session itself ends too.
pub(crate) async fn close(app: &App, token: &Token, mut response: Response) -> Result<Response, Failure> {
    app.store.end_session(token.id()).await?;
    Jar::Session.clear(response.headers_mut(), app.config.is_https());
    Ok(response)
}
