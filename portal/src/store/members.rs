//! Owns the members' accounts: who may sign in, under which ID, with which hashes.
//! Refuses to know passwords and tokens.
//! Invariant: one login ID, one member.

use rusqlite::{OptionalExtension as _, Row, params};
use warifu_core::ids::{MemberId, RequestId};
use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::MailAddress;

use super::outbox::{self, NewMail};
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
    /// The registered address; `None` until there is one.
    pub(crate) mail: Option<MailAddress>,
    /// What the application form says about the daily limit; `None`: the institution's own.
    pub(crate) form_limit: Option<i64>,
    pub(crate) login_hash: Hash,
    pub(crate) confirmation_hash: Hash,
}

impl Member {
    pub(super) const COLUMNS: &str =
        "member.id, member.login_id, member.name, member.kana, member.mail, member.form_limit, member.login_hash,
         member.confirmation_hash";

    pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: parsed(row, "id", |text| text.try_into().ok())?,
            login_id: row.get("login_id")?,
            name: row.get("name")?,
            kana: row.get("kana")?,
            mail: parsed(row, "mail", |text| match text.is_empty() {
                true => Some(None),
                false => MailAddress::try_from(text).ok().map(Some),
            })?,
            form_limit: row.get("form_limit")?,
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
                "INSERT INTO member (id, login_id, name, kana, mail, form_limit, login_hash, confirmation_hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
                params![
                    member.id.as_str(),
                    member.login_id,
                    member.name,
                    member.kana,
                    member.mail.as_ref().map_or("", MailAddress::as_str),
                    member.form_limit,
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

    /// The member under this ID.
    pub(crate) async fn member(&self, id: &MemberId) -> Result<Option<Member>, StoreError> {
        let (sql, id) = (format!("SELECT {} FROM member WHERE id = ?1", Member::COLUMNS), id.to_string());
        self.run(move |db| db.query_row(&sql, [id], Member::from_row).optional()).await
    }

    /// Another registered address, told by `mails`. The same ID again changes nothing and mails nothing.
    pub(crate) async fn change_address(
        &self,
        id: RequestId,
        member: &MemberId,
        mail: MailAddress,
        mails: Vec<NewMail>,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let member = member.to_string();
        self.run(move |db| {
            let transaction = db.transaction()?;
            let sql =
                "INSERT INTO address_change (id, member_id, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
            if transaction.execute(sql, params![id.to_string(), member, now.0])? == 0 {
                return Ok(());
            }
            let sql = "UPDATE member SET mail = ?2 WHERE id = ?1";
            transaction.execute(sql, params![member, mail.as_str()])?;
            for mail in &mails {
                outbox::put(&transaction, mail, now)?;
            }
            transaction.commit()
        })
        .await
    }
}
