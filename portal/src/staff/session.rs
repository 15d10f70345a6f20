//! Owns which member of staff is asking, and how far their session has come.
//! Refuses to know the members' sessions.
//! Invariant: a handler that takes `OnDuty` runs only for staff whose password and code were both right.

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
use crate::page::{Desk, Shell};
use crate::session::lifetime;
use crate::store::staff::Staff;
use crate::store::staff_sessions::{Session, Stage};
use crate::token::Token;

/// Signed in with every factor.
pub(crate) struct OnDuty {
    pub(crate) token: Token,
    pub(crate) staff: Staff,
    /// When this session began.
    pub(crate) since: UnixMillis,
    /// The sign-in before this one.
    pub(crate) before: Option<UnixMillis>,
    pub(crate) reader: Reader,
}

/// The password was right; the code is still owed.
pub(crate) struct OwingCode {
    pub(crate) token: Token,
    pub(crate) staff: Staff,
    /// When this session began.
    pub(crate) since: UnixMillis,
    /// The right code was given already, with this question: only its second click is answered.
    pub(crate) passed_by: Option<RequestId>,
    pub(crate) reader: Reader,
}

/// The password was right; there is no token yet.
pub(crate) struct SettingUp {
    pub(crate) token: Token,
    pub(crate) staff: Staff,
    /// When this session began.
    pub(crate) since: UnixMillis,
    /// As in [`OwingCode`].
    pub(crate) passed_by: Option<RequestId>,
    pub(crate) reader: Reader,
}

/// Signed in, or setting the own token up: whoever may choose another password.
pub(crate) struct Seated {
    pub(crate) token: Token,
    pub(crate) staff: Staff,
    /// When this session began.
    pub(crate) since: UnixMillis,
    pub(crate) is_setup: bool,
    pub(crate) reader: Reader,
}

/// Whoever asks, with whatever session there is.
pub(crate) struct Caller {
    pub(crate) visitor: Option<Token>,
    pub(crate) device: Option<Token>,
    pub(crate) session: Option<(Token, Session)>,
    pub(crate) reader: Reader,
}

/// A password that was mailed opens nothing but this.
const PASSWORD: &str = "/staff/password";
const SIGN_IN: &str = "/staff/sign-in";
const ENDED: &str = "/staff/sign-in?ended";

impl OnDuty {
    /// What surrounds a page of theirs.
    pub(super) fn shell(&self, app: &App, here: Desk) -> Shell {
        Shell::of_staff(app, (&self.staff, &self.token), &self.reader, self.since, here)
    }
}

impl SettingUp {
    /// What surrounds a page of theirs.
    pub(super) fn shell(&self, app: &App) -> Shell {
        Shell::of_staff(app, (&self.staff, &self.token), &self.reader, self.since, Desk::OwnToken)
    }
}

impl FromRequestParts<App> for OnDuty {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let reader = Reader::of(&parts.headers, &parts.uri, app.config.is_https());
        let (token, Session { stage, staff, made_at, before, .. }) = found(app, &parts.headers).await?;
        match stage {
            Stage::In if staff.is_invited() => Err(Failure::Elsewhere(PASSWORD)),
            Stage::In => Ok(Self { token, staff, since: made_at, before, reader }),
            Stage::Code => Err(Failure::Elsewhere("/staff/sign-in/code")),
            Stage::Setup => Err(Failure::Elsewhere("/staff/token")),
            Stage::Passed => Err(Failure::Elsewhere(ENDED)),
        }
    }
}

impl FromRequestParts<App> for OwingCode {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let reader = Reader::of(&parts.headers, &parts.uri, app.config.is_https());
        let (token, session) = found(app, &parts.headers).await?;
        match session {
            Session { stage: Stage::Code, staff, made_at, .. } => {
                Ok(Self { token, staff, since: made_at, passed_by: None, reader })
            }
            Session { stage: Stage::Passed, staff, made_at, passed_by, .. } => {
                Ok(Self { token, staff, since: made_at, passed_by, reader })
            }
            Session { stage: Stage::Setup, .. } => Err(Failure::Elsewhere("/staff/token")),
            Session { stage: Stage::In, .. } => Err(Failure::Elsewhere("/staff")),
        }
    }
}

