//! Owns what an institution asks when a token is to be stopped, started again or ended without a code.
//! Refuses to judge who may ask: that is the institution's.
//! Invariant: each says by whom and why, for the audit log.

use serde::{Deserialize, Serialize};

use crate::ids::RequestId;
use crate::wire::device::words;

words!(
    /// Who wants a token stopped.
    StoppedBy {
        /// The member: 心当たりがない, or a lost phone.
        Member = "member",
        /// Staff: 強制停止.
        Staff = "staff",
    }
);

/// 利用停止 of a token in use. A token that is suspended already stays so: twice is as good as once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SuspendRequest {
    /// The same ID again changes nothing more.
    pub request_id: RequestId,
    /// Who wants it.
    pub by: StoppedBy,
    /// With `staff`: which member of staff, 1 to 64 characters. With `member` it is absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub staff: Option<String>,
    /// Why, in their words; 1 to 500 characters.
    pub reason: String,
}

/// 停止解除.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReinstateRequest {
    /// For the log; reinstating a token that is not suspended is `wrong_state`.
    pub request_id: RequestId,
    /// Which member of staff, as the institution names them; 1 to 64 characters.
    pub staff: String,
    /// Why, in their words; 1 to 500 characters.
    pub reason: String,
}

/// 利用解除 without a code, of a token in use or suspended: the phone is lost, or a new issue was permitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleaseRequest {
    /// The same ID again changes nothing more.
    pub request_id: RequestId,
    /// Which member of staff, as the institution names them; 1 to 64 characters.
    pub staff: String,
    /// Why, in their words; 1 to 500 characters.
    pub reason: String,
}
