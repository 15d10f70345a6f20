//! Owns the measure that the centre is held against: the least that a JSON POST costs on this machine.
//! Refuses to do anything with what is sent.
//! Invariant: it runs in a process of its own, with the same web framework and runtime as the centre.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use axum::Json;
use axum::routing::post;
use serde::{Deserialize, Serialize};

/// The word by which this program starts itself as that server.
pub(crate) const WORD: &str = "serve-plain";

#[derive(Deserialize)]
struct Question {
    request_id: String,
    code: String,
}

#[derive(Serialize)]
struct Answer {
    verdict: &'static str,
}

async fn answer(Json(question): Json<Question>) -> Json<Answer> {
    let right = question.request_id.len() + question.code.len() == 44;
    Json(Answer { verdict: if right { "accepted" } else { "wrong" } })
}

/// Serves until it is killed.
pub(crate) async fn serve() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
    println!("{}", listener.local_addr().expect("a bound listener has an address"));
    let router = axum::Router::new().route("/plain", post(answer));
    axum::serve(listener, router).await.expect("the listener works");
}

/// The server, in its own process.
pub(crate) struct Plain {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Plain {
    /// Starts it.
    pub(crate) fn start() -> Self {
        let program = std::env::current_exe().expect("a running program has a file");
        let mut child =
            Command::new(program).arg(WORD).stdout(Stdio::piped()).spawn().expect("it starts itself");
        let mut line = String::new();
        let out = child.stdout.take().expect("stdout was asked to be a pipe");
        std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line)
            .expect("it says where it listens");
        Self { child, address: line.trim().parse().expect("it says an address") }
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        // It has nothing to lose.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The same body as a verification's, to the server that does nothing with it.
pub(crate) fn question() -> Vec<u8> {
    let body =
        r#"{"request_id":"6f1c2a94-3c52-4c0e-8a6f-0d5d7c1b2a90","purpose":"sign_in","code":"12345678"}"#;
    format!(
        "POST /plain HTTP/1.1\r\nhost: centre\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
