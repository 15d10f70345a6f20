//! Owns sessions: their stage, their age, when they end.
//! Refuses to know cookies and passwords.
//! Invariant: a session past its idle time or its longest time is never answered.

use rusqlite::{OptionalExtension as _, params};
use warifu_core::ids::{MemberId, RequestId};
use warifu_core::time::UnixMillis;

use super::members::Member;
use super::staff::PREFIX;
use super::{Store, StoreError, parsed};
use crate::token::TokenId;

/// How far a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The password was right; the code is still owed.
    Code,
    /// Rotated away by the right code; answers a double click of that form, nothing else.
    Passed,
    /// Signed in.
    In,
}

impl Stage {
    const ALL: [Self; 3] = [Self::Code, Self::Passed, Self::In];

    fn word(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Passed => "passed",
            Self::In => "in",
        }
    }
}

/// A living session with its member.
pub(crate) struct Session {
    pub(crate) stage: Stage,
    pub(crate) member: Member,
    pub(crate) made_at: UnixMillis,
    /// The sign-in before this one.
    pub(crate) before: Option<UnixMillis>,
    /// Of a session that was passed: the question that carried the right code.
    pub(crate) passed_by: Option<RequestId>,
}

/// A session as its owner sees it.
pub(crate) struct Listed {
    pub(crate) id: TokenId,
    pub(crate) made_at: UnixMillis,
    pub(crate) used_at: UnixMillis,
    pub(crate) agent: String,
}

impl Listed {
    pub(super) fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            made_at: UnixMillis(row.get("made_at")?),
            used_at: UnixMillis(row.get("used_at")?),
            agent: row.get("agent")?,
        })
    }
}

/// For how long sessions live, milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lifetime {
    pub(crate) idle: i64,
    pub(crate) longest: i64,
}

/// A rotated session answers its form's double click for so long.
pub(super) const PASSED_FOR: i64 = 60_000;

impl Store {
    pub(crate) async fn open_session(
        &self,
        id: TokenId,
        member: &MemberId,
        stage: Stage,
        before: Option<UnixMillis>,
        agent: String,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let member = member.to_string();
        self.run(move |db| {
            db.execute(
                "INSERT INTO session (id, member_id, stage, made_at, used_at, before, agent)
                 VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)",
                params![id, member, stage.word(), now.0, before.map(|b| b.0), agent],
            )
            .map(drop)
        })
        .await
    }

    /// The living session under `id`; being asked for counts as use.
    pub(crate) async fn use_session(
        &self,
        id: TokenId,
        lifetime: Lifetime,
        now: UnixMillis,
    ) -> Result<Option<Session>, StoreError> {
        let sql = format!(
            "SELECT session.stage, session.made_at, session.before, session.passed_by, {} FROM session JOIN member ON member.id = session.member_id
             WHERE session.id = ?1 AND session.used_at > ?2 AND session.made_at > ?3
             AND (session.stage <> 'passed' OR session.used_at > ?4)",
            Member::COLUMNS
        );
        self.run(move |db| {
            let bounds = params![id, now.0 - lifetime.idle, now.0 - lifetime.longest, now.0 - PASSED_FOR];
            let session = db
                .query_row(&sql, bounds, |row| {
                    Ok(Session {
                        stage: parsed(row, "stage", |text| {
                            Stage::ALL.into_iter().find(|s| s.word() == text)
                        })?,
                        member: Member::from_row(row)?,
                        made_at: UnixMillis(row.get("made_at")?),
                        before: row.get::<_, Option<i64>>("before")?.map(UnixMillis),
                        passed_by: row.get::<_, Option<String>>("passed_by")?.and_then(|id| id.parse().ok()),
                    })
                })
                .optional()?;
            // A second's grain spares the disk a write per request.
            let grain =
                "UPDATE session SET used_at = ?2 WHERE id = ?1 AND used_at < ?2 - 1000 AND stage <> 'passed'";
            if session.is_some() {
                db.execute(grain, params![id, now.0])?;
            }
            Ok(session)
        })
        .await
    }

    /// The right code was given with `by`: from here on `id` answers only that question again.
    pub(crate) async fn pass_session(
        &self,
        id: TokenId,
        by: RequestId,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let by = by.to_string();
        self.run(move |db| {
            let sql = "UPDATE session SET stage = 'passed', passed_by = ?2, used_at = ?3
                       WHERE id = ?1 AND stage = 'code'";
            db.execute(sql, params![id, by, now.0]).map(drop)
        })
        .await
    }

    /// The member's living sessions that are signed in, newest first.
    pub(crate) async fn sessions_of(
        &self,
        member: &MemberId,
        lifetime: Lifetime,
        now: UnixMillis,
    ) -> Result<Vec<Listed>, StoreError> {
        let member = member.to_string();
        self.run(move |db| {
            let sql = "SELECT id, made_at, used_at, agent FROM session WHERE member_id = ?1 AND stage = 'in'
                       AND used_at > ?2 AND made_at > ?3 ORDER BY made_at DESC, id";
            let bounds = params![member, now.0 - lifetime.idle, now.0 - lifetime.longest];
            db.prepare(sql)?.query_map(bounds, Listed::from_row)?.collect()
        })
        .await
    }

    /// Ends every session of a member's but `id`.
    pub(crate) async fn end_other_sessions(&self, id: TokenId, member: &MemberId) -> Result<(), StoreError> {
        let member = member.to_string();
        self.run(move |db| {
            let sql = "DELETE FROM session WHERE member_id = ?1 AND id <> ?2";
            db.execute(sql, params![member, id]).map(drop)
        })
        .await
    }

    /// Ends every session of whoever the centre knows under this ID, a member or one of the staff.
    pub(crate) async fn end_sessions_of(&self, member: &MemberId) -> Result<(), StoreError> {
        let member = member.to_string();
        self.run(move |db| {
            if let Some(staff) = member.strip_prefix(PREFIX) {
                return db.execute("DELETE FROM staff_session WHERE staff_id = ?1", [staff]).map(drop);
            }
            db.execute("DELETE FROM session WHERE member_id = ?1", [member]).map(drop)
        })
        .await
    }

    pub(crate) async fn end_session(&self, id: TokenId) -> Result<(), StoreError> {
        self.run(move |db| db.execute("DELETE FROM session WHERE id = ?1", [id]).map(drop)).await
    }
}
