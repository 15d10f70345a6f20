//! Owns what can be applied for in each state of a member: three doors, open or closed.
//! Refuses to know what lies behind them.
//! Invariant: a button that the state does not allow is disabled and says why.

use warifu_core::wire::bank::Registration;

use crate::bilingual::{Text, both};

/// One of the three applications.
pub(super) struct Door {
    pub(super) test_id: &'static str,
    pub(super) href: &'static str,
    pub(super) label: Text,
    pub(super) about: Text,
    /// Empty when the door is open.
    pub(super) closed: Text,
    /// The one that comes next.
    pub(super) is_next: bool,
}

pub(super) fn doors(registration: Registration, may_renew: bool, is_renewal: bool) -> [Door; 3] {
    use Registration::{Active, Issued, None, Suspended};
    const OPEN: Text = both("", "");
    const STARTED: Text = both("すでに利用を開始しています。", "You have started using the token already.");
    const STOPPED: Text = both(
        "ワンタイムパスワード認証が停止しています。停止の解除は、窓口またはお電話でお申し出ください。",
        "Your one-time password is suspended. To have it lifted, please come to a branch or call us.",
    );
    let [issue, activate, revoke] = match registration {
        None => [
            OPEN,
            both("先にトークン発行をお申し込みください。", "Please have a token issued first."),
            both("利用中のトークンがありません。", "There is no token in use."),
        ],
        Issued => [
            OPEN,
            OPEN,
            both(
                "まだ利用を開始していません。取りやめるときは、利用開始の画面の「申込を中止する」からお進みください。",
                "You have not started using the token yet. To call it off, choose “Cancel the application” on the page “Start using the token”.",
            ),
        ],
        Active if may_renew => [OPEN, if is_renewal { OPEN } else { STARTED }, OPEN],
        Active => [
            both(
                "すでにトークンを利用中です。新しく発行するには、先に利用解除をしてください。",
                "You are using a token already. To have a new one issued, please release it first.",
            ),
            STARTED,
            OPEN,
        ],
        Suspended => [STOPPED; 3],
    };
    [
        Door {
            test_id: "issue",
            href: "/otp/issue",
            label: both("トークン発行", "Issue a token"),
            about: if registration == Issued || is_renewal {
                both(
                    "発行をやり直します。今のユーザIDは使えなくなります。",
                    "Has a token issued anew. The present user ID can no longer be used then.",
                )
            } else {
                both(
                    "アプリの初期設定に使うサービスIDとユーザIDを発行します。",
                    "Gives you the service ID and the user ID for the initial setup in the app.",
                )
            },
            closed: issue,
            is_next: registration == None || may_renew && !is_renewal,
        },
        Door {
            test_id: "activate",
            href: "/otp/activate",
            label: both("ワンタイムパスワード利用開始", "Start using the token"),
            about: both(
                "初期設定を終えたアプリの番号を入力して、利用を始めます。",
                "Enter the code of the app once its initial setup is done.",
            ),
            closed: activate,
            is_next: registration == Issued || is_renewal,
        },
        Door {
            test_id: "revoke",
            href: "/otp/revoke",
            label: both("ワンタイムパスワード利用解除", "Release the token"),
            about: both(
                "機種変更の前や、利用をやめるときに手続きします。",
                "Before you change your device, or to stop using one-time passwords.",
            ),
            closed: revoke,
            is_next: false,
        },
    ]
}
