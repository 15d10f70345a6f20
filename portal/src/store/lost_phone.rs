//! Owns 利用解除 without the phone: what staff asked for, who approved it, when its cooling-off ends, who took it back.
//! Refuses to know tokens and mails: it is given both ready.
//! Invariant: whoever asked never approves, also by the database's own rules; until `due_at` the member can take it back.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use warifu_core::ids::{MemberId, RequestId, Serial};
use warifu_core::time::{DAY, UnixMillis};

use super::outbox::{self, NewMail};
use super::staff::StaffId;
use super::staff_log::{self, Entry};
use super::{Store, StoreError, parsed};

/// How long the member has to take it back: 72 hours.
pub(crate) const COOLING_OFF: i64 = 3 * DAY;

/// Its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Waits for another person's approval.
    Open,
    /// Ends the token at `due_at`.
    Cooling,
    /// The member took it back.
    TakenBack,
    /// Staff declined it, or took it back.
    Declined,
    /// The centre has released.
    Done,
    /// There was nothing to release any more.
    Void,
}

impl State {
    const ALL: [Self; 6] =
        [Self::Open, Self::Cooling, Self::TakenBack, Self::Declined, Self::Done, Self::Void];

    fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Cooling => "cooling",
            Self::TakenBack => "taken_back",
            Self::Declined => "declined",
            Self::Done => "done",
            Self::Void => "void",
        }
    }
}

/// A request as pages show it. Its ID is the request ID at the centre.
#[derive(Debug, Clone)]
pub(crate) struct LostPhone {
    pub(crate) id: RequestId,
    pub(crate) member: MemberId,
    pub(crate) serial: Serial,
    pub(crate) state: State,
    pub(crate) identified: String,
    pub(crate) reason: String,
    pub(crate) requested_by: StaffId,
    pub(crate) requested_at: UnixMillis,
    pub(crate) decided_by: Option<StaffId>,
    /// When the token ends; `None` while it waits for an approval.
    pub(crate) due_at: Option<UnixMillis>,
}

/// A request to be noted.
pub(crate) struct NewLostPhone {
    pub(crate) id: RequestId,
    pub(crate) member: MemberId,
    pub(crate) serial: Serial,
    pub(crate) identified: String,
    pub(crate) reason: String,
    pub(crate) requested_by: StaffId,
    /// Whether another person has to approve it before the cooling-off begins.
    pub(crate) is_to_be_approved: bool,
}

/// What became of a request to be noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Noted {
    /// It stands, also when this very form asked before.
    Stands,
    /// Another request for this member lives.
    Another,
}

const COLUMNS: &str =
    "id, member_id, serial, state, identified, reason, requested_by, requested_at, decided_by, due_at";

impl LostPhone {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let decided_by: Option<String> = row.get("decided_by")?;
        Ok(Self {
            id: parsed(row, "id", |text| text.parse().ok())?,
            member: parsed(row, "member_id", |text| text.try_into().ok())?,
            serial: parsed(row, "serial", |text| text.parse().ok())?,
            state: parsed(row, "state", |text| State::ALL.into_iter().find(|s| s.word() == text))?,
            identified: row.get("identified")?,
            reason: row.get("reason")?,
            requested_by: parsed(row, "requested_by", |text| StaffId::parse(&text))?,
            requested_at: UnixMillis(row.get("requested_at")?),
            decided_by: decided_by.and_then(|text| StaffId::parse(&text)),
            due_at: row.get::<_, Option<i64>>("due_at")?.map(UnixMillis),
        })
    }
}

