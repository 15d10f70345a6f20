//! Owns the audit rows: how one is appended to its institution's chain, and how a chain is read.
//! Refuses to know how a hash is checked later, and anything secret.
//! Invariant: a row is written in the transaction that it describes, with the hash of the row before it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use warifu_core::time::UnixMillis;

use super::institutions::Institution;
use super::{StoreError, Tx, values};
use crate::audit::{Row, genesis, hash};

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

impl Entry<'_> {
    /// What its row's hash is in that place of that chain.
    pub(super) fn hash(&self, chain: &str, seq: i64, prev_hash: &[u8; 32]) -> [u8; 32] {
        let Self { at, actor, action, object, outcome, detail } = *self;
        hash(chain, seq, at, [actor, action, object, outcome, detail], prev_hash)
    }
}

/// The last row of a chain.
pub(crate) struct Head {
    pub(crate) chain: String,
    pub(crate) seq: i64,
    pub(crate) hash: [u8; 32],
}

/// The chains' ends as far as this writer knows them, and its name in theirs.
pub(crate) struct Chains {
    writer: String,
    /// Ends that this writer alone moves, by institution; nothing is kept where others move them too.
    known: Option<RefCell<Known>>,
}

#[derive(Default)]
struct Known {
    ends: HashMap<i64, End>,
    /// What the ends were before the piece of work that is under way.
    before: Vec<(i64, Option<End>)>,
    is_marked: bool,
}

#[derive(Clone)]
struct End {
    chain: Arc<str>,
    seq: i64,
    hash: [u8; 32],
    is_written: bool,
}

impl Chains {
    /// Of a writer that is the only one on its chains, and so reads each end once.
    pub(super) fn sole(writer: &str) -> Self {
        Self { writer: writer.to_owned(), known: Some(RefCell::default()) }
    }

    /// Of a writer that reads the end for each row.
    pub(super) fn shared(writer: &str) -> Self {
        Self { writer: writer.to_owned(), known: None }
    }

    pub(super) fn name(&self, institution: &Institution) -> String {
        format!("{}/{}", institution.service_id, self.writer)
    }

    /// A piece of work begins that may be undone alone.
    pub(super) fn mark(&self) {
        if let Some(known) = &self.known {
            let known = &mut *known.borrow_mut();
            known.before.clear();
            known.is_marked = true;
        }
    }

    /// The piece of work stays.
    pub(super) fn unmark(&self) {
        if let Some(known) = &self.known {
            known.borrow_mut().is_marked = false;
        }
    }

    /// The piece of work was undone.
    pub(super) fn undo(&self) {
        let Some(known) = &self.known else { return };
        let known = &mut *known.borrow_mut();
        while let Some((institution, end)) = known.before.pop() {
            match end {
                Some(end) => known.ends.insert(institution, end),
                None => known.ends.remove(&institution),
            };
        }
    }

    /// Nothing is known any more: the transaction failed, or another process has written.
    pub(super) fn forget(&self) {
        if let Some(known) = &self.known {
            *known.borrow_mut() = Known::default();
        }
    }

    /// Writes the ends that were moved, before the transaction is committed.
    pub(super) fn write(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        let Some(known) = &self.known else { return Ok(()) };
        for end in known.borrow_mut().ends.values_mut().filter(|end| !end.is_written) {
            move_head(tx, &end.chain, end.seq, &end.hash)?;
            end.is_written = true;
        }
        Ok(())
    }

    fn end(&self, tx: &Tx<'_>, institution: &Institution) -> Result<End, StoreError> {
        let found = self.known.as_ref().and_then(|known| known.borrow().ends.get(&institution.no).cloned());
        if let Some(end) = found {
            return Ok(end);
        }
        let chain = self.name(institution);
        let (seq, hash) = head(tx, &chain)?;
        Ok(End { chain: chain.into(), seq, hash, is_written: true })
    }

    fn moved(&self, tx: &Tx<'_>, institution: &Institution, to: End) -> Result<(), StoreError> {
        let Some(known) = &self.known else { return move_head(tx, &to.chain, to.seq, &to.hash) };
        let known = &mut *known.borrow_mut();
        let before = known.ends.insert(institution.no, to);
        if known.is_marked {
            known.before.push((institution.no, before));
        }
        Ok(())
    }
}

/// Where a chain ends.
pub(super) fn head(tx: &Tx<'_>, chain: &str) -> Result<(i64, [u8; 32]), StoreError> {
    const SQL: &str = "SELECT chain, seq, hash FROM audit_head WHERE chain = $1";
    let found = tx.row("audit_head", SQL, values![chain], |row| Ok((row.int("seq")?, row.bytes("hash")?)))?;
    Ok(found.unwrap_or((0, genesis())))
}

fn move_head(tx: &Tx<'_>, chain: &str, seq: i64, hash: &[u8; 32]) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO audit_head (chain, seq, hash) VALUES ($1, $2, $3)
        ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, hash = excluded.hash";
    tx.execute(SQL, values![chain, seq, hash]).map(|_| ())
}

pub(crate) fn append(tx: &Tx<'_>, institution: &Institution, entry: &Entry<'_>) -> Result<(), StoreError> {
    const ADD: &str =
        "INSERT INTO audit (chain, seq, at, actor, action, object, outcome, detail, prev_hash, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let End { chain, seq: last, hash: prev_hash, .. } = tx.chains.end(tx, institution)?;
    let seq = last + 1;
    let hash = entry.hash(&chain, seq, &prev_hash);
    let columns = values![
        &*chain,
        seq,
        entry.at,
        entry.actor,
        entry.action,
        entry.object,
        entry.outcome,
        entry.detail,
        &prev_hash,
        &hash
    ];
    tx.execute(ADD, columns)?;
    tx.chains.moved(tx, institution, End { chain, seq, hash, is_written: false })
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
