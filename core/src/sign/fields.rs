//! Owns what a transfer is to whoever agrees to it: the fields, and what may stand in them.
//! Refuses to know accounts, balances and who the payee is.
//! Invariant: a field that parses can be shown, hashed and put into a QR code as it is.

use serde::{Deserialize, Serialize};

use crate::ids::{AccountNo, BankNo, BranchNo};
use crate::wire::device::words;

words!(
    /// What is agreed to.
    TransactionKind {
        /// 振込・振替.
        Transfer = "transfer",
    }
);

words!(
    /// The kind of the payee's account.
    AccountType {
        /// 普通.
        Ordinary = "ordinary",
        /// 当座.
        Current = "current",
        /// 貯蓄.
        Savings = "savings",
    }
);

/// Yen: 1 to 999,999,999,999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "u64", try_from = "u64")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = u64))]
pub struct Amount(u64);

impl Amount {
    const MOST: u64 = 999_999_999_999;

    /// The yen.
    pub fn yen(self) -> u64 {
        self.0
    }
}

impl From<Amount> for u64 {
    fn from(amount: Amount) -> Self {
        amount.0
    }
}

impl TryFrom<u64> for Amount {
    type Error = &'static str;
    fn try_from(yen: u64) -> Result<Self, Self::Error> {
        if (1..=Self::MOST).contains(&yen) {
            Ok(Self(yen))
        } else {
            Err("an amount is 1 to 999999999999 yen")
        }
    }
}

/// The payee's name: 1 to 60 characters on one line, none of which changes how others are shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
pub struct Payee(String);

impl Payee {
    /// How many characters it may have.
    pub const LONGEST: usize = 60;

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Payee> for String {
    fn from(payee: Payee) -> Self {
        payee.0
    }
}

impl TryFrom<String> for Payee {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let fits = (1..=Self::LONGEST).contains(&text.chars().count());
        if fits && text.trim() == text && !text.chars().any(turns_text) {
            Ok(Self(text))
        } else {
            Err("a payee is 1 to 60 characters on one line")
        }
    }
}

/// Controls, and the marks that hide characters or turn the direction of those around them.
fn turns_text(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{00ad}' | '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A transfer as the member agrees to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// What it is.
    pub kind: TransactionKind,
    /// The bank.
    pub bank: BankNo,
    /// The branch.
    pub branch: BranchNo,
    /// The kind of account.
    pub account_type: AccountType,
    /// The account.
    pub account: AccountNo,
    /// The payee's name.
    pub payee_kana: Payee,
    /// Yen.
    pub amount: Amount,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_could_be_shown_otherwise_than_it_is_signed_is_refused() {
        for bad in ["", " ", " センポク", "センポク\n", "セ\u{202e}ンポク", "セ\u{200b}ン", &"ア".repeat(61)]
        {
            assert!(Payee::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
        for fine in ["センポク　タロウ", "ｾﾝﾎﾟｸ ﾀﾛｳ", "ｶ)ﾃｽﾄ", &"ア".repeat(60)]
        {
            assert!(Payee::try_from(fine.to_owned()).is_ok(), "{fine}");
        }
    }

    #[test]
    fn an_amount_is_at_least_one_yen() {
        for bad in ["0", "1000000000000", "1.5", "-1", "\"1\""] {
            assert!(serde_json::from_str::<Amount>(bad).is_err(), "{bad}");
        }
        assert_eq!(serde_json::from_str::<Amount>("999999999999").unwrap().yen(), 999_999_999_999);
    }
}
