//! Owns dates as members read them: Japan's day, the expiry rule, the words around them.
//! Refuses to know the device's time zone.
//! Invariant: the same moment gives the same text on every machine.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Asia::Tokyo;

use crate::time::{SECOND, UnixMillis};

/// For how many months a token is valid unless the institution says otherwise.
pub const VALID_MONTHS: u32 = 62;

fn in_tokyo(moment: UnixMillis) -> DateTime<chrono_tz::Tz> {
    let utc = DateTime::<Utc>::from_timestamp_millis(moment.0).unwrap_or_default();
    utc.with_timezone(&Tokyo)
}

/// The day in Japan: `2015/08/26`.
pub fn day(moment: UnixMillis) -> String {
    in_tokyo(moment).format("%Y/%m/%d").to_string()
}

/// Day and minute in Japan: `2020/10/31 09:00`. The words 日本時間 are the screen's to add.
pub fn day_and_minute(moment: UnixMillis) -> String {
    in_tokyo(moment).format("%Y/%m/%d %H:%M").to_string()
}

/// Day and second as mails and confirmation pages write it: `2012年04月25日 10時26分10秒`.
pub fn long(moment: UnixMillis) -> String {
    in_tokyo(moment).format("%Y年%m月%d日 %H時%M分%S秒").to_string()
}

/// The same moment as [`long`], in numbers: `2012/04/25 10:26:10`.
pub fn day_and_second(moment: UnixMillis) -> String {
    in_tokyo(moment).format("%Y/%m/%d %H:%M:%S").to_string()
}

/// 有効期限: the last day of the month `months` after `start`'s month, 09:00 in Japan.
pub fn expiry(start: UnixMillis, months: u32) -> UnixMillis {
    let day = in_tokyo(start).date_naive();
    let first = NaiveDate::from_ymd_opt(day.year(), day.month(), 1).expect("the first of a month exists");
    let last = first
        .checked_add_months(Months::new(months.min(1_200) + 1))
        .and_then(|next| next.checked_sub_days(Days::new(1)))
        .unwrap_or(NaiveDate::MAX);
    let nine = NaiveTime::from_hms_opt(9, 0, 0).expect("09:00:00 is a time");
    let moment = Tokyo.from_local_datetime(&last.and_time(nine)).earliest();
    moment.map_or(UnixMillis(i64::MAX), |m| UnixMillis(m.timestamp().saturating_mul(SECOND)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manuals_token_expires_when_the_manual_says() {
        let start = UnixMillis::from_secs(1_440_548_000);
        assert_eq!(day(start), "2015/08/26");
        assert_eq!(day_and_minute(expiry(start, VALID_MONTHS)), "2020/10/31 09:00");
    }

    #[test]
    fn a_moment_is_the_same_in_words_and_in_numbers() {
        let moment = UnixMillis(1_335_317_170_000);
        assert_eq!(long(moment), "2012年04月25日 10時26分10秒");
        assert_eq!(day_and_second(moment), "2012/04/25 10:26:10");
    }

    #[test]
    fn the_day_turns_at_midnight_in_japan() {
        assert_eq!(day(UnixMillis::from_secs(1_440_514_799)), "2015/08/25");
        assert_eq!(day(UnixMillis::from_secs(1_440_514_800)), "2015/08/26");
    }

    #[test]
    fn the_last_day_of_february_is_found_in_leap_years_too() {
        let start = UnixMillis::from_secs(1_577_836_800); // 2020-01-01 09:00 in Japan
        assert_eq!(day_and_minute(expiry(start, 1)), "2020/02/29 09:00");
        assert_eq!(day_and_minute(expiry(start, 13)), "2021/02/28 09:00");
    }

    #[test]
    fn a_clock_far_outside_the_calendar_does_not_panic() {
        for far in [i64::MIN, i64::MAX, -1] {
            let _ = (day(UnixMillis(far)), expiry(UnixMillis(far), VALID_MONTHS));
        }
    }
}
