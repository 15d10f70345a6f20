//! Owns transfers that wait for their code: the rows behind 取引認証.
//! Refuses to know what is paid to whom, and codes.
//! Invariant: one guarded write takes the yes; no code says yes twice to what is computed alike.

use warifu_core::ids::{MemberId, TransactionId};
use warifu_core::otp::Step;
use warifu_core::sign::Challenge;
use warifu_core::time::{DAY, UnixMillis};

use super::tokens::step_column;
use super::{StoreError, Tx, values};

/// For how long a transaction is known after its end, milliseconds: as long as a repeated question gets its answer.
const REMEMBER: i64 = 7 * DAY;
const TABLE: &str = "pending_transaction";

/// A transfer as its row says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pending {
    pub(crate) no: i64,
    /// What a code is computed over, as the QR brings it and as it is typed.
    pub(crate) challenges: [Challenge; 2],
    pub(crate) is_signed: bool,
    pub(crate) expires_at: UnixMillis,
}

/// Adds one that waits.
pub(crate) fn add(
    tx: &Tx<'_>,
    (institution, member): (i64, &MemberId),
    id: TransactionId,
    [shown, typed]: &[Challenge; 2],
    expires_at: UnixMillis,
) -> Result<(), StoreError> {
    const SQL: &str =
        "INSERT INTO pending_transaction (transaction_id, institution_no, member_id, shown, typed,
        state, expires_at) VALUES ($1, $2, $3, $4, $5, 'pending', $6)";
    let row = values![id.as_bytes(), institution, member, shown.as_bytes(), typed.as_bytes(), expires_at];
    tx.execute(SQL, row).map(|_| ())
}

/// The member's transaction with that ID.
pub(crate) fn by_id(
    tx: &Tx<'_>,
    (institution, member): (i64, &MemberId),
    id: TransactionId,
) -> Result<Option<Pending>, StoreError> {
    const SQL: &str = "SELECT no, shown, typed, state, expires_at FROM pending_transaction
        WHERE transaction_id = $1 AND institution_no = $2 AND member_id = $3";
    tx.row(TABLE, SQL, values![id.as_bytes(), institution, member], |row| {
        Ok(Pending {
            no: row.int("no")?,
            challenges: [
                Challenge::from_bytes(row.bytes("shown")?),
                Challenge::from_bytes(row.bytes("typed")?),
            ],
            is_signed: row.text("state")? == "signed",
            expires_at: row.moment("expires_at")?,
        })
    })
}

/// Whether a token has said yes to the same at the same step.
pub(crate) fn was_said(
    tx: &Tx<'_>,
    token_no: i64,
    challenge: &Challenge,
    step: Step,
) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT no FROM pending_transaction
        WHERE token_no = $1 AND challenge = $2 AND step = $3 AND state = 'signed'";
    let found = tx.row(TABLE, SQL, values![token_no, challenge.as_bytes(), step_column(step)], |_| Ok(()))?;
    Ok(found.is_some())
}

/// Takes the yes; whether the transaction still waited for it.
pub(crate) fn sign(
    tx: &Tx<'_>,
    no: i64,
    token_no: i64,
    (challenge, step): (&Challenge, Step),
    now: UnixMillis,
) -> Result<bool, StoreError> {
    const SQL: &str =
        "UPDATE pending_transaction SET state = 'signed', token_no = $1, challenge = $2, step = $3
        WHERE no = $4 AND state = 'pending' AND expires_at > $5";
    let row = values![token_no, challenge.as_bytes(), step_column(step), no, now];
    Ok(tx.execute(SQL, row)? == 1)
}

/// Sets the count of wrong codes back, of a token that is in use; whether it was.
pub(crate) fn clear_wrong(tx: &Tx<'_>, token_no: i64, limit: u8) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE token SET wrong = 0 WHERE no = $1 AND state = 'active' AND wrong < $2";
    Ok(tx.execute(SQL, values![token_no, limit])? == 1)
}

pub(crate) fn forget(tx: &Tx<'_>, now: UnixMillis, limit: i64) -> Result<usize, StoreError> {
    const SQL: &str = "DELETE FROM pending_transaction WHERE no IN
        (SELECT no FROM pending_transaction WHERE expires_at <= $1 LIMIT $2)";
    tx.execute(SQL, values![now.plus(-REMEMBER), limit])
}
