//! Owns the audit rows: how one is appended to its institution's chain, and how a chain is read.
//! Refuses to know how a hash is checked later, and anything secret.
//! Invariant: a row is written in the transaction that it describes, with the hash of the row before it.

use warifu_core::time::UnixMillis;

use super::institutions::Institution;
use super::{StoreError, Tx, values};
use crate::audit::{Row, genesis};

/// Which of the centre's writers this is: every chain has one.
const WRITER: &str = "1";

/// A decision, as the audit row tells it.
pub(crate) struct Entry<'a> {
    pub(crate) at: UnixMillis,
    /// Who: `device`, `bank`, `centre`, or `staff:` with the institution's name for them.
    pub(crate) actor: &'a str,
    pub(crate) action: &'a str,
    /// What about: `token:` with the serial, `issue:` with the user ID, `member:` with the member's ID,
    /// `institution:` with the service ID.
    pub(crate) object: &'a str,
    pub(crate) outcome: &'a str,
    pub(crate) detail: &'a str,
}

/// The last row of a chain.
pub(crate) struct Head {
    pub(crate) chain: String,
    pub(crate) seq: i64,
    pub(crate) hash: [u8; 32],
}

pub(crate) fn append(tx: &Tx<'_>, institution: &Institution, entry: &Entry<'_>) -> Result<(), StoreError> {
    const HEAD: &str = "SELECT chain, seq, hash FROM audit_head WHERE chain = $1";
    const ADD: &str =
        "INSERT INTO audit (chain, seq, at, actor, action, object, outcome, detail, prev_hash, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    const MOVE: &str = "INSERT INTO audit_head (chain, seq, hash) VALUES ($1, $2, $3)
        ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, hash = excluded.hash";
    let chain = format!("{}/{WRITER}", institution.service_id);
    let head =
        tx.row("audit_head", HEAD, values![&chain], |row| Ok((row.int("seq")?, row.bytes("hash")?)))?;
    let (last, prev_hash) = head.unwrap_or((0, genesis()));
    let row = Row {
        chain,
        seq: last + 1,
        at: entry.at,
        actor: entry.actor.to_owned(),
        action: entry.action.to_owned(),
        object: entry.object.to_owned(),
        outcome: entry.outcome.to_owned(),
        detail: entry.detail.to_owned(),
        prev_hash,
    };
    let hash = row.hash();
    let columns = values![
        &row.chain,
        row.seq,
        row.at,
        &row.actor,
        &row.action,
        &row.object,
        &row.outcome,
        &row.detail,
        &row.prev_hash,
        &hash
    ];
    tx.execute(ADD, columns)?;
    tx.execute(MOVE, values![&row.chain, row.seq, &hash]).map(|_| ())
}

/// Where each chain says that it ends.
pub(crate) fn heads(tx: &Tx<'_>) -> Result<Vec<Head>, StoreError> {
    tx.rows("audit_head", "SELECT chain, seq, hash FROM audit_head ORDER BY chain", values![], |row| {
        Ok(Head { chain: row.text("chain")?.to_owned(), seq: row.int("seq")?, hash: row.bytes("hash")? })
    })
}

/// The chains that have rows.
pub(crate) fn chains(tx: &Tx<'_>) -> Result<Vec<String>, StoreError> {
    tx.rows("audit", "SELECT DISTINCT chain FROM audit ORDER BY chain", values![], |row| {
        Ok(row.text("chain")?.to_owned())
    })
}

/// Up to `limit` rows of a chain after `seq`, in order, each with the hash that stands in it.
pub(crate) fn after(
    tx: &Tx<'_>,
    chain: &str,
    seq: i64,
    limit: i64,
) -> Result<Vec<(Row, [u8; 32])>, StoreError> {
    const SQL: &str =
        "SELECT seq, chain, at, actor, action, object, outcome, detail, prev_hash, hash FROM audit
        WHERE chain = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    tx.rows("audit", SQL, values![chain, seq, limit], |row| {
        let read = Row {
            chain: row.text("chain")?.to_owned(),
            seq: row.int("seq")?,
            at: row.moment("at")?,
            actor: row.text("actor")?.to_owned(),
            action: row.text("action")?.to_owned(),
            object: row.text("object")?.to_owned(),
            outcome: row.text("outcome")?.to_owned(),
            detail: row.text("detail")?.to_owned(),
            prev_hash: row.bytes("prev_hash")?,
        };
        Ok((read, row.bytes("hash")?))
    })
}
