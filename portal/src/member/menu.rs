//! Owns ワンタイムパスワード申請内容選択: 登録状況 and what can be applied for.
//! Refuses to know how each application goes on, and when: `doors` does.
//! Invariant: whatever the state, the page says it in words.

mod doors;

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::{IssueState, MemberStatus, Registration, TokenEnd, TokenState};

use self::doors::{Door, doors};
use super::challenge;
use super::lost_phone::Release;
use super::progress::Progress;
use super::renewal::{applied, ends_soon};
use crate::App;
use crate::bilingual::{Text, both};
use crate::failure::{Failure, UNFINISHED};
use crate::page::{Here, Shell, minute, render, yen};
use crate::routes::Page;
use crate::session::SignedIn;

#[derive(Template)]
#[template(path = "pages/menu.html")]
struct Menu {
    shell: Shell,
    notice: Text,
    release: Option<Release>,
    registration: Registration,
    ids: Option<(String, String)>,
    note: Text,
    progress: Option<Progress>,
    doors: [Door; 3],
    limit: Text,
}

/// `GET /otp`
pub(crate) async fn show_menu(State(app): State<App>, who: SignedIn, OriginalUri(uri): OriginalUri) -> Page {
    let away = |cause| Failure::Away { cause, kept: UNFINISHED, back: "/otp" };
    let status = challenge::status(&app, &who, away).await?;
    let notice = match uri.query() {
        Some("stopped") => both(
            "申込を中止しました。トークンは発行していません。",
            "The application has been cancelled. No token was issued.",
        ),
        Some("cancelled") => both(
            "申込を中止しました。発行したユーザIDは使えなくなりました。",
            "The application has been cancelled. The user ID that was issued can no longer be used.",
        ),
        Some("resent") => both(
            "「トークン発行のご案内」の再送を受け付けました。",
            "The mail about the issue of your token will be sent again.",
        ),
        Some("readdressed") => both(
            "送付先メールアドレスを変更しました。これからのメールは、新しい送付先へお送りします。",
            "The address has been changed. From now on mails go to the new one.",
        ),
        Some("resynced") => both(
            "時刻のずれに合わせました。次の番号からお使いいただけます。",
            "We now follow your clock. You can use the next code.",
        ),
        Some("release-taken-back") => both(
            "番号なしの利用解除を取りやめました。今のトークンは、そのままお使いいただけます。",
            "The release without a code has been withdrawn. You can go on using the present token.",
        ),
        Some("changed") => both(
            "登録状況が変わったため、お手続きを続けられませんでした。下の登録状況をご確認ください。",
            "Your status has changed, so this could not be continued. Please look at the status below.",
        ),
        _ => Text::default(),
    };
    let limit = yen(app.config.limits.without_token_yen);
    let mut page = view(Shell::of(&app, &who, Here::Otp), notice, &status, limit, app.clock.now());
    page.release = Release::of(&app, &who).await?;
    render(StatusCode::OK, &page)
}

fn view(shell: Shell, notice: Text, status: &MemberStatus, limit: Text, now: UnixMillis) -> Menu {
    let registration = status.registration;
    let applied = applied(status.clone());
    let is_renewal = registration == Registration::Active && applied.registration == Registration::Issued;
    let issue = applied.issue.as_ref().filter(|_| applied.registration == Registration::Issued);
    let ids = issue.map(|issue| (issue.service_id.to_string(), issue.user_id.to_string()));
    let ends_soon = status.token.as_ref().filter(|token| ends_soon(token, now));
    let renewing = match ends_soon.filter(|_| registration == Registration::Active) {
        Some(_) if is_renewal => both(
            "。新しいトークンの発行を受け付けています。新しいトークンの利用を開始するまで、今のトークンをそのままお使いいただけます。",
            "A new token has been issued. You can go on using the present one until you start using the new one.",
        ),
        Some(_) => both(
            "。有効期限が近づいています。今のトークンをお使いいただきながら、新しいトークンの発行をお申し込みいただけます。",
            "It will expire soon. You can have a new token issued while you go on using the present one.",
        ),
        None => Text::default(),
    };
    let note = note(status).then(&renewing);
    let progress = Progress::of(&applied);
    let doors = doors(registration, !renewing.is_empty(), is_renewal);
    Menu { shell, notice, release: None, registration, ids, note, progress, doors, limit }
}

