//! Owns in which language the pages are read: what the browser asks for, and the switch.
//! Refuses to know any single text.
//! Invariant: the switch changes the look and nothing else, and goes back to a page of our own.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, OriginalUri, State};
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse as _, Redirect, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::App;
use crate::bilingual::Text;
use crate::cookie;
use crate::form::{self, Form};
use crate::routes::Page;
use crate::token::Token;

/// A language of the pages.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// 日本語
    #[default]
    Japanese,
    /// English
    English,
}

impl Language {
    const ALL: [Self; 2] = [Self::Japanese, Self::English];

    /// As HTML and HTTP write it.
    pub(crate) fn tag(self) -> &'static str {
        self.say("ja", "en")
    }

    /// The form of a text in this language.
    pub(crate) fn say<'a>(self, ja: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Japanese => ja,
            Self::English => en,
        }
    }

    /// The same, of a text that comes from elsewhere.
    pub(crate) fn tell(self, text: &Text) -> &str {
        self.say(&text.ja, &text.en)
    }

    fn other(self) -> Self {
        match self {
            Self::Japanese => Self::English,
            Self::English => Self::Japanese,
        }
    }

    fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// What was chosen, else what the browser prefers.
    fn of(headers: &HeaderMap, https: bool) -> Self {
        cookie::language(headers, https).and_then(Self::from_tag).unwrap_or_else(|| Self::preferred(headers))
    }

    /// Japanese, unless the browser would rather have English.
    fn preferred(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|line| line.to_str().ok());
        let mut first = (Self::Japanese, 0.0);
        for wish in lines.flat_map(|line| line.split(',')) {
            let (tag, weight) = wish.split_once(';').unwrap_or((wish, ""));
            let primary = tag.split('-').next().unwrap_or_default().trim().to_ascii_lowercase();
            let weight = weight.trim().strip_prefix("q=").map_or(1.0, |q| q.parse().unwrap_or(0.0));
            if let Some(language) = Self::from_tag(&primary)
                && weight > first.1
            {
                first = (language, weight);
            }
        }
        first.0
    }
}

/// Who reads a page: in which language, to which page the switch comes back, and what it brings along.
#[derive(Debug, Default, Clone)]
pub(crate) struct Reader {
    pub(crate) language: Language,
    place: String,
    /// The form that was sent, without its secrets; empty on a page that was only opened.
    pub(crate) kept: Vec<(String, String)>,
}

impl Reader {
    /// Whoever has sent this request.
    pub(crate) fn of(headers: &HeaderMap, uri: &Uri, https: bool) -> Self {
        let place = uri.path_and_query().map_or("/", |place| place.as_str());
        Self { language: Language::of(headers, https), place: place.to_owned(), kept: Vec::new() }
    }

    /// The same on another page: one that can be opened again.
    pub(crate) fn at(&self, place: impl Into<String>) -> Self {
        Self { place: place.into(), ..self.clone() }
    }

    /// Lets the switch send this form again, with what was typed into the fields `kept`: to be shown, and nothing else.
    pub(crate) fn keep(&mut self, token: &Token, form: &Form, kept: &[&str]) {
        self.kept = vec![("csrf".to_owned(), token.csrf()), (form::LOOK.to_owned(), "1".to_owned())];
        self.kept.extend(form.kept(kept));
    }

    /// Where the other language is switched on.
    pub(crate) fn switch(&self) -> String {
        let place = utf8_percent_encode(own(&self.place).unwrap_or("/"), NON_ALPHANUMERIC);
        format!("/language?in={}&to={place}", self.language.other().tag())
    }
}

impl FromRequestParts<App> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers, &parts.uri, app.config.is_https()))
    }
}

/// `GET /language?in=…&to=…`: only this browser is told, so there is nothing that a key would have to guard.
pub(crate) async fn show_language(State(app): State<App>, OriginalUri(uri): OriginalUri) -> Page {
    Ok(switched(&app, &uri, Redirect::to))
}

/// `POST /language?in=…&to=…`: the same, and the browser takes the form that it has sent along to where it goes.
pub(crate) async fn submit_language(State(app): State<App>, OriginalUri(uri): OriginalUri) -> Page {
    Ok(switched(&app, &uri, Redirect::temporary))
}

fn switched(app: &App, uri: &Uri, redirect: fn(&str) -> Redirect) -> Response {
    let place = form::asked(uri, "to");
    let mut response = redirect(own(&place).unwrap_or("/")).into_response();
    if let Some(language) = Language::from_tag(&form::asked(uri, "in")) {
        cookie::keep_language(response.headers_mut(), language.tag(), app.config.is_https());
    }
    response
}

/// A place on this very site, and not the switch itself.
fn own(place: &str) -> Option<&str> {
    let is_plain = place.bytes().all(|sign| sign.is_ascii_graphic() && sign != b'\\');
    let is_own = place.starts_with('/') && !place.starts_with("//") && !place.starts_with("/language");
    (is_plain && is_own).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn japanese_is_shown_unless_english_is_preferred_over_it() {
        let of = |line: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, line.parse().unwrap());
            Language::preferred(&headers)
        };
        for english in [
            "en",
            "en-GB,en;q=0.9",
            "EN-us",
            "de,en;q=0.2",
            "ja;q=0.5,en;q=0.8",
            "en,ja",
            "fr;q=0.1, en;q=0.1",
        ] {
            assert_eq!(of(english), Language::English, "{english}");
        }
        for japanese in [
            "",
            "ja",
            "ja,en;q=0.9",
            "ja,en",
            "de,fr",
            "*",
            "en;q=0",
            "en;q=x",
            "en;q=0.5,ja;q=0.8",
            "english",
        ] {
            assert_eq!(of(japanese), Language::Japanese, "{japanese}");
        }
        assert_eq!(Language::preferred(&HeaderMap::new()), Language::Japanese);
    }

    #[test]
    fn only_a_place_of_our_own_is_gone_back_to() {
        for fine in ["/", "/otp", "/otp/issue?again", "/transfer/confirm?id=1-2", "/x/..//y"] {
            assert_eq!(own(fine), Some(fine));
        }
        for bad in [
            "",
            "otp",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/a\tb",
            "/a b",
            "https://evil.example/",
            "javascript:alert(1)",
            "/あ",
            "/language?in=en&to=/",
        ] {
            assert_eq!(own(bad), None, "{bad}");
        }
    }
}
