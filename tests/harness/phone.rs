//! Owns the member's steps in the app: type the IDs, agree, send, read the code.
//! Refuses to know where the IDs came from.
//! Invariant: a code is read only when eight digits are on show.

use std::time::{Duration, Instant};

use crate::page::Page;

/// How long a code may take to come on show.
const PATIENCE: Duration = Duration::from_secs(30);

/// What トークン発行完了 shows.
pub struct Ids {
    /// サービスID.
    pub service_id: String,
    /// ユーザID.
    pub user_id: String,
}

/// The digits of a text that is set in groups.
pub fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// 初期設定, filled in and agreed to.
pub async fn fill_in(page: &Page, ids: &Ids, start_password: &str) {
    page.fill("service-id", &ids.service_id).await;
    page.fill("user-id", &ids.user_id).await;
    page.fill("start-password", start_password).await;
    page.press("agree").await;
}

/// From 初期設定 to the code screen.
pub async fn set_up(page: &Page, ids: &Ids, start_password: &str) {
    page.see("setup").await;
    fill_in(page, ids, start_password).await;
    page.press_when_enabled("submit").await;
    go_on_to_code(page).await;
}

/// 初期設定完了, read.
pub async fn go_on_to_code(page: &Page) {
    page.see("done").await;
    page.press("next").await;
    page.see("code").await;
}

/// The code on show.
pub async fn code(page: &Page) -> String {
    other_code(page, "").await
}

/// The code on show, once it is another one than `old`.
pub async fn other_code(page: &Page, old: &str) -> String {
    let end = Instant::now() + PATIENCE;
    loop {
        // The window of a test has no focus, so the code hides itself after a while, as it does for a member.
        if page.sees("reveal").await {
            page.press("reveal").await;
        }
        let shown = digits(&page.read("code-value").await);
        if shown.len() == 8 && shown != old {
            return shown;
        }
        if Instant::now() > end {
            panic!("no code came on show; the page says:\n{}\n{}", page.all_text().await, page.state().await);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
