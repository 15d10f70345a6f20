//! Owns the staff's accounts: who may sign in at /staff, in which role, and whether a token was theirs already.
//! Refuses to know passwords and codes; a staff account's token is kept at the centre like a member's.
//! Invariant: a disabled account is answered to nobody who wants to sign in.

use rusqlite::{OptionalExtension as _, Row};
use warifu_core::ids::MemberId;
use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::MailAddress;

use super::staff_log::{self, Deed, Entry};
use super::{Store, StoreError, parsed};
use crate::bilingual::{Text, both};
use crate::password::Hash;

/// What a member ID at the centre begins with when it is a member of staff's.
pub(crate) const PREFIX: &str = "staff.";

/// 職員ID: 3 to 32 of `a-z 0-9 . _ -`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffId(String);

impl StaffId {
    /// Reads one; `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
        let fits = (3..=32).contains(&text.len()) && text.bytes().all(allowed);
        fits.then(|| Self(text.to_owned()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same person as the centre knows them.
    pub(crate) fn member(&self) -> MemberId {
        let id = format!("{PREFIX}{}", self.0);
        MemberId::try_from(id)
            .expect("a staff ID and its prefix are at most 38 of the characters of a member ID")
    }
}

/// What a member of staff may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Looks, and asks for 停止解除.
    Clerk,
    /// The same, and approves what others ask for.
    Approver,
    /// Looks, and reads the log.
    Auditor,
}

impl Role {
    pub(crate) const ALL: [Self; 3] = [Self::Clerk, Self::Approver, Self::Auditor];

    /// Its word in the database and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Clerk => "clerk",
            Self::Approver => "approver",
            Self::Auditor => "auditor",
        }
    }

    /// Reads one.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// Its name on the pages.
    pub(crate) fn label(self) -> Text {
        match self {
            Self::Clerk => both("窓口", "clerk"),
            Self::Approver => both("承認者", "approver"),
            Self::Auditor => both("監査", "auditor"),
        }
    }

    /// The same, with whether its bearer makes, changes and ends accounts.
    pub(crate) fn duty(self, administers: bool) -> Text {
        let Text { ja, en } = self.label();
        match administers {
            true => Text::new(format!("{ja}、職員の管理"), format!("{en}, staff accounts")),
            false => Text { ja, en },
        }
    }

    pub(crate) fn may_request(self) -> bool {
        matches!(self, Self::Clerk | Self::Approver)
    }

    pub(crate) fn may_approve(self) -> bool {
        self == Self::Approver
    }

    pub(crate) fn may_read_the_log(self) -> bool {
        self == Self::Auditor
    }
}

/// A member of staff.
#[derive(Clone)]
pub(crate) struct Staff {
    pub(crate) id: StaffId,
    pub(crate) name: String,
    pub(crate) mail: MailAddress,
    pub(crate) role: Role,
    pub(crate) hash: Hash,
    /// A token was activated: from then on the password alone opens nothing.
    pub(crate) had_token: bool,
    /// May make, change and end accounts, whatever the role.
    pub(crate) administers: bool,
    /// When the password was made up and mailed; `None` once its owner has chosen one.
    pub(crate) invited_at: Option<UnixMillis>,
    pub(crate) is_disabled: bool,
}

impl Staff {
    pub(super) const COLUMNS: &str = "staff.id AS staff_id, staff.name, staff.mail, staff.role, \
                                      staff.password_hash, staff.token, staff.administers, staff.invited_at, \
                                      staff.disabled_at";

    pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: parsed(row, "staff_id", |text| StaffId::parse(&text))?,
            name: row.get("name")?,
            mail: parsed(row, "mail", |text| text.try_into().ok())?,
            role: parsed(row, "role", |text| Role::from_word(&text))?,
            hash: Hash::from_phc(row.get("password_hash")?),
            had_token: row.get::<_, String>("token")? == "had",
            administers: row.get("administers")?,
            invited_at: row.get::<_, Option<i64>>("invited_at")?.map(UnixMillis),
            is_disabled: row.get::<_, Option<i64>>("disabled_at")?.is_some(),
        })
    }
}

impl Store {
    /// The account that may sign in under `id`.
    pub(crate) async fn staff_to_sign_in(&self, id: String) -> Result<Option<Staff>, StoreError> {
        let sql = format!("SELECT {} FROM staff WHERE id = ?1 AND disabled_at IS NULL", Staff::COLUMNS);
        self.run(move |db| db.query_row(&sql, [id], Staff::from_row).optional()).await
    }

    /// All accounts, disabled ones too.
    pub(crate) async fn all_staff(&self) -> Result<Vec<Staff>, StoreError> {
        let sql = format!("SELECT {} FROM staff ORDER BY id", Staff::COLUMNS);
        self.run(move |db| db.prepare(&sql)?.query_map([], Staff::from_row)?.collect()).await
    }

    /// Notes that the own token is 利用中: from here on the password alone opens nothing.
    pub(crate) async fn note_own_token(&self, id: &StaffId, now: UnixMillis) -> Result<(), StoreError> {
        let id = id.clone();
        self.run(move |db| {
            let transaction = db.transaction()?;
            let sql = "UPDATE staff SET token = 'had' WHERE id = ?1 AND token = 'never'";
            if transaction.execute(sql, [id.as_str()])? == 1 {
                let entry = Entry::new(&id, Deed::TokenActivated, Some(&id.member()), "");
                staff_log::put(&transaction, &entry, now)?;
            }
            transaction.commit()
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_staff_id_is_always_a_member_id_at_the_centre() {
        for fine in ["abc", "staff01", "a.b_c-9", &"x".repeat(32)] {
            assert_eq!(StaffId::parse(fine).unwrap().member().as_str(), format!("staff.{fine}"));
        }
        for bad in ["ab", "Staff01", "職員1", "a b c", "a/b", &"x".repeat(33), ""] {
            assert!(StaffId::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn each_role_may_do_its_own_part_and_no_other() {
        assert!(Role::Clerk.may_request() && !Role::Clerk.may_approve() && !Role::Clerk.may_read_the_log());
        assert!(Role::Approver.may_request() && Role::Approver.may_approve());
        assert!(!Role::Auditor.may_request() && !Role::Auditor.may_approve());
        assert!(Role::Auditor.may_read_the_log() && !Role::Approver.may_read_the_log());
    }
}
