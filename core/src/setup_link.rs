//! Owns `warifu://setup`, the link and QR that bring the two IDs from the institution's page to the app.
//! Refuses to know the start password: a link that carries anything but the two IDs is not a link.
//! Invariant: a link only fills the form; any local program can send one, so it is untrusted input.

use std::fmt;

use crate::ids::{ServiceId, UserId};

/// The two IDs of an issue, as 完了 shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupLink {
    /// サービスID.
    pub service_id: ServiceId,
    /// ユーザID.
    pub user_id: UserId,
}

/// The text is not such a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a set-up link")]
pub struct NotALink;

const START: &str = "warifu://setup?";
/// Longer than any real one; nothing beyond is read.
const LONGEST: usize = 128;

impl SetupLink {
    /// Reads a link: exactly `service_id` and `user_id`, each once, in either order.
    ///
    /// # Errors
    /// [`NotALink`] for anything else, whatever it is.
    pub fn parse(text: &str) -> Result<Self, NotALink> {
        let short = (text.len() <= LONGEST).then_some(text).ok_or(NotALink)?;
        // Some launchers put a slash between host and query.
        let query =
            short.strip_prefix(START).or_else(|| short.strip_prefix("warifu://setup/?")).ok_or(NotALink)?;
        let (mut service_id, mut user_id) = (None, None);
        for pair in query.split('&') {
            match pair.split_once('=').ok_or(NotALink)? {
                ("service_id", digits) if service_id.is_none() => {
                    service_id = Some(digits.parse().map_err(|_| NotALink)?);
                }
                ("user_id", digits) if user_id.is_none() => {
                    user_id = Some(digits.parse().map_err(|_| NotALink)?)
                }
                _ => return Err(NotALink),
            }
        }
        Ok(Self { service_id: service_id.ok_or(NotALink)?, user_id: user_id.ok_or(NotALink)? })
    }
}

impl fmt::Display for SetupLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{START}service_id={}&user_id={}", self.service_id, self.user_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_comes_back_as_it_was_written() {
        let link =
            SetupLink { service_id: "00112235".parse().unwrap(), user_id: "999800000001".parse().unwrap() };
        assert_eq!(link.to_string(), "warifu://setup?service_id=00112235&user_id=999800000001");
        assert_eq!(SetupLink::parse(&link.to_string()), Ok(link.clone()));
        let turned = "warifu://setup/?user_id=999800000001&service_id=00112235";
        assert_eq!(SetupLink::parse(turned), Ok(link));
    }

    #[test]
    fn a_link_with_a_password_or_anything_else_is_refused() {
        let fine = "warifu://setup?service_id=00112235&user_id=999800000001";
        for bad in [
            "",
            "warifu://setup",
            "warifu://setup?",
            "warifu://setup?service_id=00112235",
            "warifu://setup?service_id=0011223&user_id=999800000001",
            "warifu://setup?service_id=00112235&user_id=99980000000１",
            "https://setup?service_id=00112235&user_id=999800000001",
            &format!("{fine}&start_password=1357"),
            &format!("{fine}&user_id=999800000001"),
            &format!("{fine}&"),
            &format!("{fine}#x"),
            &format!(" {fine}"),
            &format!("{fine}{}", "0".repeat(200)),
        ] {
            assert_eq!(SetupLink::parse(bad), Err(NotALink), "{bad}");
        }
    }
}
