//! Owns the proof that a second token is added beside the first, whatever becomes of its initialisation.
//! Refuses to know the list's look.
//! Invariant: the first token is there all the time.

use warifu_core::otp::Step;
use warifu_core::time::DAY;
use warifu_core::wire::device::{FINISH_PATH, START_PATH};

use super::scripted::{Fate, REFUSED, SERIAL};
use super::*;
use crate::tokens::At;
use crate::view::Whose;

/// An app with one token, whose 完了 was read.
async fn with_one(centre: &Scripted) -> (Device, Arc<Session>) {
    let device = Device::new();
    let app = device.app(&centre.url);
    assert!(is_done(&enrol(&app, form()).await.map_err(|why| why.code)));
    assert!(matches!(app.read_done(), Ok(View::Code { .. })));
    (device, app)
}

const MINUTE: i64 = 60_000;

/// The app, which nobody told the time, a second into a minute; and by how much its clock was set ahead for that, ms.
fn as_a_minute_begins(device: &Device) -> (Arc<Session>, i64) {
    let app = device.app(NOWHERE);
    let ahead = MINUTE - app.clock.now().0.rem_euclid(MINUTE) + 1_000;
    app.clock.set_ahead(ahead);
    (app, ahead)
}

fn lines(view: &View) -> Vec<(u64, Option<Refusal>)> {
    let View::Tokens { tokens, can_add: true } = view else { panic!("{view:?}") };
    tokens.iter().map(|line| (line.slot, line.trouble)).collect()
}

#[tokio::test]
async fn one_more_is_added_from_the_list_and_both_are_chosen_from_it() {
    let centre = Scripted::open().await;
    let (device, app) = with_one(&centre).await;
    assert_eq!(lines(&app.list_tokens()), [(1, None)]);
    assert_eq!(app.add_token(), Ok(View::Setup { has_tokens: true }));
    assert!(is_done(&enrol(&app, form()).await.map_err(|why| why.code)));
    assert_eq!(app.at(), At::Slot(2));
    assert!(matches!(app.read_done(), Ok(View::Code { .. })));
    drop(app);

    let app = device.app(NOWHERE);
    assert_eq!(lines(&app.look(false)), [(1, None), (2, None)]);
    assert!(app.show_code(false).is_err(), "no token is chosen");
    for slot in [1, 2] {
        assert!(matches!(app.choose_token(slot), View::Code { .. }));
        assert!(app.show_code(false).is_ok());
    }
    assert!(matches!(app.remove(), Ok(View::Code { .. })), "the one that is left needs no choice");
    assert_eq!(app.slot(&app.place().unwrap()), Ok(Some(1)));
}

#[tokio::test]
async fn the_first_view_brings_its_code_unless_the_codes_time_went_by_meanwhile() {
    let centre = Scripted::open().await;
    let (device, first) = with_one(&centre).await;
    drop(first);
    let brought = |later: i64| {
        let (app, begun) = as_a_minute_begins(&device);
        app.look_ahead();
        app.finish_looking_ahead();
        let (code, _) = app.code(false).unwrap();
        app.clock.set_ahead(begun + later);
        let (view, first) = app.first_look();
        assert!(matches!(view, View::Code { .. }), "{view:?}");
        assert!(app.first_look().1.is_none(), "it is brought once");
        (code.expose().to_owned(), first.map(|first| serde_json::to_value(first).unwrap()["groups"].clone()))
    };
    let (code, first) = brought(30_000);
    assert_eq!(first, Some(serde_json::json!([code[..4], code[4..]])));
    assert_eq!(brought(MINUTE).1, None);
}

