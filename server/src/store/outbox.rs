//! Owns mails from the transaction that causes them until the mail server has taken them.
//! Refuses to know how a mail is sent.
//! Invariant: a mail is queued in the transaction of what it tells about; it is sent at least once, or marked failed.

use warifu_core::ids::MemberId;
use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::{MailAddress, MailState, MailStatus};

use super::institutions::Institution;
use super::{StoreError, Tx, values};
use crate::mail::Letter;

/// A mail that waits.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) no: i64,
    pub(crate) kind: String,
    pub(crate) from: Option<String>,
    pub(crate) to: String,
    pub(crate) message_id: String,
    pub(crate) subject: String,
    pub(crate) body: String,
    pub(crate) tries: u32,
    pub(crate) created_at: UnixMillis,
}

const TABLE: &str = "outbox";

/// Queues a letter to a member.
pub(crate) fn post(
    tx: &Tx<'_>,
    institution: &Institution,
    member: &MemberId,
    letter: &Letter,
    now: UnixMillis,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO outbox (institution_no, member_id, kind, mail_from, mail_to, message_id, subject,
        body, state, next_at, created_at, state_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', $9, $9, $9)";
    let row = values![
        institution.no,
        member,
        letter.kind.folder(),
        institution.mail_from.as_deref(),
        &letter.to,
        &letter.message_id,
        &letter.subject,
        &letter.body,
        now
    ];
    tx.execute(SQL, row).map(|_| ())
}

/// Up to `limit` mails whose time has come, the longest waiting first.
pub(crate) fn due(tx: &Tx<'_>, now: UnixMillis, limit: i64) -> Result<Vec<Waiting>, StoreError> {
    const SQL: &str =
        "SELECT * FROM outbox WHERE state = 'queued' AND next_at <= $1 ORDER BY next_at, no LIMIT $2";
    tx.rows(TABLE, SQL, values![now, limit], |row| {
        Ok(Waiting {
            no: row.int("no")?,
            kind: row.text("kind")?.to_owned(),
            from: row.maybe_text("mail_from")?.map(str::to_owned),
            to: row.text("mail_to")?.to_owned(),
            message_id: row.text("message_id")?.to_owned(),
            subject: row.text("subject")?.to_owned(),
            body: row.text("body")?.to_owned(),
            tries: row.small("tries")?,
            created_at: row.moment("created_at")?,
        })
    })
}

pub(crate) fn sent(tx: &Tx<'_>, no: i64, now: UnixMillis) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE outbox SET state = 'sent', tries = tries + 1, state_at = $1, last_error = NULL
        WHERE no = $2 AND state = 'queued'";
    tx.execute(SQL, values![now, no]).map(|_| ())
}

pub(crate) fn failed(tx: &Tx<'_>, no: i64, why: &str, now: UnixMillis) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE outbox SET state = 'failed', tries = tries + 1, state_at = $1, last_error = $2
        WHERE no = $3 AND state = 'queued'";
    tx.execute(SQL, values![now, why, no]).map(|_| ())
}

pub(crate) fn later(tx: &Tx<'_>, no: i64, why: &str, next_at: UnixMillis) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE outbox SET tries = tries + 1, next_at = $1, last_error = $2 WHERE no = $3 AND state = 'queued'";
    tx.execute(SQL, values![next_at, why, no]).map(|_| ())
}

/// Sends what still waits for one address of a member to another one.
pub(crate) fn redirect(
    tx: &Tx<'_>,
    institution: i64,
    member: &MemberId,
    from: &MailAddress,
    to: &MailAddress,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE outbox SET mail_to = $1
        WHERE institution_no = $2 AND member_id = $3 AND mail_to = $4 AND state = 'queued'";
    tx.execute(SQL, values![to, institution, member, from]).map(|_| ())
}

/// What became of the newest mail to a member's own address; the farewell to an address that was left does not count.
pub(crate) fn newest(
    tx: &Tx<'_>,
    institution: i64,
    member: &MemberId,
) -> Result<Option<MailStatus>, StoreError> {
    const SQL: &str =
        "SELECT no, mail_to, state, state_at FROM outbox WHERE institution_no = $1 AND member_id = $2
        AND kind <> 'readdressed' ORDER BY no DESC LIMIT 1";
    tx.row(TABLE, SQL, values![institution, member], |row| {
        Ok(MailStatus {
            to: row.parse("mail_to")?,
            state: row.word("state", MailState::from_word)?,
            at: row.moment("state_at")?,
        })
    })
}
