//! Owns the confirmation page of a transfer, what has to be typed there, and 受付完了.
//! Refuses to know 取引認証: `sign` does.
//! Invariant: a transfer is booked once, after what its member's token asks for, however often its form arrives.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Redirect, Response};
use warifu_core::sign::Transfer;
use warifu_core::wire::bank::{MemberStatus, Purpose, Registration};

use super::KEPT;
use super::fields::{label, own_account};
use crate::App;
use crate::bilingual::{Text, both};
use crate::failure::Failure;
use crate::form::{self, Form, Submitted};
use crate::member::challenge::{self, Outcome};
use crate::member::confirmation_password;
use crate::page::{Field, Here, Problems, Shell, minute, render, status_of, yen};
use crate::password::Typed;
use crate::routes::Page;
use crate::session::SignedIn;
use crate::store::transfers::{Booked, Order, State as Stage, WAITS_FOR};
use crate::token::Token;
use crate::typed_code;

#[derive(Template)]
#[template(path = "pages/transfer/confirm.html")]
struct Confirm {
    shell: Shell,
    form: String,
    id: String,
    facts: Facts,
    /// The same was booked today already: at which minute, and its 受付番号.
    twin: Option<(String, String)>,
    problems: Problems,
    proof: Proof,
}

#[derive(Template)]
#[template(path = "pages/transfer/done.html")]
struct Done {
    shell: Shell,
    id: String,
    facts: Facts,
    at: String,
}

const SHORT_NOW: Text = both(
    "お支払いの口座の残高が足りないため、振込・振替を受け付けませんでした。お金は動いていません。「戻る」を押して、金額かお支払いの口座を変えるか、ご入金のあとで、もう一度お進みください。",
    "There is not enough money in the account that you pay from, so the transfer was not accepted. No money has moved. Please press “Back” and change the amount or the account, or pay money in and go on once more.",
);
const OVER_NOW: Text = both(
    "そのため、受け付けませんでした。お金は動いていません。「戻る」を押して、金額を変えてください。",
    "For this reason the transfer was not accepted. No money has moved. Please press “Back” and change the amount.",
);
/// What has become of a code that was right and moved nothing.
pub(super) const SPENT: Text = both(
    "入力された番号は使用済みです。次は、アプリに新しく表示された番号を入力してください。",
    "The code that you entered is used up. Next time, please enter the new code that the app shows.",
);

/// What has to be typed before money moves.
enum Proof {
    Code(Field),
    Password(Field),
    Signature,
}

/// A transfer in words.
pub(super) struct Facts {
    pub(super) from: Text,
    pub(super) bank: String,
    pub(super) branch: String,
    pub(super) account: Text,
    pub(super) payee: String,
    pub(super) amount: Text,
}

impl Facts {
    /// Of the member's own order.
    pub(super) async fn of(app: &App, who: &SignedIn, order: &Order) -> Result<Self, Failure> {
        let own = app.store.accounts(&who.member.id).await?;
        let own = own.into_iter().find(|own| own.id == order.account);
        let from = own.map(|own| own_account(&own));
        Ok(Self::in_words(from.unwrap_or_default(), &order.what))
    }

    fn in_words(from: Text, what: &Transfer) -> Self {
        Self {
            from,
            bank: what.bank.to_string(),
            branch: what.branch.to_string(),
            account: Text::new(
                format!("{} {}", label(what.account_type).ja, what.account),
                format!("{} {}", label(what.account_type).en, what.account),
            ),
            payee: what.payee_kana.as_str().to_owned(),
            amount: yen(what.amount.yen()),
        }
    }
}

/// `GET /transfer/confirm?id=…`
pub(crate) async fn show_confirm(
    State(app): State<App>,
    who: SignedIn,
    OriginalUri(uri): OriginalUri,
) -> Page {
    let order = match open(&app, &who, &form::asked(&uri, "id")).await? {
        Ok(order) => order,
        Err(elsewhere) => return Ok(elsewhere),
    };
    page(&app, &who, &order, &Token::generate().cookie(), Problems::default(), "").await
}

