//! Owns the line to the centre: the service card, the four messages of an initialisation, a device's questions, over HTTPS.
//! Refuses to know keys, screens and what an answer means for the token.
//! Invariant: nothing leaves in clear, no redirect is followed, no more of an answer is read than the protocol allows.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url, redirect};
use serde::de::DeserializeOwned;
use warifu_core::ids::ServiceId;
use warifu_core::wire::channel::{Answered, Asked, DEVICE_REFUSED};
use warifu_core::wire::device::{
    CARD_PATH, ENROL_REFUSED, EnrolFinish, EnrolFinished, EnrolStart, EnrolStarted, FINISH_PATH, START_PATH,
    SignedCard, VAULT_TOO_WEAK,
};
use warifu_core::wire::{MAX_BODY, Refusal as WireRefusal};

use crate::clock::{Clock, Counted};
use crate::refusal::{Refusal, Refused};

mod compiled_in {
    include!(concat!(env!("OUT_DIR"), "/centre_toml.rs"));
}

/// The root keys that may sign a service card.
pub(crate) const ROOTS: &[[u8; 32]] = compiled_in::ROOTS;

const CONNECT: Duration = Duration::from_secs(8);
const WHOLE: Duration = Duration::from_secs(20);
/// Pauses between tries of the same bytes while the member waits.
const PAUSES: [Duration; 2] = [Duration::from_millis(400), Duration::from_millis(1_500)];

/// The longest wait that is believed, seconds.
const LONGEST_WAIT: u64 = 86_400;
/// The wait after too many tries when the centre does not say for how long, seconds.
const UNSAID_WAIT: u64 = 60;

/// The line. Knocks only when asked to.
pub(crate) struct Centre {
    /// Made when it is first asked for: the window does not wait for the system's certificates.
    client: OnceLock<Result<Client, reqwest::Error>>,
    instead: Option<String>,
    whole: Duration,
    pauses: [Duration; 2],
}

/// M2, and what it says about the clock.
pub(crate) struct Heard {
    /// M2.
    pub(crate) m2: EnrolStarted,
    /// The counts between which it was asked and answered; `None` when it was asked more than once, because the centre
    /// then repeats the time of its first answer.
    pub(crate) between: Option<(Counted, Counted)>,
}

fn client(whole: Duration, is_direct: bool) -> Result<Client, reqwest::Error> {
    // A provider that was installed before is as good: there is only this one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("warifu/", env!("CARGO_PKG_VERSION")))
        .https_only(!cfg!(feature = "qa"))
        .redirect(redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT)
        .timeout(whole);
    if is_direct {
        builder = builder.no_proxy();
    }
    builder.build()
}

impl Centre {
    /// The one that is compiled in; with the feature `qa`, the one that `WARIFU_QA_CENTRE_URL` names.
    pub(crate) fn compiled_in() -> Self {
        Self::reached(qa_url(), WHOLE, PAUSES)
    }

    /// The compiled-in one, or another `instead`, with the patience of the caller.
    pub(crate) fn reached(instead: Option<String>, whole: Duration, pauses: [Duration; 2]) -> Self {
        Self { client: OnceLock::new(), instead, whole, pauses }
    }

    fn client(&self) -> Result<&Client, Refusal> {
        self.client
            .get_or_init(|| client(self.whole, self.instead.is_some()))
            .as_ref()
            .map_err(|_| Refusal::Offline)
    }

    /// The card of a service.
    pub(crate) async fn card(&self, service_id: &ServiceId) -> Result<SignedCard, Refused> {
        let path = format!("{CARD_PATH}{service_id}");
        let ask = || self.request(Method::GET, compiled_in::URL, &path);
        self.persist(ask).await.map(|(card, _)| card)
    }

    /// M1 for M2. The same bytes are sent again when an answer is lost: the centre charges them once.
    pub(crate) async fn start(
        &self,
        centre_url: &str,
        m1: &EnrolStart,
        clock: &Clock,
    ) -> Result<Heard, Refused> {
        let ask = || Ok(self.request(Method::POST, centre_url, START_PATH)?.json(m1));
        let asked = clock.counted();
        let (m2, tries) = self.persist(ask).await?;
        Ok(Heard { m2, between: (tries == 1).then(|| (asked, clock.counted())) })
    }

    /// M3 for M4, once: the caller decides when to ask again. A refusal that is not about this very M3 is none: one of
    /// the two was damaged on its way, or came late.
    pub(crate) async fn finish(&self, centre_url: &str, m3: &EnrolFinish) -> Result<EnrolFinished, Refused> {
        let request = self.request(Method::POST, centre_url, FINISH_PATH)?.json(m3);
        answer_about(request, Some(m3.digest())).await
    }

