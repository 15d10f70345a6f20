//! Owns 振込・振替限度額の変更: what holds, what waits, asking for another limit, taking it back.
//! Refuses to know transfers.
//! Invariant: only with a token 利用中, never above the application form; a higher limit waits, a lower one holds at once.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse as _, Redirect};
use warifu_core::time::{DAY, UnixMillis};
use warifu_core::wire::bank::{MemberStatus, Purpose, Registration};

use super::challenge::{self, Outcome};
use super::transfer;
use crate::App;
use crate::bilingual::{Text, both};
use crate::failure::Failure;
use crate::form::Submitted;
use crate::mails::{self, Letter, limit_change};
use crate::page::{Field, Here, Problems, Shell, minute, render, status_of, yen};
use crate::routes::Page;
use crate::session::SignedIn;
use crate::store::limits::{NewLimit, Waiting};
use crate::store::transfers::day_begin;
use crate::token::Token;
use crate::typed_code;

#[derive(Template)]
#[template(path = "pages/limit.html")]
struct LimitPage {
    shell: Shell,
    form: String,
    notice: Text,
    now: Text,
    most: Text,
    without: Text,
    days: u32,
    from: String,
    has_token: bool,
    waiting: Option<Shown>,
    problems: Problems,
    amount: Field,
    code: Field,
}

/// A change that waits: its ID, how much, from when.
struct Shown {
    id: String,
    amount: Text,
    from: String,
}

/// Limits are whole ten thousands.
const STEP: i64 = 10_000;
const KEPT: Text = both("今の限度額は、そのまま残っています。", "Your present limit stays as it is.");

/// `GET /limit`
pub(crate) async fn show_limit(State(app): State<App>, who: SignedIn, OriginalUri(uri): OriginalUri) -> Page {
    let status = status(&app, &who).await?;
    let notice = match uri.query() {
        Some("asked") => both(
            "限度額の変更を受け付けました。お知らせのメールをお送りします。",
            "The change of your limit has been accepted. We send you a mail about it.",
        ),
        Some("taken-back") => {
            both("限度額の変更を取り消しました。", "The change of your limit has been taken back.")
        }
        Some("late") => both(
            "この変更は、もう取り消せません。今の限度額をご確認ください。",
            "This change can no longer be taken back. Please look at your present limit.",
        ),
        _ => Text::default(),
    };
    page(&app, &who, &status, notice, &Token::generate().cookie(), Problems::default(), "").await
}

/// `POST /limit`
pub(crate) async fn submit_limit(State(app): State<App>, mut who: SignedIn, mut form: Submitted) -> Page {
    let is_for_the_look = form.is_for_the_look();
    let form = form.verified(&who.token, &["form", "amount", "code"])?;
    who.reader.keep(&who.token, &form, &["form", "amount"]);
    let status = status(&app, &who).await?;
    if status.registration != Registration::Active {
        return page(&app, &who, &status, Text::default(), form.text("form"), Problems::default(), "").await;
    }
    let present = transfer::limit(&app, &who, status.registration).await?;
    let mut problems = Problems::default();
    let amount = match transfer::amount(form.text("amount")) {
        Ok(amount) => amount.yen().cast_signed(),
        Err(words) => {
            problems.add("amount", words);
            0
        }
    };
    if problems.is_empty()
        && let Some(words) = unfit(amount, present, most(&app, &who))
    {
        problems.add("amount", words);
    }
    let code = typed_code::read(form.text("code"), &mut problems);
    if problems.is_empty() && !is_for_the_look {
        let key = format!("{} {amount}", form.text("form"));
        let request = who.token.request("limit", &key, &code);
        let answer = app.centre.verify(&who.member.id, request, Purpose::Change, &code).await;
        match challenge::read(&app, answer) {
            Ok(Outcome::Passed) => {
                let now = app.clock.now();
                let effective_at = if amount > present { effective_at(&app) } else { now };
                let (member, id) = (who.member.id.clone(), who.token.request("limit", &key, ""));
                let to = mails::addresses(&who.member, &status);
                let mails = limit_change::write(&Letter::of(&app), &to, amount.unsigned_abs(), effective_at)?;
                app.store.change_limit(NewLimit { id, member, amount, effective_at }, mails, now).await?;
                app.post.hurry();
                return Ok(Redirect::to("/limit?asked").into_response());
            }
            Ok(Outcome::Told(words)) => problems.add("code", words),
            Ok(Outcome::Suspended) => return challenge::turn_away(&app, &who.member.id).await,
            Ok(Outcome::Gone) => return Ok(Redirect::to("/limit").into_response()),
            Err(cause) => {
                tracing::warn!(%cause, "the centre did not verify a code for a limit");
                problems.add("", Failure::Away { cause, kept: KEPT, back: "/limit" }.told());
            }
        }
    }
    page(&app, &who, &status, Text::default(), form.text("form"), problems, form.text("amount")).await
}

