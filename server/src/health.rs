//! Owns what a supervisor asks: does the process live, can it serve.
//! Refuses to tell anything else: both are public.
//! Invariant: ready means that the database was just read.

use std::sync::Arc;

use axum::extract::State;

use crate::app::App;
use crate::edge::Failure;
use crate::store::institutions;

/// `GET /health/live`: the process answers.
pub(crate) async fn live() -> &'static str {
    "live\n"
}

/// `GET /health/ready`: the database answers.
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Result<&'static str, Failure> {
    app.store.read(institutions::all)?;
    Ok("ready\n")
}
