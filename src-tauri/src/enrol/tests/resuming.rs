//! Owns the proof that a pending initialisation goes on to 完了 after any loss, restart and odd clock.
//! Refuses to know how it ends without a token.
//! Invariant: the centre issues one token, whatever was lost.

use warifu_core::time::DAY;
use warifu_core::wire::device::{FINISH_PATH, START_PATH};

use super::scripted::Fate;
use super::*;

async fn ends_in_done_once_online(fate: Fate, issued_before: usize) {
    let centre = Scripted::open().await;
    let device = Device::left_pending(&centre, fate).await;
    assert_eq!(centre.issued(), issued_before);

    let offline = device.app(NOWHERE);
    assert_eq!(offline.look(false), View::Resuming { waits_for: None, retry_in_s: 0, has_others: false });
    for _ in 0..3 {
        let view = resume(&offline).await;
        let waits = matches!(
            view,
            Ok(View::Resuming { waits_for: Some(Refusal::Offline), retry_in_s, has_others: false }) if retry_in_s >= 2
        );
        assert!(waits, "{view:?}");
    }
    drop(offline);

    let online = device.app(&centre.url);
    assert!(is_done(&resume(&online).await));
    drop(online);
    assert!(matches!(device.app(NOWHERE).look(false), View::Done { .. }), "it is on the disk");
    assert_eq!(centre.issued(), 1);
    assert_eq!(centre.heard(START_PATH).len(), 1, "no second guess");
    let finishes = centre.heard(FINISH_PATH);
    assert!(finishes.windows(2).all(|pair| pair[0] == pair[1]), "the same bytes each time");
}

#[tokio::test]
async fn a_lost_m3_ends_in_done_after_a_start_offline_and_one_online() {
    ends_in_done_once_online(Fate::Lost, 0).await;
}

#[tokio::test]
async fn a_lost_m4_ends_in_done_after_a_start_offline_and_one_online() {
    ends_in_done_once_online(Fate::AnswerLost, 1).await;
}

#[tokio::test]
async fn a_damaged_m4_is_asked_for_again() {
    ends_in_done_once_online(Fate::AnswerDamaged, 1).await;
}

#[tokio::test]
async fn an_answer_that_is_none_is_waited_out() {
    for said in [Fate::Said(500, None, "internal"), Fate::Said(404, None, "x"), Fate::Said(400, None, "x")] {
        ends_in_done_once_online(said, 0).await;
    }
}

#[tokio::test]
async fn refusals_of_another_m3_end_nothing_however_many_come() {
    let centre = Scripted::open().await;
    let device = Device::left_pending(&centre, Fate::AnswerLost).await;
    let app = device.app(&centre.url);
    centre.next(FINISH_PATH, &[Fate::AnotherRefused; 3]);
    for _ in 0..3 {
        assert!(matches!(resume(&app).await, Ok(View::Resuming { .. })));
    }
    assert!(is_done(&resume(&app).await));
}

#[tokio::test]
async fn after_its_day_it_still_ends_in_done_when_the_centre_answers() {
    let centre = Scripted::open().await;
    let device = Device::left_pending(&centre, Fate::AnswerLost).await;
    let app = device.app(&centre.url);
    app.clock.set_ahead(DAY + 60_000);
    assert!(is_done(&resume(&app).await));
}

#[tokio::test]
async fn a_clock_that_was_set_back_before_the_agreement_gives_nothing_up() {
    let centre = Scripted::open().await;
    let device = Device::left_pending(&centre, Fate::AnswerLost).await;
    for back in [60_000, 400 * DAY, i64::MAX / 2] {
        let offline = device.app(NOWHERE);
        offline.clock.set_ahead(-back);
        assert!(matches!(resume(&offline).await, Ok(View::Resuming { .. })), "{back}");
    }
    let online = device.app(&centre.url);
    online.clock.set_ahead(-400 * DAY);
    assert!(is_done(&resume(&online).await));
}

#[tokio::test]
async fn the_form_sent_again_while_one_is_pending_goes_on_with_that_one() {
    let centre = Scripted::open().await;
    let device = Device::left_pending(&centre, Fate::Lost).await;
    let app = device.app(&centre.url);
    assert!(matches!(enrol(&app, form()).await, Ok(View::Resuming { .. })));
    assert_eq!(centre.heard(START_PATH).len(), 1);
    assert!(is_done(&resume(&app).await));
}

#[tokio::test]
async fn a_lost_m2_is_asked_for_with_the_same_bytes() {
    let centre = Scripted::open().await;
    let device = Device::new();
    let app = device.app(&centre.url);
    centre.next(START_PATH, &[Fate::Lost, Fate::AnswerLost, Fate::Said(500, None, "internal")]);
    assert_eq!(enrol(&app, form()).await.map_err(|why| why.code), Err(Refusal::CentreBusy));
    assert!(is_done(&enrol(&app, form()).await.map_err(|why| why.code)));
    let starts = centre.heard(START_PATH);
    assert_eq!(starts.len(), 4);
    assert!(starts.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(centre.issued(), 1);
}