/// `POST /limit/take-back`
pub(crate) async fn submit_take_back(State(app): State<App>, who: SignedIn, form: Submitted) -> Page {
    let form = form.verified(&who.token, &["id"])?;
    let Ok(id) = form.text("id").parse() else { return Ok(Redirect::to("/limit").into_response()) };
    let is_gone = app.store.take_limit_back(id, &who.member.id, app.clock.now()).await?;
    Ok(Redirect::to(if is_gone { "/limit?taken-back" } else { "/limit?late" }).into_response())
}

/// What is wrong with a limit.
fn unfit(amount: i64, present: i64, most: i64) -> Option<Text> {
    if amount % STEP != 0 {
        Some(both("1万円単位で入力してください。", "Please enter a multiple of ¥10,000."))
    } else if amount > most {
        let most = yen(most.unsigned_abs());
        Some(Text::new(
            format!("申込書に記載の振込限度額（{}）までで入力してください。", most.ja),
            format!("Please enter no more than the limit on your application form ({}).", most.en),
        ))
    } else if amount == present {
        let present = yen(present.unsigned_abs());
        Some(Text::new(
            format!(
                "今の限度額と同じ金額（{}）です。限度額は変わっていません。別の金額を入力するか、「戻る」を押してください。",
                present.ja
            ),
            format!(
                "This is your present limit already ({}). It has not changed. Please enter another amount, or press “Back”.",
                present.en
            ),
        ))
    } else {
        None
    }
}

/// What the member's application form says.
fn most(app: &App, who: &SignedIn) -> i64 {
    let usual = i64::try_from(app.config.transfers.form_limit_yen).unwrap_or(i64::MAX);
    who.member.form_limit.unwrap_or(usual)
}

/// 手続き日の3日後.
fn effective_at(app: &App) -> UnixMillis {
    day_begin(app.clock.now()).plus(i64::from(app.config.transfers.raise_days) * DAY)
}

async fn status(app: &App, who: &SignedIn) -> Result<MemberStatus, Failure> {
    challenge::status(app, who, |cause| Failure::Away { cause, kept: KEPT, back: "/limit" }).await
}

async fn page(
    app: &App,
    who: &SignedIn,
    status: &MemberStatus,
    notice: Text,
    form: &str,
    problems: Problems,
    amount: &str,
) -> Page {
    let now = transfer::limit(app, who, status.registration).await?;
    let waiting = app.store.limit(&who.member.id, app.clock.now()).await?.waiting;
    let page = LimitPage {
        shell: Shell::of(app, who, Here::Limit),
        form: form.to_owned(),
        notice,
        now: yen(now.unsigned_abs()),
        most: yen(most(app, who).unsigned_abs()),
        without: yen(app.config.limits.without_token_yen),
        days: app.config.transfers.raise_days,
        from: minute(effective_at(app)),
        has_token: status.registration == Registration::Active,
        waiting: waiting.map(shown),
        amount: Field {
            inputmode: "numeric",
            ..Field::text(
                "amount",
                both("変更後の限度額", "New limit"),
                both("円。1万円単位。例：500,000", "In yen, a multiple of 10,000. For example: 500,000"),
            )
        }
        .filled(amount)
        .told(&problems),
        code: Field::code(&problems, ""),
        problems,
    };
    render(status_of(&page.problems), &page)
}

fn shown(waiting: Waiting) -> Shown {
    Shown {
        id: waiting.id.to_string(),
        amount: yen(waiting.amount.unsigned_abs()),
        from: minute(waiting.effective_at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_whole_ten_thousand_within_the_form_and_another_one() {
        assert!(unfit(500_000, 200_000, 1_000_000).is_none());
        assert!(unfit(1_000_000, 200_000, 1_000_000).is_none());
        for bad in [505_000, 1_010_000, 200_000] {
            assert!(unfit(bad, 200_000, 1_000_000).is_some(), "{bad}");
        }
    }
}
