//! Owns the device API: one handler per message.
//! Refuses to decide: it reads the request, asks the use case, writes the answer.
//! Invariant: answers leave as the bytes that were stored, on a beat that tells nothing.

mod beat;

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use warifu_core::ids::ServiceId;
use warifu_core::wire::channel::Asked;
use warifu_core::wire::device::{EnrolFinish, EnrolStart, SignedCard};

use crate::app::App;
use crate::edge::{Failure, Origin, Question, Refused};
use crate::service::device::{Wish, ask};
use crate::service::enrol;

/// `GET /device/v1/services/{service_id}`.
pub(crate) async fn card(
    State(app): State<Arc<App>>,
    service_id: Result<Path<String>, PathRejection>,
) -> Result<Json<SignedCard>, Failure> {
    let service_id: ServiceId =
        service_id.ok().and_then(|Path(text)| text.parse().ok()).ok_or(Refused::NOT_FOUND)?;
    let card = app.cards.read(&service_id).map_err(|why| Failure::Internal(why.to_string().into()))?;
    Ok(Json(card.ok_or(Refused::NOT_FOUND)?))
}

/// `POST /device/v1/enrol/start`: M1, answered with M2.
pub(crate) async fn start(
    State(app): State<Arc<App>>,
    origin: Origin,
    Question(m1): Question<EnrolStart>,
) -> Result<Stored, Failure> {
    beat::on_the_beat(enrol::start(&app, &origin, m1)).await.map(Stored)
}

/// `POST /device/v1/enrol/finish`: M3, answered with M4.
pub(crate) async fn finish(
    State(app): State<Arc<App>>,
    Question(m3): Question<EnrolFinish>,
) -> Result<Stored, Failure> {
    beat::on_the_beat(enrol::finish(&app, m3)).await.map(Stored)
}

/// `POST /device/v1/status`: how the token is, for its own device.
pub(crate) async fn status(
    State(app): State<Arc<App>>,
    origin: Origin,
    Question(asked): Question<Asked>,
) -> Result<Stored, Failure> {
    beat::on_the_beat(ask(&app, &origin, Wish::Status, asked)).await.map(Stored)
}

/// `POST /device/v1/stop`: 心当たりがない.
pub(crate) async fn stop(
    State(app): State<Arc<App>>,
    origin: Origin,
    Question(asked): Question<Asked>,
) -> Result<Stored, Failure> {
    beat::on_the_beat(ask(&app, &origin, Wish::Stop, asked)).await.map(Stored)
}

/// JSON that was stored before it is sent, byte for byte.
pub(crate) struct Stored(Vec<u8>);

impl IntoResponse for Stored {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], self.0).into_response()
    }
}
