//! Owns the files that pages refer to: the sheets, the institution's colour, the mark.
//! Refuses to know the pages.
//! Invariant: a file's name holds the hash of its bytes, so it can be kept for ever and is never stale.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

use crate::App;
use crate::failure::Failure;
use crate::look::{Accent, Logo};

const TOKENS: &str = include_str!("../assets/tokens.css");
const PAGES: &str = include_str!("../assets/pages.css");
const STAFF: &str = include_str!("../assets/staff.css");
const ICON: &str = include_str!("../../icons/icon.svg");

/// The files, made once at start.
pub(crate) struct Assets {
    files: Vec<(String, &'static str, Vec<u8>)>,
    /// The sheets' addresses, in the order in which they apply.
    pub(crate) styles: Vec<String>,
    /// The one that the staff's pages have besides.
    pub(crate) staff_style: String,
    /// The institution's mark, else the product's.
    pub(crate) icon: String,
}

impl Assets {
    pub(crate) fn new(accent: Accent, logo: Option<&Logo>) -> Self {
        let mut assets =
            Self { files: Vec::new(), styles: Vec::new(), staff_style: String::new(), icon: String::new() };
        for (name, text) in
            [("tokens", TOKENS.to_owned()), ("accent", accent.sheet()), ("pages", PAGES.to_owned())]
        {
            let address = assets.add(name, "css", "text/css; charset=utf-8", text.into());
            assets.styles.push(address);
        }
        assets.staff_style = assets.add("staff", "css", "text/css; charset=utf-8", STAFF.into());
        assets.icon = match logo {
            Some(logo) if logo.ending == "png" => assets.add("logo", "png", "image/png", logo.bytes.clone()),
            Some(logo) => assets.add("logo", "svg", "image/svg+xml", logo.bytes.clone()),
            None => assets.add("icon", "svg", "image/svg+xml", ICON.into()),
        };
        assets
    }

    fn add(&mut self, name: &str, ending: &str, kind: &'static str, bytes: Vec<u8>) -> String {
        let hash = warifu_core::encoding::sha256(&[bytes.as_slice().into()]);
        let file = format!("{name}-{}.{ending}", hex::encode(&hash[..6]));
        let address = format!("/assets/{file}");
        self.files.push((file, kind, bytes));
        address
    }
}

/// `GET /assets/{file}`
pub(crate) async fn show_asset(
    State(app): State<App>,
    file: Result<Path<String>, PathRejection>,
) -> Result<Response, Failure> {
    let Path(file) = file.map_err(|_| Failure::NotFound)?;
    let found = app.assets.files.iter().find(|(name, ..)| *name == file);
    let (_, kind, bytes) = found.ok_or(Failure::NotFound)?;
    let headers = [(CONTENT_TYPE, *kind), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, bytes.clone()).into_response())
}
