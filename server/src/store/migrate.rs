//! Owns how a database of any earlier version becomes one of this version.
//! Refuses to know what the tables are for.
//! Invariant: a migration that was released is never changed; each is applied once, whole, in order.

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

const SQLITE: &[&str] = &[
    include_str!("../../migrations/sqlite/0001_start.sql"),
    include_str!("../../migrations/sqlite/0002_initialisation.sql"),
];

/// Applies what is missing.
pub(super) fn sqlite(db: &mut Connection) -> Result<(), StoreError> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute_batch("CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY) STRICT;")?;
    let done: i64 = tx.query_row("SELECT coalesce(max(number), 0) FROM migration", [], |row| row.get(0))?;
    let known = i64::try_from(SQLITE.len()).expect("there are not that many migrations");
    if done > known {
        return Err(StoreError::Newer { found: done, known });
    }
    for (number, sql) in (1..).zip(SQLITE) {
        if number > done {
            tx.execute_batch(sql)?;
            tx.execute("INSERT INTO migration (number) VALUES (?1)", [number])?;
        }
    }
    Ok(tx.commit()?)
}
