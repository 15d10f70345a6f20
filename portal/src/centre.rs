//! Owns the way to the token centre: the bank API as its client.
//! Refuses to know sessions and pages; it says the types of `warifu_core::wire::bank` and nothing else.
//! Invariant: https unless loopback; a question is repeated only under its own request ID; no answer is guessed.

mod member;
mod staff;

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, Method, StatusCode, Url, redirect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use warifu_core::ids::{MemberId, RequestId};
use warifu_core::wire::Refusal;
use warifu_core::wire::bank::{
    Answer, CancelRequest, CodeRequest, History, IssueRequest, Issued, MailAddress, MemberStatus, Purpose,
    ReaddressRequest, Registration, ResendRequest, SuspendRequest, VerifyRequest,
};

use crate::config;

/// No answer of the centre is longer.
const LONGEST_ANSWER: usize = 64 * 1024;
const TRIES: u32 = 3;
/// A longer wait is the member's to decide on.
const SHORT_WAIT: u32 = 1;
/// A longer wait is not believed.
const LONGEST_WAIT: u32 = 24 * 3_600;

/// The bank API of one centre under one institution's key.
#[derive(Clone)]
pub(crate) struct Centre {
    client: Client,
    base: Url,
    key: config::BankKey,
}

/// Why the centre gave no answer that can be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CentreError {
    /// It did not answer in time, or something on the way did in its place.
    #[error("the centre cannot be reached: {0}")]
    Away(String),
    /// It asks to wait: it was asked too often (429), or has no room just now (503).
    #[error("the centre answered {status} and asks to wait, seconds: {seconds:?}")]
    Wait { status: u16, seconds: Option<u32> },
    /// It answered with a refusal that this page has no words for.
    #[error("the centre refused with {status} {code}, its request {request}")]
    Refused { status: u16, code: String, request: String },
    /// It answered with something that the bank API does not hold.
    #[error("the centre's answer is not of the bank API: {0}")]
    Strange(String),
}

impl CentreError {
    /// Whether the centre refused with this code.
    pub(crate) fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == wanted)
    }

    /// Whether the member's state does not allow what was asked, or nothing was ever issued.
    pub(crate) fn is_out_of_state(&self) -> bool {
        self.is("wrong_state") || self.is("member_not_found")
    }
}

impl Centre {
    pub(crate) fn new(config: &config::Centre) -> Result<Self, CentreError> {
        // Another part of the process may have chosen a provider before; either serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let base = Url::parse(&config.url).map_err(|e| CentreError::Strange(e.to_string()))?;
        let is_https = base.scheme() == "https";
        let mut client = Client::builder()
            .user_agent(concat!("warifu-portal/", env!("CARGO_PKG_VERSION")))
            // Sooner than the centre ends a connection that is silent.
            .pool_idle_timeout(Duration::from_secs(20))
            .redirect(redirect::Policy::none())
            .connect_timeout(Duration::from_secs(3))
            .timeout(Duration::from_secs(10))
            .https_only(is_https);
        if !is_https {
            client = client.no_proxy();
        }
        let client = client.build().map_err(|e| CentreError::Strange(e.to_string()))?;
        Ok(Self { client, base, key: config.key.clone() })
    }

    pub(crate) async fn status(&self, member: &MemberId) -> Result<MemberStatus, CentreError> {
        match self.ask(Method::GET, member, None, None::<&()>).await {
            // A member for whom nothing was ever issued.
            Err(refusal) if refusal.is("member_not_found") => Ok(MemberStatus {
                registration: Registration::None,
                issue: None,
                token: None,
                ended: None,
                renewal: None,
                mail: None,
            }),
            answer => answer,
        }
    }

    pub(crate) async fn issue(
        &self,
        member: &MemberId,
        request: &IssueRequest,
    ) -> Result<Issued, CentreError> {
        self.ask(Method::POST, member, Some("issue"), Some(request)).await
    }

    pub(crate) async fn cancel(&self, member: &MemberId, id: RequestId) -> Result<MemberStatus, CentreError> {
        self.ask(Method::POST, member, Some("cancel"), Some(&CancelRequest { request_id: id })).await
    }

    pub(crate) async fn resend(&self, member: &MemberId, id: RequestId) -> Result<MemberStatus, CentreError> {
        self.ask(Method::POST, member, Some("resend"), Some(&ResendRequest { request_id: id })).await
    }

    pub(crate) async fn readdress(
        &self,
        member: &MemberId,
        id: RequestId,
        mail: MailAddress,
    ) -> Result<MemberStatus, CentreError> {
        let request = ReaddressRequest { request_id: id, mail };
        self.ask(Method::POST, member, Some("readdress"), Some(&request)).await
    }

