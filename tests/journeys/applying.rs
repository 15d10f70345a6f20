//! Owns the member's steps on the portal: sign in, apply, activate, release.
//! Refuses to know what is proved with them.
//! Invariant: each step ends on the page that it says.

use harness::page::Page;
use harness::phone::{Ids, digits};
use harness::portal::{CONFIRMATION_PASSWORD, LOGIN_PASSWORD};

use crate::stage::Stage;

pub(crate) const LOGIN_ID: &str = "demo0001";
pub(crate) const MAIL: &str = "taro@data-bank.example.jp";
pub(crate) const START_PASSWORD: &str = "1949";

/// Signs in as far as the passwords lead: the top page, or the page that asks for a code.
pub(crate) async fn sign_in(stage: &Stage) {
    sign_in_at(stage, &stage.browser.page).await;
}

/// The same in another browser.
pub(crate) async fn sign_in_at(stage: &Stage, page: &Page) {
    page.go(&stage.portal.url).await;
    page.fill("login-id", LOGIN_ID).await;
    page.fill("login-password", LOGIN_PASSWORD).await;
    page.press("sign-in").await;
}

pub(crate) async fn sign_out(page: &Page) {
    page.press("sign-out").await;
    page.see("login-id").await;
}

/// To ワンタイムパスワード申請内容選択.
pub(crate) async fn open_menu(page: &Page) {
    page.press("nav-otp").await;
    page.see("screen-menu").await;
}

/// BOT001, filled in and sent on; ends on 入力内容確認.
pub(crate) async fn fill_in_application(page: &Page) {
    page.fill("mail", MAIL).await;
    page.fill("mail-again", MAIL).await;
    page.fill("start-password", START_PASSWORD).await;
    page.fill("start-password-again", START_PASSWORD).await;
}

/// The メール通知パスワード of the newest mail.
pub(crate) async fn mailed_password(stage: &Stage, mails_before: usize) -> String {
    stage.mail.wait_for(MAIL, "メール通知パスワード", mails_before).await.password()
}

/// From the passwords to トークン発行完了, whose IDs it reads.
pub(crate) async fn apply(stage: &Stage) -> Ids {
    let page = &stage.browser.page;
    sign_in(stage).await;
    page.see("screen-top").await;
    open_menu(page).await;
    page.press("issue").await;
    fill_in_application(page).await;
    page.press("next").await;
    confirm(stage, 0).await
}

/// 入力内容確認, with the password of the mail that comes after `mails_before`.
pub(crate) async fn confirm(stage: &Stage, mails_before: usize) -> Ids {
    let page = &stage.browser.page;
    page.see("mailed-password").await;
    page.fill("mailed-password", &mailed_password(stage, mails_before).await).await;
    page.fill("confirmation-password", CONFIRMATION_PASSWORD).await;
    page.press("confirm").await;
    page.see("screen-issued").await;
    Ids { service_id: digits(&page.read("service-id").await), user_id: digits(&page.read("user-id").await) }
}

/// ワンタイムパスワード利用開始 with a code; ends on its 完了.
pub(crate) async fn activate(page: &Page, code: &str) {
    open_menu(page).await;
    page.press("activate").await;
    page.fill("code", code).await;
    page.press("submit").await;
    page.see("screen-activated").await;
}
