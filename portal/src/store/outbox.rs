//! Owns mails on their way: what waits, what was sent, what was given up.
//! Refuses to know how a mail is carried.
//! Invariant: a mail is written in the transaction that promises it; its words are erased when it needs them no more.

use rusqlite::{Connection, OptionalExtension as _, params};
use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::{MailAddress, MailState};

use super::{Store, StoreError};

/// A mail to be written to the outbox.
pub(crate) struct NewMail {
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    pub(crate) give_up_at: UnixMillis,
}

/// A mail whose turn has come.
pub(crate) struct DueMail {
    pub(crate) id: i64,
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    pub(crate) tries: u32,
}

/// Writes a mail; part of the caller's transaction.
pub(super) fn put(db: &Connection, mail: &NewMail, now: UnixMillis) -> rusqlite::Result<i64> {
    db.execute(
        "INSERT INTO outbox (recipient, subject, text, html, made_at, next_try_at, give_up_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)",
        params![mail.to, mail.subject, mail.text, mail.html, now.0, mail.give_up_at.0],
    )?;
    Ok(db.last_insert_rowid())
}

impl Store {
    /// The next mail to try, after those past their time were given up.
    pub(crate) async fn due_mail(&self, now: UnixMillis) -> Result<Option<DueMail>, StoreError> {
        self.run(move |db| {
            let give_up = "UPDATE outbox SET state = 'failed', text = '', html = ''
                           WHERE state = 'queued' AND give_up_at <= ?1";
            db.execute(give_up, [now.0])?;
            let sql = "SELECT id, recipient, subject, text, html, tries FROM outbox
                       WHERE state = 'queued' AND next_try_at <= ?1 ORDER BY next_try_at, id LIMIT 1";
            let read = |row: &rusqlite::Row<'_>| {
                Ok(DueMail {
                    id: row.get(0)?,
                    to: row.get(1)?,
                    subject: row.get(2)?,
                    text: row.get(3)?,
                    html: row.get(4)?,
                    tries: row.get(5)?,
                })
            };
            db.query_row(sql, [now.0], read).optional()
        })
        .await
    }

    /// Whether the newest mail to this address was refused for good, or given up.
    pub(crate) async fn is_refused(&self, to: &MailAddress) -> Result<bool, StoreError> {
        let to = to.to_string();
        self.run(move |db| {
            let sql = "SELECT state = 'failed' FROM outbox WHERE recipient = ?1 AND state <> 'queued'
                       ORDER BY id DESC LIMIT 1";
            Ok(db.query_row(sql, [to], |row| row.get(0)).optional()?.unwrap_or_default())
        })
        .await
    }

    /// It left, or was refused for good.
    pub(crate) async fn settle_mail(&self, id: i64, state: MailState) -> Result<(), StoreError> {
        self.run(move |db| {
            let sql = "UPDATE outbox SET state = ?2, text = '', html = '' WHERE id = ?1 AND state = 'queued'";
            db.execute(sql, params![id, state.as_str()]).map(drop)
        })
        .await
    }

    /// It could not leave now.
    pub(crate) async fn postpone_mail(&self, id: i64, next_try_at: UnixMillis) -> Result<(), StoreError> {
        self.run(move |db| {
            let sql =
                "UPDATE outbox SET tries = tries + 1, next_try_at = ?2 WHERE id = ?1 AND state = 'queued'";
            db.execute(sql, params![id, next_try_at.0]).map(drop)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_mail_waits_is_tried_again_and_is_given_up_with_its_words_erased() {
        let store = Store::in_memory().unwrap();
        let mail = NewMail {
            to: "a@b.example".to_owned(),
            subject: "s".to_owned(),
            text: "secret".to_owned(),
            html: "secret".to_owned(),
            give_up_at: UnixMillis(1_000),
        };
        store.run(move |db| put(db, &mail, UnixMillis(0))).await.unwrap();
        let due = store.due_mail(UnixMillis(0)).await.unwrap().unwrap();
        store.postpone_mail(due.id, UnixMillis(500)).await.unwrap();
        assert!(store.due_mail(UnixMillis(499)).await.unwrap().is_none());
        assert_eq!(store.due_mail(UnixMillis(500)).await.unwrap().unwrap().tries, 1);
        assert!(store.due_mail(UnixMillis(1_000)).await.unwrap().is_none());
        let left: (String, String) = store
            .run(|db| {
                db.query_row("SELECT state, text || html FROM outbox", [], |r| Ok((r.get(0)?, r.get(1)?)))
            })
            .await
            .unwrap();
        assert_eq!(left, ("failed".to_owned(), String::new()));
    }
}
