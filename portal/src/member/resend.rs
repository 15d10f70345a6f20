//! Owns 再送 of トークン発行のご案内, from 申請内容選択 and from 完了.
//! Refuses to know the mail: the centre writes it and sends it.
//! Invariant: one press, one mail, however often it arrives.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect};

use crate::App;
use crate::bilingual::both;
use crate::failure::Failure;
use crate::form::Submitted;
use crate::routes::Page;
use crate::session::SignedIn;

/// `POST /otp/resend`
pub(crate) async fn submit_resend(State(app): State<App>, who: SignedIn, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["form", "place"])?;
    let (back, then) = match form.text("place") {
        "done" => ("/otp/issue/done", "/otp/issue/done?resent"),
        _ => ("/otp", "/otp?resent"),
    };
    let request = who.token.request("resend", form.text("form"), "");
    match app.centre.resend(&who.member.id, request).await {
        Ok(_) => Ok(Redirect::to(then).into_response()),
        Err(refusal) if refusal.is_out_of_state() => Ok(Redirect::to("/otp?changed").into_response()),
        Err(cause) => {
            let kept = both(
                "発行したユーザIDと、前にお送りしたメールは、そのまま使えます。",
                "The user ID that was issued and the mail that was sent before can be used as they are.",
            );
            Err(Failure::Away { cause, kept, back })
        }
    }
}
