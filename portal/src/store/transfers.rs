//! Owns 振込・振替 from the form to the booking: to whom, how much, whether it is done.
//! Refuses to know codes and pages; what a member may transfer in a day is told to it.
//! Invariant: money moves in one guarded statement, or not at all: never below zero, never over the day's limit, never twice.

use rusqlite::{OptionalExtension as _, Row, params};
use warifu_core::ids::{MemberId, RequestId, TransactionId};
use warifu_core::sign::{AccountType, Amount, TransactionKind, Transfer};
use warifu_core::time::{DAY, SECOND, UnixMillis};

use super::ledger::OWN;
use super::{Store, StoreError, parsed};

/// Its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Waits on its confirmation page.
    Open,
    /// Booked.
    Done,
    /// The member stopped it.
    Stopped,
}

impl State {
    fn from_word(word: &str) -> Option<Self> {
        match word {
            "open" => Some(Self::Open),
            "done" => Some(Self::Done),
            "stopped" => Some(Self::Stopped),
            _ => None,
        }
    }
}

/// A transfer as its pages show it.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) id: RequestId,
    pub(crate) state: State,
    pub(crate) account: i64,
    /// To whom, and how much.
    pub(crate) what: Transfer,
    pub(crate) made_at: UnixMillis,
    pub(crate) done_at: Option<UnixMillis>,
}

/// A transfer to be opened.
pub(crate) struct NewTransfer {
    pub(crate) id: RequestId,
    pub(crate) member: MemberId,
    pub(crate) account: i64,
    /// To whom, and how much.
    pub(crate) what: Transfer,
    /// Whether the payee's institution is this one, so that the account has to exist here.
    pub(crate) is_here: bool,
}

/// What became of a transfer to be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opened {
    /// It stands, also when this very form asked before.
    Stands,
    /// The account that pays is not the member's.
    NotTheirs,
    /// There is no such account here, or its owner has another name.
    NoSuchPayee,
    /// It goes to the account that pays.
    Itself,
}

/// What became of a transfer to be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Booked {
    /// It is done, also when it was done before.
    Done,
    /// The account has less.
    Short,
    /// The day's transfers would be over the limit.
    Over,
    /// It was stopped, or has waited for too long.
    Gone,
}

/// A transaction at the centre that waits for its code.
#[derive(Debug, Clone)]
pub(crate) struct Signing {
    pub(crate) id: TransactionId,
    /// The text of its QR code; empty where there is none.
    pub(crate) qr: String,
    pub(crate) expires_at: UnixMillis,
}

/// For how long a transfer waits on its confirmation page.
pub(crate) const WAITS_FOR: i64 = 15 * 60 * SECOND;

/// When the day of `now` began in Japan, which has had one offset since 1951.
pub(crate) fn day_begin(now: UnixMillis) -> UnixMillis {
    const JAPAN: i64 = 9 * 3_600 * SECOND;
    UnixMillis((now.0 + JAPAN).div_euclid(DAY) * DAY - JAPAN)
}

impl Order {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: parsed(row, "id", |text| text.parse().ok())?,
            state: parsed(row, "state", |text| State::from_word(&text))?,
            account: row.get("account_id")?,
            what: Transfer {
                kind: TransactionKind::Transfer,
                bank: parsed(row, "bank", |text| text.parse().ok())?,
                branch: parsed(row, "branch", |text| text.parse().ok())?,
                account_type: parsed(row, "kind", |text| AccountType::from_word(&text))?,
                account: parsed(row, "number", |text| text.parse().ok())?,
                payee_kana: parsed(row, "payee", |text| text.try_into().ok())?,
                amount: amount(row)?,
            },
            made_at: UnixMillis(row.get("made_at")?),
            done_at: row.get::<_, Option<i64>>("done_at")?.map(UnixMillis),
        })
    }
}

impl Store {
    /// Opens a transfer: nothing moves yet.
    pub(crate) async fn open_transfer(
        &self,
        new: NewTransfer,
        now: UnixMillis,
    ) -> Result<Opened, StoreError> {
        self.run(move |db| {
            let transaction = db.transaction()?;
            let own = "SELECT 1 FROM account WHERE id = ?1 AND member_id = ?2";
            let is_theirs = transaction.query_row(own, params![new.account, new.member.as_str()], |_| Ok(()));
            if is_theirs.optional()?.is_none() {
                return Ok(Opened::NotTheirs);
            }
            let here = "SELECT account.id FROM account JOIN member ON member.id = account.member_id
                        WHERE account.branch = ?1 AND account.number = ?2 AND member.kana = ?3 AND ?4 = 'ordinary'";
            let what = &new.what;
            let credited: i64 = match new.is_here {
                false => OWN,
                true => {
                    let name = super::people::kana(what.payee_kana.as_str());
                    let kind = what.account_type.as_str();
                    let names = params![what.branch.as_str(), what.account.as_str(), name, kind];
                    let found = transaction.query_row(here, names, |row| row.get(0)).optional()?;
                    let Some(found) = found else { return Ok(Opened::NoSuchPayee) };
                    found
                }
            };
            if credited == new.account {
                return Ok(Opened::Itself);
            }
            transaction.execute(
                "INSERT INTO transfer (id, member_id, account_id, payee_account_id, bank, branch, kind, number,
                                       payee, amount, made_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING",
                params![
                    new.id.to_string(),
                    new.member.as_str(),
                    new.account,
                    credited,
                    what.bank.as_str(),
                    what.branch.as_str(),
                    what.account_type.as_str(),
                    what.account.as_str(),
                    what.payee_kana.as_str(),
                    what.amount.yen().cast_signed(),
                    now.0
                ],
            )?;
            transaction.commit()?;
            Ok(Opened::Stands)
        })
        .await
    }

