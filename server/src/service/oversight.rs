//! Owns what an institution is told of all its members together.
//! Refuses to tell of other institutions, and to slow down codes: figures are kept for a minute.
//! Invariant: everything comes from rows that were written anyway.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use warifu_core::ids::Serial;
use warifu_core::time::{DAY, UnixMillis};
use warifu_core::wire::bank::{Expiring, ExpiringToken, Figures, HourFigures, Verdict};

use crate::app::App;
use crate::edge::{Failure, Refused};
use crate::store::institutions::Institution;
use crate::store::oversight::{self as rows, Count};
use crate::store::rates::HOUR;
use crate::store::{StoreError, Tx};

/// How many tokens a page holds.
const PAGE: usize = 100;
/// How far ahead an institution may look, days.
const FAR: u32 = 400;
/// How many hours may be asked for at once.
const MOST_HOURS: i64 = 31 * 24;

/// Tokens in use that end within so many days.
pub(crate) fn expiring(
    app: &App,
    institution: &Institution,
    within_days: u32,
    after: Option<&str>,
) -> Result<Expiring, Failure> {
    if !(1..=FAR).contains(&within_days) {
        return Err(Refused::malformed("within_days is 1 to 400").into());
    }
    let after = after.map_or(Some((UnixMillis(i64::MIN), String::new())), behind);
    let (moment, serial) = after.ok_or_else(|| Refused::malformed("after is not the next of a page"))?;
    let now = app.clock.now();
    let span = (now, now.plus(i64::from(within_days) * DAY));
    let mut tokens =
        app.store.read(|tx| rows::expiring(tx, institution.no, span, (moment, &serial), PAGE as i64 + 1))?;
    let is_more = tokens.len() > PAGE;
    tokens.truncate(PAGE);
    let next = tokens.last().filter(|_| is_more).map(cursor);
    Ok(Expiring { tokens, next })
}

fn cursor(last: &ExpiringToken) -> String {
    format!("{}-{}", last.expires_at.0, last.serial)
}

fn behind(cursor: &str) -> Option<(UnixMillis, String)> {
    let (moment, serial) = cursor.split_once('-')?;
    let serial: Serial = serial.parse().ok()?;
    Some((UnixMillis(moment.parse().ok()?), serial.to_string()))
}

/// Whose figures, and of which hours: the first and the one after the last.
type Asked = (i64, i64, i64);

/// Figures as they were found lately.
#[derive(Default)]
pub(crate) struct KnownFigures(Mutex<HashMap<Asked, (Instant, Figures)>>);

const KNOWN_FOR: Duration = Duration::from_secs(60);
const KNOWN_AT_MOST: usize = 256;

/// What happened in the hours that hold `from` to `to`; without them, in the last 24.
pub(crate) fn figures(
    app: &App,
    institution: &Institution,
    from: Option<UnixMillis>,
    to: Option<UnixMillis>,
) -> Result<Figures, Failure> {
    let to = to.unwrap_or_else(|| app.clock.now());
    let from = from.unwrap_or_else(|| to.plus(-DAY));
    let (first, end) = (from.0.div_euclid(HOUR), to.0.saturating_add(HOUR - 1).div_euclid(HOUR));
    if from.0 < 0 || to <= from || end - first > MOST_HOURS {
        return Err(Refused::malformed("from lies before to, and at most 31 days").into());
    }
    let key = (institution.no, first, end);
    if let Some((seen, known)) = app.known_figures.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key)
        && seen.elapsed() < KNOWN_FOR
    {
        return Ok(known.clone());
    }
    // A busy month is millions of rows: other requests go on beside it on another thread.
    let figures = tokio::task::block_in_place(|| app.store.read(|tx| count(tx, institution, first, end)))?;
    let mut known = app.known_figures.0.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= KNOWN_AT_MOST {
        known.clear();
    }
    known.insert(key, (Instant::now(), figures.clone()));
    Ok(figures)
}

fn count(tx: &Tx<'_>, institution: &Institution, first: i64, end: i64) -> Result<Figures, StoreError> {
    let none = |hour: i64| HourFigures {
        hour: UnixMillis(hour * HOUR),
        issued: 0,
        activated: 0,
        suspended: 0,
        wrong: 0,
        accepted: 0,
    };
    let mut hours: Vec<HourFigures> = (first..end).map(none).collect();
    let mut add = |hour: i64, add: &dyn Fn(&mut HourFigures)| {
        if let Some(found) = usize::try_from(hour - first).ok().and_then(|at| hours.get_mut(at)) {
            add(found);
        }
    };
    let span = (UnixMillis(first * HOUR), UnixMillis(end * HOUR));
    for (chain, last) in rows::chains(tx, &institution.service_id)? {
        for Count { action, outcome, hour, count } in rows::counts(tx, (&chain, last), span)? {
            let is_code = matches!(&*action, "verify" | "activate" | "revoke" | "sign");
            let is_accepted = outcome == Verdict::Accepted.as_str();
            add(hour, &|figures| {
                figures.issued += if action == "issue" { count } else { 0 };
                figures.activated += if action == "activate" && is_accepted { count } else { 0 };
                figures.accepted += if is_code && is_accepted { count } else { 0 };
                figures.wrong += if outcome == Verdict::Wrong.as_str() { count } else { 0 };
            });
        }
    }
    for (hour, count) in rows::stops(tx, institution.no, span)? {
        add(hour, &|figures| figures.suspended += count);
    }
    Ok(Figures { hours })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_and_anything_else_is_none() {
        let last = ExpiringToken {
            member_id: "m-1".parse().unwrap(),
            serial: "243725864".parse().unwrap(),
            expires_at: UnixMillis(1_795_600_000_000),
        };
        assert_eq!(behind(&cursor(&last)), Some((last.expires_at, "243725864".to_owned())));
        for bad in ["", "-", "1", "1-2", "x-243725864", "1-243725864-", "1-２43725864"] {
            assert_eq!(behind(bad), None, "{bad}");
        }
    }
}
