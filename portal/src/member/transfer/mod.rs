//! Owns 振込・振替, its first page: to whom and how much, with what may still be transferred today.
//! Refuses to know codes: they are asked for on the confirmation page.
//! Invariant: nothing moves here; what can be said of a transfer before a code is spent is said here.

pub(crate) mod confirm;
mod fields;
pub(crate) mod sign;

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::wire::bank::{MemberStatus, Registration};

pub(super) use self::fields::amount;
use self::fields::{Fields, NAMES, Typed};
use super::challenge;
use crate::App;
use crate::bilingual::{Text, both};
use crate::failure::Failure;
use crate::form::{self, Submitted};
use crate::page::{Here, Problems, Shell, minute, render, status_of, yen};
use crate::routes::Page;
use crate::session::SignedIn;
use crate::store::ledger::Account;
use crate::store::transfers::{NewTransfer, Opened, Order};
use crate::token::Token;

#[derive(Template)]
#[template(path = "pages/transfer/form.html")]
struct TransferForm {
    shell: Shell,
    form: String,
    notice: Text,
    day: Day,
    has_token: bool,
    has_account: bool,
    today: Vec<Today>,
    /// How many of today's are not shown.
    more: usize,
    problems: Problems,
    fields: Fields,
}

/// What a member may transfer today.
pub(super) struct Day {
    pub(super) limit: Text,
    pub(super) used: Text,
    pub(super) left: Text,
    left_yen: i64,
}

/// A transfer of today, for whoever is not sure whether it was accepted.
struct Today {
    at: String,
    payee: String,
    amount: Text,
    number: String,
}

/// More would make the page long.
const SHOWN: usize = 20;
const KEPT: Text = both("振込・振替は、まだ受け付けていません。", "The transfer has not been accepted yet.");
const SHORT: Text =
    both("お支払いの口座の残高が足りません。", "There is not enough money in the account that you pay from.");

/// `GET /transfer`
pub(crate) async fn show_transfer(
    State(app): State<App>,
    who: SignedIn,
    OriginalUri(uri): OriginalUri,
) -> Page {
    let status = status(&app, &who).await?;
    let notice = match uri.query().unwrap_or_default().split('&').next() {
        Some("stopped") => both(
            "振込・振替を取りやめました。お金は動いていません。",
            "The transfer has been called off. No money has moved.",
        ),
        Some("late") => both(
            "確認画面を開いてから時間がたったため、振込・振替を受け付けませんでした。お金は動いていません。内容を確かめて、もう一度お進みください。",
            "Too much time has passed since the confirmation page was opened, so the transfer was not accepted. No money has moved. Please check the details and go on once more.",
        ),
        _ => Text::default(),
    };
    // 戻る: what was typed stands there again.
    let again = match form::asked(&uri, "again").parse() {
        Ok(id) => app.store.transfer(id, &who.member.id).await?,
        Err(_) => None,
    };
    let typed = again.map(|order| Typed::again(order.account, &order.what)).unwrap_or_default();
    page(&app, &who, &status, notice, Problems::default(), &typed).await
}

/// `POST /transfer`
pub(crate) async fn submit_transfer(State(app): State<App>, mut who: SignedIn, mut form: Submitted) -> Page {
    let is_for_the_look = form.is_for_the_look();
    let form = form.verified(&who.token, &NAMES)?;
    who.reader.keep(&who.token, &form, &NAMES);
    let status = status(&app, &who).await?;
    let typed = Typed::of(&form);
    let mut problems = Problems::default();
    let Some((account, what)) = typed.read(&mut problems) else {
        return page(&app, &who, &status, Text::default(), problems, &typed).await;
    };
    let accounts = app.store.accounts(&who.member.id).await?;
    let amount = what.amount.yen().cast_signed();
    let day = day(&app, &who, status.registration).await?;
    if amount > day.left_yen {
        problems.add("amount", over(&day));
    } else if accounts.iter().any(|own| own.id == account && own.balance < amount) {
        problems.add("amount", SHORT);
    }
    if problems.is_empty() && !is_for_the_look {
        // The same form with the same content is the same transfer, however often it arrives.
        let content = format!("{account} {what:?}");
        let id = who.token.request("transfer", form.text("form"), &content);
        let is_here = app.config.transfers.bank.as_ref() == Some(&what.bank);
        let new = NewTransfer { id, member: who.member.id.clone(), account, what, is_here };
        match app.store.open_transfer(new, app.clock.now()).await? {
            Opened::Stands => {
                return Ok(Redirect::to(&format!("/transfer/confirm?id={id}")).into_response());
            }
            Opened::NotTheirs => problems.add("account", both("お支払いの口座を選んでください。", "Please choose the account to pay from.")),
            Opened::NoSuchPayee => problems.add(
                "number",
                both("この支店番号、口座番号、受取人名の口座は見つかりませんでした。もう一度お確かめください。", "There is no account with this branch number, account number and payee. Please check them once more."),
            ),
            Opened::Itself => problems.add("number", both("お支払いの口座と同じ口座です。", "This is the account that you pay from.")),
        }
    }
    page(&app, &who, &status, Text::default(), problems, &typed).await
}

