//! Owns the staff's log: who did what, when, to which member.
//! Refuses to know why.
//! Invariant: rows are only added, in the transaction of the deed; the database itself refuses to edit or delete one.

use rusqlite::{Connection, params};
use warifu_core::ids::MemberId;
use warifu_core::time::UnixMillis;

use super::staff::StaffId;
use super::{Store, StoreError, parsed};
use crate::bilingual::{Text, both};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// An operator made the account.
    AccountAdded,
    /// An operator disabled the account.
    AccountDisabled,
    /// An operator lets the account apply for another first token.
    TokenPermitted,
    /// Every factor was right.
    SignedIn,
    /// The own token was issued.
    TokenIssued,
    /// The own token was activated.
    TokenActivated,
    /// A member's token was looked at.
    Looked,
    /// 停止解除 was asked for.
    Requested,
    /// Somebody else's request was approved.
    Approved,
    /// A request was declined or taken back.
    Declined,
    /// The centre has reinstated.
    Reinstated,
    /// The token was not suspended any more when the centre was asked.
    Overtaken,
    /// 強制停止.
    Suspended,
    /// 利用解除 without the phone was asked for.
    ReleaseRequested,
    /// Somebody else's such request was approved.
    ReleaseApproved,
    /// Such a request was declined or taken back by staff.
    ReleaseDeclined,
    /// Its cooling-off is over, and the centre has released.
    Released,
    /// There was nothing to release any more.
    ReleaseOvertaken,
    /// An account got another role.
    RoleChanged,
    /// The centre's audit log was read.
    AuditRead,
    /// Somebody chose another password.
    PasswordChanged,
    /// A password was made up once more and mailed.
    Invited,
}

impl Deed {
    const ALL: [Self; 22] = [
        Self::AccountAdded,
        Self::AccountDisabled,
        Self::TokenPermitted,
        Self::SignedIn,
        Self::TokenIssued,
        Self::TokenActivated,
        Self::Looked,
        Self::Requested,
        Self::Approved,
        Self::Declined,
        Self::Reinstated,
        Self::Overtaken,
        Self::Suspended,
        Self::ReleaseRequested,
        Self::ReleaseApproved,
        Self::ReleaseDeclined,
        Self::Released,
        Self::ReleaseOvertaken,
        Self::RoleChanged,
        Self::AuditRead,
        Self::PasswordChanged,
        Self::Invited,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::AccountAdded => "account_added",
            Self::AccountDisabled => "account_disabled",
            Self::TokenPermitted => "token_permitted",
            Self::SignedIn => "signed_in",
            Self::TokenIssued => "token_issued",
            Self::TokenActivated => "token_activated",
            Self::Looked => "looked",
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Reinstated => "reinstated",
            Self::Overtaken => "overtaken",
            Self::Suspended => "suspended",
            Self::ReleaseRequested => "release_requested",
            Self::ReleaseApproved => "release_approved",
            Self::ReleaseDeclined => "release_declined",
            Self::Released => "released",
            Self::ReleaseOvertaken => "release_overtaken",
            Self::RoleChanged => "role_changed",
            Self::AuditRead => "audit_read",
            Self::PasswordChanged => "password_changed",
            Self::Invited => "invited",
        }
    }

    /// As the page says it.
    pub(crate) fn label(self) -> Text {
        match self {
            Self::AccountAdded => both("職員の登録", "Account made"),
            Self::AccountDisabled => both("職員の利用停止", "Account disabled"),
            Self::TokenPermitted => both("トークン再登録の許可", "Another token permitted"),
            Self::SignedIn => both("ログイン", "Sign-in"),
            Self::TokenIssued => both("自分のトークンの発行", "Own token issued"),
            Self::TokenActivated => both("自分のトークンの利用開始", "Own token in use"),
            Self::Looked => both("トークンの照会", "Token looked at"),
            Self::Requested => both("停止解除の申請", "Reinstatement requested"),
            Self::Approved => both("停止解除の承認", "Reinstatement approved"),
            Self::Declined => both("停止解除の取りやめ", "Reinstatement called off"),
            Self::Reinstated => both("停止解除", "Reinstated"),
            Self::Overtaken => both("停止解除の失効", "Reinstatement overtaken"),
            Self::Suspended => both("強制停止", "Suspended"),
            Self::ReleaseRequested => both("利用解除の申請", "Release requested"),
            Self::ReleaseApproved => both("利用解除の承認", "Release approved"),
            Self::ReleaseDeclined => both("利用解除の取りやめ", "Release called off"),
            Self::Released => both("利用解除", "Released"),
            Self::ReleaseOvertaken => both("利用解除の失効", "Release overtaken"),
            Self::RoleChanged => both("役割の変更", "Role changed"),
            Self::AuditRead => both("監査ログの閲覧", "Audit log read"),
            Self::PasswordChanged => both("パスワードの変更", "Password changed"),
            Self::Invited => both("最初のパスワードの再送", "First password sent again"),
        }
    }
}

