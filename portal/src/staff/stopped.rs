//! Owns the pages that staff get instead of a sign-in: their own token is 停止, there is none any more, or they came too late.
//! Refuses to know why.
//! Invariant: they open no session.

use askama::Template;
use axum::http::StatusCode;

use crate::App;
use crate::page::{Shell, render};
use crate::routes::Page;

#[derive(Template)]
#[template(path = "staff/stopped.html")]
struct Stopped {
    shell: Shell,
    title: &'static str,
    sentence: &'static str,
    next: &'static str,
}

/// 停止.
pub(super) fn suspended(app: &App) -> Page {
    page(
        app,
        "ワンタイムパスワード認証が停止しています",
        "ワンタイムパスワードの間違いが続いたか、停止の申し出があったため、あなたのトークンを停止しています。ログインはできません。",
        "ほかの職員に、停止の解除を依頼してください。自分で解除することはできません。",
    )
}

/// No token, although there was one.
pub(super) fn without_token(app: &App) -> Page {
    page(
        app,
        "利用中のトークンがありません",
        "あなたのトークンは、有効期限が過ぎたか、利用を解除されています。パスワードだけではログインできません。",
        "システムの管理者に、トークンの再登録の許可を依頼してください。許可のあとにログインすると、新しいトークンを発行できます。",
    )
}

/// The password that was mailed was not used in time.
pub(super) fn invitation_over(app: &App) -> Page {
    page(
        app,
        "最初のパスワードの期限が過ぎました",
        "メールで届いた最初のパスワードは、7日のあいだに、あなたのパスワードに変える必要がありました。アカウントは残っていますが、このパスワードではログインできません。",
        "システムの管理者に、新しいパスワードの送付を依頼してください。",
    )
}

fn page(app: &App, title: &'static str, sentence: &'static str, next: &'static str) -> Page {
    render(StatusCode::FORBIDDEN, &Stopped { shell: Shell::for_staff(app), title, sentence, next })
}
