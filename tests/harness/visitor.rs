//! Owns a visitor of the institution's pages without a browser: cookies, forms, and the bytes of every answer.
//! Refuses to know the pages, and to follow redirects by itself.
//! Invariant: what is sent is exactly what was asked for.

use std::collections::BTreeMap;

use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{Client, redirect};

use crate::http;

/// Somebody with cookies.
pub struct Visitor {
    client: Client,
    base: String,
    /// What the portal has set.
    pub cookies: BTreeMap<String, String>,
}

/// What was answered.
pub struct Got {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl Got {
    /// Where it leads, or nothing.
    pub fn place(&self) -> &str {
        self.headers.get(LOCATION).and_then(|place| place.to_str().ok()).unwrap_or_default()
    }

    /// The key that the page's forms carry.
    pub fn key(&self) -> String {
        self.value("csrf")
    }

    /// The first value of a field with this name.
    pub fn value(&self, name: &str) -> String {
        let rest = self.body.split(&format!("name=\"{name}\" value=\"")).nth(1);
        let rest = rest.unwrap_or_else(|| panic!("no field {name}:\n{}", self.body));
        rest.split('"').next().unwrap_or_default().to_owned()
    }
}

impl Got {
    /// The hidden fields of its form that goes to this address, with their values.
    pub fn hidden(&self, action: &str) -> Vec<(String, String)> {
        let form = self.body.split(&format!("action=\"{action}\"")).nth(1);
        let form = form.unwrap_or_else(|| panic!("no form goes to {action}:\n{}", self.body));
        let form = form.split("</form>").next().unwrap_or_default();
        let fields = form.split("<input type=\"hidden\" name=\"").skip(1).filter_map(|field| {
            let (name, rest) = field.split_once("\" value=\"")?;
            Some((name.to_owned(), rest.split('"').next()?.to_owned()))
        });
        fields.collect()
    }
}

impl Visitor {
    /// Somebody who comes for the first time.
    pub fn new(base: &str) -> Self {
        // For the provider of cryptography that it chooses.
        drop(http::client());
        let client = Client::builder().no_proxy().redirect(redirect::Policy::none()).build();
        let client = client.expect("a client without special wishes can be made");
        Self { client, base: base.to_owned(), cookies: BTreeMap::new() }
    }

    /// Asks for an address as it is written.
    pub async fn get(&mut self, path: &str) -> Got {
        self.send(path, None).await
    }

    /// Sends a form.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Got {
        self.send(path, Some(fields)).await
    }

    /// Sends the form of a page, with that page's key.
    pub async fn fill(&mut self, page: &str, fields: &[(&str, &str)]) -> Got {
        let key = self.get(page).await.key();
        let mut all = vec![("csrf", &*key)];
        all.extend_from_slice(fields);
        self.post(page, &all).await
    }

    /// Sends the form of a page that goes to `action`, with its hidden fields; `fields` go before those of the same name.
    pub async fn submit(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Got {
        let hidden = self.get(page).await.hidden(action);
        self.post(action, &filled(&hidden, fields)).await
    }

    async fn send(&mut self, path: &str, form: Option<&[(&str, &str)]>) -> Got {
        let url = format!("{}{path}", self.base);
        let jar: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = match form {
            Some(fields) => {
                let form = "application/x-www-form-urlencoded";
                self.client.post(url).header(CONTENT_TYPE, form).body(encoded(fields))
            }
            None => self.client.get(url),
        };
        let answer = request.header(COOKIE, jar.join("; ")).send().await;
        let answer = answer.unwrap_or_else(|why| panic!("{path}: {why}"));
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        for cookie in headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().expect("a cookie is text");
            let (name, rest) = cookie.split_once('=').expect("a cookie has a name");
            self.cookies.insert(name.to_owned(), rest.split(';').next().unwrap_or_default().to_owned());
        }
        Got { status, headers, body: answer.text().await.unwrap_or_default() }
    }
}

/// All fields of a form: the hidden ones, unless they are given, then those that are given.
pub fn filled<'a>(hidden: &'a [(String, String)], given: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = hidden.iter().filter(|(name, _)| !given.iter().any(|(other, _)| other == name));
    let kept = kept.map(|(name, value)| (&**name, &**value));
    kept.chain(given.iter().copied()).collect()
}

/// Fields as a form sends them.
pub fn encoded(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    pairs.join("&")
}

/// A text as it stands in an address.
pub fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
