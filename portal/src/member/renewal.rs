//! Owns a new token beside one that ends soon: when it may be applied for, and how its application looks to its pages.
//! Refuses to know how the old one ends: the centre ends it when the new one is activated.
//! Invariant: the pages of an application never show the token in use, and 利用解除 never the application.

use warifu_core::time::{DAY, UnixMillis};
use warifu_core::wire::bank::{MemberStatus, Registration, TokenStatus};

/// For how long before 有効期限 a token may be renewed.
const BEFORE: i64 = 60 * DAY;

/// The application under way: of a member with a token in use the renewal, as if there were no token yet.
pub(super) fn applied(status: MemberStatus) -> MemberStatus {
    match status.renewal {
        Some(renewal) if status.registration == Registration::Active => MemberStatus {
            registration: Registration::Issued,
            issue: Some(renewal.issue),
            token: renewal.token,
            renewal: None,
            ended: None,
            mail: status.mail,
        },
        _ => status,
    }
}

/// Whether トークン発行 may be applied for.
pub(super) fn may_issue(status: &MemberStatus, now: UnixMillis) -> bool {
    match status.registration {
        Registration::None | Registration::Issued => true,
        Registration::Active => status.token.as_ref().is_some_and(|token| ends_soon(token, now)),
        Registration::Suspended => false,
    }
}

/// Whether a token's end is near enough for another one.
pub(super) fn ends_soon(token: &TokenStatus, now: UnixMillis) -> bool {
    token.expires_at.0 - now.0 <= BEFORE
}

#[cfg(test)]
mod tests {
    use super::*;
    use warifu_core::wire::bank::{IssueState, IssueStatus, Renewal, TokenState};
    use warifu_core::wire::device::VaultLevel;

    #[test]
    fn a_token_is_renewed_in_its_last_sixty_days_and_the_application_stands_for_itself() {
        let issue = IssueStatus {
            service_id: "10112235".parse().unwrap(),
            user_id: "999800000002".parse().unwrap(),
            state: IssueState::Open,
            attempts_left: 5,
            expires_at: UnixMillis(0),
            mail: "taro@data-bank.example".to_owned().try_into().unwrap(),
            attempts: Vec::new(),
        };
        let token = TokenStatus {
            serial: "243725864".parse().unwrap(),
            state: TokenState::Active,
            wrong_left: 5,
            drift: 0,
            vault: VaultLevel::Sealed,
            started_on: UnixMillis(0),
            expires_at: UnixMillis(61 * DAY),
            activate_by: None,
            copy_suspected_at: None,
        };
        let status = |registration, renewal| MemberStatus {
            registration,
            issue: None,
            token: Some(token.clone()),
            renewal,
            ended: None,
            mail: None,
        };
        let active = status(Registration::Active, None);
        assert!(!may_issue(&active, UnixMillis(0)) && may_issue(&active, UnixMillis(DAY)));
        assert!(!may_issue(&status(Registration::Suspended, None), UnixMillis(DAY)));
        assert_eq!(applied(active.clone()), active);

        let renewal = Some(Renewal { issue: issue.clone(), token: None });
        let seen = applied(status(Registration::Active, renewal.clone()));
        assert_eq!((seen.registration, seen.issue, seen.token), (Registration::Issued, Some(issue), None));
        assert_eq!(applied(status(Registration::Suspended, renewal)).registration, Registration::Suspended);
    }
}
