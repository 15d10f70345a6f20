//! Owns issues: the rows behind 発行.
//! Refuses to know the start password; the record is sealed bytes here.
//! Invariant: a guess is charged by one guarded write; an issue that ends loses its record in the same write.

use warifu_core::ids::{MemberId, UserId};
use warifu_core::issue::MAX_ATTEMPTS;
use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::{IssueState, MailAddress};

use super::{Row, StoreError, Tx, values};

/// An issue as its row says.
pub(crate) struct Issue {
    pub(crate) no: i64,
    pub(crate) institution_no: i64,
    pub(crate) member_id: MemberId,
    pub(crate) user_id: UserId,
    pub(crate) mail: MailAddress,
    pub(crate) state: IssueState,
    pub(crate) attempts: u8,
    pub(crate) dek_id: i64,
    pub(crate) expires_at: UnixMillis,
}

impl Issue {
    /// Its state at `now`.
    pub(crate) fn state_at(&self, now: UnixMillis) -> IssueState {
        self.state.at(now, self.attempts, self.expires_at)
    }
}

/// An issue that was just charged a guess.
pub(crate) struct Charged {
    pub(crate) no: i64,
    /// How many guesses were charged with it, this one included.
    pub(crate) attempts: u8,
    pub(crate) record: Vec<u8>,
    pub(crate) dek_id: i64,
    pub(crate) setup_id: i64,
}

const TABLE: &str = "issue";

fn read(row: &Row<'_>) -> Result<Issue, StoreError> {
    Ok(Issue {
        no: row.int("no")?,
        institution_no: row.int("institution_no")?,
        member_id: row.parse("member_id")?,
        user_id: row.parse("user_id")?,
        mail: row.parse("mail")?,
        state: row.word("state", IssueState::from_word)?,
        attempts: row.small("attempts")?,
        dek_id: row.int("dek_id")?,
        expires_at: row.moment("expires_at")?,
    })
}

fn read_charged(row: &Row<'_>) -> Result<Charged, StoreError> {
    Ok(Charged {
        no: row.int("no")?,
        attempts: row.small("attempts")?,
        record: row.blob("record")?.to_vec(),
        dek_id: row.int("dek_id")?,
        setup_id: row.int("setup_id")?,
    })
}

pub(crate) fn by_no(tx: &Tx<'_>, no: i64) -> Result<Option<Issue>, StoreError> {
    tx.row(TABLE, "SELECT * FROM issue WHERE no = $1", values![no], read)
}

pub(crate) fn newest(tx: &Tx<'_>, institution: i64, member: &MemberId) -> Result<Option<Issue>, StoreError> {
    const SQL: &str =
        "SELECT * FROM issue WHERE institution_no = $1 AND member_id = $2 ORDER BY no DESC LIMIT 1";
    tx.row(TABLE, SQL, values![institution, member], read)
}

pub(crate) fn is_taken(tx: &Tx<'_>, user_id: &UserId) -> Result<bool, StoreError> {
    let found = tx.row(TABLE, "SELECT no FROM issue WHERE user_id = $1", values![user_id], |_| Ok(()))?;
    Ok(found.is_some())
}

/// What is known of a new issue.
pub(crate) struct NewIssue<'a> {
    pub(crate) institution_no: i64,
    pub(crate) member_id: &'a MemberId,
    pub(crate) user_id: &'a UserId,
    pub(crate) mail: &'a MailAddress,
    pub(crate) record: &'a [u8],
    pub(crate) dek_id: i64,
    pub(crate) setup_id: i64,
    pub(crate) now: UnixMillis,
    pub(crate) expires_at: UnixMillis,
}

/// Adds it; its number. The member's earlier open issue has to be ended first.
pub(crate) fn add(tx: &Tx<'_>, new: &NewIssue<'_>) -> Result<i64, StoreError> {
    const SQL: &str = "INSERT INTO issue (institution_no, member_id, user_id, mail, state, record, dek_id,
        setup_id, created_at, expires_at, state_at)
        VALUES ($1, $2, $3, $4, 'open', $5, $6, $7, $8, $9, $8) RETURNING no";
    let row = values![
        new.institution_no,
        new.member_id,
        new.user_id,
        new.mail,
        new.record,
        new.dek_id,
        new.setup_id,
        new.now,
        new.expires_at
    ];
    tx.row(TABLE, SQL, row, |row| row.int("no"))?.ok_or(StoreError::Lost)
}

/// Charges one guess; nothing when there is no issue to charge.
pub(crate) fn charge(
    tx: &Tx<'_>,
    institution: i64,
    user_id: &UserId,
    now: UnixMillis,
) -> Result<Option<Charged>, StoreError> {
    const SQL: &str = "UPDATE issue SET attempts = attempts + 1, last_attempt_at = $1
        WHERE institution_no = $2 AND user_id = $3 AND state = 'open' AND attempts < $4 AND expires_at > $1
        RETURNING no, attempts, record, dek_id, setup_id";
    tx.row(TABLE, SQL, values![now, institution, user_id, MAX_ATTEMPTS], read_charged)
}

/// The institution's issue with that user ID, in whatever state.
pub(crate) fn by_user_id(
    tx: &Tx<'_>,
    institution: i64,
    user_id: &UserId,
) -> Result<Option<Issue>, StoreError> {
    const SQL: &str = "SELECT * FROM issue WHERE institution_no = $1 AND user_id = $2";
    tx.row(TABLE, SQL, values![institution, user_id], read)
}

/// How many open issues were registered under an OPAQUE setup.
pub(crate) fn open_under(tx: &Tx<'_>, institution: i64, setup_id: i64) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT count(*) AS open FROM issue
        WHERE institution_no = $1 AND setup_id = $2 AND state = 'open'";
    Ok(tx.row(TABLE, SQL, values![institution, setup_id], |row| row.int("open"))?.unwrap_or(0))
}

/// Sends all further mails elsewhere.
pub(crate) fn readdress(tx: &Tx<'_>, no: i64, mail: &MailAddress) -> Result<(), StoreError> {
    tx.execute("UPDATE issue SET mail = $1 WHERE no = $2", values![mail, no]).map(|_| ())
}

/// Ends an open issue as `end` and erases its record; whether it was open.
pub(crate) fn end(tx: &Tx<'_>, no: i64, end: IssueState, now: UnixMillis) -> Result<bool, StoreError> {
    const SQL: &str =
        "UPDATE issue SET state = $1, record = NULL, state_at = $2 WHERE no = $3 AND state = 'open'";
    Ok(tx.execute(SQL, values![end.as_str(), now, no])? == 1)
}

/// Open issues that guesses or time ended before `settled`, so that no answer to a guess is still awaited.
pub(crate) fn ended(tx: &Tx<'_>, settled: UnixMillis, limit: i64) -> Result<Vec<Issue>, StoreError> {
    const SQL: &str = "SELECT * FROM issue WHERE state = 'open'
        AND (expires_at <= $1 OR (attempts >= $2 AND last_attempt_at <= $1)) LIMIT $3";
    tx.rows(TABLE, SQL, values![settled, MAX_ATTEMPTS, limit], read)
}