pub(super) fn over(day: &Day) -> Text {
    Text::new(
        format!(
            "一日あたりの振込・振替限度額（{}）を超えます。今日これから振り込めるのは{}までです。",
            day.limit.ja, day.left.ja
        ),
        format!(
            "This is more than your daily transfer limit ({}). You can still transfer {} today.",
            day.limit.en, day.left.en
        ),
    )
}

/// The day's limit of a member, what is used of it, and what is left.
pub(super) async fn day(app: &App, who: &SignedIn, registration: Registration) -> Result<Day, Failure> {
    let (limit, now) = (limit(app, who, registration).await?, app.clock.now());
    let used = app.store.transferred_today(&who.member.id, now).await?;
    let left_yen = (limit - used).max(0);
    let words = |yen_: i64| yen(yen_.unsigned_abs());
    Ok(Day { limit: words(limit), used: words(used), left: words(left_yen), left_yen })
}

/// Without a token in use, what everybody has; else the member's own.
pub(super) async fn limit(app: &App, who: &SignedIn, registration: Registration) -> Result<i64, Failure> {
    let without = i64::try_from(app.config.limits.without_token_yen).unwrap_or(i64::MAX);
    if registration != Registration::Active {
        return Ok(without);
    }
    Ok(app.store.limit(&who.member.id, app.clock.now()).await?.own.unwrap_or(without))
}

pub(super) async fn status(app: &App, who: &SignedIn) -> Result<MemberStatus, Failure> {
    challenge::status(app, who, |cause| Failure::Away { cause, kept: KEPT, back: "/transfer" }).await
}

async fn page(
    app: &App,
    who: &SignedIn,
    status: &MemberStatus,
    notice: Text,
    problems: Problems,
    typed: &Typed,
) -> Page {
    let accounts = app.store.accounts(&who.member.id).await?;
    let day = day(app, who, status.registration).await?;
    let shell = Shell::of(app, who, Here::Transfer);
    let has_token = status.registration == Registration::Active;
    let mut page = view(shell, notice, day, has_token, &accounts, problems, typed);
    let today = app.store.transfers_today(&who.member.id, app.clock.now()).await?;
    page.more = today.len().saturating_sub(SHOWN);
    page.today = today.iter().take(SHOWN).map(shown).collect();
    render(if page.has_account { status_of(&page.problems) } else { StatusCode::OK }, &page)
}

fn shown(order: &Order) -> Today {
    Today {
        at: order.done_at.map(minute).unwrap_or_default(),
        payee: order.what.payee_kana.as_str().to_owned(),
        amount: yen(order.what.amount.yen()),
        number: confirm::number(order),
    }
}

fn view(
    shell: Shell,
    notice: Text,
    day: Day,
    has_token: bool,
    accounts: &[Account],
    problems: Problems,
    typed: &Typed,
) -> TransferForm {
    TransferForm {
        shell,
        form: Token::generate().cookie(),
        notice,
        day,
        has_token,
        has_account: !accounts.is_empty(),
        today: Vec::new(),
        more: 0,
        fields: typed.fields(accounts, &problems),
        problems,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_what_may_still_be_transferred_and_every_problem() {
        let day = || Day { limit: yen(200_000), used: yen(150_000), left: yen(50_000), left_yen: 50_000 };
        let own = Account { id: 2, branch: "001".to_owned(), number: "1000001".to_owned(), balance: 9 };
        let mut problems = Problems::default();
        assert!(Typed::default().read(&mut problems).is_none());
        let html = view(Shell::sample(), Text::default(), day(), false, &[own], problems, &Typed::default());
        let html = html.render().unwrap();
        for part in ["200,000円", "50,000円", "amount-problem", "001-1000001", "account-problem"] {
            assert!(html.contains(part), "{part} is missing in {html}");
        }
        let none =
            view(Shell::sample(), Text::default(), day(), true, &[], Problems::default(), &Typed::default());
        assert!(none.render().unwrap().contains("口座がありません"));
    }
}
