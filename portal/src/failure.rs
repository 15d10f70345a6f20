//! Owns everything that is not a page: what the visitor is told, what the log is told.
//! Refuses to know which handler failed.
//! Invariant: the cause goes to the log once, with the request's number; the visitor sees words and the number.

use std::sync::Arc;

use askama::Template;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use crate::App;
use crate::centre::CentreError;
use crate::member::suspended;
use crate::page::{Shell, render, wait};
use crate::store::StoreError;

/// Why a request did not get its page.
#[derive(Debug)]
pub(crate) enum Failure {
    /// No page has this address.
    NotFound,
    /// The address takes no such request.
    MethodNotAllowed,
    /// The form is not what its page sends.
    Malformed,
    /// The body is not a form.
    NotAForm,
    /// The body is larger than any form.
    TooLarge,
    /// The form does not come from a page given to this session.
    Forged,
    /// Whoever asks belongs on another page: to sign in, or to finish a sign-in.
    Elsewhere(&'static str),
    /// The role of this member of staff does not allow it.
    NotAllowed,
    /// Nobody is signed in; `ended`: somebody was.
    SignIn { ended: bool },
    /// The password was right, the code is still owed.
    CodeOwed,
    /// The centre gave no answer. `kept`: what the visitor need not do again. `back`: where to go on.
    Away { cause: CentreError, kept: &'static str, back: &'static str },
    /// Too many mailed passwords within the hour.
    TooManyMails,
    /// The member's token has stopped, and every session of theirs has ended.
    Stopped,
    /// Too many passwords wait to be looked at.
    Crowded,
    /// Ours.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

const LATER: &str = "しばらく待ってから、もう一度お試しください。";

/// How long a full queue of passwords takes at most, seconds.
const CROWD: u32 = 10;

/// What to do when the centre said how long to wait.
fn later(seconds: u32) -> String {
    format!("{}ほど待ってから、もう一度お試しください。", wait(i64::from(seconds) * 1_000))
}

/// What may or may not have happened when something failed here, what to do, and where it can be looked at.
fn unsure(path: &str) -> (&'static str, &'static str, &'static str) {
    let of = |area: &str| path == area || path.starts_with(&format!("{area}/"));
    if of("/staff") {
        (
            "システムに問題が起きました。操作が行われたかどうかは、会員のページと「申請と承認」で確かめてください。",
            "確かめてから、必要なときだけ、もう一度操作してください。繰り返すときは、下の番号をシステムの管理者に知らせてください。",
            "/staff",
        )
    } else if of("/transfer") {
        (
            "システムに問題が起きました。振込・振替を受け付けたかどうかは、「振込・振替」の画面の「今日の振込・振替」でご確認いただけます。",
            "ご確認の前に、同じ振込をもう一度しないでください。受け付けていないときは、しばらく待ってから、もう一度お試しください。",
            "/transfer",
        )
    } else if of("/limit") {
        (
            "システムに問題が起きました。限度額の変更を受け付けたかどうかは、「振込・振替限度額の変更」の画面でご確認いただけます。",
            LATER,
            "/limit",
        )
    } else if of("/details") {
        (
            "システムに問題が起きました。メールアドレスが変わったかどうかは、「登録情報の変更」の画面でご確認いただけます。",
            LATER,
            "/details",
        )
    } else if of("/otp") {
        (
            "システムに問題が起きました。お手続きが受け付けられたかどうかは、登録状況でご確認いただけます。",
            LATER,
            "/otp",
        )
    } else {
        ("システムに問題が起きました。お手続きは、途中のまま残っています。", LATER, "/")
    }
}

/// How a failure travels to the edge.
#[derive(Clone)]
pub(crate) struct Reported(pub(crate) Arc<Failure>);

#[derive(Template)]
#[template(path = "pages/failure.html")]
struct Page<'a> {
    shell: Shell,
    title: &'static str,
    sentence: &'static str,
    kept: &'static str,
    next: &'a str,
    back: &'static str,
    number: &'a str,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Internal(Box::new(error))
    }
}

impl From<askama::Error> for Failure {
    fn from(error: askama::Error) -> Self {
        Self::Internal(Box::new(error))
    }
}

impl From<CentreError> for Failure {
    fn from(cause: CentreError) -> Self {
        Self::Away { cause, kept: "お手続きは、途中のまま残っています。", back: "/" }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn { ended: true } => Redirect::to("/sign-in?ended").into_response(),
            Self::SignIn { ended: false } => Redirect::to("/sign-in").into_response(),
            Self::CodeOwed => Redirect::to("/sign-in/code").into_response(),
            Self::Elsewhere(place) => Redirect::to(place).into_response(),
            failure => {
                let mut response = failure.status().into_response();
                response.extensions_mut().insert(Reported(Arc::new(failure)));
                response
            }
        }
    }
}

