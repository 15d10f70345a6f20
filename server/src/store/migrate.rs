//! Owns how a database of any earlier version becomes one of this version.
//! Refuses to know what the tables are for.
//! Invariant: a migration that was released is never changed; each is applied once, whole, in order.

use rusqlite::{Connection, TransactionBehavior};

use super::{StoreError, Tx, values};

const SQLITE: &[&str] = &[
    include_str!("../../migrations/sqlite/0001_start.sql"),
    include_str!("../../migrations/sqlite/0002_initialisation.sql"),
    include_str!("../../migrations/sqlite/0003_least_vault.sql"),
    include_str!("../../migrations/sqlite/0004_uses.sql"),
    include_str!("../../migrations/sqlite/0005_device_channel.sql"),
    include_str!("../../migrations/sqlite/0006_transactions.sql"),
    include_str!("../../migrations/sqlite/0007_renewal.sql"),
    include_str!("../../migrations/sqlite/0008_ended_tokens.sql"),
    include_str!("../../migrations/sqlite/0009_asked.sql"),
];

const POSTGRES: &[&str] = &[
    include_str!("../../migrations/postgres/0001_start.sql"),
    include_str!("../../migrations/postgres/0002_initialisation.sql"),
    include_str!("../../migrations/postgres/0003_least_vault.sql"),
    include_str!("../../migrations/postgres/0004_uses.sql"),
    include_str!("../../migrations/postgres/0005_device_channel.sql"),
    include_str!("../../migrations/postgres/0006_transactions.sql"),
    include_str!("../../migrations/postgres/0007_renewal.sql"),
    include_str!("../../migrations/postgres/0008_ended_tokens.sql"),
    include_str!("../../migrations/postgres/0009_asked.sql"),
];

/// Applies what is missing. Of two centres that start at once one applies it, and the other begins anew.
pub(super) fn postgres(tx: &Tx<'_>) -> Result<(), StoreError> {
    tx.run("CREATE TABLE IF NOT EXISTS migration (number BIGINT PRIMARY KEY)")?;
    let done = tx.row("migration", "SELECT coalesce(max(number), 0) AS done FROM migration", &[], |row| {
        row.int("done")
    })?;
    let (done, known) = (done.unwrap_or(0), newest(POSTGRES));
    if done > known {
        return Err(StoreError::Newer { found: done, known });
    }
    for (number, sql) in (1..).zip(POSTGRES) {
        if number > done {
            tx.execute("INSERT INTO migration (number) VALUES ($1)", values![number])?;
            tx.run(sql)?;
        }
    }
    Ok(())
}

fn newest(migrations: &[&str]) -> i64 {
    i64::try_from(migrations.len()).expect("there are not that many migrations")
}

/// Applies what is missing.
pub(super) fn sqlite(db: &mut Connection) -> Result<(), StoreError> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute_batch("CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY) STRICT;")?;
    let done: i64 = tx.query_row("SELECT coalesce(max(number), 0) FROM migration", [], |row| row.get(0))?;
    let known = newest(SQLITE);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dialects_have_the_same_migrations() {
        assert_eq!(SQLITE.len(), POSTGRES.len());
        let tables = |sql: &[&str]| {
            let mut names: Vec<String> =
                sql.concat().lines().filter(|l| l.starts_with("CREATE ")).map(str::to_owned).collect();
            names.sort();
            names
        };
        assert_eq!(tables(SQLITE), tables(POSTGRES));
    }

    #[test]
    fn a_database_of_the_first_version_keeps_its_institutions_and_their_first_setup() {
        let mut db = Connection::open_in_memory().unwrap();
        db.execute_batch(SQLITE[0]).unwrap();
        db.execute_batch(
            "CREATE TABLE migration (number INTEGER PRIMARY KEY) STRICT;
            INSERT INTO migration (number) VALUES (1);
            INSERT INTO institution (service_id, name, name_kana, wrong_limit, valid_months, dek_id, created_at)
            VALUES ('10112235', '仙北信用組合', 'センポクシンヨウクミアイ', 5, 62, 1, 0);",
        )
        .unwrap();
        sqlite(&mut db).unwrap();
        sqlite(&mut db).unwrap();
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let found: (i64, Option<i64>) =
            db.query_row("SELECT setup_id, setup_other FROM institution", [], read).unwrap();
        assert_eq!(found, (1, None));
    }
}
