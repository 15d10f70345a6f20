//! Owns what an institution sets about 振込・振替: its own number, the limits, from where on a transfer is signed.
//! Refuses to know members: what stands on one's own application form wins over `form_limit_yen`.
//! Invariant: a limit is never 0, and the form never allows less than a member without a token has.

use serde::Deserialize;
use warifu_core::ids::BankNo;

/// 振込・振替.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Transfers {
    /// 金融機関コード of this institution; without one, every payee is somewhere else.
    pub bank: Option<BankNo>,
    /// 申込書記載の振込限度額 of a member for whom nothing else was said, yen.
    pub form_limit_yen: u64,
    /// After how many days a higher limit holds.
    pub raise_days: u32,
    /// A transfer of more than this, in yen, needs a 取引認証 code of its own.
    pub sign_above_yen: u64,
}

impl Default for Transfers {
    fn default() -> Self {
        Self { bank: None, form_limit_yen: 1_000_000, raise_days: 3, sign_above_yen: 500_000 }
    }
}

impl Transfers {
    /// What is wrong with it.
    pub(super) fn problem(&self, without_token_yen: u64) -> Option<&'static str> {
        const MOST: u64 = 999_999_999_999;
        if without_token_yen == 0 || self.form_limit_yen < without_token_yen || self.form_limit_yen > MOST {
            return Some("form_limit_yen has to be at least without_token_yen, which is never 0");
        }
        None
    }
}
