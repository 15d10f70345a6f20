//! Owns what a `warifu:` link does here: the app is started with it, once or once more, or it is pasted.
//! Refuses to know which program started the app: any may, so nothing but what the member looks at next depends on it.
//! Invariant: two IDs wait in the window for the form, a transfer comes in only where a token is; nothing else does.

use std::ffi::OsString;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use warifu_core::setup_link::SetupLink;
use warifu_core::sign::Qr;

use crate::view::View;

/// The link that the app was last started with, if it was one.
#[derive(Debug, Default)]
pub(crate) struct Offered(Mutex<Option<Brought>>);

/// What a link brings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "link", rename_all = "snake_case")]
pub(crate) enum Brought {
    /// `warifu://setup`: what the form is filled with.
    Setup {
        /// サービスID.
        service_id: String,
        /// ユーザID.
        user_id: String,
    },
    /// `warifu://sign`: a transfer to look at. It is read again, and its tag checked, before it is shown.
    Sign {
        /// The text of the QR code.
        text: String,
    },
}

impl Brought {
    /// Reads a link.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if let Ok(link) = SetupLink::parse(text) {
            return Some(Self::Setup {
                service_id: link.service_id.to_string(),
                user_id: link.user_id.to_string(),
            });
        }
        Qr::parse(text).is_ok().then(|| Self::Sign { text: text.to_owned() })
    }

    fn belongs_to(&self, view: &View) -> bool {
        match self {
            // The window keeps them for the form, and says that they came where a token is already.
            Self::Setup { .. } => true,
            Self::Sign { .. } => matches!(view, View::Code { .. } | View::Tokens { .. }),
        }
    }
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
        let Some(link) = arguments.find_map(|argument| Brought::read(argument.to_str()?)) else {
            return false;
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(link);
        true
    }

    /// What it brought, where it may come in at `view`. It is handed over once.
    pub(crate) fn to(&self, view: &View) -> Option<Brought> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.take_if(|link| link.belongs_to(view))
    }
}

#[cfg(test)]
mod tests {
    use warifu_core::secret::Secret;
    use warifu_core::sign::{AccountType, TransactionKind, Transfer};
    use warifu_core::token::TxnKey;

    use super::*;
    use crate::refusal::Refusal;

    const LINK: &str = "warifu://setup?service_id=00112235&user_id=999800000001";

    fn ids() -> Brought {
        Brought::Setup { service_id: "00112235".to_owned(), user_id: "999800000001".to_owned() }
    }

    fn offered(arguments: &[&str]) -> Offered {
        Offered::in_arguments(arguments.iter().map(OsString::from))
    }

    #[test]
    fn a_link_among_the_arguments_fills_both_ids() {
        let wanted = ids();
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
    fn the_ids_are_handed_over_once_wherever_the_member_is() {
        let pending = View::Resuming { waits_for: None, retry_in_s: 0, has_others: false };
        let locked = View::Refusal { code: Refusal::VaultLocked };
        let tokens = View::Tokens { tokens: Vec::new(), can_add: true };
        for view in [pending, locked, tokens] {
            let held = offered(&[LINK]);
            assert_eq!(held.to(&view), Some(ids()), "{view:?}");
            assert_eq!(held.to(&view), None, "{view:?}");
        }
    }

    #[test]
    fn a_transfer_is_handed_over_once_and_only_where_a_token_is() {
        let key = TxnKey::new(Secret::new([1; 32]));
        let transfer = Transfer {
            kind: TransactionKind::Transfer,
            bank: "0009".parse().unwrap(),
            branch: "001".parse().unwrap(),
            account_type: AccountType::Ordinary,
            account: "1234567".parse().unwrap(),
            payee_kana: "タザワ　コジロウ".to_owned().try_into().unwrap(),
            amount: 300_000.try_into().unwrap(),
        };
        let text = Qr::write(&key, &"00112235".parse().unwrap(), &transfer, &[7; 8]);
        let held = offered(&[&text]);
        assert_eq!(held.to(&View::Setup { has_tokens: true }), None);
        let tokens = View::Tokens { tokens: Vec::new(), can_add: true };
        assert_eq!(held.to(&tokens), Some(Brought::Sign { text }));
        assert_eq!(held.to(&tokens), None);
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
