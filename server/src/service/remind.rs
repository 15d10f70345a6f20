//! Owns the mails before 有効期限: 60, 30, 7 and 1 days ahead.
//! Refuses to remind of what has ended, and twice of the same.
//! Invariant: how far was told moves in the transaction that queues the mails, so that a crash neither drops nor doubles.

use warifu_core::time::{DAY, UnixMillis};

use crate::app::App;
use crate::mail::{Facts, Kind, Letter};
use crate::store::renewals::{self as rows, Place};
use crate::store::tokens::{self, Token};
use crate::store::{StoreError, Tx, institutions, outbox};

/// How many days before, and from how many on the next mail tells it instead.
const DAYS: [(i64, i64); 4] = [(60, 30), (30, 7), (7, 1), (1, 0)];
/// How many at a time, so that requests are not held up.
const SOME: i64 = 200;

/// Reminds some of those whose time has come; how many were.
pub(super) async fn once(app: &App) -> Result<usize, StoreError> {
    let now = app.clock.now();
    let mut reminded = 0;
    for (days, next) in DAYS {
        let (told, due) = app.store.read(|tx| {
            let told = rows::told(tx, days)?;
            Ok::<_, StoreError>((told, rows::behind(tx, told, now.plus(days * DAY), SOME)?))
        })?;
        if !due.is_empty() {
            reminded += app.store.write(move |tx| tell(tx, (days, next), told, &due, now)).await?;
        }
    }
    Ok(reminded)
}

fn tell(
    tx: &Tx<'_>,
    (days, next): (i64, i64),
    told: Option<Place>,
    due: &[Token],
    now: UnixMillis,
) -> Result<usize, StoreError> {
    let Some(last) = due.last() else { return Ok(0) };
    let to = Place { expires_at: last.expires_at, token_no: last.no };
    // Another centre was faster: it tells them.
    if !rows::tell(tx, days, told, to)? {
        return Ok(0);
    }
    let mut reminded = 0;
    // After a long rest of the centre only the nearest of the mails is still true.
    for token in due.iter().filter(|token| token.expires_at > now.plus(next * DAY)) {
        let Some(institution) = institutions::by_no(tx, token.institution_no)? else { continue };
        let Some(mail_to) = tokens::mail_address(tx, token.issue_no)? else { continue };
        let facts = Facts::of_token(&institution, &token.serial, now).until(token.expires_at).days(days);
        let letter = Letter::compose(Kind::Expiring, mail_to, &facts);
        outbox::post(tx, &institution, &token.member_id, &letter, now)?;
        reminded += 1;
    }
    Ok(reminded)
}
