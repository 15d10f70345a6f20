//! Owns from where a request comes, as far as requests are counted by it.
//! Refuses to know how lines are told apart: core does.
//! Invariant: a proxy's header is believed only where the settings say that a proxy is in front.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderValue;
use axum::http::request::Parts;
use warifu_core::line;

use crate::app::App;

/// The address prefix that a request is counted under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin(pub(crate) String);

impl FromRequestParts<Arc<App>> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let hops = parts.headers.get_all("x-forwarded-for").iter().map(HeaderValue::as_bytes);
        Ok(Self(line::prefix(peer, hops.filter(|_| app.behind_proxy))))
    }
}
