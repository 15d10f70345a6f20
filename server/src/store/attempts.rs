//! Owns what became of each attempt to initialise an app with an issue.
//! Refuses to know messages and devices; nothing of it is ever told to a device.
//! Invariant: one row per start message that was answered, written in the transaction that answered it.

use warifu_core::ids::EnrolId;
use warifu_core::time::{DAY, UnixMillis};
use warifu_core::wire::bank::{AttemptOutcome, AttemptStatus, IssueState};

use super::{StoreError, Tx, values};

/// How many attempts an institution is shown.
const SHOWN: i64 = 5;
/// For how long attempts are kept, milliseconds.
const REMEMBER: i64 = 90 * DAY;

/// What comes of an attempt with an issue in that state.
pub(crate) fn outcome(state: IssueState) -> AttemptOutcome {
    match state {
        IssueState::Open => AttemptOutcome::Unfinished,
        IssueState::Used => AttemptOutcome::Used,
        IssueState::Exhausted => AttemptOutcome::Exhausted,
        IssueState::Expired => AttemptOutcome::Expired,
        IssueState::Cancelled => AttemptOutcome::Cancelled,
    }
}

pub(crate) fn add(
    tx: &Tx<'_>,
    issue_no: i64,
    enrol_id: EnrolId,
    outcome: AttemptOutcome,
    now: UnixMillis,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO attempt (issue_no, enrol_id, at, outcome) VALUES ($1, $2, $3, $4)";
    tx.execute(SQL, values![issue_no, &enrol_id, now, outcome.as_str()]).map(|_| ())
}

/// Says what became of an attempt that was answered and charged.
pub(crate) fn close(tx: &Tx<'_>, enrol_id: EnrolId, outcome: AttemptOutcome) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE attempt SET outcome = $1 WHERE enrol_id = $2 AND outcome = 'unfinished'";
    tx.execute(SQL, values![outcome.as_str(), &enrol_id]).map(|_| ())
}

/// The last attempts with an issue, newest first.
pub(crate) fn of_issue(tx: &Tx<'_>, issue_no: i64) -> Result<Vec<AttemptStatus>, StoreError> {
    const SQL: &str = "SELECT no, at, outcome FROM attempt WHERE issue_no = $1 ORDER BY no DESC LIMIT $2";
    tx.rows("attempt", SQL, values![issue_no, SHOWN], |row| {
        let outcome = row.word("outcome", AttemptOutcome::from_word)?;
        Ok(AttemptStatus { at: row.moment("at")?, outcome })
    })
}

pub(crate) fn forget(tx: &Tx<'_>, now: UnixMillis, limit: i64) -> Result<usize, StoreError> {
    const SQL: &str = "DELETE FROM attempt WHERE no IN (SELECT no FROM attempt WHERE at <= $1 LIMIT $2)";
    tx.execute(SQL, values![now.plus(-REMEMBER), limit])
}
