//! Owns what a token was used for lately, as the centre saw it.
//! Refuses to know codes: a use is a moment, a purpose and a result.
//! Invariant: the member and their institution are told the true result; whoever typed a code is not told more by it.

use serde::{Deserialize, Serialize};

use super::words::Verdict;
use crate::time::UnixMillis;
use crate::wire::device::words;

/// How many uses of a token are kept.
pub const USES_KEPT: usize = 16;

words!(
    /// What a token was used for.
    UsePurpose {
        /// ログイン.
        SignIn = "sign_in",
        /// 振込・振替.
        Transfer = "transfer",
        /// 登録情報の変更, 限度額の変更.
        Change = "change",
        /// 利用開始.
        Activate = "activate",
        /// 利用解除.
        Revoke = "revoke",
        /// 時刻のずれの補正.
        Resync = "resync",
        /// 取引認証.
        Signature = "signature",
    }
);

/// One use of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenUse {
    /// When.
    pub at: UnixMillis,
    /// What for.
    pub purpose: UsePurpose,
    /// What became of it.
    pub result: Verdict,
}

/// The last uses of a member's newest token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct History {
    /// Newest first, at most sixteen.
    pub uses: Vec<TokenUse>,
}
