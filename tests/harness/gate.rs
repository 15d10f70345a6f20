//! Owns a gate before a centre: what is asked passes to it, unless the test answers in its place.
//! Refuses to know what is asked.
//! Invariant: what passes is not changed, and neither is its answer.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use tokio::net::TcpListener;

use crate::http;

/// A gate; it lasts as long as this value.
pub struct Gate {
    address: SocketAddr,
    post: Arc<Post>,
    serving: tokio::task::JoinHandle<()>,
}

struct Post {
    centre: String,
    instead: Mutex<Option<Said>>,
}

#[derive(Clone)]
struct Said {
    path: String,
    status: StatusCode,
    body: Vec<u8>,
}

impl Gate {
    /// Sets one up before a centre; all passes.
    pub async fn before(centre: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let post = Arc::new(Post { centre: centre.to_owned(), instead: Mutex::default() });
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&post));
        let serving = tokio::spawn(async move {
            // It ends only with the test.
            let _ = axum::serve(listener, routes).await;
        });
        Self { address, post, serving }
    }

    /// Where a device reaches it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on, paths that begin so get this answer and do not pass; all others do.
    pub fn say(&self, path: &str, status: u16, body: impl Into<Vec<u8>>) {
        let status = StatusCode::from_u16(status).expect("a status");
        *self.post.lock() = Some(Said { path: path.to_owned(), status, body: body.into() });
    }

    /// From now on, everything passes again.
    pub fn let_pass(&self) {
        *self.post.lock() = None;
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Post {
    fn lock(&self) -> MutexGuard<'_, Option<Said>> {
        self.instead.lock().expect("nothing panics while it looks")
    }
}

async fn answer(
    State(post): State<Arc<Post>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Vec<u8>) {
    let said = post.lock().clone().filter(|said| uri.path().starts_with(&said.path));
    if let Some(said) = said {
        return (said.status, said.body);
    }
    let mut question = http::client().request(method, format!("{}{uri}", post.centre)).body(body);
    if let Some(kind) = headers.get(header::CONTENT_TYPE) {
        question = question.header(header::CONTENT_TYPE, kind);
    }
    let answered = question.send().await.expect("the centre answers");
    let status = answered.status();
    (status, answered.bytes().await.expect("the centre answers to the end").to_vec())
}