/// A row to be added.
pub(crate) struct Entry {
    staff: String,
    deed: Deed,
    member: String,
    detail: String,
}

impl Entry {
    pub(crate) fn new(staff: &StaffId, deed: Deed, member: Option<&MemberId>, detail: &str) -> Self {
        let member = member.map(ToString::to_string).unwrap_or_default();
        Self { staff: staff.as_str().to_owned(), deed, member, detail: detail.to_owned() }
    }

    /// By an administrator on a page, or by an operator on the command line.
    pub(super) fn about_account(
        by: Option<&StaffId>,
        deed: Deed,
        account: &StaffId,
        detail: impl Into<String>,
    ) -> Self {
        let staff = by.map(|by| by.as_str().to_owned()).unwrap_or_default();
        Self { staff, deed, member: account.member().to_string(), detail: detail.into() }
    }
}

/// A row as the page shows it.
pub(crate) struct Line {
    pub(crate) id: i64,
    pub(crate) at: UnixMillis,
    /// Empty: an operator.
    pub(crate) staff: String,
    pub(crate) deed: Deed,
    pub(crate) member: String,
    pub(crate) detail: String,
}

/// How many lines a page has.
pub(crate) const PAGE: u32 = 100;

/// Adds a row; part of the caller's transaction.
pub(super) fn put(db: &Connection, entry: &Entry, now: UnixMillis) -> rusqlite::Result<()> {
    db.execute(
        "INSERT INTO staff_log (at, staff_id, deed, member_id, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![now.0, entry.staff, entry.deed.word(), entry.member, entry.detail],
    )
    .map(drop)
}

impl Store {
    pub(crate) async fn note(&self, entry: Entry, now: UnixMillis) -> Result<(), StoreError> {
        self.run(move |db| put(db, &entry, now)).await
    }

    /// One page of lines older than `before`, newest first, and one line more when there are any.
    pub(crate) async fn staff_log(&self, before: Option<i64>) -> Result<Vec<Line>, StoreError> {
        self.run(move |db| {
            let sql = "SELECT id, at, staff_id, deed, member_id, detail FROM staff_log
                       WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
            let read = |row: &rusqlite::Row<'_>| {
                Ok(Line {
                    id: row.get("id")?,
                    at: UnixMillis(row.get("at")?),
                    staff: row.get("staff_id")?,
                    deed: parsed(row, "deed", |text| Deed::ALL.into_iter().find(|d| d.word() == text))?,
                    member: row.get("member_id")?,
                    detail: row.get("detail")?,
                })
            };
            db.prepare(sql)?.query_map(params![before.unwrap_or(i64::MAX), PAGE + 1], read)?.collect()
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_of_the_log_can_neither_be_edited_nor_deleted_nor_replaced() {
        let store = Store::in_memory().unwrap();
        let staff = StaffId::parse("staff01").unwrap();
        for deed in Deed::ALL {
            store.note(Entry::new(&staff, deed, None, "x"), UnixMillis(7)).await.unwrap();
        }
        for sql in [
            "UPDATE staff_log SET detail = 'y'",
            "DELETE FROM staff_log WHERE id = 1",
            "REPLACE INTO staff_log VALUES (1, 0, 'z', 'looked', '', '')",
            "INSERT OR REPLACE INTO staff_log VALUES (2, 0, 'z', 'looked', '', '')",
        ] {
            let refused = store.run(move |db| db.execute(sql, [])).await;
            assert!(refused.is_err(), "{sql}");
        }
        let lines = store.staff_log(None).await.unwrap();
        assert_eq!(lines.len(), Deed::ALL.len());
        assert!(lines.iter().all(|line| line.detail == "x" && line.staff == "staff01"));
        assert!(lines[0].id > lines[1].id && store.staff_log(Some(1)).await.unwrap().is_empty());
    }
}
