//! Owns a token: its three keys and the states it passes through at the centre.
//! Refuses to know where keys are kept and how a member is found.
//! Invariant: a token that is issued, active or suspended may hold keys; in every other state it holds none.

use crate::secret::{Secret, key};
use crate::time::{DAY, UnixMillis};
use crate::wire::bank::{IssueState, Registration, TokenState};

key!(
    /// `k_totp`: makes codes and the storage proof.
    TotpKey
);
key!(
    /// `k_txn`: makes transaction codes.
    TxnKey
);
key!(
    /// `k_dev`: authenticates the device channel.
    DeviceKey
);

/// The three leaves of an initialisation; no root is kept.
pub struct TokenKeys {
    /// `k_totp`.
    pub totp: TotpKey,
    /// `k_txn`.
    pub txn: TxnKey,
    /// `k_dev`.
    pub device: DeviceKey,
}

impl TokenKeys {
    /// `k_totp ‖ k_txn ‖ k_dev`, to be sealed at once.
    pub fn to_bytes(&self) -> Secret<96> {
        Secret::fill(|row| {
            row[..32].copy_from_slice(self.totp.expose());
            row[32..64].copy_from_slice(self.txn.expose());
            row[64..].copy_from_slice(self.device.expose());
        })
    }

    /// The inverse of [`Self::to_bytes`].
    pub fn from_bytes(row: &Secret<96>) -> Self {
        let part = |at: usize| {
            Secret::from_slice(&row.expose()[at..at + 32]).expect("a third of 96 bytes is 32 bytes")
        };
        Self { totp: TotpKey::new(part(0)), txn: TxnKey::new(part(32)), device: DeviceKey::new(part(64)) }
    }
}

/// For how long an initialised token waits for 利用開始, milliseconds.
pub const ACTIVATE_WITHIN: i64 = 7 * DAY;

impl TokenState {
    /// What a stored state is at `now`: time alone ends a token that was never activated, and an expired one.
    #[must_use]
    pub fn at(self, now: UnixMillis, activate_by: UnixMillis, expires_at: UnixMillis) -> Self {
        match self {
            Self::Issued if now >= activate_by => Self::Void,
            Self::Active | Self::Suspended if now >= expires_at => Self::Expired,
            state => state,
        }
    }

    /// Whether the member still has this token: it keeps its keys.
    pub fn is_living(self) -> bool {
        matches!(self, Self::Issued | Self::Active | Self::Suspended)
    }
}

/// 登録状況 from the newest issue and the living token, both as they are now.
pub fn registration(issue: Option<IssueState>, token: Option<TokenState>) -> Registration {
    match (token, issue) {
        (Some(TokenState::Suspended), _) => Registration::Suspended,
        (Some(TokenState::Active), _) => Registration::Active,
        (Some(TokenState::Issued), _) | (_, Some(IssueState::Open)) => Registration::Issued,
        _ => Registration::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_in_their_places() {
        let bytes = Secret::new(std::array::from_fn(|i| i as u8));
        let keys = TokenKeys::from_bytes(&bytes);
        assert_eq!(keys.txn.expose()[0], 32);
        assert_eq!(keys.device.expose()[31], 95);
        assert_eq!(keys.to_bytes().expose(), bytes.expose());
    }

    #[test]
    fn a_token_that_was_never_activated_is_void_after_its_time() {
        let (by, expires) = (UnixMillis(10), UnixMillis(20));
        assert_eq!(TokenState::Issued.at(UnixMillis(9), by, expires), TokenState::Issued);
        assert_eq!(TokenState::Issued.at(UnixMillis(10), by, expires), TokenState::Void);
        assert_eq!(TokenState::Active.at(UnixMillis(19), by, expires), TokenState::Active);
        assert_eq!(TokenState::Suspended.at(UnixMillis(20), by, expires), TokenState::Expired);
        assert_eq!(TokenState::Revoked.at(UnixMillis(99), by, expires), TokenState::Revoked);
    }

    #[test]
    fn a_new_issue_beside_an_active_token_leaves_it_active() {
        assert_eq!(registration(Some(IssueState::Open), Some(TokenState::Active)), Registration::Active);
        assert_eq!(registration(Some(IssueState::Open), None), Registration::Issued);
        assert_eq!(registration(Some(IssueState::Used), Some(TokenState::Issued)), Registration::Issued);
        assert_eq!(registration(Some(IssueState::Used), Some(TokenState::Revoked)), Registration::None);
        assert_eq!(registration(None, None), Registration::None);
    }
}
