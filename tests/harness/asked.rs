//! Owns questions to a centre that may be gone, and many of them at once.
//! Refuses to judge the answers.
//! Invariant: an answer that did not arrive is told apart from every answer that did.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::centre::{Centre, request_id};
use crate::http;
use crate::process::open_many_files;

/// How long a question is asked again before the test gives up.
const LONG: Duration = Duration::from_secs(60);

/// What came back: the status and the verdict, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The verdict's word.
    Verdict(String),
    /// Another status than that of a success.
    Status(u16),
    /// No answer at all.
    Nothing,
}

impl Reply {
    /// The reply that says so.
    pub fn of(verdict: &str) -> Self {
        Self::Verdict(verdict.to_owned())
    }
}

/// A question that can be asked more than once.
#[derive(Clone)]
pub struct Question {
    client: reqwest::Client,
    bearer: String,
    path: String,
    body: Value,
}

impl Question {
    /// Whether that code of a seeded member opens a sign-in.
    pub fn new(client: &reqwest::Client, centre: &Centre, member: usize, code: &str) -> Self {
        let body = json!({ "purpose": "sign_in", "code": code });
        Self::about(client, centre, &format!("s-{member}"), "verify", body)
    }

    /// Any question about any member; it gets a number of its own.
    pub fn about(
        client: &reqwest::Client,
        centre: &Centre,
        member: &str,
        verb: &str,
        mut body: Value,
    ) -> Self {
        body["request_id"] = json!(request_id());
        let path = format!("/bank/v1/members/{member}/{verb}");
        Self { client: client.clone(), bearer: centre.key().to_owned(), path, body }
    }

    /// The same code under a new number.
    pub fn copy(&self) -> Self {
        let mut copy = self.clone();
        copy.body["request_id"] = json!(request_id());
        copy
    }

    /// Asks the centre at that address.
    pub async fn ask(&self, url: &str) -> Reply {
        let url = format!("{url}{}", self.path);
        let sent = self.client.post(url).bearer_auth(&self.bearer).json(&self.body).send().await;
        let Ok(answer) = sent else { return Reply::Nothing };
        let status = answer.status();
        if !status.is_success() {
            return Reply::Status(status.as_u16());
        }
        let Ok(answer) = answer.json::<Value>().await else { return Reply::Nothing };
        Reply::Verdict(answer["verdict"].as_str().unwrap_or_default().to_owned())
    }

    /// Asks until there is a verdict: a centre that seeks its database says to come back.
    pub async fn ask_until_answered(&self, url: &str) -> Reply {
        let end = Instant::now() + LONG;
        loop {
            match self.ask(url).await {
                Reply::Nothing | Reply::Status(503) => {}
                reply => return reply,
            }
            assert!(Instant::now() < end, "waited {} s in vain for a verdict", LONG.as_secs());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// A client for many questions.
pub fn client() -> reqwest::Client {
    http::client()
}

/// Asks all at once, question by question at the next centre; what stood beside each stands beside its reply.
pub async fn all<T: Send + 'static>(questions: Vec<(T, Question)>, centres: &[Centre]) -> Vec<(T, Reply)> {
    open_many_files();
    let mut work = JoinSet::new();
    for (number, (what, question)) in questions.into_iter().enumerate() {
        let url = centres[number % centres.len()].url.clone();
        work.spawn(async move { (what, question.ask(&url).await) });
    }
    work.join_all().await
}
