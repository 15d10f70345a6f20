//! Owns a browser without JavaScript: cookies, pages, forms as the page gives them.
//! Refuses to follow redirects by itself: a test names where it was sent.
//! Invariant: `submit` sends exactly the fields of the form on the last page.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tower::ServiceExt as _;

#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) page: String,
    /// What it says of its languages; most tests say nothing.
    pub(crate) languages: Option<&'static str>,
    /// What a proxy in front says of where it comes from.
    pub(crate) from: Option<&'static str>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Browser {
    pub(crate) fn new(router: Router) -> Self {
        Self { router, cookies: BTreeMap::new(), page: String::new(), languages: None, from: None }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None, Body::empty()).await
    }

    /// Posts fields as given, whatever the page says.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(Method::POST, path, Some("application/x-www-form-urlencoded"), Body::from(encode(fields)))
            .await
    }

    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        kind: Option<&str>,
        body: Body,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !self.cookies.is_empty() {
            let pairs: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, pairs.join("; "));
        }
        if let Some(languages) = self.languages {
            request = request.header(ACCEPT_LANGUAGE, languages);
        }
        if let Some(from) = self.from {
            request = request.header("x-forwarded-for", from);
        }
        if let Some(kind) = kind {
            request = request.header(CONTENT_TYPE, kind);
        }
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        for cookie in headers.get_all(SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            match rest.split(';').next().unwrap() {
                "" => self.cookies.remove(name),
                value => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let body = String::from_utf8(bytes.to_vec()).unwrap();
        if body.contains("<html") {
            self.page.clone_from(&body);
        }
        Answer { status, headers, body }
    }

    /// The hidden fields of the last page's form with this action.
    pub(crate) fn hidden(&self, action: &str) -> Vec<(String, String)> {
        let marker = format!("action=\"{action}\"");
        let (_, rest) =
            self.page.split_once(&marker).unwrap_or_else(|| panic!("no form for {action}:\n{}", self.page));
        let form = rest.split("</form>").next().unwrap();
        let hidden = form.split("<input type=\"hidden\"").skip(1);
        hidden.map(|input| (attribute(input, "name"), plain(&attribute(input, "value")))).collect()
    }

    /// The address of the last page's switch of the language, and the form that it sends there, if any.
    pub(crate) fn switch(&self) -> (String, Option<Vec<(String, String)>>) {
        let (before, _) = self.page.split_once("data-testid=\"language\"").expect("the page has a switch");
        let (_, switch) = before.rsplit_once("class=\"language").expect("it stands in its place");
        let is_form = switch.contains("<button");
        let address = attribute(switch, if is_form { "action" } else { "href" });
        let fields = is_form.then(|| self.hidden(&address));
        (plain(&address), fields)
    }

    /// Presses it, and goes where it leads, with the form that was sent.
    pub(crate) async fn switch_language(&mut self) -> Answer {
        let (address, fields) = self.switch();
        let Some(fields) = fields else {
            let place = self.get(&address).await.headers[LOCATION].to_str().unwrap().to_owned();
            return self.get(&place).await;
        };
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        let answer = self.post(&address, &fields).await;
        answer.is(307);
        let place = answer.headers[LOCATION].to_str().unwrap().to_owned();
        self.post(&place, &fields).await
    }

    /// Submits the last page's form with this action.
    pub(crate) async fn submit(&mut self, action: &str, typed: &[(&str, &str)]) -> Answer {
        let hidden = self.hidden(action);
        let mut fields: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (&**name, &**value)).collect();
        fields.extend_from_slice(typed);
        self.post(action, &fields).await
    }

    pub(crate) async fn submit_sign_out(&mut self) {
        self.get("/").await.is(200);
        self.submit("/sign-out", &[]).await.redirects_to("/sign-in?left");
    }

    pub(crate) async fn sign_in(&mut self, login_id: &str, password: &str) -> Answer {
        self.get("/sign-in").await.is(200);
        self.submit("/sign-in", &[("login_id", login_id), ("login_password", password)]).await
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    #[track_caller]
    pub(crate) fn redirects_to(&self, place: &str) -> &Self {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        assert_eq!(self.headers[LOCATION], place);
        self
    }

    #[track_caller]
    pub(crate) fn says(&self, words: &str) -> &Self {
        assert!(self.body.contains(words), "{words:?} is not in\n{}", self.body);
        self
    }

    #[track_caller]
    pub(crate) fn does_not_say(&self, words: &str) -> &Self {
        assert!(!self.body.contains(words), "{words:?} is in\n{}", self.body);
        self
    }

    /// The text of the element with this test id, spans inside it joined.
    #[track_caller]
    pub(crate) fn shows(&self, test_id: &str) -> String {
        let marker = format!("data-testid=\"{test_id}\"");
        let (_, rest) =
            self.body.split_once(&marker).unwrap_or_else(|| panic!("no {test_id} in\n{}", self.body));
        let (_, text) = rest.split_once('>').unwrap();
        let text = text.replace("</span><span>", "").replace("<span>", "");
        text.split('<').next().unwrap().to_owned()
    }
}

pub(crate) fn encode(fields: &[(&str, &str)]) -> String {
    let escape = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    pairs.join("&")
}

fn attribute(input: &str, name: &str) -> String {
    let (_, rest) = input.split_once(&format!("{name}=\"")).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// An attribute's text as a browser reads it.
fn plain(attribute: &str) -> String {
    attribute.replace("&#38;", "&").replace("&amp;", "&")
}
