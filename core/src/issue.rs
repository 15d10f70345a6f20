//! Owns 発行: how often and for how long a start password may be tried.
//! Refuses to know the password, the mail and the member.
//! Invariant: only an open issue can be charged, and a charged guess is never given back.

use crate::time::{DAY, UnixMillis};
use crate::wire::bank::IssueState;

/// How many start passwords may be tried.
pub const MAX_ATTEMPTS: u8 = 5;
/// For how long an issue is open, milliseconds.
pub const OPEN_FOR: i64 = 7 * DAY;
/// For how long the answer to a start message waits for its finish, seconds.
pub const ENROL_TTL_S: u32 = 300;
/// For how long the same finish message gets the same answer again, milliseconds.
pub const REPLAY_FOR: i64 = 7 * DAY;
/// For how long a device tries to finish a pending initialisation, milliseconds.
pub const PENDING_FOR: i64 = DAY;

impl IssueState {
    /// What a stored state is at `now`, after `attempts` were charged.
    #[must_use]
    pub fn at(self, now: UnixMillis, attempts: u8, expires_at: UnixMillis) -> Self {
        match self {
            Self::Open if attempts >= MAX_ATTEMPTS => Self::Exhausted,
            Self::Open if now >= expires_at => Self::Expired,
            state => state,
        }
    }
}

/// How many start passwords may still be tried.
pub fn attempts_left(attempts: u8) -> u8 {
    MAX_ATTEMPTS.saturating_sub(attempts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_issue_ends_by_guesses_or_by_time() {
        let end = UnixMillis(100);
        assert_eq!(IssueState::Open.at(UnixMillis(99), 4, end), IssueState::Open);
        assert_eq!(IssueState::Open.at(UnixMillis(99), 5, end), IssueState::Exhausted);
        assert_eq!(IssueState::Open.at(UnixMillis(100), 0, end), IssueState::Expired);
        assert_eq!(IssueState::Used.at(UnixMillis(100), 5, end), IssueState::Used);
        assert_eq!(attempts_left(9), 0);
    }
}
