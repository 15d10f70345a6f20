//! Owns the portal's own database: opening it, its shape, one door to it.
//! Refuses to know tokens, codes and what the centre has decided.
//! Invariant: a state change is one guarded statement or one transaction; what it promises is on disk when it returns.

pub(crate) mod applications;
pub(crate) mod drafts;
pub(crate) mod guesses;
pub(crate) mod ledger;
pub(crate) mod limits;
pub(crate) mod lost_phone;
pub(crate) mod members;
pub(crate) mod outbox;
pub(crate) mod people;
pub(crate) mod reinstatements;
pub(crate) mod sessions;
pub(crate) mod staff;
pub(crate) mod staff_accounts;
pub(crate) mod staff_log;
pub(crate) mod staff_passwords;
pub(crate) mod staff_sessions;
pub(crate) mod transfers;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

/// Append only: one entry per migration, in order.
const MIGRATIONS: [&str; 7] = [
    include_str!("migrations/0001_members.sql"),
    include_str!("migrations/0002_staff.sql"),
    include_str!("migrations/0003_money.sql"),
    include_str!("migrations/0004_administrators.sql"),
    include_str!("migrations/0005_devices.sql"),
    include_str!("migrations/0006_bounces.sql"),
    include_str!("migrations/0007_staff_passwords.sql"),
];
/// The version of a database that has them all.
const KNOWN: u32 = MIGRATIONS.len() as u32;

/// The portal's database.
#[derive(Clone)]
pub struct Store(Arc<Mutex<Connection>>);

/// Why the database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite's own words, or a row that does not hold what its column promises.
    #[error("the portal's database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The folder of the database.
    #[error("the portal's folder {0}: {1}")]
    Folder(std::path::PathBuf, std::io::Error),
    /// A database from a newer portal.
    #[error("the database is of version {0}; this portal knows up to {1}")]
    TooNew(u32, u32),
    /// The thread that worked on it ended early.
    #[error("work on the database was broken off")]
    BrokenOff,
}

impl Store {
    /// Opens `folder/portal.db`, making both when they are missing, readable by this user only.
    ///
    /// # Errors
    /// [`StoreError`] when the folder or the file cannot be used.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        make_private(folder).map_err(|e| StoreError::Folder(folder.to_owned(), e))?;
        let file = folder.join("portal.db");
        touch_private(&file).map_err(|e| StoreError::Folder(folder.to_owned(), e))?;
        Self::prepare(Connection::open(file)?)
    }

    /// One that is gone when the last copy is dropped: for tests.
    ///
    /// # Errors
    /// [`StoreError`] when SQLite refuses.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::prepare(Connection::open_in_memory()?)
    }

    fn prepare(mut connection: Connection) -> Result<Self, StoreError> {
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
             PRAGMA busy_timeout = 5000; PRAGMA secure_delete = ON;",
        )?;
        let transaction = connection.transaction()?;
        let done: u32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let missing = MIGRATIONS.get(done as usize..).ok_or(StoreError::TooNew(done, KNOWN))?;
        for migration in missing {
            transaction.execute_batch(migration)?;
        }
        transaction.pragma_update(None, "user_version", KNOWN)?;
        transaction.commit()?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// Does `job` on the one connection, off the async threads.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connection = Arc::clone(&self.0);
        let work = move || job(&mut connection.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::BrokenOff)??)
    }

    /// Whether it answers.
    pub(crate) async fn is_ready(&self) -> bool {
        self.run(|db| db.query_row("SELECT 1", [], |row| row.get::<_, i64>(0))).await.is_ok()
    }

    /// Forgets what has run out. `now` less the ages below; nothing that a page could still show.
    pub(crate) async fn sweep(&self, now: i64) -> Result<(), StoreError> {
        const DAY: i64 = warifu_core::time::DAY;
        self.run(move |db| {
            let transaction = db.transaction()?;
            for table in ["session", "staff_session"] {
                transaction.execute(&format!("DELETE FROM {table} WHERE used_at < ?1"), [now - DAY])?;
            }
            transaction
                .execute("DELETE FROM guess WHERE at < ?1 AND blocked_until < ?2", [now - DAY, now])?;
            transaction.execute("DELETE FROM draft WHERE saved_at < ?1", [now - DAY])?;
            transaction.execute("DELETE FROM mailed_password WHERE sent_at < ?1", [now - DAY])?;
            transaction.execute(
                "DELETE FROM application WHERE made_at < ?1
                 AND NOT EXISTS (SELECT 1 FROM mailed_password WHERE application_id = application.id)",
                [now - DAY],
            )?;
            transaction.execute(
                "DELETE FROM outbox WHERE made_at < ?1 AND state <> 'queued'
                 AND NOT EXISTS (SELECT 1 FROM mailed_password WHERE outbox_id = outbox.id)",
                [now - 30 * DAY],
            )?;
            for (table, column) in [("device", "used_at"), ("bounce", "at")] {
                let sql = format!("DELETE FROM {table} WHERE {column} < ?1");
                transaction.execute(&sql, [now - 400 * DAY])?;
            }
            transaction.execute(
                "DELETE FROM signing WHERE transfer_id IN
                 (SELECT id FROM transfer WHERE state <> 'open' OR made_at < ?1)",
                [now - DAY],
            )?;
            transaction
                .execute("DELETE FROM transfer WHERE state <> 'done' AND made_at < ?1", [now - DAY])?;
            transaction.commit()
        })
        .await
    }
}

/// Reads a column through its type; a bad one names table and column.
pub(crate) fn parsed<T>(
    row: &rusqlite::Row<'_>,
    column: &'static str,
    parse: impl FnOnce(String) -> Option<T>,
) -> rusqlite::Result<T> {
    let index = row.as_ref().column_index(column)?;
    parse(row.get(index)?).ok_or_else(|| {
        let name = format!("column {column} does not hold what it should");
        rusqlite::Error::FromSqlConversionFailure(index, rusqlite::types::Type::Text, name.into())
    })
}

/// Makes an empty file that only this user can read; one that exists is left as it is.
pub(crate) fn touch_private(file: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(file).map(drop)
}

/// Makes a folder that only this user can read; one that exists is left as it is.
pub(crate) fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_fresh_database_is_ready_and_can_be_swept() {
        let store = Store::in_memory().unwrap();
        assert!(store.is_ready().await);
        store.sweep(0).await.unwrap();
    }
}
