//! Owns how a statement is run and how a row is read, the same for every database.
//! Refuses to know which tables there are.
//! Invariant: `$1, $2, …` stand in a statement in that order of first use; a value of another type names its place.

use rusqlite::types::{ToSqlOutput, ValueRef};
use warifu_core::ids::{EnrolId, MemberId, RequestId, Serial, ServiceId, TokenId, UserId};
use warifu_core::time::UnixMillis;

use super::StoreError;

/// A transaction that is open, or a connection that only reads.
pub(crate) struct Tx<'c>(pub(super) &'c rusqlite::Connection);

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
        let mut statement = self.prepared(sql, values)?;
        Ok(statement.raw_execute()?)
    }

    /// The first row, if there is one.
    pub(crate) fn row<T>(
        &self,
        table: &'static str,
        sql: &'static str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.prepared(sql, values)?;
        let mut rows = statement.raw_query();
        let Some(row) = rows.next()? else { return Ok(None) };
        let found = read(&Row { table, row })?;
        // A statement that returns and writes is done only when it was stepped to its end.
        while rows.next()?.is_some() {}
        Ok(Some(found))
    }

    /// All rows.
    pub(crate) fn rows<T>(
        &self,
        table: &'static str,
        sql: &'static str,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.prepared(sql, values)?;
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(&Row { table, row })?);
        }
        Ok(found)
    }

    fn prepared(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<rusqlite::CachedStatement<'_>, StoreError> {
        let mut statement = self.0.prepare_cached(sql)?;
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

/// A row on its way out.
pub(crate) struct Row<'r> {
    table: &'static str,
    row: &'r rusqlite::Row<'r>,
}

impl Row<'_> {
    fn value(&self, column: &'static str) -> Result<ValueRef<'_>, StoreError> {
        Ok(self.row.get_ref(column)?)
    }

    /// The error that names this place.
    pub(crate) fn bad(&self, column: &'static str, what: &'static str) -> StoreError {
        let row = match self.row.get_ref(0) {
            Ok(ValueRef::Integer(number)) => number.to_string(),
            Ok(ValueRef::Text(text)) => String::from_utf8_lossy(text).into_owned(),
            Ok(ValueRef::Blob(bytes)) => hex::encode(&bytes[..bytes.len().min(16)]),
            _ => "?".to_owned(),
        };
        StoreError::BadRow { table: self.table, column, row, what }
    }

    pub(crate) fn int(&self, column: &'static str) -> Result<i64, StoreError> {
        self.maybe_int(column)?.ok_or_else(|| self.bad(column, "nothing instead of a number"))
    }

    pub(crate) fn maybe_int(&self, column: &'static str) -> Result<Option<i64>, StoreError> {
        match self.value(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(number) => Ok(Some(number)),
            _ => Err(self.bad(column, "not a number")),
        }
    }

    /// A number that has to fit a smaller type.
    pub(crate) fn small<T: TryFrom<i64>>(&self, column: &'static str) -> Result<T, StoreError> {
        T::try_from(self.int(column)?).map_err(|_| self.bad(column, "out of range"))
    }

    pub(crate) fn moment(&self, column: &'static str) -> Result<UnixMillis, StoreError> {
        self.int(column).map(UnixMillis)
    }

    pub(crate) fn maybe_text(&self, column: &'static str) -> Result<Option<&str>, StoreError> {
        match self.value(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Text(text) => {
                std::str::from_utf8(text).map(Some).map_err(|_| self.bad(column, "not UTF-8"))
            }
            _ => Err(self.bad(column, "not text")),
        }
    }

    pub(crate) fn text(&self, column: &'static str) -> Result<&str, StoreError> {
        self.maybe_text(column)?.ok_or_else(|| self.bad(column, "nothing instead of text"))
    }

    pub(crate) fn maybe_blob(&self, column: &'static str) -> Result<Option<&[u8]>, StoreError> {
        match self.value(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Blob(bytes) => Ok(Some(bytes)),
            _ => Err(self.bad(column, "not bytes")),
        }
    }

    pub(crate) fn blob(&self, column: &'static str) -> Result<&[u8], StoreError> {
        self.maybe_blob(column)?.ok_or_else(|| self.bad(column, "nothing instead of bytes"))
    }

    pub(crate) fn bytes<const N: usize>(&self, column: &'static str) -> Result<[u8; N], StoreError> {
        self.blob(column)?.try_into().map_err(|_| self.bad(column, "another length"))
    }

    /// An identifier or an address.
    pub(crate) fn parse<T: TryFrom<String>>(&self, column: &'static str) -> Result<T, StoreError> {
        T::try_from(self.text(column)?.to_owned()).map_err(|_| self.bad(column, "malformed"))
    }

    /// A value of one of the wire's enums.
    pub(crate) fn word<T>(
        &self,
        column: &'static str,
        from_word: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        from_word(self.text(column)?).ok_or_else(|| self.bad(column, "an unknown word"))
    }
}
