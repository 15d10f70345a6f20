//! Owns what is said when a request failed on our side: in each area, where to look whether it was done.
//! Refuses to know the cause, and which handler it was.
//! Invariant: nobody is told to try again before they are told where to look.

use crate::bilingual::{Text, both};
use crate::failure::LATER;

/// What may or may not have happened when something failed here, what to do, and where it can be looked at.
pub(crate) fn unsure(path: &str) -> (Text, Text, &'static str) {
    let of = |area: &str| path == area || path.starts_with(&format!("{area}/"));
    if of("/staff") {
        (
            both(
                "システムに問題が起きました。操作が行われたかどうかは、会員のページと「申請と承認」で確かめてください。",
                "Something went wrong on our side. The member’s page and “Requests” tell whether it was done.",
            ),
            both(
                "確かめてから、必要なときだけ、もう一度操作してください。繰り返すときは、下の番号をシステムの管理者に知らせてください。",
                "Please look there first, and do it once more only where it is needed. If it happens again, please tell the system administrator the number below.",
            ),
            "/staff",
        )
    } else if of("/transfer") {
        (
            both(
                "システムに問題が起きました。振込・振替を受け付けたかどうかは、「振込・振替」の画面の「今日の振込・振替」でご確認いただけます。",
                "Something went wrong on our side. “Today’s transfers” on the page “Transfer” tells whether your transfer was accepted.",
            ),
            both(
                "ご確認の前に、同じ振込をもう一度しないでください。受け付けていないときは、しばらく待ってから、もう一度お試しください。",
                "Please do not make the same transfer again before you have looked there. If it was not accepted, please wait a while, then try again.",
            ),
            "/transfer",
        )
    } else if of("/limit") {
        (
            both(
                "システムに問題が起きました。限度額の変更を受け付けたかどうかは、「振込・振替限度額の変更」の画面でご確認いただけます。",
                "Something went wrong on our side. The page “Transfer limit” tells whether your change of the limit was accepted.",
            ),
            LATER,
            "/limit",
        )
    } else if of("/details") {
        (
            both(
                "システムに問題が起きました。メールアドレスが変わったかどうかは、「登録情報の変更」の画面でご確認いただけます。",
                "Something went wrong on our side. The page “Registered data” tells whether your mail address was changed.",
            ),
            LATER,
            "/details",
        )
    } else if of("/otp") {
        (
            both(
                "システムに問題が起きました。お手続きが受け付けられたかどうかは、登録状況でご確認いただけます。",
                "Something went wrong on our side. The status on the one-time password page tells whether your request was accepted.",
            ),
            LATER,
            "/otp",
        )
    } else {
        (
            both(
                "システムに問題が起きました。お手続きは、途中のまま残っています。",
                "Something went wrong on our side. What you have begun is kept as it is.",
            ),
            LATER,
            "/",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_here_says_for_each_area_where_to_look_whether_it_was_done() {
        for (path, says, back) in [
            ("/staff/suspend", "会員のページ", "/staff"),
            ("/staff", "申請と承認", "/staff"),
            ("/transfer/code", "今日の振込・振替", "/transfer"),
            ("/limit", "振込・振替限度額の変更", "/limit"),
            ("/details", "登録情報の変更", "/details"),
            ("/otp/revoke", "登録状況", "/otp"),
            ("/transferred", "途中のまま", "/"),
        ] {
            let (sentence, next, place) = unsure(path);
            assert!(sentence.ja.contains(says) && next.ja.ends_with('。') && place == back, "{path}");
            assert!(sentence.en.ends_with('.') && next.en.ends_with('.'), "{path}");
        }
    }
}