    pub(crate) async fn activate(
        &self,
        member: &MemberId,
        id: RequestId,
        code: &str,
    ) -> Result<Answer, CentreError> {
        let request = CodeRequest { request_id: id, code: code.to_owned() };
        self.ask(Method::POST, member, Some("activate"), Some(&request)).await
    }

    pub(crate) async fn revoke(
        &self,
        member: &MemberId,
        id: RequestId,
        code: &str,
    ) -> Result<Answer, CentreError> {
        let request = CodeRequest { request_id: id, code: code.to_owned() };
        self.ask(Method::POST, member, Some("revoke"), Some(&request)).await
    }

    pub(crate) async fn history(&self, member: &MemberId) -> Result<History, CentreError> {
        self.ask(Method::GET, member, Some("history"), None::<&()>).await
    }

    pub(crate) async fn suspend(
        &self,
        member: &MemberId,
        request: &SuspendRequest,
    ) -> Result<MemberStatus, CentreError> {
        self.ask(Method::POST, member, Some("suspend"), Some(request)).await
    }

    pub(crate) async fn verify(
        &self,
        member: &MemberId,
        id: RequestId,
        purpose: Purpose,
        code: &str,
    ) -> Result<Answer, CentreError> {
        let request = VerifyRequest { request_id: id, purpose, code: code.to_owned() };
        self.ask(Method::POST, member, Some("verify"), Some(&request)).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        member: &MemberId,
        action: Option<&str>,
        body: Option<&impl Serialize>,
    ) -> Result<T, CentreError> {
        let path = ["members", member.as_str()].into_iter().chain(action).collect::<Vec<_>>();
        self.ask_at(method, &path, &[], body).await
    }

    /// Asks, and asks again when no answer came: every question carries its request ID or changes nothing.
    async fn ask_at<T: DeserializeOwned>(
        &self,
        method: Method,
        below: &[&str],
        query: &[(&str, &str)],
        body: Option<&impl Serialize>,
    ) -> Result<T, CentreError> {
        let mut url = self.base.clone();
        let mut path =
            url.path_segments_mut().map_err(|()| CentreError::Strange("not a web address".to_owned()))?;
        path.pop_if_empty().extend(["bank", "v1"]).extend(below);
        drop(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut tried = 1;
        loop {
            let answer = self.ask_once(method.clone(), url.clone(), body).await;
            let pause = match &answer {
                Err(CentreError::Away(_)) => Duration::from_millis(150 * u64::from(tried)),
                Err(CentreError::Wait { status: 503, seconds: Some(seconds @ ..=SHORT_WAIT) }) => {
                    Duration::from_secs(u64::from(*seconds))
                }
                _ => return answer,
            };
            if tried == TRIES {
                return answer;
            }
            tokio::time::sleep(pause).await;
            tried += 1;
        }
    }

    async fn ask_once<T: DeserializeOwned>(
        &self,
        method: Method,
        url: Url,
        body: Option<&impl Serialize>,
    ) -> Result<T, CentreError> {
        let mut request = self.client.request(method, url).bearer_auth(self.key.expose());
        if let Some(body) = body {
            request = request.json(body);
        }
        // The error's address is dropped: it names the member.
        let away = |e: reqwest::Error| CentreError::Away(e.without_url().to_string());
        let mut answer = request.send().await.map_err(away)?;
        let status = answer.status();
        let seconds = wait(answer.headers());
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(away)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LONGEST_ANSWER {
                return Err(CentreError::Strange("too long".to_owned()));
            }
        }
        if status.is_success() {
            // Where it fails, not what stands there.
            let strange = |e: serde_json::Error| format!("line {} column {}", e.line(), e.column());
            return serde_json::from_slice(&bytes).map_err(|e| CentreError::Strange(strange(e)));
        }
        let is_full = status == StatusCode::SERVICE_UNAVAILABLE && seconds.is_some();
        if is_full || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(CentreError::Wait { status: status.as_u16(), seconds });
        }
        let away = [StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE, StatusCode::GATEWAY_TIMEOUT];
        if away.contains(&status) {
            return Err(CentreError::Away(status.to_string()));
        }
        let Ok(Refusal { code, request, .. }) = serde_json::from_slice(&bytes) else {
            return Err(CentreError::Strange(status.to_string()));
        };
        Err(CentreError::Refused { status: status.as_u16(), code, request })
    }
}

/// `Retry-After` in seconds; its other form, a date, is left alone.
fn wait(headers: &HeaderMap) -> Option<u32> {
    let seconds: u32 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(seconds.min(LONGEST_WAIT))
}
