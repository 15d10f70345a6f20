//! Owns what a member typed into BOT001, so that an error, a lost session or a closed tab loses nothing.
//! Refuses to know passwords.
//! Invariant: one draft per member, the newest.

use rusqlite::{OptionalExtension as _, params};
use warifu_core::ids::MemberId;
use warifu_core::time::UnixMillis;

use super::{Store, StoreError};

/// The mail addresses as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) mail: String,
    pub(crate) mail_again: String,
}

/// For how long a draft is offered again.
const KEPT_FOR: i64 = 30 * 60_000;

impl Store {
    pub(crate) async fn save_draft(
        &self,
        member: &MemberId,
        draft: Draft,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let member = member.to_string();
        self.run(move |db| {
            let sql = "INSERT INTO draft (member_id, mail, mail_again, saved_at) VALUES (?1, ?2, ?3, ?4)
                       ON CONFLICT DO UPDATE SET mail = ?2, mail_again = ?3, saved_at = ?4";
            db.execute(sql, params![member, draft.mail, draft.mail_again, now.0]).map(drop)
        })
        .await
    }

    pub(crate) async fn draft(
        &self,
        member: &MemberId,
        now: UnixMillis,
    ) -> Result<Option<Draft>, StoreError> {
        let member = member.to_string();
        self.run(move |db| {
            let sql = "SELECT mail, mail_again FROM draft WHERE member_id = ?1 AND saved_at > ?2";
            let read = |row: &rusqlite::Row<'_>| Ok(Draft { mail: row.get(0)?, mail_again: row.get(1)? });
            db.query_row(sql, params![member, now.0 - KEPT_FOR], read).optional()
        })
        .await
    }

    pub(crate) async fn drop_draft(&self, member: &MemberId) -> Result<(), StoreError> {
        let member = member.to_string();
        self.run(move |db| db.execute("DELETE FROM draft WHERE member_id = ?1", [member]).map(drop)).await
    }
}
