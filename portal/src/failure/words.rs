//! Owns the words for everything that is not a page: its title, what happened, what to do next.
//! Refuses to know who reads them, and how long to wait.
//! Invariant: every failure has its words; a new one does not compile without.

use super::{Failure, LATER};
use crate::bilingual::{Text, both};
use crate::centre::CentreError;

impl Failure {
    /// Title, what happened, what to do next.
    pub(super) fn words(&self) -> (Text, Text, Text) {
        match self {
            Self::NotFound => (
                both("ページが見つかりません", "This page was not found"),
                both(
                    "お探しのページは、この場所にはありません。",
                    "The page that you are looking for is not at this address.",
                ),
                both(
                    "アドレスをお確かめになるか、トップページからお進みください。",
                    "Please check the address, or go on from the top page.",
                ),
            ),
            Self::MethodNotAllowed => (
                both("この操作は受け付けられません", "This cannot be done here"),
                both(
                    "このページは、送られてきた形の操作に対応していません。",
                    "This page does not take what was sent to it.",
                ),
                both("トップページから、もう一度お進みください。", "Please start again from the top page."),
            ),
            Self::Malformed => (
                both("送信内容を読み取れませんでした", "What was sent could not be read"),
                both(
                    "入力画面から送られるはずの項目が、足りないか、余分にあるか、読み取れない文字を含んでいます。",
                    "An entry that the form sends is missing, is there twice, or holds characters that cannot be read.",
                ),
                both(
                    "入力画面を開き直して、もう一度入力してください。",
                    "Please open the form again and fill it in once more.",
                ),
            ),
            Self::NotAForm => (
                both("送信内容を読み取れませんでした", "What was sent could not be read"),
                both(
                    "入力画面から送られる形式ではありません。",
                    "It does not have the format that the form sends.",
                ),
                both(
                    "入力画面を開き直して、もう一度入力してください。",
                    "Please open the form again and fill it in once more.",
                ),
            ),
            Self::TooLarge => (
                both("送信内容が大きすぎます", "What was sent is too large"),
                both(
                    "送られた内容が、受け付けられる大きさを超えています。",
                    "It is larger than what can be accepted.",
                ),
                both(
                    "入力画面を開き直して、必要な項目だけを入力してください。",
                    "Please open the form again and fill in only what it asks for.",
                ),
            ),
            Self::Forged => (
                both("画面の有効期限が切れました", "This page is out of date"),
                both(
                    "この画面を開いたあとに、ログインの状態が変わりました。送信された内容は受け付けていません。",
                    "You have signed in or out since this page was opened. What was sent was not accepted.",
                ),
                both(
                    "入力画面を開き直して、もう一度入力してください。",
                    "Please open the form again and fill it in once more.",
                ),
            ),
            Self::Away { cause: CentreError::Wait { status: 429, .. }, .. } => (
                both("短い間のお手続きの回数が上限に達しました", "Too many requests in a short time"),
                both(
                    "同じお手続きが短い間に何度もあったため、センターが受付を止めています。",
                    "The same was asked for many times in a short while, so the centre has stopped accepting it for now.",
                ),
                LATER,
            ),
            Self::Away { cause: CentreError::Wait { .. }, .. } => (
                both("ただいま混み合っています", "The centre is busy"),
                both(
                    "ワンタイムパスワードのセンターが混み合っていて、お手続きを受け付けられませんでした。",
                    "The one-time password centre is busy, and your request could not be accepted.",
                ),
                LATER,
            ),
            Self::Away { .. } => (
                both("ただいま手続きができません", "This cannot be done right now"),
                both(
                    "ワンタイムパスワードのセンターに接続できませんでした。",
                    "The one-time password centre could not be reached.",
                ),
                LATER,
            ),
            Self::TooManyMails => (
                both("メールの送信回数が上限に達しました", "Too many mails were sent"),
                both(
                    "メール通知パスワードのメールを、短い間に何度も送信しました。入力された内容は残っています。",
                    "The mail with the mailed password was sent many times in a short while. What you have entered is kept.",
                ),
                both(
                    "迷惑メールの設定をお確かめのうえ、1時間ほど待ってから、もう一度お試しください。",
                    "Please check your spam filter, wait about an hour, then try again.",
                ),
            ),
            Self::Crowded => (
                both("ただいま混み合っています", "We are very busy right now"),
                both(
                    "パスワードの確認が混み合っていて、今は受け付けられませんでした。間違いとしては数えていません。",
                    "Too many passwords are being checked, so yours could not be taken now. It does not count as a wrong one.",
                ),
                LATER,
            ),
            Self::NotAllowed => (
                both("この操作は行えません", "You may not do this"),
                both(
                    "あなたの役割では、この画面を使うことができません。",
                    "Your role does not include this page.",
                ),
                both(
                    "役割の変更が必要なときは、システムの管理者にお申し出ください。",
                    "If you need another role, please ask the system administrator.",
                ),
            ),
            Self::SignIn { .. } | Self::CodeOwed | Self::Elsewhere(_) | Self::Stopped | Self::Internal(_) => {
                (
                    both("処理を終えられませんでした", "This could not be finished"),
                    both(
                        "システムに問題が起きました。お手続きが受け付けられたかどうかは、登録状況でご確認いただけます。",
                        "Something went wrong on our side. The status on the one-time password page tells whether your request was accepted.",
                    ),
                    LATER,
                )
            }
        }
    }
}
