//! Owns what an institution is told of all its members together: ends to come, figures, its audit log.
//! Refuses to tell codes, keys, passwords, or anything of another institution.
//! Invariant: lists come in pages; `next` is handed back as it came.

use serde::{Deserialize, Serialize};

use crate::ids::{MemberId, Serial};
use crate::time::UnixMillis;

/// Tokens in use whose 有効期限 is near.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Expiring {
    /// Soonest first, at most a hundred.
    pub tokens: Vec<ExpiringToken>,
    /// What to ask for as `after` to get the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<String>,
}

/// A token that ends soon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpiringToken {
    /// Whose it is.
    pub member_id: MemberId,
    /// シリアルNo.
    pub serial: Serial,
    /// 有効期限.
    pub expires_at: UnixMillis,
}

/// What happened hour by hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Figures {
    /// Every hour between the two moments, in order, also those in which nothing happened.
    pub hours: Vec<HourFigures>,
}

/// What happened in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HourFigures {
    /// Its beginning.
    pub hour: UnixMillis,
    /// トークン発行.
    pub issued: u64,
    /// 利用開始.
    pub activated: u64,
    /// Tokens that stopped, for whatever reason.
    pub suspended: u64,
    /// Wrong codes.
    pub wrong: u64,
    /// Accepted codes, those of 利用開始 and 利用解除 among them.
    pub accepted: u64,
}

/// Rows of the institution's audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditPage {
    /// Newest first.
    pub rows: Vec<AuditRow>,
    /// What to ask for as `before` to get the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<String>,
}

/// One row of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditRow {
    /// Which chain it stands in.
    pub chain: String,
    /// Its place there, from 1.
    pub seq: u64,
    /// When.
    pub at: UnixMillis,
    /// `bank`, `device`, `centre`, `member` or `staff:` with a name.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what: `token:` with a serial number, `issue:` with a user ID, `member:` with a member's ID.
    pub object: String,
    /// What became of it.
    pub outcome: String,
    /// More about it, such as a reason.
    pub detail: String,
}

/// What a check of the institution's audit log found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditCheck {
    /// How many rows are whole.
    pub rows: u64,
    /// The first row that is not.
    pub broken: Option<AuditBreak>,
}

/// The first row of a chain that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditBreak {
    /// Which chain.
    pub chain: String,
    /// Its place there.
    pub seq: u64,
    /// What is wrong with it, one English sentence.
    pub what: String,
}
