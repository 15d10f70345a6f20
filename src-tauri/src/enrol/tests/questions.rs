//! Owns the proof of what the app asks about its own token: numbered, proven both ways, and never in a code's way.
//! Refuses to know the page that shows the answers.
//! Invariant: an answer that the centre did not make for the question changes nothing.

use warifu_core::wire::bank::TokenState;
use warifu_core::wire::channel::{Asked, DEVICE_REFUSED, STATUS_PATH};

use super::scripted::Fate;
use super::*;
use crate::channel;

async fn with_one(centre: &Scripted) -> (Device, Arc<Session>) {
    let device = Device::new();
    let app = device.app(&centre.url);
    assert!(is_done(&enrol(&app, form()).await.map_err(|why| why.code)));
    assert!(matches!(app.read_done(), Ok(View::Code { .. })));
    (device, app)
}

fn numbers(centre: &Scripted) -> Vec<u64> {
    let asked = |body: Vec<u8>| serde_json::from_slice::<Asked>(&body).unwrap().n;
    centre.heard(STATUS_PATH).into_iter().map(asked).collect()
}

fn standing(view: View) -> Option<Option<TokenState>> {
    let View::Code { standing, .. } = view else { panic!("{view:?}") };
    standing.map(|standing| standing.state)
}

#[tokio::test]
async fn questions_are_numbered_over_a_restart_and_a_lost_answer_is_asked_for_with_the_same_bytes() {
    let centre = Scripted::open().await;
    let (device, app) = with_one(&centre).await;
    assert_eq!(standing(app.look(false)), None, "nothing was asked yet");
    assert!(channel::status(&app).await.is_ok());
    assert_eq!(standing(app.look(false)), Some(Some(TokenState::Suspended)));
    drop(app);

    let app = device.app(&centre.url);
    centre.next(STATUS_PATH, &[Fate::AnswerLost]);
    assert!(channel::status(&app).await.is_ok());
    assert_eq!(numbers(&centre), [1, 2, 2]);
    let heard = centre.heard(STATUS_PATH);
    assert_eq!(heard[1], heard[2]);
}

#[tokio::test]
async fn an_answer_that_the_centre_did_not_make_for_this_question_tells_nothing() {
    let centre = Scripted::open().await;
    let (device, app) = with_one(&centre).await;
    drop(app);
    let app = device.app(&centre.url);
    let before = app.clock.on_show();
    centre.next(STATUS_PATH, &[Fate::AnswerDamaged]);
    assert_eq!(channel::status(&app).await, Err(Refusal::CentreBusy.into()));
    assert_eq!(standing(app.look(false)), None);
    assert!(app.clock.on_show() >= before, "nor the time");
}

#[tokio::test]
async fn without_being_told_to_the_centre_is_asked_once_an_hour_and_nothing_depends_on_it() {
    let centre = Scripted::open().await;
    let (device, app) = with_one(&centre).await;
    drop(app);
    let offline = device.app(NOWHERE);
    assert!(!channel::check(&offline, false).await);
    assert!(offline.show_code(false).is_ok());
    drop(offline);

    let app = device.app(&centre.url);
    assert!(channel::check(&app, false).await);
    assert!(!channel::check(&app, false).await, "the answer is fresh");
    assert!(channel::check(&app, true).await, "somebody set the clock");
    assert_eq!(numbers(&centre).len(), 2);
}

#[tokio::test]
async fn a_token_that_the_centre_does_not_know_any_more_is_told_and_kept() {
    let centre = Scripted::open().await;
    let (device, app) = with_one(&centre).await;
    centre.next(STATUS_PATH, &[Fate::Said(403, None, DEVICE_REFUSED)]);
    assert_eq!(channel::status(&app).await, Err(Refusal::DeviceRefused.into()));
    assert_eq!(standing(app.look(false)), Some(None));
    assert!(device.has_keys(), "what nobody proved is no reason to erase");
}
