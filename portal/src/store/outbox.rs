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

    /// Since when the newest mail to this address is known not to arrive: refused for good, given up, or come back.
    pub(crate) async fn refused_at(&self, to: &MailAddress) -> Result<Option<UnixMillis>, StoreError> {
        let to = to.to_string();
        self.run(move |db| {
            let newest = "SELECT state = 'failed', made_at FROM outbox
                          WHERE recipient = ?1 AND state <> 'queued' ORDER BY id DESC LIMIT 1";
            let newest: Option<(bool, i64)> =
                db.query_row(newest, [&to], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            let bounce = "SELECT at FROM bounce WHERE address = ?1";
            let bounce: Option<i64> =
                db.query_row(bounce, [to.to_lowercase()], |row| row.get(0)).optional()?;
            let (is_refused, made_at) = newest.unwrap_or((false, i64::MIN));
            let at = bounce.filter(|at| *at >= made_at).or(is_refused.then_some(made_at));
            Ok(at.map(UnixMillis))
        })
        .await
    }

    /// A mail that was taken over came back: the newest one to this address did not arrive after all.
    pub(crate) async fn note_bounce(&self, to: &MailAddress, now: UnixMillis) -> Result<(), StoreError> {
        let to = to.as_str().to_lowercase();
        self.run(move |db| {
            let transaction = db.transaction()?;
            let sql = "INSERT INTO bounce (address, at) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET at = ?2";
            transaction.execute(sql, params![to, now.0])?;
            let sql = "UPDATE outbox SET state = 'failed' WHERE state = 'sent' AND id =
                       (SELECT max(id) FROM outbox WHERE lower(recipient) = ?1 AND state <> 'queued')";
            transaction.execute(sql, [to])?;
            transaction.commit()
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

    #[tokio::test]
    async fn a_mail_that_came_back_marks_its_address_until_a_later_one_is_taken_over() {
        let store = Store::in_memory().unwrap();
        let to: MailAddress = "taro@home.example".to_owned().try_into().unwrap();
        let send = async |now| {
            let mail = NewMail {
                to: to.to_string(),
                subject: String::new(),
                text: String::new(),
                html: String::new(),
                give_up_at: UnixMillis(i64::MAX),
            };
            let id = store.run(move |db| put(db, &mail, UnixMillis(now))).await.unwrap();
            store.settle_mail(id, MailState::Sent).await.unwrap();
        };
        assert_eq!(store.refused_at(&to).await.unwrap(), None);
        send(10).await;
        crate::bounces::note(&store, " <Taro@Home.example> ", UnixMillis(20)).await.unwrap();
        assert_eq!(store.refused_at(&to).await.unwrap(), Some(UnixMillis(20)));
        send(30).await;
        assert_eq!(store.refused_at(&to).await.unwrap(), None);
        crate::bounces::note(&store, "taro@home.example", UnixMillis(40)).await.unwrap();
        assert_eq!(store.refused_at(&to).await.unwrap(), Some(UnixMillis(40)));
        // Of the centre's mails nothing is known here.
        let other: MailAddress = "hanako@home.example".to_owned().try_into().unwrap();
        crate::bounces::note(&store, "hanako@home.example", UnixMillis(50)).await.unwrap();
        assert_eq!(store.refused_at(&other).await.unwrap(), Some(UnixMillis(50)));
        assert!(crate::bounces::note(&store, "nobody", UnixMillis(50)).await.is_err());
    }
}
