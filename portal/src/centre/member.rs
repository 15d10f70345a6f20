//! Owns the bank API's calls that a member's pages make beside those of 利用開始 and 認証: 取引認証 and two codes in a row.
//! Refuses to know accounts and limits.
//! Invariant: as in `centre`, a question is repeated only under its own request ID.

use reqwest::Method;
use warifu_core::ids::{MemberId, RequestId, TransactionId};
use warifu_core::wire::bank::{Answer, CodeRequest, ResyncRequest, Transaction, TransactionRequest};

use super::{Centre, CentreError};

impl Centre {
    pub(crate) async fn transaction(
        &self,
        member: &MemberId,
        request: &TransactionRequest,
    ) -> Result<Transaction, CentreError> {
        self.ask(Method::POST, member, Some("transactions"), Some(request)).await
    }

    pub(crate) async fn sign(
        &self,
        member: &MemberId,
        transaction: TransactionId,
        id: RequestId,
        code: &str,
    ) -> Result<Answer, CentreError> {
        let request = CodeRequest { request_id: id, code: code.to_owned() };
        let path = ["members", member.as_str(), "transactions", &transaction.to_string(), "sign"];
        self.ask_at(Method::POST, &path, &[], Some(&request)).await
    }

    pub(crate) async fn resync(
        &self,
        member: &MemberId,
        id: RequestId,
        (first, second): (&str, &str),
    ) -> Result<Answer, CentreError> {
        let request = ResyncRequest { request_id: id, first: first.to_owned(), second: second.to_owned() };
        self.ask(Method::POST, member, Some("resync"), Some(&request)).await
    }
}
