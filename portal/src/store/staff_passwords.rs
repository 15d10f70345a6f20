//! Owns the passwords of staff accounts after they were made: chosen by their owner, or made up and mailed once more.
//! Refuses to know passwords: it is given hashes.
//! Invariant: a password that was mailed is good for seven days, and only to choose another one; a change ends the other sessions.

use rusqlite::params;
use warifu_core::time::{DAY, UnixMillis};

use super::outbox::{self, NewMail};
use super::staff::{Staff, StaffId};
use super::staff_accounts::MAY;
use super::staff_log::{self, Deed, Entry};
use super::{Store, StoreError};
use crate::password::Hash;
use crate::token::TokenId;

/// For how long a mailed password opens the page on which another one is chosen.
pub(crate) const INVITED_FOR: i64 = 7 * DAY;

impl Staff {
    /// Whether the password was mailed, and its owner has not chosen one yet.
    pub(crate) fn is_invited(&self) -> bool {
        self.invited_at.is_some()
    }

    /// Whether the mailed password is too old to open anything.
    pub(crate) fn is_invitation_over(&self, now: UnixMillis) -> bool {
        self.invited_at.is_some_and(|at| at.plus(INVITED_FOR) <= now)
    }
}

impl Store {
    /// The owner has chosen another password in the session `keep`; all others end. `false` when it was changed already.
    pub(crate) async fn change_staff_password(
        &self,
        staff: &Staff,
        hash: Hash,
        keep: TokenId,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let (id, before) = (staff.id.clone(), staff.hash.clone());
        self.run(move |db| {
            let transaction = db.transaction()?;
            let sql = "UPDATE staff SET password_hash = ?2, invited_at = NULL
                       WHERE id = ?1 AND password_hash = ?3 AND disabled_at IS NULL";
            if transaction.execute(sql, params![id.as_str(), hash.as_str(), before.as_str()])? == 0 {
                return Ok(false);
            }
            let sql = "DELETE FROM staff_session WHERE staff_id = ?1 AND id <> ?2";
            transaction.execute(sql, params![id.as_str(), keep])?;
            let entry = Entry::new(&id, Deed::PasswordChanged, Some(&id.member()), "");
            staff_log::put(&transaction, &entry, now)?;
            transaction.commit()?;
            Ok(true)
        })
        .await
    }

    /// Another password, told by `mail`, for somebody who has lost theirs or came too late; their sessions end. `false`
    /// when there is no such account, it is one's own, or `by` administers no more.
    pub(crate) async fn invite_again(
        &self,
        id: &StaffId,
        hash: Hash,
        by: &StaffId,
        mail: NewMail,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let (id, by) = (id.clone(), by.clone());
        self.run(move |db| {
            let transaction = db.transaction()?;
            let sql = format!(
                "UPDATE staff SET password_hash = ?3, invited_at = ?4
                 WHERE id = ?1 AND disabled_at IS NULL AND {MAY}"
            );
            if transaction.execute(&sql, params![id.as_str(), by.as_str(), hash.as_str(), now.0])? == 0 {
                return Ok(false);
            }
            transaction.execute("DELETE FROM staff_session WHERE staff_id = ?1", [id.as_str()])?;
            outbox::put(&transaction, &mail, now)?;
            staff_log::put(&transaction, &Entry::new(&by, Deed::Invited, Some(&id.member()), ""), now)?;
            transaction.commit()?;
            Ok(true)
        })
        .await
    }
}
