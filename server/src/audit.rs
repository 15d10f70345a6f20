//! Owns what an audit row's hash covers, and the check of whole chains.
//! Refuses to know who writes rows and when.
//! Invariant: a row that was edited, removed or moved, and an end that was cut off, are named.

use warifu_core::encoding::sha256;
use warifu_core::ids::ServiceId;
use warifu_core::time::UnixMillis;

use crate::store::{Store, StoreError, audit as rows};

/// An audit row without its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) chain: String,
    pub(crate) seq: i64,
    pub(crate) at: UnixMillis,
    pub(crate) actor: String,
    pub(crate) action: String,
    pub(crate) object: String,
    pub(crate) outcome: String,
    pub(crate) detail: String,
    pub(crate) prev_hash: [u8; 32],
}

impl Row {
    /// What its hash has to be.
    pub(crate) fn hash(&self) -> [u8; 32] {
        let words = [&self.actor, &self.action, &self.object, &self.outcome, &self.detail];
        hash(&self.chain, self.seq, self.at, words.map(String::as_str), &self.prev_hash)
    }
}

/// `SHA-256(enc("warifu/v1/audit", chain, seq, time, actor, action, object, outcome, detail, prev_hash))`; `words` are
/// the five from actor to detail.
pub(crate) fn hash(
    chain: &str,
    seq: i64,
    at: UnixMillis,
    words: [&str; 5],
    prev_hash: &[u8; 32],
) -> [u8; 32] {
    let [actor, action, object, outcome, detail] = words;
    sha256(&[
        "warifu/v1/audit".into(),
        chain.into(),
        seq.cast_unsigned().into(),
        at.0.cast_unsigned().into(),
        actor.into(),
        action.into(),
        object.into(),
        outcome.into(),
        detail.into(),
        prev_hash.into(),
    ])
}

/// What the first row of a chain has as the hash before it.
pub(crate) fn genesis() -> [u8; 32] {
    [0; 32]
}

/// The first thing that is wrong with a chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    /// The row's content is not what was hashed.
    #[error("chain {chain}, row {seq}: its content was changed")]
    Edited { chain: String, seq: i64 },
    /// The row before it is not the one that was there.
    #[error("chain {chain}, row {seq}: the row before it was changed or replaced")]
    Unlinked { chain: String, seq: i64 },
    /// A row is missing.
    #[error("chain {chain}, row {seq}: it is missing")]
    Missing { chain: String, seq: i64 },
    /// The chain has rows beyond its end, or no end.
    #[error("chain {chain}, row {seq}: it stands beyond the recorded end of the chain")]
    Beyond { chain: String, seq: i64 },
}

impl Broken {
    /// Which chain it is.
    pub(crate) fn chain(&self) -> &str {
        let (Self::Edited { chain, .. }
        | Self::Unlinked { chain, .. }
        | Self::Missing { chain, .. }
        | Self::Beyond { chain, .. }) = self;
        chain
    }

    /// Which row of it.
    pub(crate) fn seq(&self) -> i64 {
        let (Self::Edited { seq, .. }
        | Self::Unlinked { seq, .. }
        | Self::Missing { seq, .. }
        | Self::Beyond { seq, .. }) = self;
        *seq
    }
}

/// What a check of chains found.
pub(crate) struct Checked {
    /// How many chains and rows are whole.
    pub(crate) chains: usize,
    pub(crate) rows: usize,
    /// The first broken row of each chain that is broken.
    pub(crate) broken: Vec<Broken>,
}

/// Recomputes every chain from its first row.
pub(crate) fn check(store: &Store) -> Result<Checked, StoreError> {
    check_those(store, |_| true)
}

/// Recomputes every chain of one institution.
pub(crate) fn check_of(store: &Store, service_id: &ServiceId) -> Result<Checked, StoreError> {
    let prefix = format!("{service_id}/");
    check_those(store, |chain| chain.starts_with(&prefix))
}

fn check_those(store: &Store, is_wanted: impl Fn(&str) -> bool) -> Result<Checked, StoreError> {
    store.read(|tx| {
        let heads = rows::heads(tx)?;
        let mut checked = Checked { chains: 0, rows: 0, broken: Vec::new() };
        let mut chains = rows::chains(tx)?;
        chains.extend(heads.iter().map(|head| head.chain.clone()));
        chains.sort();
        chains.dedup();
        chains.retain(|chain| is_wanted(chain));
        for chain in chains {
            let end =
                heads.iter().find(|head| head.chain == chain).map_or((0, genesis()), |h| (h.seq, h.hash));
            match check_chain(&chain, end, |seq| rows::after(tx, &chain, seq, PAGE))? {
                Ok(count) => {
                    checked.chains += 1;
                    checked.rows += count;
                }
                Err(broken) => checked.broken.push(broken),
            }
        }
        Ok(checked)
    })
}

const PAGE: i64 = 1_000;

type Stored = (Row, [u8; 32]);

fn check_chain(
    chain: &str,
    (end, end_hash): (i64, [u8; 32]),
    mut page_after: impl FnMut(i64) -> Result<Vec<Stored>, StoreError>,
) -> Result<Result<usize, Broken>, StoreError> {
    let name = || chain.to_owned();
    let (mut last, mut last_hash, mut count) = (0, genesis(), 0);
    loop {
        let page = page_after(last)?;
        if page.is_empty() {
            break;
        }
        for (row, hash) in page {
            let expected = last + 1;
            if row.seq != expected {
                return Ok(Err(Broken::Missing { chain: name(), seq: expected }));
            }
            if row.seq > end {
                return Ok(Err(Broken::Beyond { chain: name(), seq: row.seq }));
            }
            if row.prev_hash != last_hash {
                return Ok(Err(Broken::Unlinked { chain: name(), seq: row.seq }));
            }
            if row.hash() != hash {
                return Ok(Err(Broken::Edited { chain: name(), seq: row.seq }));
            }
            (last, last_hash, count) = (row.seq, hash, count + 1);
        }
    }
    if last < end {
        return Ok(Err(Broken::Missing { chain: name(), seq: last + 1 }));
    }
    if last_hash != end_hash {
        return Ok(Err(Broken::Edited { chain: name(), seq: last }));
    }
    Ok(Ok(count))
}
