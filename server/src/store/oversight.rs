//! Owns the looks at many rows of one institution: ends to come, figures, pages of its audit chains.
//! Refuses to write, and to look beyond the institution that asks.
//! Invariant: a look is bounded by its page or its hours, whatever the tables hold.

use warifu_core::ids::{Serial, ServiceId};
use warifu_core::time::{SECOND, UnixMillis};
use warifu_core::wire::bank::{AuditRow, ExpiringToken};

use super::rates::HOUR;
use super::{Row, StoreError, Tx, values};

/// Tokens in use that end after `now` and by `until`, those behind (`after`, `serial`), soonest first.
pub(crate) fn expiring(
    tx: &Tx<'_>,
    institution: i64,
    (now, until): (UnixMillis, UnixMillis),
    (after, serial): (UnixMillis, &str),
    limit: i64,
) -> Result<Vec<ExpiringToken>, StoreError> {
    const SQL: &str = "SELECT member_id, serial, expires_at FROM token
        WHERE institution_no = $1 AND state IN ('active', 'suspended') AND expires_at > $2 AND expires_at <= $3
        AND (expires_at > $4 OR (expires_at = $4 AND serial > $5)) ORDER BY expires_at, serial LIMIT $6";
    tx.rows("token", SQL, values![institution, now, until, after, serial, limit], |row| {
        let serial: Serial = row.parse("serial")?;
        Ok(ExpiringToken {
            member_id: row.parse("member_id")?,
            serial,
            expires_at: row.moment("expires_at")?,
        })
    })
}

/// The institution's chains, each with its last row's place.
pub(crate) fn chains(tx: &Tx<'_>, service_id: &ServiceId) -> Result<Vec<(String, i64)>, StoreError> {
    const SQL: &str = "SELECT chain, seq FROM audit_head WHERE substr(chain, 1, 9) = $1 ORDER BY chain";
    let prefix = format!("{service_id}/");
    tx.rows("audit_head", SQL, values![&*prefix], |row| Ok((row.text("chain")?.to_owned(), row.int("seq")?)))
}

/// Up to `limit` rows of a chain before `seq`, newest first.
pub(crate) fn before(tx: &Tx<'_>, chain: &str, seq: i64, limit: i64) -> Result<Vec<AuditRow>, StoreError> {
    const SQL: &str = "SELECT seq, chain, at, actor, action, object, outcome, detail FROM audit
        WHERE chain = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";
    tx.rows("audit", SQL, values![chain, seq, limit], |row| {
        Ok(AuditRow {
            chain: row.text("chain")?.to_owned(),
            seq: row.small("seq")?,
            at: row.moment("at")?,
            actor: row.text("actor")?.to_owned(),
            action: row.text("action")?.to_owned(),
            object: row.text("object")?.to_owned(),
            outcome: row.text("outcome")?.to_owned(),
            detail: row.text("detail")?.to_owned(),
        })
    })
}

/// How often something came out so within an hour.
pub(crate) struct Count {
    pub(crate) action: String,
    pub(crate) outcome: String,
    /// The hour's number since 1970.
    pub(crate) hour: i64,
    pub(crate) count: u64,
}

fn read_count(row: &Row<'_>) -> Result<Count, StoreError> {
    Ok(Count {
        action: row.text("action")?.to_owned(),
        outcome: row.text("outcome")?.to_owned(),
        hour: row.int("hour")?,
        count: row.small("rows")?,
    })
}

/// What a chain that ends at `last` says of the time from `from` until before `to`. Rows stand nearly in the order of
/// their moments, so that the first and the last of them are found by halving and not by reading the chain.
pub(crate) fn counts(
    tx: &Tx<'_>,
    (chain, last): (&str, i64),
    (from, to): (UnixMillis, UnixMillis),
) -> Result<Vec<Count>, StoreError> {
    const SQL: &str = "SELECT action, outcome, at / $1 AS hour, count(*) AS rows FROM audit
        WHERE chain = $2 AND seq >= $3 AND seq < $4 AND at >= $5 AND at < $6 GROUP BY action, outcome, at / $1";
    /// How far rows may stand out of order: clocks that were set, and several hands on one chain.
    const DISORDER: i64 = 300 * SECOND;
    let first = place(tx, chain, last, from.plus(-DISORDER))?;
    let end = place(tx, chain, last, to.plus(DISORDER))?;
    tx.rows("audit", SQL, values![HOUR, chain, first, end, from, to], read_count)
}

/// The place of the first row at `moment` or later.
fn place(tx: &Tx<'_>, chain: &str, last: i64, moment: UnixMillis) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT seq, at FROM audit WHERE chain = $1 AND seq >= $2 ORDER BY seq LIMIT 1";
    let (mut low, mut high) = (1, last + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let found = tx.row("audit", SQL, values![chain, middle], |row| row.moment("at"))?;
        if found.is_some_and(|at| at < moment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// How many tokens stopped, by the hour's number: each had a mail written about it.
pub(crate) fn stops(
    tx: &Tx<'_>,
    institution: i64,
    (from, to): (UnixMillis, UnixMillis),
) -> Result<Vec<(i64, u64)>, StoreError> {
    const SQL: &str = "SELECT created_at / $1 AS hour, count(*) AS mails FROM outbox
        WHERE institution_no = $2 AND kind IN ('suspended', 'stopped') AND created_at >= $3 AND created_at < $4
        GROUP BY created_at / $1";
    tx.rows("outbox", SQL, values![HOUR, institution, from, to], |row| {
        Ok((row.int("hour")?, row.small("mails")?))
    })
}
