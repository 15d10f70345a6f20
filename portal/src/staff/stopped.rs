//! Owns the pages that staff get instead of a sign-in: their own token is 停止, there is none any more, or they came too late.
//! Refuses to know why.
//! Invariant: they open no session.

use askama::Template;
use axum::http::StatusCode;

use crate::App;
use crate::bilingual::{Text, both};
use crate::language::Reader;
use crate::page::{Shell, render};
use crate::routes::Page;

#[derive(Template)]
#[template(path = "staff/stopped.html")]
struct Stopped {
    shell: Shell,
    title: Text,
    sentence: Text,
    next: Text,
}

/// 停止.
pub(super) fn suspended(app: &App, reader: &Reader) -> Page {
    page(
        (app, reader),
        both("ワンタイムパスワード認証が停止しています", "Your one-time password is suspended"),
        both(
            "ワンタイムパスワードの間違いが続いたか、停止の申し出があったため、あなたのトークンを停止しています。ログインはできません。",
            "There were several wrong codes in a row, or somebody asked for it, so your token is suspended. You cannot sign in.",
        ),
        both(
            "ほかの職員に、停止の解除を依頼してください。自分で解除することはできません。",
            "Please ask a colleague to reinstate it. You cannot do so yourself.",
        ),
    )
}

/// No token, although there was one.
pub(super) fn without_token(app: &App, reader: &Reader) -> Page {
    page(
        (app, reader),
        both("利用中のトークンがありません", "You have no token in use"),
        both(
            "あなたのトークンは、有効期限が過ぎたか、利用を解除されています。パスワードだけではログインできません。",
            "Your token has expired or was released. With the password alone you cannot sign in.",
        ),
        both(
            "システムの管理者に、トークンの再登録の許可を依頼してください。許可のあとにログインすると、新しいトークンを発行できます。",
            "Please ask the system administrator to permit another token. When you sign in after that, you can have a new one issued.",
        ),
    )
}

/// The password that was mailed was not used in time.
pub(super) fn invitation_over(app: &App, reader: &Reader) -> Page {
    page(
        (app, reader),
        both("最初のパスワードの期限が過ぎました", "The time for your first password is over"),
        both(
            "メールで届いた最初のパスワードは、7日のあいだに、あなたのパスワードに変える必要がありました。アカウントは残っていますが、このパスワードではログインできません。",
            "The first password, which came by mail, had to be changed within 7 days to one of your own. Your account is still there, but this password opens nothing.",
        ),
        both(
            "システムの管理者に、新しいパスワードの送付を依頼してください。",
            "Please ask the system administrator to send you a new password.",
        ),
    )
}

fn page((app, reader): (&App, &Reader), title: Text, sentence: Text, next: Text) -> Page {
    render(StatusCode::FORBIDDEN, &Stopped { shell: Shell::for_staff(app, reader), title, sentence, next })
}
