//! Owns the cookies: their names, their attributes, how they are read and set.
//! Refuses to know what stands behind them.
//! Invariant: HttpOnly and SameSite=Strict always; over https also Secure and the prefix `__Host-`.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};

use crate::token::Token;

/// Which cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Jar {
    /// The session of a member who gave the right password.
    Session,
    /// Binds the sign-in form to the browser that asked for it.
    Visitor,
    /// Marks a browser in which this member signed in before, so that strangers' guesses do not slow it down.
    Device,
    /// The session of a member of staff; a member's is none of these, and the other way round.
    Staff,
    /// As `Device`, for staff.
    StaffDevice,
    /// The language that was chosen: no token stands in it.
    Language,
}

/// The language that this browser has chosen.
pub(crate) fn language(headers: &HeaderMap, https: bool) -> Option<&str> {
    Jar::Language.find(headers, https)
}

/// Keeps the language that was chosen for a year.
pub(crate) fn keep_language(to: &mut HeaderMap, tag: &'static str, https: bool) {
    Jar::Language.write(to, tag, &format!("; Max-Age={YEAR}"), https);
}

const YEAR: u32 = 31_536_000;

impl Jar {
    fn name(self, https: bool) -> String {
        let name = match self {
            Self::Session => "warifu-session",
            Self::Visitor => "warifu-visitor",
            Self::Device => "warifu-device",
            Self::Staff => "warifu-staff",
            Self::StaffDevice => "warifu-staff-device",
            Self::Language => "warifu-language",
        };
        if https { format!("__Host-{name}") } else { name.to_owned() }
    }

    pub(crate) fn read(self, headers: &HeaderMap, https: bool) -> Option<Token> {
        self.find(headers, https).and_then(Token::from_cookie)
    }

    fn find(self, headers: &HeaderMap, https: bool) -> Option<&str> {
        let name = self.name(https);
        let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    pub(crate) fn set(self, to: &mut HeaderMap, token: &Token, https: bool) {
        let age = if matches!(self, Self::Device | Self::StaffDevice) {
            format!("; Max-Age={YEAR}")
        } else {
            String::new()
        };
        self.write(to, &token.cookie(), &age, https);
    }

    pub(crate) fn clear(self, to: &mut HeaderMap, https: bool) {
        self.write(to, "", "; Max-Age=0", https);
    }

    fn write(self, to: &mut HeaderMap, value: &str, age: &str, https: bool) {
        let secure = if https { "; Secure" } else { "" };
        let line = format!("{}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{age}", self.name(https));
        to.append(SET_COOKIE, HeaderValue::from_str(&line).expect("names and base64url are header text"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_https_the_cookie_is_secure_and_bound_to_the_host() {
        let mut headers = HeaderMap::new();
        Jar::Session.set(&mut headers, &Token::generate(), true);
        let line = headers[SET_COOKIE].to_str().unwrap();
        assert!(line.starts_with("__Host-warifu-session="));
        for part in ["; Path=/", "; HttpOnly", "; SameSite=Strict", "; Secure"] {
            assert!(line.contains(part), "{line}");
        }
        assert!(!line.contains("Domain"));
    }

    #[test]
    fn a_cookie_is_found_among_others_and_nonsense_is_none() {
        let token = Token::generate();
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "a=b; warifu-visitor=!!; x".parse().unwrap());
        headers.append(COOKIE, format!("warifu-session={}", token.cookie()).parse().unwrap());
        assert_eq!(Jar::Session.read(&headers, false).unwrap().id(), token.id());
        assert!(Jar::Visitor.read(&headers, false).is_none());
        assert!(Jar::Session.read(&headers, true).is_none());
    }
}
