//! Owns the member's whole path: application, mail, 初期設定, 利用開始, sign-in, 利用解除, and nothing left afterwards.
//! Refuses to look behind a screen, but for the last question to the centre.
//! Invariant: a picture of every screen is left in the order of the path.

use harness::centre::{INSTITUTION, SERVICE_ID, request_id};
use harness::phone;
use harness::pictures::Pictures;
use harness::portal::CONFIRMATION_PASSWORD;
use harness::programs;
use serde_json::{Value, json};

use crate::applying::{self, MAIL, START_PASSWORD};
use crate::stage::Stage;

/// The demo member behind [`applying::LOGIN_ID`].
const MEMBER: &str = "m-0001";

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_path() {
    let stage = Stage::set(None).await;
    let pictures = Pictures::open();
    let portal = &stage.browser.page;

    println!("── トークン発行");
    portal.go(&stage.portal.url).await;
    portal.see("login-id").await;
    pictures.take(portal, "portal-sign-in").await;
    applying::sign_in(&stage).await;
    portal.see("screen-top").await;
    pictures.take(portal, "portal-top").await;
    applying::open_menu(portal).await;
    assert_eq!(portal.read("registration").await, "未登録");
    assert!(!portal.is_enabled("activate").await && !portal.is_enabled("revoke").await);
    pictures.take(portal, "portal-menu-unregistered").await;
    portal.press("issue").await;
    applying::fill_in_application(portal).await;
    pictures.take(portal, "portal-BOT001").await;
    portal.press("next").await;
    portal.see("mailed-password").await;
    pictures.take(portal, "portal-confirm").await;
    let ids = applying::confirm(&stage, 0).await;
    assert_eq!((ids.service_id.as_str(), ids.user_id.len()), (SERVICE_ID, 12));
    let guide = stage.mail.wait_for(MAIL, "トークン発行のご案内", 0).await;
    assert!(guide.text.contains(SERVICE_ID));
    assert!(!guide.text.contains(&ids.user_id), "the mail names both IDs:\n{}", guide.text);
    assert!(!guide.text.contains(START_PASSWORD), "the mail names the start password:\n{}", guide.text);
    pictures.take(portal, "portal-issued").await;

    println!("── 初期設定");
    let opening = stage.opening(&stage.centre.url);
    let window = opening.open(&programs::qa("warifu")).await;
    let app = &window.page;
    app.see("setup").await;
    pictures.take(app, "app-setup-empty").await;
    assert!(!app.is_enabled("submit").await, "without fields and agreement there is nothing to send");
    phone::fill_in(app, &ids, START_PASSWORD).await;
    pictures.take(app, "app-setup").await;
    app.press_when_enabled("submit").await;
    app.see("done").await;
    app.read_until("done", INSTITUTION).await;
    pictures.take(app, "app-done").await;
    phone::go_on_to_code(app).await;
    stage.clock.leave_at_least(25);
    let first = phone::code(app).await;
    assert!(app.read("institution").await.contains(INSTITUTION));
    assert_eq!(phone::digits(&app.read("serial").await).len(), 9);
    assert!(app.read("expires-at").await.contains("09:00"));
    pictures.take(app, "app-code").await;

    println!("── 利用開始");
    applying::open_menu(portal).await;
    assert_eq!(portal.read("registration").await, "トークン発行済");
    pictures.take(portal, "portal-menu-issued").await;
    portal.press("activate").await;
    portal.see("screen-activate").await;
    pictures.take(portal, "portal-activate").await;
    let activation = current(&stage, app, &first).await;
    applying::activate(portal, &activation).await;
    pictures.take(portal, "portal-activated").await;
    applying::open_menu(portal).await;
    assert_eq!(portal.read("registration").await, "利用中");
    pictures.take(portal, "portal-menu-active").await;
    applying::sign_out(portal).await;

    println!("── ログイン");
    applying::sign_in(&stage).await;
    portal.see("screen-code").await;
    pictures.take(portal, "portal-code").await;
    portal.fill("code", &activation).await;
    portal.press("submit").await;
    portal.see("errors").await;
    assert!(portal.sees("screen-code").await, "a used code opens nothing");
    pictures.take(portal, "portal-code-used").await;
    stage.clock.next_step();
    let second = phone::other_code(app, &activation).await;
    pictures.take(app, "app-code-next").await;
    portal.fill("code", &second).await;
    portal.press("submit").await;
    portal.see("screen-top").await;
    pictures.take(portal, "portal-top-active").await;

    println!("── 利用解除");
    applying::open_menu(portal).await;
    portal.press("revoke").await;
    portal.see("screen-revoke").await;
    portal.fill("confirmation-password", CONFIRMATION_PASSWORD).await;
    portal.fill("code", &second).await;
    portal.press("submit").await;
    portal.see("errors").await;
    assert!(portal.sees("screen-revoke").await, "the code of the sign-in releases nothing");
    stage.clock.next_step();
    let third = phone::other_code(app, &second).await;
    portal.fill("confirmation-password", CONFIRMATION_PASSWORD).await;
    portal.fill("code", &third).await;
    pictures.take(portal, "portal-BOS001").await;
    portal.press("submit").await;
    portal.see("screen-revoked").await;
    pictures.take(portal, "portal-revoked").await;

    println!("── afterwards");
    applying::open_menu(portal).await;
    assert_eq!(portal.read("registration").await, "未登録");
    pictures.take(portal, "portal-menu-released").await;
    applying::sign_out(portal).await;
    applying::sign_in(&stage).await;
    portal.see("screen-top").await;
    stage.clock.next_step();
    let fourth = phone::other_code(app, &third).await;
    for (verb, purpose) in [("verify", Some("sign_in")), ("verify", Some("transfer")), ("revoke", None)] {
        let mut question = json!({ "request_id": request_id(), "code": fourth });
        if let Some(purpose) = purpose {
            question["purpose"] = purpose.into();
        }
        let answer: Value = stage.centre.ask(MEMBER, verb, &question).await.expect();
        assert_eq!(answer["verdict"], "not_registered", "the code of a released token opens {verb}");
    }
    for subject in ["初期設定", "利用開始", "利用解除"] {
        let mail = stage.mail.wait_for(MAIL, subject, 0).await;
        assert!(!mail.text.contains(&ids.user_id), "{}", mail.text);
    }
    window.close().await;
}

/// The code on show with enough of its minute left to be typed.
async fn current(stage: &Stage, app: &harness::page::Page, shown: &str) -> String {
    let before = stage.clock.step();
    stage.clock.leave_at_least(15);
    if stage.clock.step() == before { phone::code(app).await } else { phone::other_code(app, shown).await }
}