impl FromRequestParts<App> for Seated {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let reader = Reader::of(&parts.headers, &parts.uri, app.config.is_https());
        let (token, Session { stage, staff, made_at, .. }) = found(app, &parts.headers).await?;
        match stage {
            Stage::In | Stage::Setup => {
                Ok(Self { token, staff, since: made_at, is_setup: stage == Stage::Setup, reader })
            }
            Stage::Code => Err(Failure::Elsewhere("/staff/sign-in/code")),
            Stage::Passed => Err(Failure::Elsewhere(ENDED)),
        }
    }
}

impl FromRequestParts<App> for SettingUp {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let reader = Reader::of(&parts.headers, &parts.uri, app.config.is_https());
        let (token, session) = found(app, &parts.headers).await?;
        match session {
            Session { stage: Stage::Setup, staff, .. } if staff.is_invited() => {
                Err(Failure::Elsewhere(PASSWORD))
            }
            Session { stage: Stage::Setup, staff, made_at, .. } => {
                Ok(Self { token, staff, since: made_at, passed_by: None, reader })
            }
            Session { stage: Stage::Passed, staff, made_at, passed_by, .. } => {
                Ok(Self { token, staff, since: made_at, passed_by, reader })
            }
            Session { stage: Stage::Code, .. } => Err(Failure::Elsewhere("/staff/sign-in/code")),
            Session { stage: Stage::In, .. } => Err(Failure::Elsewhere("/staff")),
        }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let https = app.config.is_https();
        Ok(Self {
            visitor: Jar::Visitor.read(&parts.headers, https),
            device: Jar::StaffDevice.read(&parts.headers, https),
            session: find(app, &parts.headers).await?,
            reader: Reader::of(&parts.headers, &parts.uri, https),
        })
    }
}

async fn find(app: &App, headers: &HeaderMap) -> Result<Option<(Token, Session)>, Failure> {
    let Some(token) = Jar::Staff.read(headers, app.config.is_https()) else { return Ok(None) };
    let session = app.store.use_staff_session(token.id(), lifetime(app), app.clock.now()).await?;
    Ok(session.map(|session| (token, session)))
}

async fn found(app: &App, headers: &HeaderMap) -> Result<(Token, Session), Failure> {
    let had_one = Jar::Staff.read(headers, app.config.is_https()).is_some();
    let place = if had_one { ENDED } else { SIGN_IN };
    find(app, headers).await?.ok_or(Failure::Elsewhere(place))
}

/// Opens a session under a fresh token and gives it to the browser with `response`.
pub(super) async fn open(
    app: &App,
    staff: &Staff,
    stage: Stage,
    headers: &HeaderMap,
    mut response: Response,
) -> Result<Response, Failure> {
    let token = Token::generate();
    let agent = agent::words(headers);
    app.store.open_staff_session(token.id(), &staff.id, stage, agent, app.clock.now()).await?;
    Jar::Staff.set(response.headers_mut(), &token, app.config.is_https());
    Ok(response)
}

/// A sign-in takes the place of whatever session the browser had.
pub(super) async fn end_before(app: &App, caller: &Caller) -> Result<(), Failure> {
    match &caller.session {
        Some((token, _)) => Ok(app.store.end_staff_session(token.id()).await?),
        None => Ok(()),
    }
}

/// Ends the session and takes its cookie away with `response`.
pub(super) async fn close(app: &App, token: &Token, mut response: Response) -> Result<Response, Failure> {
    app.store.end_staff_session(token.id()).await?;
    Jar::Staff.clear(response.headers_mut(), app.config.is_https());
    Ok(response)
}
