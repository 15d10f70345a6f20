//! Owns the members' accounts: who may sign in, under which ID, with which hashes.
//! Refuses to know passwords and tokens.
//! Invariant: one login ID, one member.

use rusqlite::{OptionalExtension as _, Row, params};
use warifu_core::ids::MemberId;
use warifu_core::time::UnixMillis;

use super::{Store, StoreError, parsed};
use crate::password::Hash;

/// A member of the institution.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) id: MemberId,
    pub(crate) login_id: String,
    pub(crate) name: String,
    /// How the name is read, as [`kana`](super::people::kana) writes it; may be empty.
    pub(crate) kana: String,
    pub(crate) login_hash: Hash,
    pub(crate) confirmation_hash: Hash,
}

impl Member {
    pub(super) const COLUMNS: &str =
        "member.id, member.login_id, member.name, member.kana, member.login_hash, member.confirmation_hash";

    pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: parsed(row, "id", |text| text.try_into().ok())?,
            login_id: row.get("login_id")?,
            name: row.get("name")?,
            kana: row.get("kana")?,
            login_hash: Hash::from_phc(row.get("login_hash")?),
            confirmation_hash: Hash::from_phc(row.get("confirmation_hash")?),
        })
    }
}

impl Store {
    pub(crate) async fn member_by_login(&self, login_id: String) -> Result<Option<Member>, StoreError> {
        let sql = format!("SELECT {} FROM member WHERE login_id = ?1", Member::COLUMNS);
        self.run(move |db| db.query_row(&sql, [login_id], Member::from_row).optional()).await
    }

    /// `false` when the ID or the login ID is taken: nothing is changed then.
    pub(crate) async fn add_member(&self, member: Member) -> Result<bool, StoreError> {
        self.run(move |db| {
            let rows = db.execute(
                "INSERT INTO member (id, login_id, name, kana, login_hash, confirmation_hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
                params![
                    member.id.as_str(),
                    member.login_id,
                    member.name,
                    member.kana,
                    member.login_hash.as_str(),
                    member.confirmation_hash.as_str()
                ],
            )?;
            Ok(rows == 1)
        })
        .await
    }

    /// Notes a finished sign-in and answers when the one before it was.
    pub(crate) async fn note_sign_in(
        &self,
        member: &MemberId,
        now: UnixMillis,
    ) -> Result<Option<UnixMillis>, StoreError> {
        let id = member.to_string();
        self.run(move |db| {
            let transaction = db.transaction()?;
            let before: Option<i64> =
                transaction
                    .query_row("SELECT signed_in_at FROM member WHERE id = ?1", [&id], |row| row.get(0))?;
            transaction.execute("UPDATE member SET signed_in_at = ?2 WHERE id = ?1", params![id, now.0])?;
            transaction.commit()?;
            Ok(before.map(UnixMillis))
        })
        .await
    }
}