#[tokio::test]
async fn the_code_on_show_is_copied_or_none_at_all() {
    let centre = Scripted::open().await;
    let (device, first) = with_one(&centre).await;
    drop(first);
    let (app, begun) = as_a_minute_begins(&device);
    let [(current, shown), (next, after)] = [false, true].map(|is_next| app.code(is_next).unwrap());
    assert_eq!(after, shown.offset(1));
    let copied = |step: Step| {
        let code = app.code_on_show(step.0).unwrap();
        code.map(|code| code.expose().to_owned())
    };
    assert_eq!(copied(shown), Some(current.expose().to_owned()));
    assert_eq!(copied(after), Some(next.expose().to_owned()));

    app.clock.set_ahead(begun + MINUTE);
    assert_eq!(copied(shown), None, "it is on show no more");
    assert_eq!(copied(after), Some(next.expose().to_owned()), "never the code after it");
    for (by, step) in [(2, after), (-2, shown), (-1, after)] {
        app.clock.set_ahead(begun + by * MINUTE);
        assert_eq!(copied(step), None, "{by}");
    }
}

#[tokio::test]
async fn without_asking_for_one_more_the_form_leads_to_the_token_that_is_there() {
    let centre = Scripted::open().await;
    let (_device, app) = with_one(&centre).await;
    assert!(matches!(enrol(&app, form()).await, Ok(View::Code { .. })));
    assert_eq!(centre.heard(START_PATH).len(), 1);
}

#[tokio::test]
async fn a_second_one_that_waits_for_its_answer_comes_first_after_a_restart() {
    let centre = Scripted::open().await;
    let (device, app) = with_one(&centre).await;
    app.add_token().unwrap();
    centre.next(FINISH_PATH, &[Fate::AnswerLost]);
    assert!(matches!(enrol(&app, form()).await, Ok(View::Resuming { .. })));
    app.add_token().unwrap();
    assert!(matches!(enrol(&app, form()).await, Ok(View::Resuming { .. })), "one waits at a time");
    assert_eq!(centre.heard(START_PATH).len(), 2);
    drop(app);

    let app = device.app(&centre.url);
    assert_eq!(app.look(false), View::Resuming { waits_for: None, retry_in_s: 0, has_others: true });
    assert!(is_done(&resume(&app).await));
    assert!(matches!(app.choose_token(1), View::Code { .. }));
}

