//! Owns the member's steps on the pages of money and registered data: a transfer, the daily limit, the mail address.
//! Refuses to know who is signed in, and what the pages answer.
//! Invariant: each step begins at the navigation and ends with its form sent.

use crate::page::Page;

/// The account of 仙北 花子, to whom the tests transfer.
pub const PAYEE: &str = "1000002";
/// A transfer to her, but for the amount: test ids, and what people type.
pub const TO_HANAKO: [(&str, &str); 4] =
    [("bank", "9999"), ("branch", "００１"), ("number", "100 0002"), ("payee", "せんぼく はなこ")];

/// 振込・振替 to 仙北 花子, as far as 次へ.
pub async fn transfer(page: &Page, amount: &str) {
    page.press("nav-transfer").await;
    page.see("screen-transfer").await;
    for (field, text) in TO_HANAKO {
        page.fill(field, text).await;
    }
    page.fill("amount", amount).await;
    page.press("next").await;
}

/// 振込・振替限度額の変更.
pub async fn change_limit(page: &Page, amount: &str, code: &str) {
    page.press("nav-limit").await;
    page.see("screen-limit").await;
    page.fill("amount", amount).await;
    page.fill("code", code).await;
    page.press("submit").await;
}

/// 登録情報の変更.
pub async fn change_mail(page: &Page, mail: &str, code: &str) {
    page.press("nav-details").await;
    page.see("screen-details").await;
    page.fill("mail", mail).await;
    page.fill("mail-again", mail).await;
    page.fill("code", code).await;
    page.press("submit").await;
}
