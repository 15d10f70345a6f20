//! Owns what the app's weight is compared with: an empty window of the same toolkit, built the same way.
//! Refuses to change anything of how WebKit draws by itself.
//! Invariant: its page holds one colour, by which it is seen that it is on screen.

use tauri::http::{Response, header};
use tauri::{WebviewUrl, WebviewWindowBuilder};

const PAGE: &[u8] = b"<!doctype html><style>html { background: #123456 }</style>";

fn main() -> tauri::Result<()> {
    tauri::Builder::default()
        .register_uri_scheme_protocol("empty", |_, _| {
            let mut page = Response::new(PAGE);
            let html = header::HeaderValue::from_static("text/html");
            page.headers_mut().insert(header::CONTENT_TYPE, html);
            page
        })
        .setup(|app| {
            let page = WebviewUrl::CustomProtocol("empty://localhost/".parse()?);
            WebviewWindowBuilder::new(app, "main", page).inner_size(420.0, 760.0).build()?;
            Ok(())
        })
        .run(tauri::generate_context!())
}