    /// A question over the device channel, and how often it was asked. The same bytes get the same answer.
    pub(crate) async fn ask(
        &self,
        centre_url: &str,
        path: &str,
        asked: &Asked,
    ) -> Result<(Answered, usize), Refused> {
        self.persist(|| Ok(self.request(Method::POST, centre_url, path)?.json(asked))).await
    }

    /// Asks until there is an answer, the centre asks to be left alone, or the member has waited long enough.
    async fn persist<T: DeserializeOwned>(
        &self,
        ask: impl Fn() -> Result<RequestBuilder, Refusal>,
    ) -> Result<(T, usize), Refused> {
        for (before, pause) in self.pauses.into_iter().enumerate() {
            match answer(ask()?).await {
                Err(Refused { code: Refusal::Offline | Refusal::CentreBusy, wait_s: None }) => {
                    tokio::time::sleep(pause).await
                }
                other => return other.map(|answer| (answer, before + 1)),
            }
        }
        answer(ask()?).await.map(|answer| (answer, self.pauses.len() + 1))
    }

    fn request(&self, method: Method, base: &str, path: &str) -> Result<RequestBuilder, Refusal> {
        let base = self.instead.as_deref().unwrap_or(base);
        let url = Url::parse(&format!("{base}{path}")).map_err(|_| Refusal::Offline)?;
        if !is_private(&url) {
            return Err(Refusal::Offline);
        }
        Ok(self.client()?.request(method, url))
    }
}

/// HTTPS; with the feature `qa` also plain HTTP to this very machine.
fn is_private(url: &Url) -> bool {
    let to_this_machine = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
    url.scheme() == "https" || (cfg!(feature = "qa") && url.scheme() == "http" && to_this_machine)
}

#[cfg(feature = "qa")]
fn qa_url() -> Option<String> {
    std::env::var("WARIFU_QA_CENTRE_URL").ok().map(|url| url.trim_end_matches('/').to_owned())
}

#[cfg(not(feature = "qa"))]
fn qa_url() -> Option<String> {
    None
}

async fn answer<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Refused> {
    answer_about(request, None).await
}

/// `asked`: the digest of the M3 that is sent.
async fn answer_about<T: DeserializeOwned>(
    request: RequestBuilder,
    asked: Option<[u8; 32]>,
) -> Result<T, Refused> {
    let mut reply = request.send().await.map_err(|_| Refusal::Offline)?;
    let status = reply.status();
    let asked_for = wait(reply.headers());
    let mut body = Vec::new();
    while let Some(part) = reply.chunk().await.map_err(|_| Refusal::Offline)? {
        if body.len() + part.len() > MAX_BODY {
            return Err(Refusal::CentreBusy.into());
        }
        body.extend_from_slice(&part);
    }
    if status == StatusCode::OK {
        return serde_json::from_slice(&body).map_err(|_| Refusal::CentreBusy.into());
    }
    let code = refusal(status, &body, asked);
    let wait_s = match code {
        Refusal::RateLimited => Some(asked_for.unwrap_or(UNSAID_WAIT)),
        Refusal::CentreBusy => asked_for,
        _ => None,
    };
    Err(Refused { code, wait_s })
}

/// The seconds of Retry-After. The other form of that field, a date, is not one of this protocol.
fn wait(head: &HeaderMap) -> Option<u64> {
    let seconds: u64 = head.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(seconds.clamp(1, LONGEST_WAIT))
}

/// What a refusal of the centre means here. Anything unknown is taken for a passing trouble.
fn refusal(status: StatusCode, body: &[u8], asked: Option<[u8; 32]>) -> Refusal {
    let said = serde_json::from_slice::<WireRefusal>(body).ok();
    let about = said.as_ref().and_then(|said| said.about.as_ref()).map(|about| about.0);
    match (status, said.map_or_else(String::new, |said| said.code).as_str()) {
        (_, ENROL_REFUSED) if about == asked => Refusal::EnrolRefused,
        (_, VAULT_TOO_WEAK) => Refusal::VaultTooWeak,
        (_, DEVICE_REFUSED) => Refusal::DeviceRefused,
        (StatusCode::TOO_MANY_REQUESTS, _) => Refusal::RateLimited,
        (StatusCode::NOT_FOUND, code) if code.ends_with("not_found") => Refusal::ServiceUnknown,
        _ => Refusal::CentreBusy,
    }
}

#[cfg(test)]
#[path = "centre_tests.rs"]
mod tests;
