//! Owns the changes of staff accounts: made, given another role, permitted another token, disabled.
//! Refuses to know pages and passwords.
//! Invariant: nobody changes their own account, and the last administrator stays: each statement says so, not the page.

use rusqlite::{Connection, params};
use warifu_core::time::UnixMillis;

use super::outbox::{self, NewMail};
use super::staff::{Role, Staff, StaffId};
use super::staff_log::{self, Deed, Entry};
use super::{Store, StoreError};

/// Who changes: `?2` is an administrator other than the account `?1`, or NULL, an operator on the command line.
pub(super) const MAY: &str = "(?2 IS NULL OR (?2 <> id AND EXISTS
                    (SELECT 1 FROM staff who WHERE who.id = ?2 AND who.administers AND who.disabled_at IS NULL)))";
/// Somebody else could still administer.
const ANOTHER: &str = "(NOT administers OR EXISTS
                    (SELECT 1 FROM staff who WHERE who.id <> staff.id AND who.administers AND who.disabled_at IS NULL))";

impl Store {
    /// Makes an account; told by `mail`, it is an invitation. `false` when the ID is taken, or `by` administers no more.
    pub(crate) async fn add_staff(
        &self,
        staff: Staff,
        by: Option<&StaffId>,
        mail: Option<NewMail>,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let by = by.cloned();
        self.run(move |db| {
            let transaction = db.transaction()?;
            let rows = transaction.execute(
                "INSERT INTO staff (id, name, mail, role, password_hash, administers, made_at, invited_at)
                 SELECT ?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE ?2 IS NULL OR EXISTS
                 (SELECT 1 FROM staff WHERE id = ?2 AND administers AND disabled_at IS NULL)
                 ON CONFLICT DO NOTHING",
                params![
                    staff.id.as_str(),
                    by.as_ref().map(StaffId::as_str),
                    staff.name,
                    staff.mail.as_str(),
                    staff.role.word(),
                    staff.hash.as_str(),
                    staff.administers,
                    now.0,
                    mail.is_some().then_some(now.0)
                ],
            )?;
            if rows == 0 {
                return Ok(false);
            }
            if let Some(mail) = &mail {
                outbox::put(&transaction, mail, now)?;
            }
            let duty = staff.role.duty(staff.administers).ja.into_owned();
            note(&transaction, by.as_ref(), Deed::AccountAdded, &staff.id, duty, now)?;
            transaction.commit()?;
            Ok(true)
        })
        .await
    }

    /// Disables an account for good and ends its sessions. `false` when there is none that is enabled, it is one's
    /// own, or nobody would administer any more.
    pub(crate) async fn disable_staff(
        &self,
        id: &StaffId,
        by: Option<&StaffId>,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let (id, by) = (id.clone(), by.cloned());
        self.run(move |db| {
            let transaction = db.transaction()?;
            let sql = format!(
                "UPDATE staff SET disabled_at = ?3 WHERE id = ?1 AND disabled_at IS NULL AND {MAY} AND {ANOTHER}"
            );
            let by_id = by.as_ref().map(StaffId::as_str);
            if transaction.execute(&sql, params![id.as_str(), by_id, now.0])? == 0 {
                return Ok(false);
            }
            transaction.execute("DELETE FROM staff_session WHERE staff_id = ?1", [id.as_str()])?;
            note(&transaction, by.as_ref(), Deed::AccountDisabled, &id, String::new(), now)?;
            transaction.commit()?;
            Ok(true)
        })
        .await
    }