#[tokio::test]
async fn while_a_second_one_waits_the_first_shows_its_codes_and_is_not_touched_when_the_second_is_given_up() {
    let centre = Scripted::open().await;
    let (device, app) = with_one(&centre).await;
    app.add_token().unwrap();
    centre.next(FINISH_PATH, &[Fate::AnswerLost]);
    assert!(matches!(enrol(&app, form()).await, Ok(View::Resuming { has_others: true, .. })));
    assert_eq!(lines(&app.list_tokens()), [(1, None), (2, None)]);
    assert!(matches!(app.choose_token(1), View::Code { .. }));
    assert!(app.show_code(false).is_ok());

    // After its day, and the member goes to the first one while the centre is asked once more.
    assert!(matches!(app.choose_token(2), View::Resuming { has_others: true, .. }));
    app.clock.set_ahead(DAY + 60_000);
    centre.next(FINISH_PATH, &[Fate::Lost]);
    let asked = centre.heard(FINISH_PATH).len();
    let resuming = tokio::spawn({
        let app = Arc::clone(&app);
        async move { resume(&app).await }
    });
    while centre.heard(FINISH_PATH).len() == asked {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(matches!(app.choose_token(1), View::Code { .. }));
    assert_eq!(resuming.await.unwrap(), Err(Refusal::SetupUnfinished));
    assert!(app.show_code(false).is_ok(), "the one on show stays on show");
    assert_eq!(lines(&app.list_tokens()), [(1, None)]);
    drop(app);
    assert_eq!(device.app(NOWHERE).look(false), refusal(Refusal::SetupUnfinished), "and it is told");
}

#[tokio::test]
async fn a_page_about_one_of_several_says_whose_it_is() {
    let centre = Scripted::open().await;
    let (device, app) = with_one(&centre).await;
    let whose = |has_others| Whose {
        institution: "仙北信用組合".to_owned(),
        serial: Some(SERIAL.to_owned()),
        has_others,
    };
    assert_eq!(app.whose(), Ok(Some(whose(false))));
    app.add_token().unwrap();
    assert_eq!(app.whose(), Ok(None), "a form is about none");
    assert!(enrol(&app, form()).await.is_ok());
    assert_eq!(app.whose(), Ok(Some(whose(true))));
    device.lose("slot-2");
    app.choose_token(2);
    assert_eq!(app.whose(), Ok(Some(Whose { serial: None, ..whose(true) })), "its key is gone");
}

#[tokio::test]
async fn a_second_one_that_is_refused_ends_on_its_page_and_the_first_stays() {
    let centre = Scripted::open().await;
    let (device, app) = with_one(&centre).await;
    app.add_token().unwrap();
    centre.next(FINISH_PATH, &[REFUSED]);
    assert_eq!(enrol(&app, form()).await, Err(Refusal::EnrolRefused.into()));
    drop(app);
    let app = device.app(&centre.url);
    assert_eq!(app.look(false), refusal(Refusal::EnrolRefused), "until it was read");
    assert_eq!(app.read_ending(), Ok(View::Setup { has_tokens: true }));
    assert_eq!(lines(&app.list_tokens()), [(1, None)]);
    assert!(matches!(app.choose_token(1), View::Code { .. }));
}

#[tokio::test]
async fn keys_that_are_gone_are_named_in_the_list_and_have_one_page_when_all_are() {
    let centre = Scripted::open().await;
    let (device, app) = with_one(&centre).await;
    app.add_token().unwrap();
    assert!(enrol(&app, form()).await.is_ok());
    app.read_done().unwrap();
    drop(app);

    let app = device.app(NOWHERE);
    device.lose("slot-2");
    let View::Tokens { tokens, .. } = app.look(false) else { panic!("there are two") };
    assert_eq!(
        (tokens[1].trouble, tokens[1].institution.as_str()),
        (Some(Refusal::KeyMissing), "仙北信用組合")
    );
    assert_eq!(app.choose_token(2), refusal(Refusal::KeyMissing));
    assert_eq!(lines(&app.list_tokens()), [(1, None), (2, Some(Refusal::KeyMissing))]);
    device.lose("slot-1");
    app.go(At::Start);
    assert_eq!(app.look(false), refusal(Refusal::KeyMissing));
    assert_eq!(app.remove(), Ok(View::Setup { has_tokens: false }), "all that are proven useless");
}

#[tokio::test]
async fn a_clock_from_before_the_token_or_before_1970_or_after_its_end_shows_no_code() {
    let centre = Scripted::open().await;
    let (device, app) = with_one(&centre).await;
    drop(app);
    // Nobody has told it the time in this run.
    let app = device.app(&centre.url);
    let now = app.clock.now().0;
    // The scripted centre made it in August 2015.
    let made = 1_440_548_000_000;
    for ahead in [-now - DAY, -now * 2, made - 2 * DAY - now] {
        app.clock.set_ahead(ahead);
        assert_eq!(app.look(false), refusal(Refusal::ClockWrong), "{ahead}");
        assert_eq!(app.show_code(false).err(), Some(Refusal::ClockWrong));
    }
    app.clock.set_ahead(made + DAY - now);
    assert!(matches!(app.look(false), View::Code { .. }));
    // Years after its end, by this clock alone.
    app.clock.set_ahead(4_000_000_000_000 - now + DAY);
    assert_eq!(app.look(false), refusal(Refusal::Expired));
    app.clock.set_ahead(-now - DAY);
    assert_eq!(app.is_clear(), Err(Refusal::ClockWrong));
    assert_eq!(enrol(&app, form()).await, Err(Refusal::ClockWrong.into()));
    app.clock.set_ahead(0);
    assert_eq!(app.is_clear(), Ok(()));
    assert!(matches!(app.look(false), View::Code { .. }));
}