impl Failure {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::NotAForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Forged | Self::NotAllowed | Self::Stopped => StatusCode::FORBIDDEN,
            Self::SignIn { .. } | Self::CodeOwed | Self::Elsewhere(_) => StatusCode::SEE_OTHER,
            Self::Away { cause: CentreError::Wait { status: 429, .. }, .. } | Self::TooManyMails => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::Away { .. } | Self::Crowded => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Title, what happened, what to do next.
    fn words(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::NotFound => (
                "ページが見つかりません",
                "お探しのページは、この場所にはありません。",
                "アドレスをお確かめになるか、トップページからお進みください。",
            ),
            Self::MethodNotAllowed => (
                "この操作は受け付けられません",
                "このページは、送られてきた形の操作に対応していません。",
                "トップページから、もう一度お進みください。",
            ),
            Self::Malformed => (
                "送信内容を読み取れませんでした",
                "入力画面から送られるはずの項目が、足りないか、余分にあるか、読み取れない文字を含んでいます。",
                "入力画面を開き直して、もう一度入力してください。",
            ),
            Self::NotAForm => (
                "送信内容を読み取れませんでした",
                "入力画面から送られる形式ではありません。",
                "入力画面を開き直して、もう一度入力してください。",
            ),
            Self::TooLarge => (
                "送信内容が大きすぎます",
                "送られた内容が、受け付けられる大きさを超えています。",
                "入力画面を開き直して、必要な項目だけを入力してください。",
            ),
            Self::Forged => (
                "画面の有効期限が切れました",
                "この画面を開いたあとに、ログインの状態が変わりました。送信された内容は受け付けていません。",
                "入力画面を開き直して、もう一度入力してください。",
            ),
            Self::Away { cause: CentreError::Wait { status: 429, .. }, .. } => (
                "短い間のお手続きの回数が上限に達しました",
                "同じお手続きが短い間に何度もあったため、センターが受付を止めています。",
                LATER,
            ),
            Self::Away { cause: CentreError::Wait { .. }, .. } => (
                "ただいま混み合っています",
                "ワンタイムパスワードのセンターが混み合っていて、お手続きを受け付けられませんでした。",
                LATER,
            ),
            Self::Away { .. } => (
                "ただいま手続きができません",
                "ワンタイムパスワードのセンターに接続できませんでした。",
                LATER,
            ),
            Self::TooManyMails => (
                "メールの送信回数が上限に達しました",
                "メール通知パスワードのメールを、短い間に何度も送信しました。入力された内容は残っています。",
                "迷惑メールの設定をお確かめのうえ、1時間ほど待ってから、もう一度お試しください。",
            ),
            Self::Crowded => (
                "ただいま混み合っています",
                "パスワードの確認が混み合っていて、今は受け付けられませんでした。間違いとしては数えていません。",
                LATER,
            ),
            Self::NotAllowed => (
                "この操作は行えません",
                "あなたの役割では、この画面を使うことができません。",
                "役割の変更が必要なときは、システムの管理者にお申し出ください。",
            ),
            Self::SignIn { .. } | Self::CodeOwed | Self::Elsewhere(_) | Self::Stopped | Self::Internal(_) => {
                (
                    "処理を終えられませんでした",
                    "システムに問題が起きました。お手続きが受け付けられたかどうかは、登録状況でご確認いただけます。",
                    LATER,
                )
            }
        }
    }

    /// What happened and what to do next, for a page that shows it beside what was typed.
    pub(crate) fn told(&self) -> String {
        let (_, sentence, next) = self.words();
        format!("{sentence}{}", self.wait().map_or_else(|| next.to_owned(), later))
    }

    /// After how long another try makes sense, seconds.
    fn wait(&self) -> Option<u32> {
        match self {
            Self::Away { cause: CentreError::Wait { seconds, .. }, .. } => {
                seconds.filter(|seconds| *seconds > 0)
            }
            Self::Crowded => Some(CROWD),
            _ => None,
        }
    }

    /// The page for the visitor, or for staff; the log has its line already.
    pub(crate) fn page(&self, app: &App, path: &str, number: &str) -> Response {
        let is_staff = path.starts_with("/staff");
        if matches!(self, Self::Stopped) {
            return suspended::page(app).unwrap_or_else(|_| self.status().into_response());
        }
        let (title, mut sentence, mut next) = self.words();
        let (kept, mut back) = match self {
            Self::Away { kept, back, .. } => (*kept, *back),
            Self::TooManyMails => ("", "/otp/issue"),
            _ => ("", if is_staff { "/staff" } else { "/" }),
        };
        if matches!(self, Self::Internal(_)) {
            (sentence, next, back) = unsure(path);
        }
        let next = self.wait().map_or_else(|| next.to_owned(), later);
        let shell = if is_staff { Shell::for_staff(app) } else { Shell::bare(app) };
        let page = Page { shell, title, sentence, kept, next: &next, back, number };
        let mut response = render(self.status(), &page).unwrap_or_else(|_| self.status().into_response());
        if let Some(seconds) = self.wait() {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    /// One line for the log. Visitors' mistakes are not errors of ours.
    pub(crate) fn log(&self, number: &str) {
        match self {
            Self::Internal(error) => tracing::error!(request = number, %error, "a request failed"),
            Self::Away { cause: cause @ CentreError::Wait { .. }, .. } => {
                tracing::warn!(request = number, %cause, "the centre asks to wait")
            }
            Self::Away { cause, .. } => {
                tracing::error!(request = number, %cause, "the centre gave no answer")
            }
            other => {
                tracing::info!(request = number, status = other.status().as_u16(), "a request was refused")
            }
        }
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
            assert!(sentence.contains(says) && next.ends_with('。') && place == back, "{path}");
        }
    }

    #[test]
    fn a_crowd_is_told_to_come_back_and_when() {
        assert_eq!(Failure::Crowded.status(), StatusCode::SERVICE_UNAVAILABLE);
        let told = Failure::Crowded.told();
        assert!(told.contains("混み合っていて") && told.contains("10秒ほど待ってから"), "{told}");
    }

    #[test]
    fn a_failures_page_renders_with_its_number_and_without_its_cause() {
        let page = Page {
            shell: Shell::sample(),
            title: "ただいま手続きができません",
            sentence: "接続できませんでした。",
            kept: "入力は残っています。",
            next: "お待ちください。",
            back: "/otp",
            number: "4f2a91c0",
        };
        let html = page.render().unwrap();
        assert!(html.contains("4f2a91c0") && html.contains("入力は残っています。"));
    }
}
