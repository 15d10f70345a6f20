//! Owns ワンタイムパスワード申請内容選択: 登録状況 and what can be applied for.
//! Refuses to know how each application goes on.
//! Invariant: a button that the state does not allow is disabled and says why.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::{IssueState, MemberStatus, Registration, TokenEnd, TokenState};

use super::challenge;
use super::lost_phone::Release;
use super::progress::Progress;
use super::renewal::{applied, ends_soon};
use crate::App;
use crate::failure::Failure;
use crate::page::{Here, Shell, minute, render, yen};
use crate::routes::Page;
use crate::session::SignedIn;

#[derive(Template)]
#[template(path = "pages/menu.html")]
struct Menu {
    shell: Shell,
    notice: &'static str,
    release: Option<Release>,
    registration: Registration,
    ids: Option<(String, String)>,
    note: String,
    progress: Option<Progress>,
    doors: [Door; 3],
    limit: String,
}

/// One of the three applications.
struct Door {
    test_id: &'static str,
    href: &'static str,
    label: &'static str,
    about: &'static str,
    /// Empty when the door is open.
    closed: &'static str,
    /// The one that comes next.
    is_next: bool,
}

/// `GET /otp`
pub(crate) async fn show_menu(State(app): State<App>, who: SignedIn, OriginalUri(uri): OriginalUri) -> Page {
    let kept = "お手続きは、途中のまま残っています。";
    let status = challenge::status(&app, &who, |cause| Failure::Away { cause, kept, back: "/otp" }).await?;
    let notice = match uri.query() {
        Some("stopped") => "申込を中止しました。トークンは発行していません。",
        Some("cancelled") => "申込を中止しました。発行したユーザIDは使えなくなりました。",
        Some("resent") => "「トークン発行のご案内」の再送を受け付けました。",
        Some("readdressed") => {
            "送付先メールアドレスを変更しました。これからのメールは、新しい送付先へお送りします。"
        }
        Some("resynced") => "時刻のずれに合わせました。次の番号からお使いいただけます。",
        Some("release-taken-back") => {
            "番号なしの利用解除を取りやめました。今のトークンは、そのままお使いいただけます。"
        }
        Some("changed") => {
            "登録状況が変わったため、お手続きを続けられませんでした。下の登録状況をご確認ください。"
        }
        _ => "",
    };
    let limit = yen(app.config.limits.without_token_yen);
    let mut page = view(Shell::of(&app, &who, Here::Otp), notice, &status, limit, app.clock.now());
    page.release = Release::of(&app, &who).await?;
    render(StatusCode::OK, &page)
}

fn view(shell: Shell, notice: &'static str, status: &MemberStatus, limit: String, now: UnixMillis) -> Menu {
    let registration = status.registration;
    let applied = applied(status.clone());
    let is_renewal = registration == Registration::Active && applied.registration == Registration::Issued;
    let issue = applied.issue.as_ref().filter(|_| applied.registration == Registration::Issued);
    let ids = issue.map(|issue| (issue.service_id.to_string(), issue.user_id.to_string()));
    let ends_soon = status.token.as_ref().filter(|token| ends_soon(token, now));
    let renewing = match ends_soon.filter(|_| registration == Registration::Active) {
        Some(_) if is_renewal => {
            "新しいトークンの発行を受け付けています。新しいトークンの利用を開始するまで、今のトークンをそのままお使いいただけます。"
        }
        Some(_) => {
            "有効期限が近づいています。今のトークンをお使いいただきながら、新しいトークンの発行をお申し込みいただけます。"
        }
        None => "",
    };
    let note = format!("{}{}{renewing}", note(status), if renewing.is_empty() { "" } else { "。" });
    let progress = Progress::of(&applied);
    let doors = doors(registration, !renewing.is_empty(), is_renewal);
    Menu { shell, notice, release: None, registration, ids, note, progress, doors, limit }
}

