//! Owns 停止解除 from the request to what the centre made of it.
//! Refuses to know why a token is suspended; the centre reinstates it, this keeps who asked, why, and who agreed.
//! Invariant: nobody approves their own request, nobody a request for their own token: the statement says so, not the page.

use rusqlite::{OptionalExtension as _, Row, params};
use warifu_core::ids::{MemberId, RequestId, Serial};
use warifu_core::time::UnixMillis;

use super::staff::StaffId;
use super::staff_log::{self, Deed, Entry};
use super::{Store, StoreError, parsed};

/// Its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Waits for another person's approval.
    Open,
    /// May be sent to the centre.
    Approved,
    /// The centre has reinstated.
    Done,
    /// Declined by an approver, or taken back by who asked.
    Declined,
    /// The token was not suspended any more, or was another one.
    Void,
}

impl State {
    const ALL: [Self; 5] = [Self::Open, Self::Approved, Self::Done, Self::Declined, Self::Void];

    fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Done => "done",
            Self::Declined => "declined",
            Self::Void => "void",
        }
    }
}

/// A request as its pages show it. Its ID is the request ID at the centre.
#[derive(Clone)]
pub(crate) struct Reinstatement {
    pub(crate) id: RequestId,
    pub(crate) member: MemberId,
    pub(crate) serial: Serial,
    pub(crate) state: State,
    pub(crate) identified: String,
    pub(crate) reason: String,
    pub(crate) requested_by: StaffId,
    pub(crate) requested_at: UnixMillis,
    pub(crate) decided_by: Option<StaffId>,
}

/// A request to be noted.
pub(crate) struct NewReinstatement {
    pub(crate) id: RequestId,
    pub(crate) member: MemberId,
    pub(crate) serial: Serial,
    pub(crate) identified: String,
    pub(crate) reason: String,
    pub(crate) requested_by: StaffId,
    /// Whether another person has to approve it.
    pub(crate) is_to_be_approved: bool,
}

/// What became of a request to be noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Noted {
    /// It stands, also when this very form asked before.
    Stands,
    /// Another request for this member lives.
    Another,
    /// It asks for the requester's own token.
    Oneself,
}

const COLUMNS: &str =
    "id, member_id, serial, state, identified, reason, requested_by, requested_at, decided_by";

impl Reinstatement {
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
        })
    }
}