/// What the member should know about the state, beyond its name.
fn note(status: &MemberStatus) -> Text {
    if let Some(token) = &status.token {
        return match (token.state, token.activate_by) {
            (TokenState::Issued, Some(by)) => Text::new(
                format!(
                    "アプリの初期設定が済みました。{}（日本時間）までに、ワンタイムパスワード利用開始の手続きをしてください。",
                    minute(by)
                ),
                format!(
                    "The initial setup in the app is done. Please start using the token by {} (Japan time).",
                    minute(by)
                ),
            ),
            (TokenState::Active, _) => Text::new(
                format!("シリアルNo {}、有効期限 {}（日本時間）", token.serial, minute(token.expires_at)),
                format!(
                    "Serial no. {}, valid until {} (Japan time).",
                    token.serial,
                    minute(token.expires_at)
                ),
            ),
            _ => Text::default(),
        };
    }
    if let Some(end) = &status.ended {
        return ended(end);
    }
    match status.issue.as_ref().map(|issue| (issue.state, issue)) {
        Some((IssueState::Open, issue)) => Text::new(
            format!(
                "アプリの初期設定を{}（日本時間）までに済ませ、そのあとワンタイムパスワード利用開始の手続きをしてください。",
                minute(issue.expires_at)
            ),
            format!(
                "Please finish the initial setup in the app by {} (Japan time), then start using the token.",
                minute(issue.expires_at)
            ),
        ),
        Some((IssueState::Exhausted, _)) => both(
            "利用開始パスワードの間違いが続いたため、前回の発行は無効になりました。もう一度トークン発行をお申し込みください。",
            "The start password was wrong several times in a row, so what was issued before can no longer be used. Please have a new token issued.",
        ),
        Some((IssueState::Expired, _)) => both(
            "初期設定の期限が過ぎたため、前回の発行は無効になりました。もう一度トークン発行をお申し込みください。",
            "The time for the initial setup is over, so what was issued before can no longer be used. Please have a new token issued.",
        ),
        Some((IssueState::Cancelled, _)) => both(
            "前回の発行は取り消されています。ご利用になるときは、もう一度トークン発行をお申し込みください。",
            "What was issued before has been cancelled. To use one-time passwords, please have a new token issued.",
        ),
        Some((IssueState::Used, _)) | None => Text::default(),
    }
}

/// How the token before ended, and what to do now.
fn ended(TokenEnd { serial, state, at }: &TokenEnd) -> Text {
    let at = minute(*at);
    let (why, then) = match state {
        TokenState::Void => (
            both(
                "利用を開始しないまま、無効になりました。利用開始の期限が過ぎたか、ワンタイムパスワードの間違いが続いたか、申込が中止されたためです。",
                "stopped working before you started using it: the time for that was over, several one-time passwords in a row were wrong, or the application was cancelled.",
            ),
            both("もう一度トークン発行をお申し込みください。", "Please have a new token issued."),
        ),
        TokenState::Expired => (
            both("有効期限が過ぎました。", "expired."),
            both("新しいトークンの発行をお申し込みください。", "Please have a new token issued."),
        ),
        TokenState::Replaced => (
            both("機種変更により使えなくなりました。", "stopped working because you changed your device."),
            both(
                "お使いになるときは、トークン発行をお申し込みください。",
                "To use one-time passwords, please have a new token issued.",
            ),
        ),
        TokenState::Revoked => (
            both("利用を解除しました。", "was released."),
            both(
                "もう一度お使いになるときは、トークン発行をお申し込みください。",
                "To use one-time passwords again, please have a new token issued.",
            ),
        ),
        TokenState::Issued | TokenState::Active | TokenState::Suspended => return Text::default(),
    };
    let before = Text::new(
        format!("前のトークン（シリアルNo {serial}）は、{at}（日本時間）に{}", why.ja),
        format!("At {at} (Japan time) your last token (serial no. {serial}) {}", why.en),
    );
    before.then(&then)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_renders_for_every_registration_with_the_right_doors_open() {
        let open = |r| doors(r, false, false).map(|door| door.closed.is_empty());
        assert_eq!(open(Registration::None), [true, false, false]);
        assert_eq!(open(Registration::Issued), [true, true, false]);
        assert_eq!(open(Registration::Active), [false, false, true]);
        assert_eq!(open(Registration::Suspended), [false; 3]);
        let renewing = |is| doors(Registration::Active, true, is).map(|door| door.closed.is_empty());
        assert_eq!([renewing(false), renewing(true)], [[true, false, true], [true; 3]]);
        for registration in Registration::ALL {
            let status = MemberStatus {
                registration: *registration,
                issue: None,
                token: None,
                ended: None,
                renewal: None,
                mail: None,
            };
            let html = view(Shell::sample(), Text::default(), &status, yen(200_000), UnixMillis(0))
                .render()
                .unwrap();
            assert_eq!(html.matches("disabled").count(), open(*registration).iter().filter(|o| !**o).count());
        }
    }
}
