//! Owns the bank API: what an institution asks the centre about its own members.
//! Refuses to know the institution's pages, sessions and passwords.
//! Invariant: a body carries everything that is asked; a path holds the member's ID and a transaction's, nothing else.
//!
//! Every call carries `Authorization: Bearer KEY`, the institution's own key: it names the institution.
//!
//! | Call | Body | Answer |
//! |---|---|---|
//! | `GET  /bank/v1/members/{member_id}` | | [`MemberStatus`] |
//! | `POST /bank/v1/members/{member_id}/issue` | [`IssueRequest`] | [`Issued`] |
//! | `POST /bank/v1/members/{member_id}/cancel` | [`CancelRequest`] | [`MemberStatus`] |
//! | `POST /bank/v1/members/{member_id}/resend` | [`ResendRequest`] | [`MemberStatus`] |
//! | `POST /bank/v1/members/{member_id}/readdress` | [`ReaddressRequest`] | [`MemberStatus`] |
//! | `POST /bank/v1/members/{member_id}/activate` | [`CodeRequest`] | [`Answer`] |
//! | `POST /bank/v1/members/{member_id}/verify` | [`VerifyRequest`] | [`Answer`] |
//! | `POST /bank/v1/members/{member_id}/revoke` | [`CodeRequest`] | [`Answer`] |
//! | `POST /bank/v1/members/{member_id}/resync` | [`ResyncRequest`] | [`Answer`] |
//! | `POST /bank/v1/members/{member_id}/suspend` | [`SuspendRequest`] | [`MemberStatus`] |
//! | `POST /bank/v1/members/{member_id}/reinstate` | [`ReinstateRequest`] | [`MemberStatus`] |
//! | `POST /bank/v1/members/{member_id}/release` | [`ReleaseRequest`] | [`MemberStatus`] |
//! | `GET  /bank/v1/members/{member_id}/history` | | [`History`] |
//! | `POST /bank/v1/members/{member_id}/transactions` | [`TransactionRequest`] | [`Transaction`] |
//! | `POST /bank/v1/members/{member_id}/transactions/{transaction_id}/sign` | [`CodeRequest`] | [`Answer`] |
//! | `GET  /bank/v1/tokens/expiring?within_days=&after=` | | [`Expiring`] |
//! | `GET  /bank/v1/figures?from=&to=` | | [`Figures`] |
//! | `GET  /bank/v1/audit?before=&limit=` | | [`AuditPage`] |
//! | `GET  /bank/v1/audit/verify` | | [`AuditCheck`] |
//! | `GET  /bank/v1/openapi.json` | | the description of all this |
//!
//! A verdict is an answer (200). Anything else that is not a success is a [`Refusal`](super::Refusal):
//! 400 `malformed`, `malformed_code` · 401 `unknown_key` · 404 `not_found`, `member_not_found` ·
//! 405 `method_not_allowed` · 408 `too_slow` · 409 `conflict` (same request ID, other question), `wrong_state` · 413 `too_large` ·
//! 415 `not_json` · 429 `too_many` · 500 `internal` · 503 `busy`.

mod address;
mod history;
mod oversight;
mod signing;
mod stops;
mod words;

use serde::{Deserialize, Serialize};

pub use address::MailAddress;
pub use history::{History, TokenUse, USES_KEPT, UsePurpose};
pub use oversight::{
    AuditBreak, AuditCheck, AuditPage, AuditRow, Expiring, ExpiringToken, Figures, HourFigures,
};
pub use signing::{Transaction, TransactionRequest};
pub use stops::{ReinstateRequest, ReleaseRequest, StoppedBy, SuspendRequest};
pub use words::{AttemptOutcome, IssueState, MailState, Purpose, Registration, TokenState, Verdict};

use crate::ids::{RequestId, Serial, ServiceId, UserId};
use crate::start_password::{self, StartPassword};
use crate::time::UnixMillis;
use crate::wire::device::VaultLevel;

/// トークン発行.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IssueRequest {
    /// The same ID again gives the same issue.
    pub request_id: RequestId,
    /// Where トークン発行のご案内 goes.
    pub mail: MailAddress,
    /// 利用開始パスワード, 4 to 8 digits, not a repeated digit and not a run.
    #[serde(with = "start_password::on_the_wire")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub start_password: StartPassword,
}

/// The answer to トークン発行: what 完了 shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Issued {
    /// サービスID.
    pub service_id: ServiceId,
    /// ユーザID.
    pub user_id: UserId,
    /// Until when 初期設定 has to be done.
    pub expires_at: UnixMillis,
    /// Where the mail goes.
    pub mail: MailAddress,
}

/// 申込を中止する: an open issue, or a token that was never activated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CancelRequest {
    /// For the log; cancelling twice changes nothing.
    pub request_id: RequestId,
}

