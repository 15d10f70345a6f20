//! Owns what a `warifu://setup` link does here: the app is started with it, once or once more, and the form is filled.
//! Refuses to know which program started the app: any may, so nothing but the form depends on it.
//! Invariant: only the two IDs come in, and only where the form is what comes next.

use std::ffi::OsString;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use warifu_core::setup_link::SetupLink;

use crate::refusal::Refusal;
use crate::view::View;

/// The link that the app was last started with, if it was one.
#[derive(Debug, Default)]
pub(crate) struct Offered(Mutex<Option<SetupLink>>);

/// What the form is filled with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Ids {
    service_id: String,
    user_id: String,
}

impl Offered {
    /// The first link among the arguments. Whatever else stands there is passed over without a word.
    pub(crate) fn in_arguments(arguments: impl Iterator<Item = OsString>) -> Self {
        let offered = Self::default();
        offered.take(arguments);
        offered
    }

    /// A link among the arguments of another start takes the place of the one before. Tells whether there was one.
    pub(crate) fn take(&self, mut arguments: impl Iterator<Item = OsString>) -> bool {
        let Some(link) = arguments.find_map(|argument| SetupLink::parse(argument.to_str()?).ok()) else {
            return false;
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(link);
        true
    }

    /// What the form is filled with, when `view` is the form or a page that leads to it.
    pub(crate) fn to(&self, view: &View) -> Option<Ids> {
        let leads_to_the_form = matches!(
            view,
            View::Setup { .. } | View::Refusal { code: Refusal::EnrolRefused | Refusal::SetupUnfinished }
        );
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let link = held.as_ref().filter(|_| leads_to_the_form)?;
        Some(Ids { service_id: link.service_id.to_string(), user_id: link.user_id.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "warifu://setup?service_id=00112235&user_id=999800000001";

    fn offered(arguments: &[&str]) -> Offered {
        Offered::in_arguments(arguments.iter().map(OsString::from))
    }

    #[test]
    fn a_link_among_the_arguments_fills_both_ids() {
        let wanted = Ids { service_id: "00112235".to_owned(), user_id: "999800000001".to_owned() };
        assert_eq!(offered(&[LINK]).to(&View::Setup { has_tokens: false }), Some(wanted.clone()));
        assert_eq!(
            offered(&["--flag", "file", LINK]).to(&View::Setup { has_tokens: false }),
            Some(wanted.clone())
        );
        let refused = View::Refusal { code: Refusal::SetupUnfinished };
        assert_eq!(offered(&[LINK]).to(&refused), Some(wanted));
    }

    #[test]
    fn the_link_of_a_later_start_takes_the_place_of_the_one_before() {
        let form = View::Setup { has_tokens: false };
        let later = offered(&[LINK]);
        assert!(!later.take([OsString::from("--flag")].into_iter()));
        assert_eq!(later.to(&form), offered(&[LINK]).to(&form));
        let link = "warifu://setup?service_id=00112235&user_id=999800000002";
        assert!(later.take([OsString::from("warifu"), OsString::from(link)].into_iter()));
        assert_eq!(later.to(&form), offered(&[link]).to(&form));
    }

    #[test]
    fn a_link_is_ignored_where_a_token_is_or_may_be() {
        let pending = View::Resuming { waits_for: None, retry_in_s: 0 };
        let done = View::Done { institution: String::new(), clock: None };
        let locked = View::Refusal { code: Refusal::VaultLocked };
        for view in [pending, done, locked] {
            assert_eq!(offered(&[LINK]).to(&view), None, "{view:?}");
        }
    }

    #[test]
    fn anything_else_is_ignored() {
        let with_password = format!("{LINK}&start_password=1357");
        for odd in [&[][..], &[""], &["warifu://setup"], &[&with_password], &["https://example.jp/"]] {
            assert_eq!(offered(odd).to(&View::Setup { has_tokens: false }), None, "{odd:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn an_argument_that_is_no_text_is_ignored() {
        use std::os::unix::ffi::OsStringExt as _;
        let odd = OsString::from_vec(vec![0xff, 0xfe]);
        assert_eq!(Offered::in_arguments([odd].into_iter()).to(&View::Setup { has_tokens: false }), None);
    }
}