impl Store {
    /// 停止解除 is asked for.
    pub(crate) async fn request_reinstatement(
        &self,
        new: NewReinstatement,
        now: UnixMillis,
    ) -> Result<Noted, StoreError> {
        if new.member == new.requested_by.member() {
            return Ok(Noted::Oneself);
        }
        self.run(move |db| {
            let transaction = db.transaction()?;
            let known = "SELECT 1 FROM reinstatement WHERE id = ?1";
            if transaction.query_row(known, [new.id.to_string()], |_| Ok(())).optional()?.is_some() {
                return Ok(Noted::Stands);
            }
            let state = if new.is_to_be_approved { State::Open } else { State::Approved };
            let rows = transaction.execute(
                "INSERT INTO reinstatement
                 (id, member_id, serial, state, identified, reason, requested_by, requested_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (member_id) WHERE state IN ('open', 'approved') DO NOTHING",
                params![
                    new.id.to_string(),
                    new.member.as_str(),
                    new.serial.as_str(),
                    state.word(),
                    new.identified,
                    new.reason,
                    new.requested_by.as_str(),
                    now.0
                ],
            )?;
            if rows == 0 {
                return Ok(Noted::Another);
            }
            let detail = format!("本人確認：{}。理由：{}", new.identified, new.reason);
            let entry = Entry::new(&new.requested_by, Deed::Requested, Some(&new.member), &detail);
            staff_log::put(&transaction, &entry, now)?;
            transaction.commit()?;
            Ok(Noted::Stands)
        })
        .await
    }

    /// Approves somebody else's open request; `false` when this person may not, whoever asked is
    /// not there any more, or it is not open any more.
    pub(crate) async fn approve_reinstatement(
        &self,
        id: RequestId,
        approver: &StaffId,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE reinstatement SET state = 'approved', decided_by = ?2, decided_at = ?3
                   WHERE id = ?1 AND state = 'open' AND requested_by <> ?2 AND member_id <> 'staff.' || ?2
                   AND EXISTS (SELECT 1 FROM staff WHERE id = ?2 AND role = 'approver' AND disabled_at IS NULL)
                   AND EXISTS (SELECT 1 FROM staff WHERE id = requested_by AND disabled_at IS NULL)";
        self.decide(id, approver, sql, Deed::Approved, now).await
    }

    /// Declines an open request, or takes the own one back.
    pub(crate) async fn decline_reinstatement(
        &self,
        id: RequestId,
        by: &StaffId,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE reinstatement SET state = 'declined', decided_by = ?2, decided_at = ?3
                   WHERE id = ?1 AND state = 'open' AND (requested_by = ?2
                   OR EXISTS (SELECT 1 FROM staff WHERE id = ?2 AND role = 'approver' AND disabled_at IS NULL))";
        self.decide(id, by, sql, Deed::Declined, now).await
    }

    async fn decide(
        &self,
        id: RequestId,
        by: &StaffId,
        sql: &'static str,
        deed: Deed,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let by = by.clone();
        self.run(move |db| {
            let transaction = db.transaction()?;
            if transaction.execute(sql, params![id.to_string(), by.as_str(), now.0])? == 0 {
                return Ok(false);
            }
            let request = format!("SELECT {COLUMNS} FROM reinstatement WHERE id = ?1");
            let request = transaction.query_row(&request, [id.to_string()], Reinstatement::from_row)?;
            let detail = format!("{}の申請", request.requested_by.as_str());
            staff_log::put(&transaction, &Entry::new(&by, deed, Some(&request.member), &detail), now)?;
            transaction.commit()?;
            Ok(true)
        })
        .await
    }

    /// What became of it: the centre has reinstated (`done`), or there was nothing to reinstate any more.
    pub(crate) async fn end_reinstatement(
        &self,
        id: RequestId,
        done: bool,
        by: &StaffId,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let by = by.clone();
        self.run(move |db| {
            let transaction = db.transaction()?;
            let sql = "UPDATE reinstatement SET state = CASE ?2 WHEN 1 THEN 'done' ELSE 'void' END
                       WHERE id = ?1 AND (state = 'approved' OR (state = 'open' AND ?2 = 0))";
            if transaction.execute(sql, params![id.to_string(), done])? == 1 {
                let member = "SELECT member_id FROM reinstatement WHERE id = ?1";
                let member = transaction.query_row(member, [id.to_string()], |row| {
                    parsed(row, "member_id", |text| MemberId::try_from(text).ok())
                })?;
                let deed = if done { Deed::Reinstated } else { Deed::Overtaken };
                staff_log::put(&transaction, &Entry::new(&by, deed, Some(&member), ""), now)?;
            }
            transaction.commit()
        })
        .await
    }

    pub(crate) async fn reinstatement(&self, id: RequestId) -> Result<Option<Reinstatement>, StoreError> {
        self.run(move |db| {
            let sql = format!("SELECT {COLUMNS} FROM reinstatement WHERE id = ?1");
            db.query_row(&sql, [id.to_string()], Reinstatement::from_row).optional()
        })
        .await
    }

    /// Those that still wait for somebody, oldest first; of one member when one is named.
    pub(crate) async fn living_reinstatements(
        &self,
        member: Option<&MemberId>,
    ) -> Result<Vec<Reinstatement>, StoreError> {
        let member = member.map(ToString::to_string);
        self.run(move |db| {
            let sql = format!(
                "SELECT {COLUMNS} FROM reinstatement WHERE state IN ('open', 'approved')
                 AND (?1 IS NULL OR member_id = ?1) ORDER BY requested_at, id"
            );
            db.prepare(&sql)?.query_map([member], Reinstatement::from_row)?.collect()
        })
        .await
    }
}

#[cfg(test)]
mod tests;
