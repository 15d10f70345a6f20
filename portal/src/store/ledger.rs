//! Owns members' accounts and what was booked on them, in yen.
//! Refuses to know why money moves: `transfers` does.
//! Invariant: every booking has two sides, so all balances add up to nothing; the database's own triggers move a balance.

use rusqlite::{OptionalExtension as _, Row, params};
use warifu_core::ids::MemberId;
use warifu_core::time::UnixMillis;

use super::{Store, StoreError};

/// The institution's own account.
pub(super) const OWN: i64 = 1;

/// A member's 普通預金.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) id: i64,
    /// 支店番号, 3 digits.
    pub(crate) branch: String,
    /// 口座番号, 7 digits.
    pub(crate) number: String,
    pub(crate) balance: i64,
}

impl Account {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            branch: row.get("branch")?,
            number: row.get("number")?,
            balance: row.get("balance")?,
        })
    }
}

impl Store {
    /// Opens an account with its opening deposit; `false` when the number is taken.
    pub(crate) async fn open_account(
        &self,
        member: &MemberId,
        branch: String,
        number: String,
        deposit: i64,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let member = member.to_string();
        self.run(move |db| {
            let transaction = db.transaction()?;
            let rows = transaction.execute(
                "INSERT INTO account (member_id, branch, number) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                params![member, branch, number],
            )?;
            if rows == 0 {
                return Ok(false);
            }
            let account = transaction.last_insert_rowid();
            if deposit != 0 {
                let sql = "INSERT INTO entry (account_id, amount, at) VALUES (?1, ?2, ?3)";
                transaction.execute(sql, params![account, deposit, now.0])?;
                transaction.execute(sql, params![OWN, -deposit, now.0])?;
            }
            transaction.commit()?;
            Ok(true)
        })
        .await
    }

    /// The member's accounts, in the order of their numbers.
    pub(crate) async fn accounts(&self, member: &MemberId) -> Result<Vec<Account>, StoreError> {
        let member = member.to_string();
        self.run(move |db| {
            let sql = "SELECT id, branch, number, balance FROM account WHERE member_id = ?1 ORDER BY branch, number";
            db.prepare_cached(sql)?.query_map([member], Account::from_row)?.collect()
        })
        .await
    }

    /// How far the books are from balancing: the sum of all balances, and how many accounts differ from their entries.
    ///
    /// # Errors
    /// [`StoreError`] when they cannot be read.
    pub async fn imbalance(&self) -> Result<(i64, i64), StoreError> {
        self.run(|db| {
            let sum = db.query_row("SELECT coalesce(sum(balance), 0) FROM account", [], |row| row.get(0))?;
            let sql = "SELECT count(*) FROM account WHERE balance <>
                       (SELECT coalesce(sum(amount), 0) FROM entry WHERE account_id = account.id)";
            Ok((sum, db.query_row(sql, [], |row| row.get(0)).optional()?.unwrap_or_default()))
        })
        .await
    }
}
