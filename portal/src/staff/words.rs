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

use crate::page::minute;

/// A term, what is said of it, and the name that tests find it by.
pub(super) type Fact = (&'static str, String, &'static str);

pub(super) fn token(token: &TokenStatus) -> Vec<Fact> {
    let then = if token.state == TokenState::Issued { "無効になります" } else { "停止します" };
    let left = match token.state {
        TokenState::Suspended => "停止中のため、確認していません".to_owned(),
        _ => format!("あと{}回続けて間違えると{then}", token.wrong_left),
    };
    let mut facts = vec![
        ("シリアルNo", token.serial.to_string(), "serial"),
        ("トークンの状態", state(token.state).to_owned(), "token-state"),
        ("番号の間違い", left, "wrong-left"),
        ("端末の時計", clock(token.drift), "drift"),
        ("鍵の保管", vault(token.vault).to_owned(), "vault"),
        ("利用開始日", day(token.started_on), "started-on"),
        ("有効期限", format!("{}（日本時間）", minute(token.expires_at)), "expires-at"),
    ];
    if let Some(by) = token.activate_by {
        facts.push(("利用開始の期限", format!("{}（日本時間）", minute(by)), "activate-by"));
    }
    if let Some(at) = token.copy_suspected_at {
        let said = format!("{}（日本時間）に、同じ鍵を持つ別の端末が使われた疑いがあります", minute(at));
        facts.push(("複製の疑い", said, "copy-suspected"));
    }
    facts
}

/// How far the device's clock is from the centre's.
fn clock(drift: i8) -> String {
    match drift {
        0 => "センターの時計と合っています".to_owned(),
        1.. => format!("センターより約{drift}分進んでいます"),
        ..0 => format!("センターより約{}分遅れています", drift.unsigned_abs()),
    }
}

/// A use of a token: when, what for, what became of it.
pub(super) fn token_use(token_use: &TokenUse) -> (String, &'static str, &'static str) {
    (minute(token_use.at), purpose(token_use.purpose), result(token_use.result))
}

fn purpose(purpose: UsePurpose) -> &'static str {
    match purpose {
        UsePurpose::SignIn => "ログイン",
        UsePurpose::Transfer => "振込・振替",
        UsePurpose::Change => "登録情報・限度額の変更",
        UsePurpose::Activate => "利用開始",
        UsePurpose::Revoke => "利用解除",
        UsePurpose::Resync => "時計のずれの補正",
        UsePurpose::Signature => "取引認証",
    }
}

fn result(result: Verdict) -> &'static str {
    match result {
        Verdict::Accepted => "正しい番号でした",
        Verdict::Used => "一度使われた番号でした",
        Verdict::Wrong => "番号が違いました",
        Verdict::Suspended => "停止中のため、確認していません",
        Verdict::Expired => "有効期限切れのため、確認していません",
        Verdict::NotActivated => "利用開始の前のため、確認していません",
        Verdict::NotRegistered => "トークンがないため、確認していません",
    }
}

/// How the newest token ended.
pub(super) fn ended(end: &TokenEnd) -> String {
    let how = match end.state {
        TokenState::Void => {
            "利用を開始しないまま、無効になりました（期限切れ、番号の間違い、または申込の中止）。"
        }
        TokenState::Expired => "有効期限が過ぎました。",
        TokenState::Replaced => "機種変更により、使えなくなりました。",
        TokenState::Revoked => "利用を解除しました。",
        TokenState::Issued | TokenState::Active | TokenState::Suspended => "終わりました。",
    };
    format!("シリアルNo {}　{}（日本時間）　{how}", end.serial, minute(end.at))
}

pub(super) fn issue(issue: &IssueStatus) -> Vec<Fact> {
    let state = match issue.state {
        IssueState::Open => "初期設定を待っています",
        IssueState::Used => "初期設定が済みました",
        IssueState::Exhausted => "利用開始パスワードの間違いが続いたため、無効になりました",
        IssueState::Expired => "初期設定の期限が過ぎました",
        IssueState::Cancelled => "取り消されています",
    };
    let mut facts = vec![
        ("ユーザID", issue.user_id.to_string(), "user-id"),
        ("発行の状態", state.to_owned(), "issue-state"),
        ("送付先", issue.mail.to_string(), "mail-to"),
    ];
    if issue.state == IssueState::Open {
        facts.push(("利用開始パスワード", format!("あと{}回試せます", issue.attempts_left), "attempts-left"));
        facts.push(("初期設定の期限", format!("{}（日本時間）", minute(issue.expires_at)), "until"));
    }
    facts
}

pub(super) fn mail(mail: &MailStatus) -> Vec<Fact> {
    let state = match mail.state {
        MailState::Queued => "送信を待っています",
        MailState::Sent => "メールサーバーに渡しました",
        MailState::Failed => "送れませんでした",
    };
    vec![
        ("宛先", mail.to.to_string(), "newest-mail-to"),
        ("結果", format!("{state}（{}、日本時間）", minute(mail.at)), "newest-mail-state"),
    ]
}

/// Where a member's own mails go.
pub(super) fn registered(mail: Option<&MailAddress>) -> Fact {
    let said = mail.map_or_else(|| "登録されていません".to_owned(), ToString::to_string);
    ("登録のアドレス", said, "registered-mail")
}

/// Mails to this address do not arrive.
pub(super) fn refused(to: &MailAddress, at: UnixMillis) -> Fact {
    let said = format!(
        "{to}へのメールを送れませんでした（{}、日本時間）。電話で確かめ、違うときは、会員が「登録情報の変更」か「宛先の変更」で直すよう案内してください。",
        minute(at)
    );
    ("届かないメール", said, "registered-mail-state")
}

fn state(state: TokenState) -> &'static str {
    match state {
        TokenState::Issued => "発行済（利用開始を待っています）",
        TokenState::Active => "利用中",
        TokenState::Suspended => "停止",
        TokenState::Revoked => "利用解除",
        TokenState::Replaced => "機種変更",
        TokenState::Expired => "有効期限切れ",
        TokenState::Void => "無効",
    }
}

fn vault(level: VaultLevel) -> &'static str {
    match level {
        VaultLevel::Sealed => "端末の鍵束に封をして保管（その端末でだけ開きます）",
        VaultLevel::DeviceOnly => "端末の外に出ない、アプリ専用の領域に保管",
        VaultLevel::HardwareWrapped => "端末の専用部品の鍵で封をして保管",
        VaultLevel::HardwareComputed => "端末の専用部品の中に保管（番号もその中で計算します）",
    }
}
