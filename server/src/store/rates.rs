//! Owns how often something was done lately: starts of a user ID, of an address, of an institution; mails of an issue.
//! Refuses to know what follows from a count and which of the counted things exist.
//! Invariant: counts are rows, so that several centres count together; a window never grows by what it refused.

use warifu_core::ids::{ServiceId, UserId};
use warifu_core::time::{DAY, SECOND, UnixMillis};

use super::{StoreError, Tx, values};

/// For how long starts are counted together, milliseconds.
pub(crate) const HOUR: i64 = 3_600 * SECOND;
/// For how long an ID's tries are counted in all: longer than an issue is open, for unreal IDs alike.
const REMEMBER: i64 = 8 * DAY;

/// What is counted, over which window, and how often it may be within it.
#[derive(Clone, Copy)]
pub(crate) struct Rate<'a> {
    pub(crate) kind: &'static str,
    pub(crate) subject: &'a str,
    pub(crate) window: i64,
    pub(crate) limit: u32,
}

/// How long to wait, milliseconds; nothing when there is still room.
type Wait = Option<i64>;

fn wait(start: UnixMillis, in_window: i64, window: i64, limit: i64, now: UnixMillis) -> Wait {
    let left = start.0 + window - now.0;
    (in_window >= limit && left > 0).then_some(left)
}

/// Counts one more, unless the window is full.
pub(crate) fn count(tx: &Tx<'_>, rate: &Rate<'_>, now: UnixMillis) -> Result<Wait, StoreError> {
    const SQL: &str = "INSERT INTO rate (kind, subject, window_start, in_window) VALUES ($1, $2, $3, 1)
        ON CONFLICT (kind, subject) DO UPDATE SET
            in_window = CASE WHEN rate.window_start > $4 THEN rate.in_window + 1 ELSE 1 END,
            window_start = CASE WHEN rate.window_start > $4 THEN rate.window_start ELSE $3 END";
    let full = look(tx, rate, now)?;
    if full.is_none() {
        tx.execute(SQL, values![rate.kind, rate.subject, now, now.plus(-rate.window)])?;
    }
    Ok(full)
}

/// Whether the window is full, without counting.
pub(crate) fn look(tx: &Tx<'_>, rate: &Rate<'_>, now: UnixMillis) -> Result<Wait, StoreError> {
    const SQL: &str = "SELECT subject, window_start, in_window FROM rate WHERE kind = $1 AND subject = $2";
    let found = tx.row("rate", SQL, values![rate.kind, rate.subject], |row| {
        Ok((row.moment("window_start")?, row.int("in_window")?))
    });
    let limit = i64::from(rate.limit);
    Ok(found?.and_then(|(start, count)| wait(start, count, rate.window, limit, now)))
}

/// How often a user ID was tried.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tries {
    /// How many were answered since they are counted.
    pub(crate) total: i64,
    /// How long the ID has to rest, milliseconds; nothing when it may be tried.
    pub(crate) wait: Wait,
}

/// Counts a try of an ID, whether or not the ID exists, unless its window is full.
pub(crate) fn count_tries(
    tx: &Tx<'_>,
    service_id: &ServiceId,
    user_id: &UserId,
    limit: u32,
    now: UnixMillis,
) -> Result<Tries, StoreError> {
    const SQL: &str = "INSERT INTO enrol_rate (service_id, user_id, total, first_at, window_start, in_window)
        VALUES ($1, $2, 1, $3, $3, 1)
        ON CONFLICT (service_id, user_id) DO UPDATE SET
            total = enrol_rate.total + 1,
            in_window = CASE WHEN enrol_rate.window_start > $4 THEN enrol_rate.in_window + 1 ELSE 1 END,
            window_start = CASE WHEN enrol_rate.window_start > $4 THEN enrol_rate.window_start ELSE $3 END";
    let before = tries(tx, service_id, user_id, limit, now)?;
    if before.wait.is_some() {
        return Ok(before);
    }
    tx.execute(SQL, values![service_id, user_id, now, now.plus(-HOUR)])?;
    Ok(Tries { total: before.total + 1, wait: None })
}

/// How often an ID was tried so far.
pub(crate) fn tries(
    tx: &Tx<'_>,
    service_id: &ServiceId,
    user_id: &UserId,
    limit: u32,
    now: UnixMillis,
) -> Result<Tries, StoreError> {
    const SQL: &str = "SELECT service_id, total, window_start, in_window FROM enrol_rate
        WHERE service_id = $1 AND user_id = $2";
    let found = tx.row("enrol_rate", SQL, values![service_id, user_id], |row| {
        let (start, count) = (row.moment("window_start")?, row.int("in_window")?);
        Ok(Tries { total: row.int("total")?, wait: wait(start, count, HOUR, limit.into(), now) })
    });
    Ok(found?.unwrap_or_default())
}

/// Forgets counts whose windows are over; how many rows went.
pub(crate) fn forget(tx: &Tx<'_>, now: UnixMillis, limit: i64) -> Result<usize, StoreError> {
    const RATES: &str = "DELETE FROM rate WHERE (kind, subject) IN
        (SELECT kind, subject FROM rate WHERE window_start <= $1 LIMIT $2)";
    const TRIES: &str = "DELETE FROM enrol_rate WHERE (service_id, user_id) IN
        (SELECT service_id, user_id FROM enrol_rate WHERE first_at <= $1 LIMIT $2)";
    let gone = tx.execute(RATES, values![now.plus(-DAY), limit])?;
    Ok(gone + tx.execute(TRIES, values![now.plus(-REMEMBER), limit])?)
}
