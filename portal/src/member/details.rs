//! Owns 登録情報の変更: the registered mail address.
//! Refuses to know where a token's own mails go: that was said at its issue.
//! Invariant: nothing changes without a code of a token in use; both addresses are told of a change.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::wire::bank::{MemberStatus, Purpose, Registration};

use super::challenge::{self, Outcome};
use super::mail_twice;
use crate::App;
use crate::bilingual::{Text, both};
use crate::failure::Failure;
use crate::form::Submitted;
use crate::mails::{Letter, address_change};
use crate::page::{Field, Here, Problems, Shell, minute, render, status_of};
use crate::routes::Page;
use crate::session::SignedIn;
use crate::store::drafts::Draft;
use crate::token::Token;
use crate::typed_code;

#[derive(Template)]
#[template(path = "pages/details.html")]
struct Details {
    shell: Shell,
    form: String,
    notice: Text,
    name: String,
    mail: String,
    /// Since when mails there are known not to arrive.
    refused_at: Option<String>,
    has_token: bool,
    problems: Problems,
    mails: [Field; 2],
    code: Field,
}

const KEPT: Text = both("登録情報は、変わっていません。", "Your registered data has not changed.");

/// `GET /details`
pub(crate) async fn show_details(
    State(app): State<App>,
    who: SignedIn,
    OriginalUri(uri): OriginalUri,
) -> Page {
    let status = status(&app, &who).await?;
    let notice = match uri.query() {
        Some("changed") => both(
            "メールアドレスを変更しました。変更前と変更後の両方のアドレスへ、お知らせのメールをお送りします。",
            "Your mail address has been changed. We send a mail to both the old and the new address.",
        ),
        _ => Text::default(),
    };
    let form = Token::generate().cookie();
    page(&app, &who, &status, notice, &form, Problems::default(), &Draft::default()).await
}

/// `POST /details`
pub(crate) async fn submit_details(State(app): State<App>, mut who: SignedIn, mut form: Submitted) -> Page {
    let is_for_the_look = form.is_for_the_look();
    let form = form.verified(&who.token, &["form", mail_twice::MAIL, mail_twice::MAIL_AGAIN, "code"])?;
    who.reader.keep(&who.token, &form, &["form", mail_twice::MAIL, mail_twice::MAIL_AGAIN]);
    let (typed, status) = (mail_twice::typed(&form), status(&app, &who).await?);
    if status.registration != Registration::Active {
        return page(&app, &who, &status, Text::default(), form.text("form"), Problems::default(), &typed)
            .await;
    }
    let mut problems = Problems::default();
    let address = mail_twice::read(&typed, &mut problems);
    let code = typed_code::read(form.text("code"), &mut problems);
    if let (true, Some(address)) = (problems.is_empty() && !is_for_the_look, address) {
        let key = format!("{} {address}", form.text("form"));
        let request = who.token.request("details", &key, &code);
        let answer = app.centre.verify(&who.member.id, request, Purpose::Change, &code).await;
        match challenge::read(&app, answer) {
            Ok(Outcome::Passed) => {
                let old = who.member.mail.as_ref().map(ToString::to_string).unwrap_or_default();
                let mails = address_change::write(&Letter::of(&app), &old, address.as_str())?;
                let (id, now) = (who.token.request("details", &key, ""), app.clock.now());
                app.store.change_address(id, &who.member.id, address, mails, now).await?;
                app.post.hurry();
                return Ok(Redirect::to("/details?changed").into_response());
            }
            Ok(Outcome::Told(words)) => problems.add("code", words),
            Ok(Outcome::Suspended) => return challenge::turn_away(&app, &who.member.id).await,
            Ok(Outcome::Gone) => return Ok(Redirect::to("/details").into_response()),
            Err(cause) => {
                tracing::warn!(%cause, "the centre did not verify a code for a change");
                problems.add("", Failure::Away { cause, kept: KEPT, back: "/details" }.told());
            }
        }
    }
    page(&app, &who, &status, Text::default(), form.text("form"), problems, &typed).await
}

async fn status(app: &App, who: &SignedIn) -> Result<MemberStatus, Failure> {
    challenge::status(app, who, |cause| Failure::Away { cause, kept: KEPT, back: "/details" }).await
}

async fn page(
    app: &App,
    who: &SignedIn,
    status: &MemberStatus,
    notice: Text,
    form: &str,
    problems: Problems,
    typed: &Draft,
) -> Page {
    let refused_at = match &who.member.mail {
        Some(mail) => app.store.refused_at(mail).await?.map(minute),
        None => None,
    };
    let [mail, again] = mail_twice::fields(typed, &problems);
    let hint = both("半角英数字記号", "Letters, digits and signs");
    let page = Details {
        shell: Shell::of(app, who, Here::Details),
        form: form.to_owned(),
        notice,
        name: who.member.name.clone(),
        mail: who.member.mail.as_ref().map(ToString::to_string).unwrap_or_default(),
        refused_at,
        has_token: status.registration == Registration::Active,
        mails: [
            Field { label: both("新しいメールアドレス", "New mail address"), hint, ..mail },
            Field {
                label: both("新しいメールアドレス（確認用）", "New mail address (again)"), ..again
            },
        ],
        code: Field::code(&problems, ""),
        problems,
    };
    render(status_of(&page.problems), &page)
}
