//! Owns 取引認証 on the bank API: a transfer that waits for its code, and the code.
//! Refuses to know accounts and balances: to the centre a transfer is what the member is asked to agree to.
//! Invariant: what is signed is what was registered; the code says yes to these fields and to no others.

use serde::{Deserialize, Serialize};

use crate::ids::{AccountNo, BankNo, BranchNo, RequestId, TransactionId};
use crate::sign::{AccountType, Amount, Payee, TransactionKind};
use crate::time::UnixMillis;

/// A transfer that the member is to agree to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TransactionRequest {
    /// The same ID again gives the same transaction.
    pub request_id: RequestId,
    /// What it is.
    pub kind: TransactionKind,
    /// The bank's number, 4 digits.
    pub bank: BankNo,
    /// The branch's number, 3 digits.
    pub branch: BranchNo,
    /// The kind of account.
    pub account_type: AccountType,
    /// The account's number, 7 digits.
    pub account: AccountNo,
    /// The payee's name, as the transfer carries it.
    pub payee_kana: Payee,
    /// Yen.
    pub amount: Amount,
}

/// A transfer that waits for its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Transaction {
    /// Names it from here on.
    pub transaction_id: TransactionId,
    /// Until when its code has to come.
    pub expires_at: UnixMillis,
    /// The text of the QR code that the app reads; absent when there is no token in use to read it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub qr: Option<String>,
}