/// トークン発行のご案内, once more, to the same address; only while the issue is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResendRequest {
    /// The same ID again sends nothing more.
    pub request_id: RequestId,
}

/// 宛先の変更, before 利用開始: all further mails go to the new address; while the issue is open, トークン発行のご案内
/// is sent there at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReaddressRequest {
    /// The same ID again changes nothing more.
    pub request_id: RequestId,
    /// The new address.
    pub mail: MailAddress,
}

/// A code for 利用開始 or 利用解除.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CodeRequest {
    /// The same ID again gives the same answer.
    pub request_id: RequestId,
    /// As typed: full-width digits, blanks and hyphens are accepted.
    pub code: String,
}

/// Two codes of consecutive minutes, from a device whose clock is far off.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResyncRequest {
    /// The same ID again gives the same answer.
    pub request_id: RequestId,
    /// The earlier code, as typed.
    pub first: String,
    /// The code that came right after it, as typed.
    pub second: String,
}

/// A code for a purpose.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerifyRequest {
    /// The same ID again gives the same answer.
    pub request_id: RequestId,
    /// What the code is asked for.
    pub purpose: Purpose,
    /// As typed: full-width digits, blanks and hyphens are accepted.
    pub code: String,
}

/// What became of a code, and how many tries are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Answer {
    /// The verdict.
    pub verdict: Verdict,
    /// With `wrong` only: how many more wrong codes until the token stops.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wrong_left: Option<u8>,
    /// At 利用開始 with `wrong` only: the code was right for a clock that is so many seconds ahead (behind when
    /// negative). It is charged all the same; two codes in a row teach the centre that clock.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub clock_off_s: Option<i64>,
}

/// A member's token as the institution may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemberStatus {
    /// 登録状況.
    pub registration: Registration,
    /// The issue that `token` came from, or the newest one, unless 利用解除 or another end lies after it.
    pub issue: Option<IssueStatus>,
    /// The token in use (active or suspended), else the one that waits for 利用開始.
    pub token: Option<TokenStatus>,
    /// While a token is in use: the new one that is to follow it, as far as that has come.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub renewal: Option<Renewal>,
    /// How the newest token ended, while nothing newer was issued.
    pub ended: Option<TokenEnd>,
    /// The newest mail to the member.
    pub mail: Option<MailStatus>,
}

/// A new token beside the one in use, which goes on until the new one was activated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Renewal {
    /// Its issue.
    pub issue: IssueStatus,
    /// The initialised token that waits for 利用開始.
    pub token: Option<TokenStatus>,
}

/// A member's newest issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IssueStatus {
    /// サービスID.
    pub service_id: ServiceId,
    /// ユーザID.
    pub user_id: UserId,
    /// Its state.
    pub state: IssueState,
    /// How many start passwords may still be tried.
    pub attempts_left: u8,
    /// Until when 初期設定 has to be done.
    pub expires_at: UnixMillis,
    /// Where its mails go.
    pub mail: MailAddress,
    /// The last attempts to initialise an app with it, newest first, at most five.
    pub attempts: Vec<AttemptStatus>,
}

/// One attempt to initialise an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttemptStatus {
    /// When it came.
    pub at: UnixMillis,
    /// What became of it.
    pub outcome: AttemptOutcome,
}

/// How a token ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenEnd {
    /// シリアルNo.
    pub serial: Serial,
    /// `revoked`, `replaced`, `expired` or `void`.
    pub state: TokenState,
    /// When.
    pub at: UnixMillis,
}

/// A member's living token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenStatus {
    /// シリアルNo.
    pub serial: Serial,
    /// Its state.
    pub state: TokenState,
    /// How many more wrong codes until it stops (or, before 利用開始, is void).
    pub wrong_left: u8,
    /// How far its device's clock is ahead as the centre has learned it (behind when negative), minutes.
    pub drift: i8,
    /// How well its device keeps the keys, as the app reported it.
    pub vault: VaultLevel,
    /// 利用開始日.
    pub started_on: UnixMillis,
    /// 有効期限.
    pub expires_at: UnixMillis,
    /// Until when 利用開始 has to be done; only before it.
    pub activate_by: Option<UnixMillis>,
    /// 複製の疑い: when two devices were last seen to ask with this token's keys.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub copy_suspected_at: Option<UnixMillis>,
}

/// What became of the newest mail to a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailStatus {
    /// Where it goes.
    pub to: MailAddress,
    /// Its state.
    pub state: MailState,
    /// When it reached that state.
    pub at: UnixMillis,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_are_refused() {
        let body = r#"{"request_id":"00000000-0000-4000-8000-000000000000","code":"1","x":1}"#;
        assert!(serde_json::from_str::<CodeRequest>(body).is_err());
    }
}
