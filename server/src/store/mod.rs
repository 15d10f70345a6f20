//! Owns where everything that must survive lives, and how a write becomes durable.
//! Refuses to know what the rows mean to a member and how keys are opened.
//! Invariant: nothing is answered before it is durable; a state change is one guarded write, or it did not happen.
//!
//! The modules below hold the SQL, one per table family, as text with `$n` that SQLite and PostgreSQL both take, and
//! run it through [`Tx`]. Only the settling of codes has a body per database.

mod asked;
pub(crate) mod attempts;
pub(crate) mod audit;
pub(crate) mod channel;
pub(crate) mod enrolments;
pub(crate) mod institutions;
pub(crate) mod issues;
mod migrate;
pub(crate) mod outbox;
pub(crate) mod oversight;
mod postgres;
pub(crate) mod rates;
pub(crate) mod renewals;
pub(crate) mod requests;
mod row;
mod sqlite;
pub(crate) mod states;
#[cfg(test)]
mod story;
pub(crate) mod tokens;
pub(crate) mod transactions;
mod tx;
pub(crate) mod verification;

use std::path::Path;

pub(crate) use tx::{Row, Tx, Value, values};

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// More work is queued than the database keeps up with; nothing was done.
    #[error("the database is busy")]
    Busy,
    /// A guarded write found its row changed; everything of this piece of work was undone.
    #[error("the row changed meanwhile")]
    Lost,
    /// A stored value is not what its column holds: a defect, or a damaged file.
    #[error("table {table}, column {column}, row {row}: {what}")]
    BadRow { table: &'static str, column: &'static str, row: String, what: &'static str },
    /// The database was made by a newer version of this program.
    #[error("the database has migration {found}, this program knows {known}: it was made by a newer version")]
    Newer { found: i64, known: i64 },
    /// The database failed.
    #[error("the database failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The same from PostgreSQL.
    #[error("the database failed: {0}")]
    Postgres(String),
    /// PostgreSQL cannot be reached now; what was asked may be asked again.
    #[error("the database cannot be reached")]
    Away,
    /// Others were faster again and again; nothing was done.
    #[error("others write the same rows")]
    Contended,
    /// The address of the database cannot be used.
    #[error("the setting database: {0}")]
    Address(&'static str),
    /// A code could not be judged.
    #[error("{0}")]
    Evaluation(String),
    /// The transaction that held this piece of work could not be committed.
    #[error("the commit failed: {0}")]
    Commit(String),
    /// The store is closed.
    #[error("the store is closed")]
    Closed,
}

/// The centre's database.
pub(crate) enum Store {
    /// One file, one writer.
    Sqlite(sqlite::Sqlite),
    /// A server that several centres share.
    Postgres(postgres::Postgres),
}

impl Store {
    /// Opens the file, makes it when it is not there, and brings it up to date.
    pub(crate) fn open_sqlite(file: &Path) -> Result<Self, StoreError> {
        sqlite::Sqlite::open(file).map(Self::Sqlite)
    }

    /// Connects, and brings the database up to date. `writer` names this centre in its audit chains.
    pub(crate) fn open_postgres(url: &str, writer: &str) -> Result<Self, StoreError> {
        postgres::Postgres::open(url, writer).map(Self::Postgres)
    }

    /// Looks at the last committed state.
    pub(crate) fn read<T, E: From<StoreError>>(
        &self,
        look: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match self {
            Self::Sqlite(db) => db.read(look),
            Self::Postgres(db) => db.read(look),
        }
    }

    /// Does one piece of work, wholly or not at all; durable when it returns. It is begun anew when others were faster.
    pub(crate) async fn write<T: Send + 'static, E: From<StoreError> + Send + 'static>(
        &self,
        work: impl FnMut(&Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        match self {
            Self::Sqlite(db) => db.write(work).await,
            Self::Postgres(db) => db.write(work).await,
        }
    }

    /// Settles one verification; it is committed together with whatever else waits.
    pub(crate) async fn settle(&self, job: verification::Job) -> Result<verification::Settled, StoreError> {
        match self {
            Self::Sqlite(db) => db.settle(job).await,
            Self::Postgres(db) => db.settle(job).await,
        }
    }

    /// What time it is by the clock of the machine that the database runs on, milliseconds since 1970; nothing where
    /// that is this machine.
    pub(crate) fn clock(&self) -> Result<Option<i64>, StoreError> {
        match self {
            Self::Sqlite(_) => Ok(None),
            Self::Postgres(db) => db.now().map(Some),
        }
    }

    /// Does what is queued and lets go of the database.
    pub(crate) fn close(&self) {
        match self {
            Self::Sqlite(db) => db.close(),
            Self::Postgres(db) => db.close(),
        }
    }
}
