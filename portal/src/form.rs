//! Owns how a submitted form becomes named texts.
//! Refuses to know what a field means.
//! Invariant: a form that passes has exactly the fields that were asked for, once each, in UTF-8, from its own page.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::Uri;
use axum::http::header::CONTENT_TYPE;
use percent_encoding::percent_decode;
use zeroize::Zeroizing;

use crate::App;
use crate::failure::Failure;
use crate::token::Token;

/// The largest form that is read, bytes.
pub(crate) const MAX_FORM: usize = 64 * 1024;
/// The longest text of one field, bytes.
const MAX_FIELD: usize = 1024;
/// The field of a form that comes from the switch of the language.
pub(crate) const LOOK: &str = "look";
/// Fields that are written in sentences: a line break in them is a blank.
const PROSE: &[&str] = &["reason"];
/// The longest of these that is read at all, bytes; how many characters it may have is said beside its field.
const MAX_PROSE: usize = 16 * 1024;
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
            let name = text(&pair[..middle], MAX_FIELD)?;
            let value = &pair[middle + 1..];
            let value = if PROSE.contains(&&**name) { prose(value)? } else { text(value, MAX_FIELD)? };
            if fields.insert(name.to_string(), value).is_some() {
                return None;
            }
        }
        Some(Self(fields))
    }

    /// Whether it comes from the switch of the language: then it is shown again, and nothing else is done. Only a form
    /// whose page keeps what was typed asks; to any other the field is a stranger.
    pub(crate) fn is_for_the_look(&mut self) -> bool {
        self.0.remove(LOOK).is_some()
    }

    /// Passes a form that came from a page given to the owner of `token` and has the fields `names`, no more, no less.
    pub(crate) fn verified(self, token: &Token, names: &[&str]) -> Result<Form, Failure> {
        self.verified_with_choice(token, names, None)
    }

    /// The same, for a form that has a choice `choice` besides: a browser leaves it out until one is made.
    pub(crate) fn verified_with_choice(
        mut self,
        token: &Token,
        names: &[&str],
        choice: Option<&str>,
    ) -> Result<Form, Failure> {
        let csrf = self.0.remove("csrf").ok_or(Failure::Forged)?;
        if !token.is_csrf(&csrf) {
            return Err(Failure::Forged);
        }
        let chosen = choice.and_then(|choice| self.0.remove_entry(choice));
        if self.0.len() == names.len() && names.iter().all(|name| self.0.contains_key(*name)) {
            self.0.extend(chosen);
            Ok(Form(self.0))
        } else {
            Err(Failure::Malformed)
        }
    }
}

/// The text of a field in an address: a question that changes nothing and holds no secret. Empty when there is none.
pub(crate) fn asked(uri: &Uri, name: &str) -> String {
    let pairs = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let mut values = pairs.filter(|(found, _)| *found == name).map(|(_, value)| value);
    let value = values.next().and_then(|value| text(value.as_bytes(), MAX_FIELD));
    value.map(|value| value.trim().to_owned()).unwrap_or_default()
}

impl Form {
    /// All fields, but only those named in `kept` with what was typed.
    pub(crate) fn kept(&self, kept: &[&str]) -> impl Iterator<Item = (String, String)> {
        let typed = |name: &String| if kept.contains(&&**name) { self.text(name) } else { "" };
        self.0.keys().map(move |name| (name.clone(), typed(name).to_owned()))
    }

    /// The text of a field that was asked for.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.as_str())
    }
}

/// Whether it holds a character that turns the direction of what stands beside it, so that it reads as something else.
pub(crate) fn turns(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

/// Strict where browsers are exact: valid UTF-8, no control characters, a bearable length.
fn text(raw: &[u8], longest: usize) -> Option<Zeroizing<String>> {
    plain(decoded(raw)?, longest)
}

fn prose(raw: &[u8]) -> Option<Zeroizing<String>> {
    let lines = decoded(raw)?;
    plain(
        Zeroizing::new(lines.split(['\r', '\n']).filter(|l| !l.is_empty()).collect::<Vec<_>>().join(" ")),
        MAX_PROSE,
    )
}

fn decoded(raw: &[u8]) -> Option<Zeroizing<String>> {
    let spaced = Zeroizing::new(raw.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect::<Vec<u8>>());
    Some(Zeroizing::new(percent_decode(&spaced).decode_utf8().ok()?.into_owned()))
}

fn plain(text: Zeroizing<String>, longest: usize) -> Option<Zeroizing<String>> {
    let is_plain = !text.chars().any(|c| c.is_control() && c != '\t');
    (text.len() <= longest && is_plain).then_some(text)
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
        for bad in ["reason=%00", "reason=%ff", &format!("reason={}", "x".repeat(MAX_PROSE + 1))] {
            assert!(Submitted::parse(bad.as_bytes()).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_question_in_an_address_is_read_and_nonsense_is_empty() {
        let ask = |query: &str| asked(&format!("/staff?{query}").parse().unwrap(), "q");
        assert_eq!(ask("q=%E4%BB%99%E5%8C%97+%20&x=1"), "仙北");
        for empty in ["", "q", "q=", "q=%ff", "q=%00", "Q=1", "&&=", &format!("q={}", "x".repeat(1_025))] {
            assert_eq!(ask(empty), "", "{empty}");
        }
    }

    #[test]
    fn only_the_pages_own_fields_pass() {
        let token = Token::generate();
        let submit =
            |rest: &str| Submitted::parse(format!("csrf={}{rest}", token.csrf()).as_bytes()).unwrap();
        assert_eq!(submit("&a=%E3%81%82+b").verified(&token, &["a"]).ok().unwrap().text("a"), "あ b");
        let prose = submit("&reason=%E3%81%82%0d%0a%0d%0ab").verified(&token, &["reason"]).ok().unwrap();
        assert_eq!(prose.text("reason"), "あ b");
        assert!(matches!(submit("").verified(&token, &["a"]), Err(Failure::Malformed)));
        assert!(matches!(submit("&a=1&look=1").verified(&token, &["a"]), Err(Failure::Malformed)));
        let mut switched = submit("&a=1&password=secret&look=1");
        assert!(switched.is_for_the_look() && !switched.is_for_the_look());
        let form = switched.verified(&token, &["a", "password"]).ok().unwrap();
        let kept: Vec<_> = form.kept(&["a", "b"]).collect();
        assert_eq!(kept, [("a", "1"), ("password", "")].map(|(a, b)| (a.to_owned(), b.to_owned())));
        assert!(matches!(submit("&a=1&b=2").verified(&token, &["a"]), Err(Failure::Malformed)));
        assert!(matches!(submit("&a=1").verified(&Token::generate(), &["a"]), Err(Failure::Forged)));
    }
}
