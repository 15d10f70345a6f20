//! Owns where the proof's pages come from: `ui/` as it is, with the app's own content policy, and what stands behind it.
//! Refuses to know screens; samples of all that they can be told come from the app's own types.
//! Invariant: nothing of `ui/` is changed but for one line of its index, which brings the stand-in for the app.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use harness::page::Page;
use harness::programs;
use serde_json::Value;

const STAND_IN: &str = r#"<script src="/proof/fixtures.js"></script><script src="/proof/states.js"></script><script src="/proof/stand_in.js"></script>"#;

const STATES: &str = r#"<!doctype html><title>states</title><script src="/proof/fixtures.js"></script><script src="/proof/states.js"></script>"#;

/// A server of pages on this machine.
pub(crate) struct Studio {
    /// Where it is.
    pub(crate) url: String,
}

struct Pages {
    fixtures: String,
    policy: String,
}

impl Studio {
    /// Opens it. It ends with the runtime of the test.
    pub(crate) async fn open() -> Self {
        let app = std::fs::read_to_string(checkout("src-tauri/tauri.conf.json"))
            .expect("the app has a configuration");
        let app: Value = serde_json::from_str(&app).expect("the configuration is JSON");
        let policy = app["app"]["security"]["csp"].as_str().expect("the app has a content policy").to_owned();
        let pages = Pages { fixtures: format!("window.FIXTURES = {};", fixtures().trim()), policy };
        let routes = Router::new().fallback(page).with_state(Arc::new(pages));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound listener has an address"));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { url }
    }
}

/// The names of all states, or of those that begin with a word of `WARIFU_STATES`; the page goes to where they are known.
pub(crate) async fn states(page: &Page, studio: &Studio) -> Vec<String> {
    page.go(&format!("{}/proof/states.html", studio.url)).await;
    let all = page.run("return window.STATES.map(({ name }) => name)").await;
    let all: Vec<String> = serde_json::from_value(all).expect("there is a list of states");
    let wanted = std::env::var("WARIFU_STATES").unwrap_or_default();
    let wanted: Vec<&str> = wanted.split(',').filter(|word| !word.is_empty()).collect();
    let is_wanted = |state: &String| wanted.is_empty() || wanted.iter().any(|word| state.starts_with(word));
    all.into_iter().filter(is_wanted).collect()
}

/// A path of the checkout.
pub(crate) fn checkout(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// What the app can tell its window, as its own types write it.
fn fixtures() -> String {
    let said = Command::new(programs::qa("phone")).arg("screens").output().expect("the program starts");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8(said.stdout).expect("JSON is UTF-8")
}

/// The accessibility rules, as their makers publish them.
fn axe() -> Vec<u8> {
    let file = std::env::var_os("WARIFU_AXE")
        .expect("WARIFU_AXE names axe.min.js; `cargo xtask test screens` brings it");
    std::fs::read(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display()))
}

async fn page(State(pages): State<Arc<Pages>>, uri: Uri) -> Response {
    let path = uri.path();
    let index = || std::fs::read_to_string(checkout("ui/index.html")).expect("ui/ has an index");
    let body = match path {
        "/index.html" => index().replacen("<script", &format!("{STAND_IN}<script"), 1).into_bytes(),
        "/proof/board.html" => without_scripts(&index()).replace("href=\"", "href=\"/").into_bytes(),
        "/proof/states.html" => STATES.as_bytes().to_vec(),
        "/proof/fixtures.js" => pages.fixtures.clone().into_bytes(),
        "/proof/axe.js" => axe(),
        _ => {
            let file = match path.strip_prefix("/proof/") {
                Some(own) => checkout("tests/screens/page").join(own),
                None => checkout("ui").join(path.trim_start_matches('/')),
            };
            let Ok(body) = std::fs::read(file) else { return StatusCode::NOT_FOUND.into_response() };
            body
        }
    };
    let kind = match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        _ => "application/octet-stream",
    };
    let kind = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "max-age=600")];
    if path == "/index.html" {
        return (kind, [(header::CONTENT_SECURITY_POLICY, pages.policy.clone())], body).into_response();
    }
    (kind, body).into_response()
}

fn without_scripts(page: &str) -> String {
    page.lines().filter(|line| !line.contains("<script")).collect::<Vec<_>>().join("\n")
}