    /// A transfer of this member's.
    pub(crate) async fn transfer(
        &self,
        id: RequestId,
        member: &MemberId,
    ) -> Result<Option<Order>, StoreError> {
        let member = member.to_string();
        self.run(move |db| {
            let sql = "SELECT * FROM transfer WHERE id = ?1 AND member_id = ?2";
            db.query_row(sql, params![id.to_string(), member], Order::from_row).optional()
        })
        .await
    }

    /// What the member has transferred since the day began.
    pub(crate) async fn transferred_today(
        &self,
        member: &MemberId,
        now: UnixMillis,
    ) -> Result<i64, StoreError> {
        let member = member.to_string();
        self.run(move |db| db.query_row(TODAY, params![member, day_begin(now).0], |row| row.get(0))).await
    }

    /// What was booked of the member's since the day began, newest first.
    pub(crate) async fn transfers_today(
        &self,
        member: &MemberId,
        now: UnixMillis,
    ) -> Result<Vec<Order>, StoreError> {
        let member = member.to_string();
        self.run(move |db| {
            let sql =
                "SELECT * FROM transfer WHERE member_id = ?1 AND done_at >= ?2 ORDER BY done_at DESC, id";
            db.prepare_cached(sql)?.query_map(params![member, day_begin(now).0], Order::from_row)?.collect()
        })
        .await
    }

    /// Books it: both sides at once, or says why not.
    pub(crate) async fn book_transfer(
        &self,
        id: RequestId,
        member: &MemberId,
        limit: i64,
        now: UnixMillis,
    ) -> Result<Booked, StoreError> {
        let member = member.to_string();
        self.run(move |db| {
            let sql = "UPDATE transfer SET state = 'done', done_at = ?3
                       WHERE id = ?1 AND member_id = ?2 AND state = 'open' AND made_at > ?4
                       AND amount <= (SELECT balance FROM account WHERE account.id = transfer.account_id)
                       AND amount <= ?5 - (SELECT coalesce(sum(amount), 0) FROM transfer
                                           WHERE member_id = ?2 AND done_at >= ?6)";
            let (id, day) = (id.to_string(), day_begin(now).0);
            let transaction = db.transaction()?;
            let bounds = params![id, member, now.0, now.0 - WAITS_FOR, limit, day];
            if transaction.execute(sql, bounds)? == 1 {
                transaction.commit()?;
                return Ok(Booked::Done);
            }
            let sql =
                "SELECT state, amount, made_at, (SELECT balance FROM account WHERE account.id = account_id)
                       FROM transfer WHERE id = ?1 AND member_id = ?2";
            let read = |row: &Row<'_>| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, i64>(1)?,
                    row.get::<_, i64>(2)?,
                    row.get::<_, i64>(3)?,
                ))
            };
            let found = transaction.query_row(sql, params![id, member], read).optional()?;
            Ok(match found {
                Some((state, ..)) if state == "done" => Booked::Done,
                Some((state, _, made_at, _)) if state == "stopped" || made_at <= now.0 - WAITS_FOR => {
                    Booked::Gone
                }
                Some((_, amount, _, balance)) if amount > balance => Booked::Short,
                Some(_) => Booked::Over,
                None => Booked::Gone,
            })
        })
        .await
    }

    /// The centre waits for the code of this transfer; one that it waited for before is forgotten.
    pub(crate) async fn await_signature(&self, id: RequestId, signing: Signing) -> Result<(), StoreError> {
        self.run(move |db| {
            let sql =
                "INSERT INTO signing (transfer_id, transaction_id, qr, expires_at) VALUES (?1, ?2, ?3, ?4)
                       ON CONFLICT DO UPDATE SET transaction_id = ?2, qr = ?3, expires_at = ?4";
            let values = params![id.to_string(), signing.id.to_string(), signing.qr, signing.expires_at.0];
            db.execute(sql, values).map(drop)
        })
        .await
    }

    /// What the centre waits for.
    pub(crate) async fn signing(&self, id: RequestId) -> Result<Option<Signing>, StoreError> {
        self.run(move |db| {
            let sql = "SELECT transaction_id, qr, expires_at FROM signing WHERE transfer_id = ?1";
            let read = |row: &Row<'_>| {
                Ok(Signing {
                    id: parsed(row, "transaction_id", |text| text.parse().ok())?,
                    qr: row.get("qr")?,
                    expires_at: UnixMillis(row.get("expires_at")?),
                })
            };
            db.query_row(sql, [id.to_string()], read).optional()
        })
        .await
    }

    /// The member stops it before it was booked.
    pub(crate) async fn stop_transfer(&self, id: RequestId, member: &MemberId) -> Result<bool, StoreError> {
        let member = member.to_string();
        self.run(move |db| {
            let sql =
                "UPDATE transfer SET state = 'stopped' WHERE id = ?1 AND member_id = ?2 AND state = 'open'";
            Ok(db.execute(sql, params![id.to_string(), member])? == 1)
        })
        .await
    }
}

/// Kept as it was checked: an amount has at most 12 digits.
fn amount(row: &Row<'_>) -> rusqlite::Result<Amount> {
    let yen: i64 = row.get("amount")?;
    Amount::try_from(yen.unsigned_abs()).map_err(|why| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Integer, why.into())
    })
}

const TODAY: &str = "SELECT coalesce(sum(amount), 0) FROM transfer WHERE member_id = ?1 AND done_at >= ?2";

#[cfg(test)]
mod tests;
