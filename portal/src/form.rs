//! Owns how a submitted form becomes named texts.
//! Refuses to know what a field means.
//! Invariant: a form that passes has exactly the fields that were asked for, once each, in UTF-8, from its own page.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use percent_encoding::percent_decode;
use zeroize::Zeroizing;

use crate::App;
use crate::failure::Failure;
use crate::token::Token;

/// The largest form that is read, bytes.
pub(crate) const MAX_FORM: usize = 16 * 1024;
/// The longest text of one field, bytes.
const MAX_FIELD: usize = 1024;
/// A form has to arrive within this time.
const PATIENCE: Duration = Duration::from_secs(15);

/// A form as it came in.
pub(crate) struct Submitted(BTreeMap<String, Zeroizing<String>>);

/// A form with exactly the fields that its page has.
pub(crate) struct Form(BTreeMap<String, Zeroizing<String>>);

impl FromRequest<App> for Submitted {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &App) -> Result<Self, Failure> {
        let kind =
            request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Failure::NotAForm);
        }
        Self::parse(&read(request.into_body()).await?).ok_or(Failure::Malformed)
    }
}

async fn read(body: Body) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let reading = axum::body::to_bytes(body, MAX_FORM);
    let bytes = tokio::time::timeout(PATIENCE, reading).await.map_err(|_| Failure::Malformed)?;
    bytes.map(|bytes| Zeroizing::new(bytes.to_vec())).map_err(|_| Failure::TooLarge)
}

impl Submitted {
    fn parse(body: &[u8]) -> Option<Self> {
        let mut fields = BTreeMap::new();
        for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let middle = pair.iter().position(|byte| *byte == b'=')?;
            let (name, value) = (text(&pair[..middle])?, text(&pair[middle + 1..])?);
            if fields.insert(name.to_string(), value).is_some() {
                return None;
            }
        }
        Some(Self(fields))
    }

    /// Passes a form that came from a page given to the owner of `token` and has the fields `names`, no more, no less.
    pub(crate) fn verified(mut self, token: &Token, names: &[&str]) -> Result<Form, Failure> {
        let csrf = self.0.remove("csrf").ok_or(Failure::Forged)?;
        if !token.is_csrf(&csrf) {
            return Err(Failure::Forged);
        }
        if self.0.len() == names.len() && names.iter().all(|name| self.0.contains_key(*name)) {
            Ok(Form(self.0))
        } else {
            Err(Failure::Malformed)
        }
    }
}

impl Form {
    /// The text of a field that was asked for.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.as_str())
    }
}

/// Strict where browsers are exact: valid UTF-8, no control characters, a bearable length.
fn text(raw: &[u8]) -> Option<Zeroizing<String>> {
    let spaced = Zeroizing::new(raw.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect::<Vec<u8>>());
    let text = Zeroizing::new(percent_decode(&spaced).decode_utf8().ok()?.into_owned());
    let is_plain = !text.chars().any(|c| c.is_control() && c != '\t');
    (text.len() <= MAX_FIELD && is_plain).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_forms_are_refused() {
        let long = format!("a={}", "x".repeat(MAX_FIELD + 1));
        for bad in ["a", "a=1&a=2", "a=%ff", "a=%E3%81", "%80=1", "a=%00", "a=1%0d%0aBcc:x", &long] {
            assert!(Submitted::parse(bad.as_bytes()).is_none(), "{bad}");
        }
        assert!(Submitted::parse(b"a=\xff").is_none());
    }

    #[test]
    fn only_the_pages_own_fields_pass() {
        let token = Token::generate();
        let submit =
            |rest: &str| Submitted::parse(format!("csrf={}{rest}", token.csrf()).as_bytes()).unwrap();
        assert_eq!(submit("&a=%E3%81%82+b").verified(&token, &["a"]).ok().unwrap().text("a"), "あ b");
        assert!(matches!(submit("").verified(&token, &["a"]), Err(Failure::Malformed)));
        assert!(matches!(submit("&a=1&b=2").verified(&token, &["a"]), Err(Failure::Malformed)));
        assert!(matches!(submit("&a=1").verified(&Token::generate(), &["a"]), Err(Failure::Forged)));
    }
}
