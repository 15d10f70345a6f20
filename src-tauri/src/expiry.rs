//! Owns when a token's 有効期限 is spoken of: 60, 30, 7 and 1 days before.
//! Refuses to know words, and how a new token is issued.
//! Invariant: a notice that was read does not come back before the next one is due.

use warifu_core::time::{DAY, UnixMillis};

/// From how many days before there is a notice, furthest first.
const NOTICES: [i64; 4] = [60, 30, 7, 1];

/// How much of a token's time is left, when that is worth a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expiring {
    /// Whole days, begun ones counted.
    pub(crate) days: i64,
    /// Which of the notices is due.
    pub(crate) notice: i64,
}

impl Expiring {
    /// Of a token that ends at `expires_at`, looked at `now`.
    pub(crate) fn at(expires_at: UnixMillis, now: UnixMillis) -> Option<Self> {
        let left = expires_at.0.saturating_sub(now.0).max(0);
        let days = left / DAY + i64::from(left % DAY > 0);
        let notice = NOTICES.into_iter().rev().find(|notice| days <= *notice)?;
        Some(Self { days, notice })
    }

    /// Whether it was not read yet, when `read` is the last one that was.
    pub(crate) fn is_news(self, read: Option<i64>) -> bool {
        read.is_none_or(|read| self.notice < read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(left: i64) -> Option<(i64, i64)> {
        Expiring::at(UnixMillis(100 * DAY), UnixMillis(100 * DAY - left)).map(|said| (said.days, said.notice))
    }

    #[test]
    fn it_is_spoken_of_from_60_30_7_and_1_days_before() {
        assert_eq!(at(60 * DAY + 1), None);
        let due = [(60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (2, 7), (1, 1)];
        for (days, notice) in due {
            assert_eq!(at(days * DAY), Some((days, notice)));
        }
        assert_eq!(at(1), Some((1, 1)), "the last day is one day");
        assert_eq!(at(-DAY), Some((0, 1)));
    }

    #[test]
    fn a_notice_that_was_read_comes_back_only_as_the_next_one() {
        let said = |days| Expiring::at(UnixMillis(days * DAY), UnixMillis(0)).unwrap();
        assert!(said(45).is_news(None));
        assert!(!said(45).is_news(Some(60)));
        assert!(said(30).is_news(Some(60)));
        assert!(!said(3).is_news(Some(7)));
        assert!(said(1).is_news(Some(7)));
    }
}
