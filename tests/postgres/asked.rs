//! Owns questions to a centre that may be gone, and many of them at once.
//! Refuses to judge the answers.
//! Invariant: an answer that did not arrive is told apart from every answer that did.

use std::time::{Duration, Instant};

use harness::centre::Centre;
use harness::http;
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// How long a question is asked again before the test gives up.
const LONG: Duration = Duration::from_secs(60);

/// What came back: the status and the verdict, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    Verdict(String),
    Status(u16),
    Nothing,
}

/// A question that can be asked more than once.
#[derive(Clone)]
pub(crate) struct Question {
    client: reqwest::Client,
    bearer: String,
    member: usize,
    body: Value,
}

impl Question {
    pub(crate) fn new(client: &reqwest::Client, centre: &Centre, member: usize, code: &str) -> Self {
        let request_id = harness::centre::request_id();
        let body = json!({ "request_id": request_id, "purpose": "sign_in", "code": code });
        Self { client: client.clone(), bearer: centre.key().to_owned(), member, body }
    }

    /// The same code under a new number.
    pub(crate) fn copy(&self) -> Self {
        let mut copy = self.clone();
        copy.body["request_id"] = json!(harness::centre::request_id());
        copy
    }

    /// Asks the centre at that address.
    pub(crate) async fn ask(&self, url: &str) -> Reply {
        let url = format!("{url}/bank/v1/members/s-{}/verify", self.member);
        let sent = self.client.post(url).bearer_auth(&self.bearer).json(&self.body).send().await;
        let Ok(answer) = sent else { return Reply::Nothing };
        let status = answer.status();
        if !status.is_success() {
            return Reply::Status(status.as_u16());
        }
        let Ok(answer) = answer.json::<Value>().await else { return Reply::Nothing };
        Reply::Verdict(answer["verdict"].as_str().unwrap_or_default().to_owned())
    }
}

impl Question {
    /// Asks until there is a verdict: a centre that seeks its database says to come back.
    pub(crate) async fn ask_until_answered(&self, url: &str) -> Reply {
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

pub(crate) fn client() -> reqwest::Client {
    http::client()
}

/// Asks all at once, question by question at the next centre.
pub(crate) async fn all(questions: Vec<Question>, centres: &[Centre]) -> Vec<Reply> {
    let mut work = JoinSet::new();
    for (number, question) in questions.into_iter().enumerate() {
        let url = centres[number % centres.len()].url.clone();
        work.spawn(async move { question.ask(&url).await });
    }
    work.join_all().await
}
