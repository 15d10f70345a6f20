//! Owns the change of an institution's OPAQUE key: made beside the old one, used once its card is there, dropped last.
//! Refuses to sign cards and to know members.
//! Invariant: new issues use a key that the installed card names; no key goes while an open issue needs it.
//!
//! ```text
//! begin   setup_id = n,     setup_other = n + 1    the next card names both
//! adopt   setup_id = n + 1, setup_other = n        that card was installed: new issues use the new key
//! finish  setup_id = n + 1, setup_other = none     no open issue needs the old key any more
//! ```

use warifu_core::wire::device::ServiceCard;

use crate::app::App;
use crate::edge::Failure;
use crate::store::audit::{self, Entry};
use crate::store::institutions::{self, Institution};
use crate::store::{StoreError, Tx, issues};

/// Why a change does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotNow {
    #[error("a change of this institution's key is under way: finish it first")]
    UnderWay,
    #[error("no change of this institution's key is under way")]
    NotBegun,
    #[error("the new key waits for its card: draft, sign and install a card first")]
    NoCardYet,
    #[error("{0} open issues need the old key: they end within seven days")]
    Needed(i64),
}

/// Makes a new key beside the one in use.
pub(crate) async fn begin(app: &App, seen: Institution) -> Result<Result<(), NotNow>, Failure> {
    if seen.setup_other.is_some() {
        return Ok(Err(NotNow::UnderWay));
    }
    let next = seen.setup_id + 1;
    app.keys.ensure_setup(&seen.service_id, next)?;
    move_to(app, seen.clone(), seen.setup_id, Some(next), "begun").await.map(Ok)
}

/// Lets new issues use the new key as soon as the card that is put in place names it; whether that changed anything.
pub(crate) async fn adopt(app: &App, seen: Institution, card: &ServiceCard) -> Result<bool, Failure> {
    let Some(next) = seen.setup_other.filter(|other| *other > seen.setup_id) else { return Ok(false) };
    if !card.opaque_keys.contains(&app.keys.setup(&seen.service_id, next)?.public_key()) {
        return Ok(false);
    }
    let old = seen.setup_id;
    move_to(app, seen, next, Some(old), "adopted").await.map(|()| true)
}

/// Drops the old key.
pub(crate) async fn finish(app: &App, seen: Institution) -> Result<Result<(), NotNow>, Failure> {
    let old = match seen.setup_other {
        None => return Ok(Err(NotNow::NotBegun)),
        Some(other) if other > seen.setup_id => return Ok(Err(NotNow::NoCardYet)),
        Some(old) => old,
    };
    let service_id = seen.service_id.clone();
    let now = app.clock.now();
    let write = app.store.write(move |tx| {
        let needed = issues::open_under(tx, seen.no, old)?;
        if needed > 0 {
            return Ok::<_, StoreError>(Err(NotNow::Needed(needed)));
        }
        note(tx, &seen, seen.setup_id, None, "finished", now).map(Ok)
    });
    let done = write.await?;
    if done.is_ok() {
        app.keys.drop_setup(&service_id, old)?;
    }
    Ok(done)
}

async fn move_to(
    app: &App,
    seen: Institution,
    setup_id: i64,
    other: Option<i64>,
    outcome: &'static str,
) -> Result<(), Failure> {
    let now = app.clock.now();
    Ok(app.store.write(move |tx| note(tx, &seen, setup_id, other, outcome, now)).await?)
}

fn note(
    tx: &Tx<'_>,
    seen: &Institution,
    setup_id: i64,
    other: Option<i64>,
    outcome: &str,
    now: warifu_core::time::UnixMillis,
) -> Result<(), StoreError> {
    if !institutions::move_setups(tx, seen, setup_id, other)? {
        return Err(StoreError::Lost);
    }
    let object = format!("institution:{}", seen.service_id);
    let detail = format!("OPAQUE setup {setup_id}");
    let entry =
        Entry { at: now, actor: "centre", action: "rotate", object: &object, outcome, detail: &detail };
    audit::append(tx, seen, &entry)
}
