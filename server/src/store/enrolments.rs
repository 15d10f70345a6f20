//! Owns initialisations under way and done.
//! Refuses to know the messages' content; the login state is sealed bytes here.
//! Invariant: an enrolment is done once; its stored answer never changes afterwards.

use warifu_core::ids::EnrolId;
use warifu_core::issue::REPLAY_FOR;
use warifu_core::time::UnixMillis;
use warifu_core::wire::device::EnrolStart;

use super::{StoreError, Tx, values};

/// An initialisation as its row says.
pub(crate) struct Enrolment {
    pub(crate) issue_no: Option<i64>,
    pub(crate) state: State,
    pub(crate) platform: String,
    pub(crate) app_version: String,
    pub(crate) vault: String,
    pub(crate) expires_at: UnixMillis,
}

/// How far it is.
pub(crate) enum State {
    /// M2 was sent.
    Open { login: Vec<u8> },
    /// M4 was sent.
    Done { m3_digest: [u8; 32], m4: Vec<u8> },
}

/// What is known of a new one.
pub(crate) struct NewEnrolment<'a> {
    pub(crate) enrol_id: EnrolId,
    pub(crate) m1: &'a EnrolStart,
    pub(crate) m1_digest: &'a [u8; 32],
    pub(crate) issue_no: Option<i64>,
    pub(crate) m2: &'a [u8],
    pub(crate) login: &'a [u8],
    pub(crate) now: UnixMillis,
    pub(crate) expires_at: UnixMillis,
}

const TABLE: &str = "enrolment";

/// The answer that the very same M1 got.
pub(crate) fn answered(tx: &Tx<'_>, m1_digest: &[u8; 32]) -> Result<Option<Vec<u8>>, StoreError> {
    const SQL: &str = "SELECT m2 FROM enrolment WHERE m1_digest = $1";
    tx.row(TABLE, SQL, values![m1_digest], |row| Ok(row.blob("m2")?.to_vec()))
}

pub(crate) fn add(tx: &Tx<'_>, new: &NewEnrolment<'_>) -> Result<(), StoreError> {
    const SQL: &str =
        "INSERT INTO enrolment (enrol_id, m1_digest, issue_no, state, m2, login, platform, app_version,
        vault, created_at, expires_at) VALUES ($1, $2, $3, 'open', $4, $5, $6, $7, $8, $9, $10)";
    let row = values![
        &new.enrol_id,
        new.m1_digest,
        new.issue_no,
        new.m2,
        new.login,
        new.m1.platform.as_str(),
        new.m1.app_version.as_str(),
        new.m1.vault.as_str(),
        new.now,
        new.expires_at
    ];
    tx.execute(SQL, row).map(|_| ())
}

pub(crate) fn by_id(tx: &Tx<'_>, enrol_id: EnrolId) -> Result<Option<Enrolment>, StoreError> {
    const SQL: &str = "SELECT * FROM enrolment WHERE enrol_id = $1";
    tx.row(TABLE, SQL, values![&enrol_id], |row| {
        let state = match row.text("state")? {
            "open" => State::Open { login: row.blob("login")?.to_vec() },
            "done" => State::Done { m3_digest: row.bytes("m3_digest")?, m4: row.blob("m4")?.to_vec() },
            _ => return Err(row.bad("state", "an unknown word")),
        };
        Ok(Enrolment {
            issue_no: row.maybe_int("issue_no")?,
            state,
            platform: row.text("platform")?.to_owned(),
            app_version: row.text("app_version")?.to_owned(),
            vault: row.text("vault")?.to_owned(),
            expires_at: row.moment("expires_at")?,
        })
    })
}

/// Stores M4 and erases the login state; whether it was open and in time.
pub(crate) fn finish(
    tx: &Tx<'_>,
    enrol_id: EnrolId,
    m3_digest: &[u8; 32],
    m4: &[u8],
    now: UnixMillis,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE enrolment SET state = 'done', login = NULL, m3_digest = $1, m4 = $2
        WHERE enrol_id = $3 AND state = 'open' AND expires_at > $4";
    Ok(tx.execute(SQL, values![m3_digest, m4, &enrol_id, now])? == 1)
}

/// Closes an initialisation that came too late; whether it was open until now.
pub(crate) fn close(tx: &Tx<'_>, enrol_id: EnrolId, now: UnixMillis) -> Result<bool, StoreError> {
    const SQL: &str =
        "UPDATE enrolment SET expires_at = $1 WHERE enrol_id = $2 AND state = 'open' AND expires_at > $1";
    Ok(tx.execute(SQL, values![now, &enrol_id])? == 1)
}

/// Forgets what no repeated message can ask for any more; how many rows went.
pub(crate) fn forget(tx: &Tx<'_>, now: UnixMillis, limit: i64) -> Result<usize, StoreError> {
    const ENROLMENTS: &str = "DELETE FROM enrolment WHERE enrol_id IN (SELECT enrol_id FROM enrolment
        WHERE (state = 'open' AND expires_at <= $1) OR expires_at <= $2 LIMIT $3)";
    tx.execute(ENROLMENTS, values![now, now.plus(-REPLAY_FOR), limit])
}
