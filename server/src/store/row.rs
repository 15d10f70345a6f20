//! Owns how a row is read, the same for every database.
//! Refuses to know which tables there are.
//! Invariant: a value of another type than its column holds names its place.

use std::cell::Cell;

use postgres::types::Type;
use rusqlite::types::ValueRef;
use warifu_core::time::UnixMillis;

use super::StoreError;

/// A row on its way out.
pub(crate) struct Row<'r> {
    table: &'static str,
    cells: Cells<'r>,
    /// The column that is likely to be asked for next: rows are read about in the order of their columns, and a name is
    /// compared with few others then.
    next: Cell<usize>,
}

/// Where it came from.
pub(super) enum Cells<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r postgres::Row),
}

/// What stands in a column.
enum Content<'r> {
    Null,
    Int(i64),
    Text(&'r [u8]),
    Blob(&'r [u8]),
    Other,
}

impl<'r> Cells<'r> {
    fn cell(&self, column: &str, next: &Cell<usize>) -> Result<Content<'r>, StoreError> {
        match self {
            Self::Sqlite(row) => {
                let statement = row.as_ref();
                let is_named = |at: &usize| statement.column_name(*at).is_ok_and(|name| name == column);
                let Some(at) = find(statement.column_count(), next, is_named) else {
                    return Ok(Content::Other);
                };
                Ok(sqlite_cell(row.get_ref(at)?))
            }
            Self::Postgres(row) => {
                let columns = row.columns();
                let at = find(columns.len(), next, |at| columns[*at].name() == column);
                at.map_or(Ok(Content::Other), |at| postgres_cell(row, at))
            }
        }
    }

    fn first(&self) -> Result<Content<'r>, StoreError> {
        match self {
            Self::Sqlite(row) => Ok(sqlite_cell(row.get_ref(0)?)),
            Self::Postgres(row) => postgres_cell(row, 0),
        }
    }
}

/// Which of so many columns it is; the one after it is asked for next.
fn find(count: usize, next: &Cell<usize>, is_named: impl Fn(&usize) -> bool) -> Option<usize> {
    let at = (next.get()..count).chain(0..next.get().min(count)).find(is_named)?;
    next.set(at + 1);
    Some(at)
}

fn sqlite_cell(value: ValueRef<'_>) -> Content<'_> {
    match value {
        ValueRef::Null => Content::Null,
        ValueRef::Integer(number) => Content::Int(number),
        ValueRef::Text(text) => Content::Text(text),
        ValueRef::Blob(bytes) => Content::Blob(bytes),
        ValueRef::Real(_) => Content::Other,
    }
}

fn postgres_cell(row: &postgres::Row, at: usize) -> Result<Content<'_>, StoreError> {
    let failed = |why: postgres::Error| StoreError::Postgres(why.to_string());
    let kind = row.columns()[at].type_();
    Ok(if *kind == Type::INT8 {
        row.try_get::<_, Option<i64>>(at).map_err(failed)?.map_or(Content::Null, Content::Int)
    } else if *kind == Type::INT4 {
        row.try_get::<_, Option<i32>>(at)
            .map_err(failed)?
            .map_or(Content::Null, |number| Content::Int(number.into()))
    } else if *kind == Type::BYTEA {
        row.try_get::<_, Option<&[u8]>>(at).map_err(failed)?.map_or(Content::Null, Content::Blob)
    } else if *kind == Type::TEXT {
        row.try_get::<_, Option<&str>>(at)
            .map_err(failed)?
            .map_or(Content::Null, |text| Content::Text(text.as_bytes()))
    } else {
        Content::Other
    })
}

impl<'r> Row<'r> {
    /// A row of that table.
    pub(super) fn of(table: &'static str, cells: Cells<'r>) -> Self {
        Self { table, cells, next: Cell::new(0) }
    }

    fn value(&self, column: &'static str) -> Result<Content<'_>, StoreError> {
        self.cells.cell(column, &self.next)
    }

    /// The error that names this place.
    pub(crate) fn bad(&self, column: &'static str, what: &'static str) -> StoreError {
        let row = match self.cells.first() {
            Ok(Content::Int(number)) => number.to_string(),
            Ok(Content::Text(text)) => String::from_utf8_lossy(text).into_owned(),
            Ok(Content::Blob(bytes)) => hex::encode(&bytes[..bytes.len().min(16)]),
            _ => "?".to_owned(),
        };
        StoreError::BadRow { table: self.table, column, row, what }
    }

    pub(crate) fn int(&self, column: &'static str) -> Result<i64, StoreError> {
        self.maybe_int(column)?.ok_or_else(|| self.bad(column, "nothing instead of a number"))
    }

    pub(crate) fn maybe_int(&self, column: &'static str) -> Result<Option<i64>, StoreError> {
        match self.value(column)? {
            Content::Null => Ok(None),
            Content::Int(number) => Ok(Some(number)),
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
            Content::Null => Ok(None),
            Content::Text(text) => {
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
            Content::Null => Ok(None),
            Content::Blob(bytes) => Ok(Some(bytes)),
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