/// What the member should know about the state, beyond its name.
fn note(status: &MemberStatus) -> String {
    if let Some(token) = &status.token {
        return match (token.state, token.activate_by) {
            (TokenState::Issued, Some(by)) => format!(
                "アプリの初期設定が済みました。{}（日本時間）までに、ワンタイムパスワード利用開始の手続きをしてください。",
                minute(by)
            ),
            (TokenState::Active, _) => {
                format!("シリアルNo {}、有効期限 {}（日本時間）", token.serial, minute(token.expires_at))
            }
            _ => String::new(),
        };
    }
    if let Some(end) = &status.ended {
        return ended(end);
    }
    match status.issue.as_ref().map(|issue| (issue.state, issue)) {
        Some((IssueState::Open, issue)) => format!(
            "アプリの初期設定を{}（日本時間）までに済ませ、そのあとワンタイムパスワード利用開始の手続きをしてください。",
            minute(issue.expires_at)
        ),
        Some((IssueState::Exhausted, _)) => {
            "利用開始パスワードの間違いが続いたため、前回の発行は無効になりました。もう一度トークン発行をお申し込みください。".to_owned()
        }
        Some((IssueState::Expired, _)) => {
            "初期設定の期限が過ぎたため、前回の発行は無効になりました。もう一度トークン発行をお申し込みください。".to_owned()
        }
        Some((IssueState::Cancelled, _)) => {
            "前回の発行は取り消されています。ご利用になるときは、もう一度トークン発行をお申し込みください。".to_owned()
        }
        Some((IssueState::Used, _)) | None => String::new(),
    }
}

/// How the token before ended, and what to do now.
fn ended(TokenEnd { serial, state, at }: &TokenEnd) -> String {
    let at = minute(*at);
    let (why, then) = match state {
        TokenState::Void => (
            "利用を開始しないまま、無効になりました。利用開始の期限が過ぎたか、ワンタイムパスワードの間違いが続いたか、申込が中止されたためです。",
            "もう一度トークン発行をお申し込みください。",
        ),
        TokenState::Expired => ("有効期限が過ぎました。", "新しいトークンの発行をお申し込みください。"),
        TokenState::Replaced => {
            ("機種変更により使えなくなりました。", "お使いになるときは、トークン発行をお申し込みください。")
        }
        TokenState::Revoked => {
            ("利用を解除しました。", "もう一度お使いになるときは、トークン発行をお申し込みください。")
        }
        TokenState::Issued | TokenState::Active | TokenState::Suspended => return String::new(),
    };
    format!("前のトークン（シリアルNo {serial}）は、{at}（日本時間）に{why}{then}")
}

fn doors(registration: Registration, may_renew: bool, is_renewal: bool) -> [Door; 3] {
    use Registration::{Active, Issued, None, Suspended};
    const STOPPED: &str =
        "ワンタイムパスワード認証が停止しています。停止の解除は、窓口またはお電話でお申し出ください。";
    let closed = match registration {
        None => ["", "先にトークン発行をお申し込みください。", "利用中のトークンがありません。"],
        Issued => [
            "",
            "",
            "まだ利用を開始していません。取りやめるときは、利用開始の画面の「申込を中止する」からお進みください。",
        ],
        Active if may_renew => ["", if is_renewal { "" } else { "すでに利用を開始しています。" }, ""],
        Active => [
            "すでにトークンを利用中です。新しく発行するには、先に利用解除をしてください。",
            "すでに利用を開始しています。",
            "",
        ],
        Suspended => [STOPPED; 3],
    };
    [
        Door {
            test_id: "issue",
            href: "/otp/issue",
            label: "トークン発行",
            about: if registration == Issued || is_renewal {
                "発行をやり直します。今のユーザIDは使えなくなります。"
            } else {
                "アプリの初期設定に使うサービスIDとユーザIDを発行します。"
            },
            closed: closed[0],
            is_next: registration == None || may_renew && !is_renewal,
        },
        Door {
            test_id: "activate",
            href: "/otp/activate",
            label: "ワンタイムパスワード利用開始",
            about: "初期設定を終えたアプリの番号を入力して、利用を始めます。",
            closed: closed[1],
            is_next: registration == Issued || is_renewal,
        },
        Door {
            test_id: "revoke",
            href: "/otp/revoke",
            label: "ワンタイムパスワード利用解除",
            about: "機種変更の前や、利用をやめるときに手続きします。",
            closed: closed[2],
            is_next: false,
        },
    ]
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
            let html = view(Shell::sample(), "", &status, yen(200_000), UnixMillis(0)).render().unwrap();
            assert_eq!(html.matches("disabled").count(), open(*registration).iter().filter(|o| !**o).count());
        }
    }
}