impl Store {
    /// A release is asked for. The cooling-off begins at once unless somebody has to approve it; `mails` tell of it.
    pub(crate) async fn request_release(
        &self,
        new: NewLostPhone,
        entry: Entry,
        mails: Vec<NewMail>,
        now: UnixMillis,
    ) -> Result<Noted, StoreError> {
        self.run(move |db| {
            let transaction = db.transaction()?;
            let known = "SELECT 1 FROM lost_phone WHERE id = ?1";
            if transaction.query_row(known, [new.id.to_string()], |_| Ok(())).optional()?.is_some() {
                return Ok(Noted::Stands);
            }
            let (state, due_at) = match new.is_to_be_approved {
                true => (State::Open, None),
                false => (State::Cooling, Some(now.0 + COOLING_OFF)),
            };
            let rows = transaction.execute(
                "INSERT INTO lost_phone
                 (id, member_id, serial, state, identified, reason, requested_by, requested_at, due_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (member_id) WHERE state IN ('open', 'cooling') DO NOTHING",
                params![
                    new.id.to_string(),
                    new.member.as_str(),
                    new.serial.as_str(),
                    state.word(),
                    new.identified,
                    new.reason,
                    new.requested_by.as_str(),
                    now.0,
                    due_at
                ],
            )?;
            if rows == 0 {
                return Ok(Noted::Another);
            }
            finish(transaction, Some(&entry), &mails, now)?;
            Ok(Noted::Stands)
        })
        .await
    }

    /// Approves somebody else's open request: the cooling-off begins. `false` when this person may not, or it is not
    /// open any more.
    pub(crate) async fn approve_release(
        &self,
        id: RequestId,
        approver: &StaffId,
        entry: Entry,
        mails: Vec<NewMail>,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let approver = approver.to_owned();
        self.run(move |db| {
            let sql = "UPDATE lost_phone SET state = 'cooling', decided_by = ?2, decided_at = ?3, due_at = ?4
                       WHERE id = ?1 AND state = 'open' AND requested_by <> ?2
                       AND EXISTS (SELECT 1 FROM staff WHERE id = ?2 AND role = 'approver' AND disabled_at IS NULL)
                       AND EXISTS (SELECT 1 FROM staff WHERE id = requested_by AND disabled_at IS NULL)";
            let transaction = db.transaction()?;
            let due_at = now.0 + COOLING_OFF;
            if transaction.execute(sql, params![id.to_string(), approver.as_str(), now.0, due_at])? == 0 {
                return Ok(false);
            }
            finish(transaction, Some(&entry), &mails, now)?;
            Ok(true)
        })
        .await
    }

    /// Staff decline a living request, or take the own one back; `mails` tell of it.
    pub(crate) async fn decline_release(
        &self,
        id: RequestId,
        by: &StaffId,
        entry: Entry,
        mails: Vec<NewMail>,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let by = by.to_owned();
        self.run(move |db| {
            let sql = "UPDATE lost_phone SET state = 'declined', decided_by = ?2, decided_at = ?3
                       WHERE id = ?1 AND (state = 'open' OR state = 'cooling' AND due_at > ?3) AND (requested_by = ?2
                       OR EXISTS (SELECT 1 FROM staff WHERE id = ?2 AND role = 'approver' AND disabled_at IS NULL))";
            let transaction = db.transaction()?;
            if transaction.execute(sql, params![id.to_string(), by.as_str(), now.0])? == 0 {
                return Ok(false);
            }
            finish(transaction, Some(&entry), &mails, now)?;
            Ok(true)
        })
        .await
    }

    /// The member takes it back, until its cooling-off ends. `false`: there is none of theirs to take back any more.
    pub(crate) async fn take_release_back(
        &self,
        id: RequestId,
        member: &MemberId,
        mails: Vec<NewMail>,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let member = member.to_string();
        self.run(move |db| {
            let sql = "UPDATE lost_phone SET state = 'taken_back', due_at = NULL
                       WHERE id = ?1 AND member_id = ?2 AND (state = 'open' OR state = 'cooling' AND due_at > ?3)";
            let transaction = db.transaction()?;
            if transaction.execute(sql, params![id.to_string(), member, now.0])? == 0 {
                return Ok(false);
            }
            finish(transaction, None, &mails, now)?;
            Ok(true)
        })
        .await
    }

    /// What became of it at the centre: released (`done`), or there was nothing to release any more.
    pub(crate) async fn end_release(
        &self,
        id: RequestId,
        done: bool,
        entry: Entry,
        mails: Vec<NewMail>,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        self.run(move |db| {
            let sql = "UPDATE lost_phone SET state = CASE ?2 WHEN 1 THEN 'done' ELSE 'void' END
                       WHERE id = ?1 AND state IN ('open', 'cooling')";
            let transaction = db.transaction()?;
            if transaction.execute(sql, params![id.to_string(), done])? == 0 {
                return Ok(false);
            }
            finish(transaction, Some(&entry), &mails, now)?;
            Ok(true)
        })
        .await
    }

    /// Those whose cooling-off has ended, oldest first.
    pub(crate) async fn due_releases(&self, now: UnixMillis) -> Result<Vec<LostPhone>, StoreError> {
        self.releases("state = 'cooling' AND due_at <= ?1 ORDER BY due_at, id", now.0.into()).await
    }

    /// Those that wait or cool off, oldest first.
    pub(crate) async fn living_releases(&self) -> Result<Vec<LostPhone>, StoreError> {
        let living = "state IN ('open', 'cooling') AND ?1 IS NULL ORDER BY requested_at, id";
        self.releases(living, rusqlite::types::Value::Null).await
    }

    /// The one that lives for this member.
    pub(crate) async fn living_release(&self, member: &MemberId) -> Result<Option<LostPhone>, StoreError> {
        let living = "state IN ('open', 'cooling') AND member_id = ?1";
        Ok(self.releases(living, member.to_string().into()).await?.pop())
    }

    pub(crate) async fn release(&self, id: RequestId) -> Result<Option<LostPhone>, StoreError> {
        Ok(self.releases("id = ?1", id.to_string().into()).await?.pop())
    }

    async fn releases(
        &self,
        which: &'static str,
        value: rusqlite::types::Value,
    ) -> Result<Vec<LostPhone>, StoreError> {
        self.run(move |db| {
            let sql = format!("SELECT {COLUMNS} FROM lost_phone WHERE {which}");
            db.prepare(&sql)?.query_map([value], LostPhone::from_row)?.collect()
        })
        .await
    }
}

fn finish(
    transaction: rusqlite::Transaction<'_>,
    entry: Option<&Entry>,
    mails: &[NewMail],
    now: UnixMillis,
) -> rusqlite::Result<()> {
    let db: &Connection = &transaction;
    if let Some(entry) = entry {
        staff_log::put(db, entry, now)?;
    }
    for mail in mails {
        outbox::put(db, mail, now)?;
    }
    transaction.commit()
}

#[cfg(test)]
mod tests;
