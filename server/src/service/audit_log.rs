//! Owns what an institution sees of its audit log: pages of it, newest first, and whether it is whole.
//! Refuses to show another institution's chains.
//! Invariant: one check at a time, off the threads that answer codes.

use std::sync::Arc;

use warifu_core::wire::bank::{AuditBreak, AuditCheck, AuditPage, AuditRow};

use crate::app::App;
use crate::audit;
use crate::edge::{Failure, Refused};
use crate::store::StoreError;
use crate::store::institutions::Institution;
use crate::store::oversight as rows;

/// How many rows a page may hold.
const LONGEST: u32 = 200;

/// A page of the institution's chains, merged by time.
pub(crate) fn page(
    app: &App,
    institution: &Institution,
    before: Option<&str>,
    limit: u32,
) -> Result<AuditPage, Failure> {
    if !(1..=LONGEST).contains(&limit) {
        return Err(Refused::malformed("limit is 1 to 200").into());
    }
    let wanted = before.map(places).transpose()?;
    let prefix = format!("{}/", institution.service_id);
    let wanted_of = |writer: &str| {
        let wanted = wanted.as_ref()?;
        // A chain that has begun since the first page has only newer rows.
        Some(wanted.iter().find(|(name, _)| name == writer).map_or(1, |(_, seq)| *seq))
    };
    let mut pages = app.store.read(|tx| {
        let mut pages = Vec::new();
        for (chain, last) in rows::chains(tx, &institution.service_id)? {
            let writer = chain.strip_prefix(&prefix).unwrap_or(&chain).to_owned();
            let place = wanted_of(&writer).unwrap_or(last + 1);
            let page = rows::before(tx, &chain, place, i64::from(limit) + 1)?;
            pages.push(Chain { writer, place, page: page.into_iter().peekable() });
        }
        Ok::<_, StoreError>(pages)
    })?;
    let mut merged = Vec::new();
    while merged.len() < limit as usize {
        let newest = pages.iter_mut().filter_map(|chain| Some((chain.page.peek()?.at, chain)));
        let Some((_, chain)) = newest.max_by_key(|(at, _)| *at) else { break };
        if let Some(row) = chain.page.next() {
            chain.place = i64::try_from(row.seq).unwrap_or(i64::MAX);
            merged.push(row);
        }
    }
    let is_more = pages.iter_mut().any(|chain| chain.page.peek().is_some());
    let next = is_more.then(|| {
        let places: Vec<_> = pages.iter().map(|chain| format!("{}.{}", chain.writer, chain.place)).collect();
        places.join("~")
    });
    Ok(AuditPage { rows: merged, next })
}

/// A chain on its way into a page.
struct Chain {
    writer: String,
    /// The rows before this place are still to come.
    place: i64,
    page: std::iter::Peekable<std::vec::IntoIter<AuditRow>>,
}

/// What `next` of a page says: for each writer the place before which its rows are still to come.
fn places(cursor: &str) -> Result<Vec<(String, i64)>, Refused> {
    let place = |part: &str| {
        let (writer, seq) = part.rsplit_once('.')?;
        let seq = seq.parse().ok().filter(|seq: &i64| *seq > 0)?;
        (!writer.is_empty()).then(|| (writer.to_owned(), seq))
    };
    let places: Option<Vec<_>> = cursor.split('~').map(place).collect();
    places.ok_or_else(|| Refused::malformed("before is not the next of a page"))
}

/// Recomputes the institution's chains from their first rows.
pub(crate) async fn verify(app: Arc<App>, institution: Institution) -> Result<AuditCheck, Failure> {
    let checking = Arc::clone(&app.checking).try_lock_owned().map_err(|_| Refused::BUSY)?;
    let work = tokio::task::spawn_blocking(move || {
        let checked = audit::check_of(&app.store, &institution.service_id);
        drop(checking);
        checked
    });
    let checked = work.await.map_err(|why| Failure::Internal(why.to_string().into()))??;
    Ok(AuditCheck {
        rows: checked.rows as u64,
        broken: checked.broken.first().map(|broken| AuditBreak {
            chain: broken.chain().to_owned(),
            seq: broken.seq().unsigned_abs(),
            what: broken.to_string(),
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_names_writers_and_places() {
        assert_eq!(places("local.120~ab12.1").unwrap(), [("local".to_owned(), 120), ("ab12".to_owned(), 1)]);
        for bad in ["", ".1", "local", "local.", "local.0", "local.-1", "local.1~", "local.x"] {
            assert!(places(bad).is_err(), "{bad}");
        }
    }
}
