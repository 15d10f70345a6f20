//! Owns 取引認証 of a transfer above the institution's threshold: its QR code, what is typed into the app, its code.
//! Refuses to know how the code is computed: the centre registers the transfer and judges it.
//! Invariant: what the app shows is what will be booked; a code for one transfer books no other.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::wire::bank::{Registration, TransactionRequest, Verdict};

use super::KEPT;
use super::confirm::{self, Facts};
use crate::App;
use crate::bilingual::{Text, both};
use crate::failure::Failure;
use crate::form::Submitted;
use crate::member::challenge::{self, Outcome};
use crate::page::{Field, Here, Problems, Shell, minute, render, status_of};
use crate::qr::Qr;
use crate::routes::Page;
use crate::session::SignedIn;
use crate::store::transfers::{Order, Signing};
use crate::token::Token;
use crate::typed_code;

#[derive(Template)]
#[template(path = "pages/transfer/sign.html")]
struct Sign {
    shell: Shell,
    form: String,
    id: String,
    facts: Facts,
    number: String,
    yen: u64,
    until: String,
    /// The code did not come in time.
    is_over: bool,
    qr: Option<Qr>,
    problems: Problems,
    code: Field,
}

const LATE: Text = both(
    "取引認証の時間が過ぎました。「取引認証をやり直す」を押して、新しい番号でお手続きください。",
    "The time for the approval is over. Please press “Start the approval again” and use the new code.",
);

/// `POST /transfer/sign/begin`: the centre is told what is to be agreed to.
pub(crate) async fn submit_begin(State(app): State<App>, who: SignedIn, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["form", "id"])?;
    let order = match confirm::open(&app, &who, form.text("id")).await? {
        Ok(order) => order,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let status = super::status(&app, &who).await?;
    if !confirm::needs_signature(&app, &order, &status) {
        return Ok(confirm::to_confirm(&order));
    }
    let what = order.what.clone();
    let request = TransactionRequest {
        request_id: who.token.request("transaction", &confirm::key(&form), ""),
        kind: what.kind,
        bank: what.bank,
        branch: what.branch,
        account_type: what.account_type,
        account: what.account,
        payee_kana: what.payee_kana,
        amount: what.amount,
    };
    let transaction = match app.centre.transaction(&who.member.id, &request).await {
        Ok(transaction) => transaction,
        Err(refusal) if refusal.is_out_of_state() => return Ok(confirm::to_confirm(&order)),
        Err(cause) => return Err(Failure::Away { cause, kept: KEPT, back: "/transfer" }),
    };
    let qr = transaction.qr.unwrap_or_default();
    let signing = Signing { id: transaction.transaction_id, qr, expires_at: transaction.expires_at };
    app.store.await_signature(order.id, signing).await?;
    Ok(Redirect::to(&format!("/transfer/sign?id={}", order.id)).into_response())
}

/// `GET /transfer/sign?id=…`
pub(crate) async fn show_sign(State(app): State<App>, who: SignedIn, OriginalUri(uri): OriginalUri) -> Page {
    let order = match confirm::open(&app, &who, &confirm::asked(&uri)).await? {
        Ok(order) => order,
        Err(elsewhere) => return Ok(elsewhere),
    };
    match app.store.signing(order.id).await? {
        Some(signing) => {
            page(&app, &who, &order, &signing, &Token::generate().cookie(), Problems::default(), "").await
        }
        None => Ok(confirm::to_confirm(&order)),
    }
}

/// `POST /transfer/sign`
pub(crate) async fn submit_sign(State(app): State<App>, who: SignedIn, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["form", "id", "code"])?;
    let order = match confirm::open(&app, &who, form.text("id")).await? {
        Ok(order) => order,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let Some(signing) = app.store.signing(order.id).await? else { return Ok(confirm::to_confirm(&order)) };
    let mut problems = Problems::default();
    let code = typed_code::read(form.text("code"), &mut problems);
    if problems.is_empty() {
        let request = who.token.request("sign", &format!("{} {}", confirm::key(&form), signing.id), &code);
        let answer = app.centre.sign(&who.member.id, signing.id, request, &code).await;
        let is_late = answer.as_ref().is_ok_and(|answer| answer.verdict == Verdict::Expired);
        match challenge::read(&app, answer) {
            _ if is_late => problems.add("", LATE),
            Ok(Outcome::Passed) => match confirm::book(&app, &who, &order, Registration::Active).await? {
                Ok(elsewhere) => return Ok(elsewhere),
                Err(words) => problems.add("", words.then(&confirm::SPENT)),
            },
            Ok(Outcome::Told(words)) => problems.add("code", words),
            Ok(Outcome::Suspended) => return challenge::turn_away(&app, &who.member.id).await,
            Ok(Outcome::Gone) => return Ok(confirm::to_confirm(&order)),
            Err(cause) => {
                tracing::warn!(%cause, "the centre did not judge a signature");
                problems.add("", Failure::Away { cause, kept: KEPT, back: "/transfer" }.told());
            }
        }
    }
    let typed = if code.is_empty() { form.text("code") } else { "" };
    page(&app, &who, &order, &signing, form.text("form"), problems, typed).await
}

async fn page(
    app: &App,
    who: &SignedIn,
    order: &Order,
    signing: &Signing,
    form: &str,
    problems: Problems,
    typed: &str,
) -> Page {
    let page = Sign {
        shell: Shell::of(app, who, Here::Transfer)
            .at(&who.reader, &format!("/transfer/sign?id={}", order.id)),
        form: form.to_owned(),
        id: order.id.to_string(),
        facts: Facts::of(app, who, order).await?,
        number: order.what.account.to_string(),
        yen: order.what.amount.yen(),
        until: minute(signing.expires_at),
        is_over: signing.expires_at <= app.clock.now(),
        qr: Some(&signing.qr).filter(|text| !text.is_empty()).map(|text| Qr::of(text)).transpose()?,
        code: Field {
            label: both("取引認証の番号", "Approval code"), ..Field::code(&problems, typed)
        },
        problems,
    };
    render(status_of(&page.problems), &page)
}
