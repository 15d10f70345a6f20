//! Owns 利用履歴, and 心当たりがない: the member stops the own token.
//! Refuses to know codes: a use is a moment, a purpose and a result.
//! Invariant: asked once more before the token stops; afterwards no session of the member lives.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::wire::bank::{Registration, StoppedBy, SuspendRequest, TokenUse, UsePurpose, Verdict};

use super::challenge;
use crate::App;
use crate::bilingual::{Text, both};
use crate::failure::Failure;
use crate::form::Submitted;
use crate::page::{Here, Shell, minute, render};
use crate::routes::Page;
use crate::session::SignedIn;
use crate::token::Token;

#[derive(Template)]
#[template(path = "pages/history.html")]
struct History {
    shell: Shell,
    uses: Vec<Use>,
    can_stop: bool,
}

/// A use in words.
struct Use {
    at: String,
    purpose: Text,
    result: Text,
    is_fine: bool,
}

#[derive(Template)]
#[template(path = "pages/stop_token.html")]
struct Stop {
    shell: Shell,
    form: String,
    limit: Text,
}

const KEPT: Text = both("トークンは、停止していません。", "Your token has not been suspended.");

/// `GET /otp/history`
pub(crate) async fn show_history(State(app): State<App>, who: SignedIn) -> Page {
    let away = |cause| Failure::Away {
        cause,
        kept: both("ご利用の状態は、変わっていません。", "The state of your token has not changed."),
        back: "/otp",
    };
    let status = challenge::status(&app, &who, away).await?;
    let uses = match app.centre.history(&who.member.id).await {
        Ok(history) => history.uses.iter().map(shown).collect(),
        Err(refusal) if refusal.is_out_of_state() => Vec::new(),
        Err(cause) => return Err(away(cause)),
    };
    let can_stop = status.registration == Registration::Active;
    render(StatusCode::OK, &History { shell: Shell::of(&app, &who, Here::Otp), uses, can_stop })
}

/// `GET /otp/stop`
pub(crate) async fn show_stop(State(app): State<App>, who: SignedIn) -> Page {
    let away = |cause| Failure::Away { cause, kept: KEPT, back: "/otp" };
    let status = challenge::status(&app, &who, away).await?;
    if status.registration != Registration::Active {
        return Ok(Redirect::to("/otp").into_response());
    }
    let limit = crate::page::yen(app.config.limits.without_token_yen);
    let shell = Shell::of(&app, &who, Here::Otp);
    render(StatusCode::OK, &Stop { shell, form: Token::generate().cookie(), limit })
}

/// `POST /otp/stop`
pub(crate) async fn submit_stop(State(app): State<App>, who: SignedIn, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["form"])?;
    let request = SuspendRequest {
        request_id: who.token.request("stop", form.text("form"), ""),
        by: StoppedBy::Member,
        staff: None,
        reason: "会員が利用履歴に心当たりがないと申し出た".to_owned(),
    };
    match app.centre.suspend(&who.member.id, &request).await {
        Ok(_) => challenge::turn_away(&app, &who.member.id).await,
        Err(refusal) if refusal.is_out_of_state() => Ok(Redirect::to("/otp?changed").into_response()),
        Err(cause) => Err(Failure::Away { cause, kept: KEPT, back: "/otp/stop" }),
    }
}

fn shown(used: &TokenUse) -> Use {
    let purpose = match used.purpose {
        UsePurpose::SignIn => both("ログイン", "Sign-in"),
        UsePurpose::Transfer => both("振込・振替", "Transfer"),
        UsePurpose::Change => both("登録情報・限度額の変更", "Change of registered data or limit"),
        UsePurpose::Activate => both("利用開始", "Start of use"),
        UsePurpose::Revoke => both("利用解除", "Release"),
        UsePurpose::Resync => both("時刻のずれの補正", "Clock adjustment"),
        UsePurpose::Signature => both("取引認証", "Approval of a transfer"),
    };
    let result = match used.result {
        Verdict::Accepted => both("認証しました", "Accepted"),
        Verdict::Used => both("使用済みの番号でした", "Refused: the code had been used before"),
        Verdict::Wrong => both("番号が違いました", "Refused: the code was wrong"),
        Verdict::Suspended => both("停止中のため、受け付けませんでした", "Refused: the token was suspended"),
        Verdict::Expired => both("期限が過ぎていました", "Refused: the token had expired"),
        Verdict::NotActivated | Verdict::NotRegistered => {
            both("利用を開始していませんでした", "Refused: use had not been started")
        }
    };
    Use { at: minute(used.at), purpose, result, is_fine: used.result == Verdict::Accepted }
}

#[cfg(test)]
mod tests {
    use super::*;
    use warifu_core::time::UnixMillis;

    #[test]
    fn every_use_has_words_and_an_empty_history_says_so() {
        for purpose in UsePurpose::ALL {
            for result in Verdict::ALL {
                let uses = vec![shown(&TokenUse { at: UnixMillis(0), purpose: *purpose, result: *result })];
                let html = History { shell: Shell::sample(), uses, can_stop: true }.render().unwrap();
                assert!(html.contains("1970/01/01 09:00") && html.contains("心当たりがない"));
            }
        }
        let none = History { shell: Shell::sample(), uses: Vec::new(), can_stop: false };
        assert!(none.render().unwrap().contains("まだありません"));
        let stop = Stop { shell: Shell::sample(), form: "f".to_owned(), limit: crate::page::yen(200_000) };
        assert!(stop.render().unwrap().contains("以降のログインはできなくなります"));
    }
}
