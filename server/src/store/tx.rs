//! Owns how a statement is run and how a row is read, the same for every database.
//! Refuses to know which tables there are.
//! Invariant: `$1, $2, …` stand in a statement in that order of first use.

use std::cell::RefCell;

use rusqlite::types::{ToSqlOutput, ValueRef};
use warifu_core::ids::{EnrolId, MemberId, RequestId, Serial, ServiceId, TokenId, UserId};
use warifu_core::time::UnixMillis;

use super::StoreError;
use super::audit::Chains;
use super::postgres::session::Session;

/// A transaction that is open, or a connection that only reads.
pub(crate) struct Tx<'c> {
    pub(super) db: Db<'c>,
    pub(super) chains: &'c Chains,
}

/// What it runs on.
#[derive(Clone, Copy)]
pub(super) enum Db<'c> {
    Sqlite(&'c rusqlite::Connection),
    Postgres(&'c RefCell<Session>),
}

/// A value on its way into a statement.
#[derive(Clone, Copy)]
pub(crate) enum Value<'v> {
    Null,
    Int(i64),
    Text(&'v str),
    Blob(&'v [u8]),
}

impl Tx<'_> {
    /// Runs a statement that answers nothing; how many rows it touched.
    pub(crate) fn execute(&self, sql: &'static str, values: &[Value<'_>]) -> Result<usize, StoreError> {
        match self.db {
            Db::Sqlite(db) => Ok(prepared(db, sql, values)?.raw_execute()?),
            Db::Postgres(session) => session.borrow_mut().execute(sql, values),
        }
    }

    /// Runs statements without parameters, as migrations hold them.
    pub(super) fn run(&self, sql: &str) -> Result<(), StoreError> {
        match self.db {
            Db::Sqlite(db) => Ok(db.execute_batch(sql)?),
            Db::Postgres(session) => session.borrow_mut().run(sql),
        }
    }

    /// The first row, if there is one.
    pub(crate) fn row<T>(
        &self,
        table: &'static str,
        sql: &'static str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match self.db {
            Db::Sqlite(db) => {
                let mut statement = prepared(db, sql, values)?;
                let mut rows = statement.raw_query();
                let Some(row) = rows.next()? else { return Ok(None) };
                let found = read(&Row::of(table, Cells::Sqlite(row)))?;
                // A statement that returns and writes is done only when it was stepped to its end.
                while rows.next()?.is_some() {}
                Ok(Some(found))
            }
            Db::Postgres(session) => {
                let rows = session.borrow_mut().query(sql, values)?;
                rows.first().map(|row| read(&Row::of(table, Cells::Postgres(row)))).transpose()
            }
        }
    }

    /// All rows.
    pub(crate) fn rows<T>(
        &self,
        table: &'static str,
        sql: &'static str,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        match self.db {
            Db::Sqlite(db) => {
                let mut statement = prepared(db, sql, values)?;
                let mut rows = statement.raw_query();
                let mut found = Vec::new();
                while let Some(row) = rows.next()? {
                    found.push(read(&Row::of(table, Cells::Sqlite(row)))?);
                }
                Ok(found)
            }
            Db::Postgres(session) => {
                let rows = session.borrow_mut().query(sql, values)?;
                rows.iter().map(|row| read(&Row::of(table, Cells::Postgres(row)))).collect()
            }
        }
    }
}

fn prepared<'c>(
    db: &'c rusqlite::Connection,
    sql: &'static str,
    values: &[Value<'_>],
) -> Result<rusqlite::CachedStatement<'c>, StoreError> {
    let mut statement = db.prepare_cached(sql)?;
    debug_assert_eq!(statement.parameter_count(), values.len(), "{sql}");
    for (index, value) in values.iter().enumerate() {
        debug_assert_eq!(
            statement.parameter_name(index + 1),
            Some(format!("${}", index + 1).as_str()),
            "SQLite numbers parameters by first use: {sql}"
        );
        statement.raw_bind_parameter(index + 1, value)?;
    }
    Ok(statement)
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// `values![a, &b, …]`: what `$1, $2, …` stand for.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::store::Value::from($value)),*] };
}
pub(crate) use values;

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u8> for Value<'_> {
    fn from(number: u8) -> Self {
        Self::Int(number.into())
    }
}

impl From<i8> for Value<'_> {
    fn from(number: i8) -> Self {
        Self::Int(number.into())
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

impl From<UnixMillis> for Value<'_> {
    fn from(moment: UnixMillis) -> Self {
        Self::Int(moment.0)
    }
}

impl<'v> From<&'v str> for Value<'v> {
    fn from(text: &'v str) -> Self {
        Self::Text(text)
    }
}

impl<'v> From<&'v [u8]> for Value<'v> {
    fn from(bytes: &'v [u8]) -> Self {
        Self::Blob(bytes)
    }
}

impl<'v, const N: usize> From<&'v [u8; N]> for Value<'v> {
    fn from(bytes: &'v [u8; N]) -> Self {
        Self::Blob(bytes)
    }
}

impl<'v, T: Into<Value<'v>>> From<Option<T>> for Value<'v> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! text_values {
    ($($id:ty),+) => { $(impl<'v> From<&'v $id> for Value<'v> {
        fn from(id: &'v $id) -> Self { Self::Text(id.as_str()) }
    })+ };
}
text_values!(ServiceId, UserId, Serial, MemberId, String, warifu_core::wire::bank::MailAddress);

macro_rules! byte_values {
    ($($id:ty),+) => { $(impl<'v> From<&'v $id> for Value<'v> {
        fn from(id: &'v $id) -> Self { Self::Blob(id.as_bytes()) }
    })+ };
}
byte_values!(TokenId, EnrolId, RequestId);

use super::row::Cells;
pub(crate) use super::row::Row;