/// `POST /transfer/code`
pub(crate) async fn submit_code(State(app): State<App>, who: SignedIn, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["form", "id", "code"])?;
    let order = match open(&app, &who, form.text("id")).await? {
        Ok(order) => order,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let status = super::status(&app, &who).await?;
    if needs_signature(&app, &order, &status) || status.registration != Registration::Active {
        return Ok(to_confirm(&order));
    }
    let mut problems = Problems::default();
    let code = typed_code::read(form.text("code"), &mut problems);
    if problems.is_empty() {
        let request = who.token.request("transfer", &key(&form), &code);
        let answer = app.centre.verify(&who.member.id, request, Purpose::Transfer, &code).await;
        match challenge::read(&app, answer) {
            Ok(Outcome::Passed) => match book(&app, &who, &order, status.registration).await? {
                Ok(elsewhere) => return Ok(elsewhere),
                Err(words) => problems.add("", words.then(&SPENT)),
            },
            Ok(Outcome::Told(words)) => problems.add("code", words),
            Ok(Outcome::Suspended) => return challenge::turn_away(&app, &who.member.id).await,
            Ok(Outcome::Gone) => return Ok(to_confirm(&order)),
            Err(cause) => {
                tracing::warn!(%cause, "the centre did not verify a code for a transfer");
                problems.add("", Failure::Away { cause, kept: KEPT, back: "/transfer" }.told());
            }
        }
    }
    // A code that was understood is not shown again.
    let typed = if code.is_empty() { form.text("code") } else { "" };
    page(&app, &who, &order, form.text("form"), problems, typed).await
}

/// `POST /transfer/password`: of a member without a token in use.
pub(crate) async fn submit_password(State(app): State<App>, who: SignedIn, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["form", "id", "confirmation_password"])?;
    let order = match open(&app, &who, form.text("id")).await? {
        Ok(order) => order,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let status = super::status(&app, &who).await?;
    if status.registration == Registration::Active {
        return Ok(to_confirm(&order));
    }
    let typed = Typed::new(form.text("confirmation_password"));
    let words = match confirmation_password::shape(&typed) {
        Some(words) => Some(words),
        None => confirmation_password::check(&app, &who, typed).await?,
    };
    let problems = match words {
        Some(words) => Problems::one("confirmation_password", words),
        None => match book(&app, &who, &order, status.registration).await? {
            Ok(elsewhere) => return Ok(elsewhere),
            Err(words) => Problems::one("", words),
        },
    };
    page(&app, &who, &order, form.text("form"), problems, "").await
}

/// `POST /transfer/stop`
pub(crate) async fn submit_stop(State(app): State<App>, who: SignedIn, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["id"])?;
    let Ok(id) = form.text("id").parse() else { return Ok(Redirect::to("/transfer").into_response()) };
    app.store.stop_transfer(id, &who.member.id).await?;
    let order = app.store.transfer(id, &who.member.id).await?;
    Ok(match order.filter(|order| order.state == Stage::Done) {
        Some(order) => to_done(&order),
        None => Redirect::to("/transfer?stopped").into_response(),
    })
}

/// `GET /transfer/done?id=…`
pub(crate) async fn show_done(State(app): State<App>, who: SignedIn, OriginalUri(uri): OriginalUri) -> Page {
    let order = match form::asked(&uri, "id").parse() {
        Ok(id) => app.store.transfer(id, &who.member.id).await?,
        Err(_) => None,
    };
    let Some((order, at)) = order.and_then(|order| order.done_at.map(|at| (order, at))) else {
        return Ok(Redirect::to("/transfer").into_response());
    };
    let shell = Shell::of(&app, &who, Here::Transfer);
    let facts = Facts::of(&app, &who, &order).await?;
    let page = Done { shell, id: number(&order), facts, at: minute(at) };
    render(StatusCode::OK, &page)
}

