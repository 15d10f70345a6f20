//! Owns the facts about a token, an issue and a mail in the words that staff read.
//! Refuses to know who they belong to.
//! Invariant: every word of the bank API has words here; a new one does not compile without.

use warifu_core::japan::day;
use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::{
    IssueState, IssueStatus, MailAddress, MailState, MailStatus, TokenEnd, TokenState, TokenStatus, TokenUse,
    UsePurpose, Verdict,
};
use warifu_core::wire::device::VaultLevel;

use crate::bilingual::{Text, both, counted, same};
use crate::page::minute;

/// A term, what is said of it, and the name that tests find it by.
pub(super) type Fact = (Text, Text, &'static str);

pub(super) fn token(token: &TokenStatus) -> Vec<Fact> {
    let then = match token.state {
        TokenState::Issued => both("無効になります", "it can no longer be used"),
        _ => both("停止します", "it is suspended"),
    };
    let left = match token.state {
        TokenState::Suspended => both("停止中のため、確認していません", "Not checked while it is suspended"),
        _ => Text::new(
            format!("あと{}回続けて間違えると{}", token.wrong_left, then.ja),
            format!("After {} in a row {}", counted(token.wrong_left, "more wrong code"), then.en),
        ),
    };
    let mut facts = vec![
        (both("シリアルNo", "Serial no."), same(&token.serial), "serial"),
        (both("トークンの状態", "State of the token"), state(token.state), "token-state"),
        (both("番号の間違い", "Wrong codes"), left, "wrong-left"),
        (both("端末の時計", "Clock of the device"), clock(token.drift), "drift"),
        (both("鍵の保管", "How the keys are kept"), vault(token.vault), "vault"),
        (both("利用開始日", "In use since"), same(day(token.started_on)), "started-on"),
        (both("有効期限", "Valid until"), japan(token.expires_at), "expires-at"),
    ];
    if let Some(by) = token.activate_by {
        facts.push((both("利用開始の期限", "To be put to use by"), japan(by), "activate-by"));
    }
    if let Some(at) = token.copy_suspected_at {
        let at = minute(at);
        let said = Text::new(
            format!("{at}（日本時間）に、同じ鍵を持つ別の端末が使われた疑いがあります"),
            format!("At {at} (Japan time) another device with the same keys seems to have been used"),
        );
        facts.push((both("複製の疑い", "Suspected copy"), said, "copy-suspected"));
    }
    facts
}

/// A moment, with whose time it is.
fn japan(at: UnixMillis) -> Text {
    let at = minute(at);
    Text::new(format!("{at}（日本時間）"), format!("{at} (Japan time)"))
}

/// How far the device's clock is from the centre's.
fn clock(drift: i8) -> Text {
    let off = drift.unsigned_abs();
    match drift {
        0 => both("センターの時計と合っています", "Agrees with the centre’s clock"),
        1.. => Text::new(
            format!("センターより約{off}分進んでいます"),
            format!("About {} ahead of the centre’s", counted(off, "minute")),
        ),
        ..0 => Text::new(
            format!("センターより約{off}分遅れています"),
            format!("About {} behind the centre’s", counted(off, "minute")),
        ),
    }
}

/// A use of a token: when, what for, what became of it.
pub(super) fn token_use(token_use: &TokenUse) -> (String, Text, Text) {
    (minute(token_use.at), purpose(token_use.purpose), result(token_use.result))
}

fn purpose(purpose: UsePurpose) -> Text {
    match purpose {
        UsePurpose::SignIn => both("ログイン", "Sign-in"),
        UsePurpose::Transfer => both("振込・振替", "Transfer"),
        UsePurpose::Change => both("登録情報・限度額の変更", "Change of registered data or limit"),
        UsePurpose::Activate => both("利用開始", "Start of use"),
        UsePurpose::Revoke => both("利用解除", "Release"),
        UsePurpose::Resync => both("時計のずれの補正", "Clock adjustment"),
        UsePurpose::Signature => both("取引認証", "Approval of a transfer"),
    }
}

fn result(result: Verdict) -> Text {
    match result {
        Verdict::Accepted => both("正しい番号でした", "The code was right"),
        Verdict::Used => both("一度使われた番号でした", "The code had been used before"),
        Verdict::Wrong => both("番号が違いました", "The code was wrong"),
        Verdict::Suspended => both("停止中のため、確認していません", "Not checked: the token was suspended"),
        Verdict::Expired => {
            both("有効期限切れのため、確認していません", "Not checked: the token had expired")
        }
        Verdict::NotActivated => {
            both("利用開始の前のため、確認していません", "Not checked: the token was not in use yet")
        }
        Verdict::NotRegistered => {
            both("トークンがないため、確認していません", "Not checked: there was no token")
        }
    }
}

/// How the newest token ended.
pub(super) fn ended(end: &TokenEnd) -> Text {
    let how = match end.state {
        TokenState::Void => both(
            "利用を開始しないまま、無効になりました（期限切れ、番号の間違い、または申込の中止）。",
            "It became void before it was put to use (its time was over, wrong codes, or the application was cancelled).",
        ),
        TokenState::Expired => both("有効期限が過ぎました。", "It expired."),
        TokenState::Replaced => {
            both("機種変更により、使えなくなりました。", "It stopped working because the device was changed.")
        }
        TokenState::Revoked => both("利用を解除しました。", "It was released."),
        TokenState::Issued | TokenState::Active | TokenState::Suspended => {
            both("終わりました。", "It ended.")
        }
    };
    let (serial, at) = (&end.serial, minute(end.at));
    Text::new(
        format!("シリアルNo {serial}　{at}（日本時間）　{}", how.ja),
        format!("Serial no. {serial}, {at} (Japan time): {}", how.en),
    )
}

pub(super) fn issue(issue: &IssueStatus) -> Vec<Fact> {
    let state = match issue.state {
        IssueState::Open => both("初期設定を待っています", "Waits for the initial setup"),
        IssueState::Used => both("初期設定が済みました", "The initial setup is done"),
        IssueState::Exhausted => both(
            "利用開始パスワードの間違いが続いたため、無効になりました",
            "Void: several wrong start passwords in a row",
        ),
        IssueState::Expired => both("初期設定の期限が過ぎました", "The time for the initial setup is over"),
        IssueState::Cancelled => both("取り消されています", "Cancelled"),
    };
    let mut facts = vec![
        (both("ユーザID", "User ID"), same(&issue.user_id), "user-id"),
        (both("発行の状態", "State of the issue"), state, "issue-state"),
        (both("送付先", "Mails go to"), same(&issue.mail), "mail-to"),
    ];
    if issue.state == IssueState::Open {
        let left = issue.attempts_left;
        let left = Text::new(format!("あと{left}回試せます"), format!("{left} left"));
        facts.push((both("利用開始パスワード", "Start password"), left, "attempts-left"));
        facts.push((both("初期設定の期限", "Initial setup until"), japan(issue.expires_at), "until"));
    }
    facts
}

pub(super) fn mail(mail: &MailStatus) -> Vec<Fact> {
    let state = match mail.state {
        MailState::Queued => both("送信を待っています", "Waits to be sent"),
        MailState::Sent => both("メールサーバーに渡しました", "Handed to the mail server"),
        MailState::Failed => both("送れませんでした", "Could not be sent"),
    };
    let at = minute(mail.at);
    let said =
        Text::new(format!("{}（{at}、日本時間）", state.ja), format!("{} ({at}, Japan time)", state.en));
    vec![
        (both("宛先", "To"), same(&mail.to), "newest-mail-to"),
        (both("結果", "Result"), said, "newest-mail-state"),
    ]
}

/// Where a member's own mails go.
pub(super) fn registered(mail: Option<&MailAddress>) -> Fact {
    let said = mail.map_or_else(|| both("登録されていません", "None is registered"), same);
    (both("登録のアドレス", "Registered address"), said, "registered-mail")
}

/// Mails to this address do not arrive.
pub(super) fn refused(to: &MailAddress, at: UnixMillis) -> Fact {
    let at = minute(at);
    let said = Text::new(
        format!(
            "{to}へのメールを送れませんでした（{at}、日本時間）。電話で確かめ、違うときは、会員が「登録情報の変更」か「宛先の変更」で直すよう案内してください。"
        ),
        format!(
            "A mail to {to} could not be sent ({at}, Japan time). Please check by phone. If the address is wrong, please tell the member to put it right under “Registered data” or “Change the address”."
        ),
    );
    (both("届かないメール", "Mails that do not arrive"), said, "registered-mail-state")
}

fn state(state: TokenState) -> Text {
    match state {
        TokenState::Issued => both("発行済（利用開始を待っています）", "Issued (waits to be put to use)"),
        TokenState::Active => both("利用中", "In use"),
        TokenState::Suspended => both("停止", "Suspended"),
        TokenState::Revoked => both("利用解除", "Release"),
        TokenState::Replaced => both("機種変更", "Replaced"),
        TokenState::Expired => both("有効期限切れ", "Expired"),
        TokenState::Void => both("無効", "Void"),
    }
}

fn vault(level: VaultLevel) -> Text {
    match level {
        VaultLevel::Sealed => both(
            "端末の鍵束に封をして保管（その端末でだけ開きます）",
            "Sealed in the device’s keyring (opens on that device alone)",
        ),
        VaultLevel::DeviceOnly => both(
            "端末の外に出ない、アプリ専用の領域に保管",
            "In the app’s own storage, which does not leave the device",
        ),
        VaultLevel::HardwareWrapped => {
            both("端末の専用部品の鍵で封をして保管", "Sealed with a key of the device’s own chip")
        }
        VaultLevel::HardwareComputed => both(
            "端末の専用部品の中に保管（番号もその中で計算します）",
            "In the device’s own chip (which also computes the codes)",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_bank_api_has_words_of_its_own_in_both_languages() {
        let each = |words: Vec<Text>| {
            let are_english = words.iter().all(|text| text.en.is_ascii() || text.en.contains('’'));
            let mut english: Vec<_> = words.iter().map(|text| text.en.clone()).collect();
            english.sort();
            english.dedup();
            assert!(are_english && english.len() == words.len(), "{words:?}");
        };
        each(TokenState::ALL.iter().map(|one| state(*one)).collect());
        each(VaultLevel::ALL.iter().map(|one| vault(*one)).collect());
        each(UsePurpose::ALL.iter().map(|one| purpose(*one)).collect());
        each(Verdict::ALL.iter().map(|one| result(*one)).collect());
        each([-2, -1, 0, 1, 2].map(clock).into());
        assert_eq!(clock(-1).en, "About 1 minute behind the centre’s");
    }
}
