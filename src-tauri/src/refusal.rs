//! Owns why an action did not end as the member wished: one code per cause, and for how long to wait.
//! Refuses to know the words: they are in `ui/text`, and a test compares both lists.
//! Invariant: a code says nothing that the screen may not say.

use serde::Serialize;
use warifu_core::enrol::card::BadCard;
use warifu_core::vault::Failure;

use crate::vault::Ending;

/// Declares the codes once, with the list of all of them.
macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $code:literal),+ $(,)?) => {
        /// Why not.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
        pub(crate) enum Refusal {
            $($(#[$doc])* #[serde(rename = $code)] #[error($code)] $name),+
        }

        impl Refusal {
            /// Every code.
            #[cfg(test)]
            const ALL: &[&str] = &[$($code),+];

            /// Every refusal, for the proof of the pages.
            #[cfg(feature = "qa")]
            pub(crate) const EACH: &[Self] = &[$(Self::$name),+];
        }
    };
}

refusals!(
    /// The initialisation was refused: one page for every cause.
    EnrolRefused = "enrol_refused",
    /// A pending initialisation did not end within its day, and was given up.
    SetupUnfinished = "setup_unfinished",
    /// What was typed is not what the fields hold; the screen says so before it gets here.
    FormIncomplete = "form_incomplete",
    /// No institution has this service ID.
    ServiceUnknown = "service_unknown",
    /// The centre could not be reached.
    Offline = "offline",
    /// The centre answered, but not now.
    CentreBusy = "centre_busy",
    /// Too many tries from here.
    RateLimited = "rate_limited",
    /// The institution's card is not genuine, or too old.
    CardRefused = "card_refused",
    /// The institution asks for a newer app.
    AppTooOld = "app_too_old",
    /// The institution demands a device that keeps keys better than this one can.
    VaultTooWeak = "vault_too_weak",
    /// The keys belong to another device: a copy, or a restored backup.
    ForeignDevice = "foreign_device",
    /// The keys are gone from the keyring.
    KeyMissing = "key_missing",
    /// The keyring is locked.
    VaultLocked = "vault_locked",
    /// The hardware that holds the keys does not compute now.
    HardwareSilent = "hardware_silent",
    /// There is no keyring.
    NoVault = "no_vault",
    /// The device holds as many tokens as it takes.
    VaultFull = "vault_full",
    /// The device's clock is wrong beyond doubt.
    ClockWrong = "clock_wrong",
    /// The app's own folder could not be read or written.
    StorageFailed = "storage_failed",
    /// Another window of this app is open.
    AlreadyOpen = "already_open",
    /// The token is past 有効期限.
    Expired = "expired",
    /// The centre does not know the token (any more), or does not take this device for its own.
    DeviceRefused = "device_refused",
    /// What was pasted is no transfer that this device's institution made for it.
    SignRefused = "sign_refused",
    /// There is no token to do this with.
    NoToken = "no_token",
    /// The clipboard did not take the code.
    CopyFailed = "copy_failed",
);

/// A refusal as it crosses to the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Refused {
    /// Why.
    pub(crate) code: Refusal,
    /// For how long the centre asks to be left alone, seconds.
    pub(crate) wait_s: Option<u64>,
}

impl<T: Into<Refusal>> From<T> for Refused {
    fn from(why: T) -> Self {
        Self { code: why.into(), wait_s: None }
    }
}

impl From<Ending> for Refusal {
    fn from(how: Ending) -> Self {
        match how {
            Ending::Refused => Self::EnrolRefused,
            Ending::Unfinished => Self::SetupUnfinished,
        }
    }
}

impl From<Failure> for Refusal {
    fn from(why: Failure) -> Self {
        if matches!(
            why,
            Failure::Unavailable(_) | Failure::Hardware(_) | Failure::Folder(_) | Failure::Misuse
        ) {
            // For whoever started the app from a terminal; the vault's texts name no secret.
            eprintln!("warifu: vault: {why}");
        }
        match why {
            Failure::ForeignDevice => Self::ForeignDevice,
            Failure::KeyMissing => Self::KeyMissing,
            Failure::Locked => Self::VaultLocked,
            Failure::Unavailable(_) => Self::NoVault,
            Failure::Hardware(_) => Self::HardwareSilent,
            Failure::Folder(_) | Failure::Misuse => Self::StorageFailed,
        }
    }
}

impl From<BadCard> for Refusal {
    fn from(why: BadCard) -> Self {
        match why {
            BadCard::AppTooOld => Self::AppTooOld,
            BadCard::Signature
            | BadCard::Malformed
            | BadCard::OtherService
            | BadCard::Older
            | BadCard::Expired => Self::CardRefused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys of the object `refusals` in a text file, by their indentation.
    fn keys(text: &str) -> Vec<&str> {
        let (_, rest) = text.split_once("\n  refusals: {\n").expect("the file has refusals");
        let (block, _) = rest.split_once("\n  },\n").expect("refusals ends");
        block
            .lines()
            .filter_map(|line| line.strip_prefix("    "))
            .filter(|line| !line.starts_with(' ') && line.ends_with(": {"))
            .filter_map(|line| line.strip_suffix(": {"))
            .collect()
    }

    #[test]
    fn every_code_has_its_words_in_both_languages_and_no_words_are_left_over() {
        for (name, text) in
            [("ja", include_str!("../../ui/text/ja.js")), ("en", include_str!("../../ui/text/en.js"))]
        {
            let mut found = keys(text);
            let mut codes = Refusal::ALL.to_vec();
            found.sort_unstable();
            codes.sort_unstable();
            assert_eq!(found, codes, "{name}");
        }
    }

    #[test]
    fn a_code_crosses_as_its_word() {
        assert_eq!(serde_json::to_string(&Refusal::VaultLocked).unwrap(), "\"vault_locked\"");
    }
}