/// The member's transfer while it waits, or where else they belong.
pub(super) async fn open(app: &App, who: &SignedIn, id: &str) -> Result<Result<Order, Response>, Failure> {
    let Ok(id) = id.parse() else { return Ok(Err(Redirect::to("/transfer").into_response())) };
    let Some(order) = app.store.transfer(id, &who.member.id).await? else {
        return Ok(Err(Redirect::to("/transfer").into_response()));
    };
    Ok(match order.state {
        Stage::Done => Err(to_done(&order)),
        Stage::Stopped => Err(Redirect::to("/transfer?stopped").into_response()),
        Stage::Open if order.made_at.plus(WAITS_FOR) <= app.clock.now() => Err(late(&order)),
        Stage::Open => Ok(order),
    })
}

/// Books it and says where to go, or what the member is told.
pub(super) async fn book(
    app: &App,
    who: &SignedIn,
    order: &Order,
    registration: Registration,
) -> Result<Result<Response, Text>, Failure> {
    let limit = super::limit(app, who, registration).await?;
    Ok(match app.store.book_transfer(order.id, &who.member.id, limit, app.clock.now()).await? {
        Booked::Done => Ok(to_done(order)),
        Booked::Gone => Ok(late(order)),
        Booked::Short => Err(SHORT_NOW),
        Booked::Over => Err(super::over(&super::day(app, who, registration).await?).then(&OVER_NOW)),
    })
}

/// Whether this transfer needs a code of its own.
pub(super) fn needs_signature(app: &App, order: &Order, status: &MemberStatus) -> bool {
    status.registration == Registration::Active
        && order.what.amount.yen() > app.config.transfers.sign_above_yen
}

/// The press that a request ID is made of: this page's, for this transfer.
pub(super) fn key(form: &Form) -> String {
    format!("{} {}", form.text("form"), form.text("id"))
}

pub(super) fn to_confirm(order: &Order) -> Response {
    Redirect::to(&format!("/transfer/confirm?id={}", order.id)).into_response()
}

fn to_done(order: &Order) -> Response {
    Redirect::to(&format!("/transfer/done?id={}", order.id)).into_response()
}

fn late(order: &Order) -> Response {
    Redirect::to(&format!("/transfer?late&again={}", order.id)).into_response()
}

/// 受付番号: what a member names on the telephone.
pub(super) fn number(order: &Order) -> String {
    order.id.to_string().split('-').next().unwrap_or_default().to_uppercase()
}

async fn page(app: &App, who: &SignedIn, order: &Order, form: &str, problems: Problems, code: &str) -> Page {
    let status = super::status(app, who).await?;
    let proof = match status.registration {
        Registration::Active if needs_signature(app, order, &status) => Proof::Signature,
        Registration::Active => Proof::Code(Field::code(&problems, code)),
        Registration::None | Registration::Issued | Registration::Suspended => {
            Proof::Password(Field::confirmation(&problems))
        }
    };
    let today = app.store.transfers_today(&who.member.id, app.clock.now()).await?;
    let twin = today.iter().find(|done| is_the_same(done, order));
    let page = Confirm {
        shell: Shell::of(app, who, Here::Transfer)
            .at(&who.reader, &format!("/transfer/confirm?id={}", order.id)),
        form: form.to_owned(),
        id: order.id.to_string(),
        facts: Facts::of(app, who, order).await?,
        twin: twin.map(|done| (done.done_at.map(minute).unwrap_or_default(), number(done))),
        proof,
        problems,
    };
    render(status_of(&page.problems), &page)
}

/// From the same account to the same one, the same amount: whatever the payee's name was typed like.
fn is_the_same(one: &Order, other: &Order) -> bool {
    let whither = |order: &Order| {
        let Transfer { bank, branch, account_type, account, amount, .. } = order.what.clone();
        (order.account, bank, branch, account_type, account, amount)
    };
    whither(one) == whither(other)
}

/// The `id` of an address, for pages that go on from it.
pub(super) fn asked(uri: &Uri) -> String {
    form::asked(uri, "id")
}
