//! Owns the bank API's calls that only staff make: stopping and ending tokens, lists, figures, the centre's audit log.
//! Refuses to know who may ask; the pages decide that before.
//! Invariant: none of the answers can hold a code, a key or a start password.

use reqwest::Method;
use warifu_core::ids::MemberId;
use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::{
    AuditCheck, AuditPage, Expiring, Figures, MemberStatus, ReinstateRequest, ReleaseRequest,
};

use super::{Centre, CentreError};

impl Centre {
    pub(crate) async fn reinstate(
        &self,
        member: &MemberId,
        request: &ReinstateRequest,
    ) -> Result<MemberStatus, CentreError> {
        self.ask(Method::POST, member, Some("reinstate"), Some(request)).await
    }

    pub(crate) async fn release(
        &self,
        member: &MemberId,
        request: &ReleaseRequest,
    ) -> Result<MemberStatus, CentreError> {
        self.ask(Method::POST, member, Some("release"), Some(request)).await
    }

    pub(crate) async fn expiring(&self, within_days: u16, after: &str) -> Result<Expiring, CentreError> {
        let days = within_days.to_string();
        self.look(&["tokens", "expiring"], &[("within_days", &days), ("after", after)]).await
    }

    pub(crate) async fn figures(&self, from: UnixMillis, to: UnixMillis) -> Result<Figures, CentreError> {
        let (from, to) = (from.0.to_string(), to.0.to_string());
        self.look(&["figures"], &[("from", &from), ("to", &to)]).await
    }

    pub(crate) async fn audit(&self, before: &str, limit: u16) -> Result<AuditPage, CentreError> {
        let limit = limit.to_string();
        self.look(&["audit"], &[("before", before), ("limit", &limit)]).await
    }

    pub(crate) async fn check_audit(&self) -> Result<AuditCheck, CentreError> {
        self.look(&["audit", "verify"], &[]).await
    }

    /// Asks for something that no body is needed for; an empty value is not asked.
    async fn look<T: serde::de::DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, CentreError> {
        let query: Vec<_> = query.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
        self.ask_at(Method::GET, path, &query, None::<&()>).await
    }
}