    /// Another role; the sessions end, so that the next page is one of the new role. `false` as with disabling.
    pub(crate) async fn change_role(
        &self,
        id: &StaffId,
        (role, administers): (Role, bool),
        by: Option<&StaffId>,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let (id, by) = (id.clone(), by.cloned());
        self.run(move |db| {
            let transaction = db.transaction()?;
            let sql = format!(
                "UPDATE staff SET role = ?3, administers = ?4
                 WHERE id = ?1 AND disabled_at IS NULL AND {MAY} AND (?4 OR {ANOTHER})"
            );
            let by_id = by.as_ref().map(StaffId::as_str);
            if transaction.execute(&sql, params![id.as_str(), by_id, role.word(), administers])? == 0 {
                return Ok(false);
            }
            transaction.execute("DELETE FROM staff_session WHERE staff_id = ?1", [id.as_str()])?;
            note(
                &transaction,
                by.as_ref(),
                Deed::RoleChanged,
                &id,
                role.duty(administers).ja.into_owned(),
                now,
            )?;
            transaction.commit()?;
            Ok(true)
        })
        .await
    }

    /// Lets an account apply for another first token. `false` when there is no such account, or it is one's own.
    pub(crate) async fn permit_token(
        &self,
        id: &StaffId,
        by: Option<&StaffId>,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let (id, by) = (id.clone(), by.cloned());
        self.run(move |db| {
            let transaction = db.transaction()?;
            let sql =
                format!("UPDATE staff SET token = 'never' WHERE id = ?1 AND disabled_at IS NULL AND {MAY}");
            let by_id = by.as_ref().map(StaffId::as_str);
            if transaction.execute(&sql, params![id.as_str(), by_id])? == 0 {
                return Ok(false);
            }
            note(&transaction, by.as_ref(), Deed::TokenPermitted, &id, String::new(), now)?;
            transaction.commit()?;
            Ok(true)
        })
        .await
    }
}

fn note(
    db: &Connection,
    by: Option<&StaffId>,
    deed: Deed,
    account: &StaffId,
    detail: String,
    now: UnixMillis,
) -> rusqlite::Result<()> {
    staff_log::put(db, &Entry::about_account(by, deed, account, detail), now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::Hash;

    const NOW: UnixMillis = UnixMillis(7);

    fn id(text: &str) -> StaffId {
        StaffId::parse(text).unwrap()
    }

    fn staff(name: &str, administers: bool) -> Staff {
        Staff {
            id: id(name),
            name: name.to_owned(),
            mail: "a@bank.example".to_owned().try_into().unwrap(),
            role: Role::Clerk,
            hash: Hash::from_phc("x".to_owned()),
            had_token: false,
            administers,
            invited_at: None,
            is_disabled: false,
        }
    }

    #[tokio::test]
    async fn nobody_changes_their_own_account_and_the_last_administrator_stays() {
        let store = Store::in_memory().unwrap();
        for (name, administers) in [("one", true), ("two", false)] {
            assert!(store.add_staff(staff(name, administers), None, None, NOW).await.unwrap());
        }
        let (one, two) = (id("one"), id("two"));
        let lead = (Role::Auditor, true);
        // Not oneself, not without the right, not the last one, not even an operator.
        assert!(!store.change_role(&one, (Role::Approver, true), Some(&one), NOW).await.unwrap());
        assert!(!store.disable_staff(&one, Some(&one), NOW).await.unwrap());
        assert!(!store.permit_token(&one, Some(&one), NOW).await.unwrap());
        assert!(!store.add_staff(staff("three", true), Some(&two), None, NOW).await.unwrap());
        assert!(!store.change_role(&two, lead, Some(&two), NOW).await.unwrap());
        assert!(!store.disable_staff(&one, None, NOW).await.unwrap());
        assert!(!store.change_role(&one, (Role::Clerk, false), None, NOW).await.unwrap());
        // A second one, and each may end the other, but not both.
        assert!(store.change_role(&two, lead, Some(&one), NOW).await.unwrap());
        assert!(store.disable_staff(&one, Some(&two), NOW).await.unwrap());
        assert!(!store.disable_staff(&two, Some(&one), NOW).await.unwrap());
        assert!(!store.change_role(&two, (Role::Clerk, false), None, NOW).await.unwrap());
        let lines = store.staff_log(None).await.unwrap();
        assert_eq!(lines.len(), 4);
        assert_eq!((&*lines[0].staff, &*lines[0].member), ("two", "staff.one"));
        assert_eq!(lines[1].detail, "監査、職員の管理");
    }
}
