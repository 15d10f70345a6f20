//! Owns the staff's sessions, apart from the members': their stage, their age, when they end.
//! Refuses to know cookies, passwords and codes.
//! Invariant: a session past its time, or of an account that was disabled, is never answered.

use rusqlite::{OptionalExtension as _, params};
use warifu_core::ids::RequestId;
use warifu_core::time::UnixMillis;

use super::sessions::{Lifetime, Listed, PASSED_FOR};
use super::staff::{Staff, StaffId};
use super::staff_log::{self, Deed, Entry};
use super::{Store, StoreError, parsed};
use crate::token::TokenId;

/// How far a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The password was right; there is no token 利用中 yet.
    Setup,
    /// The password was right; the code is still owed.
    Code,
    /// Rotated away by the right code; answers a double click of that form, nothing else.
    Passed,
    /// Signed in.
    In,
}

impl Stage {
    const ALL: [Self; 4] = [Self::Setup, Self::Code, Self::Passed, Self::In];

    fn word(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Code => "code",
            Self::Passed => "passed",
            Self::In => "in",
        }
    }
}

/// A living session with its owner.
pub(crate) struct Session {
    pub(crate) stage: Stage,
    pub(crate) staff: Staff,
    pub(crate) made_at: UnixMillis,
    /// The sign-in before this one.
    pub(crate) before: Option<UnixMillis>,
    /// Of a session that was passed: the question that carried the right code.
    pub(crate) passed_by: Option<RequestId>,
}

impl Store {
    /// Opens a session. One that is `In` is a finished sign-in: it is noted and remembers the one before.
    pub(crate) async fn open_staff_session(
        &self,
        id: TokenId,
        staff: &StaffId,
        stage: Stage,
        agent: String,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let staff = staff.clone();
        self.run(move |db| {
            let transaction = db.transaction()?;
            let mut before: Option<i64> = None;
            if stage == Stage::In {
                let last = "SELECT signed_in_at FROM staff WHERE id = ?1";
                before = transaction.query_row(last, [staff.as_str()], |row| row.get(0))?;
                let sql = "UPDATE staff SET signed_in_at = ?2 WHERE id = ?1";
                transaction.execute(sql, params![staff.as_str(), now.0])?;
                staff_log::put(&transaction, &Entry::new(&staff, Deed::SignedIn, None, ""), now)?;
            }
            transaction.execute(
                "INSERT INTO staff_session (id, staff_id, stage, made_at, used_at, before, agent)
                 VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)",
                params![id, staff.as_str(), stage.word(), now.0, before, agent],
            )?;
            transaction.commit()
        })
        .await
    }

    /// The living session under `id`; being asked for counts as use.
    pub(crate) async fn use_staff_session(
        &self,
        id: TokenId,
        lifetime: Lifetime,
        now: UnixMillis,
    ) -> Result<Option<Session>, StoreError> {
        let sql = format!(
            "SELECT stage, staff_session.made_at, before, passed_by, {} FROM staff_session JOIN staff ON staff.id = staff_session.staff_id
             WHERE staff_session.id = ?1 AND used_at > ?2 AND staff_session.made_at > ?3
             AND (stage <> 'passed' OR used_at > ?4) AND disabled_at IS NULL",
            Staff::COLUMNS
        );
        self.run(move |db| {
            let bounds = params![id, now.0 - lifetime.idle, now.0 - lifetime.longest, now.0 - PASSED_FOR];
            let read = |row: &rusqlite::Row<'_>| {
                Ok(Session {
                    stage: parsed(row, "stage", |text| Stage::ALL.into_iter().find(|s| s.word() == text))?,
                    staff: Staff::from_row(row)?,
                    made_at: UnixMillis(row.get("made_at")?),
                    before: row.get::<_, Option<i64>>("before")?.map(UnixMillis),
                    passed_by: row.get::<_, Option<String>>("passed_by")?.and_then(|id| id.parse().ok()),
                })
            };
            let session = db.query_row(&sql, bounds, read).optional()?;
            // A second's grain spares the disk a write per request.
            let grain = "UPDATE staff_session SET used_at = ?2
                         WHERE id = ?1 AND used_at < ?2 - 1000 AND stage <> 'passed'";
            if session.is_some() {
                db.execute(grain, params![id, now.0])?;
            }
            Ok(session)
        })
        .await
    }

    /// The right code was given with `by`: from here on `id` answers only that question again.
    pub(crate) async fn pass_staff_session(
        &self,
        id: TokenId,
        by: RequestId,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let by = by.to_string();
        self.run(move |db| {
            let sql = "UPDATE staff_session SET stage = 'passed', passed_by = ?2, used_at = ?3
                       WHERE id = ?1 AND stage IN ('setup', 'code')";
            db.execute(sql, params![id, by, now.0]).map(drop)
        })
        .await
    }

    /// The living sessions of somebody that are signed in, newest first.
    pub(crate) async fn staff_sessions_of(
        &self,
        staff: &StaffId,
        lifetime: Lifetime,
        now: UnixMillis,
    ) -> Result<Vec<Listed>, StoreError> {
        let staff = staff.clone();
        self.run(move |db| {
            let sql =
                "SELECT id, made_at, used_at, agent FROM staff_session WHERE staff_id = ?1 AND stage = 'in'
                       AND used_at > ?2 AND made_at > ?3 ORDER BY made_at DESC, id";
            let bounds = params![staff.as_str(), now.0 - lifetime.idle, now.0 - lifetime.longest];
            db.prepare(sql)?.query_map(bounds, Listed::from_row)?.collect()
        })
        .await
    }

    /// Ends every session of somebody's but `id`.
    pub(crate) async fn end_other_staff_sessions(
        &self,
        id: TokenId,
        staff: &StaffId,
    ) -> Result<(), StoreError> {
        let staff = staff.clone();
        self.run(move |db| {
            let sql = "DELETE FROM staff_session WHERE staff_id = ?1 AND id <> ?2";
            db.execute(sql, params![staff.as_str(), id]).map(drop)
        })
        .await
    }

    pub(crate) async fn end_staff_session(&self, id: TokenId) -> Result<(), StoreError> {
        self.run(move |db| db.execute("DELETE FROM staff_session WHERE id = ?1", [id]).map(drop)).await
    }
}
