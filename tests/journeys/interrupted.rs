//! Owns the proof that an initialisation survives the death of the app at its worst moment.
//! Refuses to know what the app had written by then.
//! Invariant: the answer is lost after the centre gave it, and the app dies without a farewell.

use harness::line::Line;
use harness::phone;
use harness::programs;
use warifu_core::wire::device::FINISH_PATH;

use crate::applying::{self, START_PASSWORD};
use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn an_app_killed_between_m3_and_m4_resumes_to_the_code() {
    let mut line = Line::lay().await;
    let stage = Stage::set(Some(line.url())).await;
    line.lead_to(stage.centre.address());
    line.withhold(FINISH_PATH);
    let ids = applying::apply(&stage).await;

    let url = line.url();
    let opening = stage.opening(&url);
    let window = opening.open(&programs::qa("warifu")).await;
    window.page.see("setup").await;
    phone::fill_in(&window.page, &ids, START_PASSWORD).await;
    window.page.press_when_enabled("submit").await;
    line.withheld().await;
    window.kill();
    let status = stage.centre.status("m-0001").await;
    assert_eq!(status["issue"]["state"], "used", "the centre had committed: {status}");
    let serial = status["token"]["serial"].clone();

    // Still unreachable: the app says that it waits, and asks for nothing.
    let window = opening.open(&programs::qa("warifu")).await;
    window.page.see("resuming").await;
    window.kill();

    line.let_pass();
    let window = opening.open(&programs::qa("warifu")).await;
    phone::go_on_to_code(&window.page).await;
    stage.clock.leave_at_least(25);
    let code = phone::code(&window.page).await;
    assert_eq!(phone::digits(&window.page.read("serial").await), serial.as_str().expect("a serial"));
    applying::activate(&stage.browser.page, &code).await;
    assert_eq!(stage.centre.status("m-0001").await["token"]["serial"], serial, "there is one token");
    window.close().await;
}
