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

    #[test]
    fn after_a_migration_answers_to_codes_are_looked_for_where_the_version_before_kept_them() {
        let mut db = Connection::open_in_memory().unwrap();
        db.execute_batch(&SQLITE[..8].concat()).unwrap();
        db.execute_batch(
            "CREATE TABLE migration (number INTEGER PRIMARY KEY) STRICT;
            INSERT INTO migration (number) VALUES (1), (2), (3), (4), (5), (6), (7), (8);
            INSERT INTO institution (no, service_id, name, name_kana, wrong_limit, valid_months, dek_id, created_at)
            VALUES (1, '10112235', '仙北信用組合', 'センポクシンヨウクミアイ', 5, 62, 1, 0);
            INSERT INTO issue (no, institution_no, member_id, user_id, mail, state, dek_id, created_at, expires_at,
            state_at) VALUES (1, 1, 'm-1', '999800000001', 'a@example.jp', 'used', 1, 0, 0, 0);
            INSERT INTO token (no, token_id, institution_no, member_id, issue_no, serial, state, sealed, seal_version,
            dek_id, platform, app_version, vault, started_on, activate_by, expires_at, state_at)
            VALUES (1, x'01', 1, 'm-1', 1, '243725864', 'active', x'00', 1, 1, 'linux', '0.1.0', 'sealed', 0, 0, 0, 0),
            (2, x'02', 1, 'm-1', 1, '243725865', 'void', NULL, 1, 1, 'linux', '0.1.0', 'sealed', 0, 0, 0, 0);",
        )
        .unwrap();
        sqlite(&mut db).unwrap();
        let days = "SELECT (look_beyond / 1000 - CAST(strftime('%s', 'now') AS INTEGER)) / 86400.0 FROM token
            ORDER BY no";
        let mut read = db.prepare(days).unwrap();
        let days: Vec<f64> = read.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert!((6.9..=7.0).contains(&days[0]), "{days:?}");
        assert!(days[1] < 0.0, "{days:?}");
    }
}
