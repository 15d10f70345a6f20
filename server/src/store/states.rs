//! Owns what changes a token's state besides codes and time.
//! Refuses to know who asked and why.
//! Invariant: one guarded write; whether it was, is the answer.

use warifu_core::time::UnixMillis;

use super::{StoreError, Tx, values};

/// 利用停止 of a token that is in use and not past its end; whether it was.
pub(crate) fn suspend(tx: &Tx<'_>, no: i64, now: UnixMillis) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE token SET state = 'suspended', state_at = $1
        WHERE no = $2 AND state = 'active' AND expires_at > $1";
    Ok(tx.execute(SQL, values![now, no])? == 1)
}
