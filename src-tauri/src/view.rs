//! Owns what crosses to the window: exactly what a screen shows.
//! Refuses to know keys, MACs, sealed records and paths: no field here could hold one.
//! Invariant: a code crosses only as [`CodeView`], for the screen that shows it.

use serde::Serialize;
use warifu_core::japan;
use warifu_core::otp::{Code, PERIOD, Step};
use warifu_core::time::{SECOND, UnixMillis};
use warifu_core::vault::Token;
use warifu_core::wire::device::VaultLevel;

use crate::channel::Standing;
use crate::expiry::Expiring;
use crate::link::Brought;
use crate::refusal::Refusal;
use crate::settings::Manner;
use crate::vault::WithoutHardware;

/// A clock that is off by less is not worth a word: the centre looks one minute to both sides.
const WORTH_SAYING: i64 = 30 * SECOND;

/// One screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "screen", rename_all = "snake_case")]
pub(crate) enum View {
    /// 初期設定.
    Setup {
        /// Whether there are tokens to go back to.
        has_tokens: bool,
    },
    /// 初期設定の確認中.
    Resuming {
        /// Why it has not ended yet; none while the first try runs.
        waits_for: Option<Refusal>,
        /// When to ask again.
        retry_in_s: u64,
        /// Whether there are tokens whose codes can be shown meanwhile.
        has_others: bool,
    },
    /// 初期設定完了.
    Done {
        /// The institution's name, from its card.
        institution: String,
        /// How far the device's clock is off, when that is worth saying.
        clock: Option<ClockOff>,
    },
    /// ワンタイムパスワード, but for the code itself.
    Code {
        /// サービスID, for the form of the next token.
        service_id: String,
        /// The institution's name, from its card.
        institution: String,
        /// シリアルNo.
        serial: String,
        /// 利用開始日, as a day in Japan.
        started_on: String,
        /// 有効期限, in Japan's time.
        expires_at: String,
        /// Until when 利用開始 has to be done, in Japan's time.
        activate_by: String,
        /// How many days are left, from 60 on.
        days_left: Option<i64>,
        /// What the centre said of it in this run.
        standing: Option<Standing>,
        /// How far the device's clock is off, when that is worth saying. The code is right all the same.
        clock: Option<ClockOff>,
    },
    /// 有効期限のお知らせ.
    Expiring {
        /// サービスID, for the form of the next token.
        service_id: String,
        /// The institution's name, from its card.
        institution: String,
        /// シリアルNo.
        serial: String,
        /// 有効期限, in Japan's time.
        expires_at: String,
        /// How many days are left.
        days_left: i64,
    },
    /// 複数のトークン.
    Tokens {
        /// Oldest first.
        tokens: Vec<TokenLine>,
        /// Whether there is room for one more.
        can_add: bool,
    },
    /// A page that says what happened and what to do.
    Refusal {
        /// Why.
        code: Refusal,
    },
}

/// One token of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct TokenLine {
    /// By what it is chosen.
    pub(crate) slot: u64,
    /// The institution's name, from its card.
    pub(crate) institution: String,
    /// シリアルNo.; none while it is not set up, or when it cannot be read.
    pub(crate) serial: Option<String>,
    /// 利用開始日, as a day in Japan; none where there is no serial number.
    pub(crate) started_on: Option<String>,
    /// What the centre said of it in this run.
    pub(crate) standing: Option<Standing>,
    /// Why it shows no code.
    pub(crate) trouble: Option<Refusal>,
    /// How many days of 有効期限 are left, from 60 on.
    pub(crate) days_left: Option<i64>,
}

impl TokenLine {
    /// Whether there is nothing to be read of it, so that a list of such lines would say less than their page.
    pub(crate) fn is_useless(&self) -> bool {
        self.serial.is_none() && self.trouble.is_some()
    }
}

/// Whose token a page is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Whose {
    /// The institution's name, from its card.
    pub(crate) institution: String,
    /// シリアルNo.; none while it is not set up, or when it cannot be read.
    pub(crate) serial: Option<String>,
    /// Whether it is one of several.
    pub(crate) has_others: bool,
}

/// 端末情報.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct About {
    /// How well the token's keys are kept.
    pub(crate) level: VaultLevel,
    /// Why no hardware computes with them.
    pub(crate) without_hardware: Option<WithoutHardware>,
    /// The app's version.
    pub(crate) version: &'static str,
}

/// By how much the device's clock differs from the centre's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct ClockOff {
    /// Whether the device's clock is ahead of the centre's.
    is_ahead: bool,
    /// Whole minutes.
    minutes: i64,
    /// The seconds that are left over.
    seconds: i64,
}

impl ClockOff {
    /// From the difference in milliseconds, positive when the device is ahead.
    pub(crate) fn worth_saying(ahead_ms: i64) -> Option<Self> {
        let seconds = ahead_ms.saturating_abs() / SECOND;
        let off = Self { is_ahead: ahead_ms > 0, minutes: seconds / 60, seconds: seconds % 60 };
        (ahead_ms.saturating_abs() > WORTH_SAYING).then_some(off)
    }
}

/// Where time stands within the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Tick {
    /// The step that is current.
    step: u64,
    /// Until when, in milliseconds from now.
    left_ms: i64,
    /// How long a step lasts, in milliseconds.
    period_ms: i64,
    /// Whether somebody set the device's clock since the last time.
    was_set: bool,
}

impl Tick {
    /// At `now`.
    pub(crate) fn at(now: UnixMillis) -> Self {
        let step = Step::at(now);
        let period_ms = i64::try_from(PERIOD).unwrap_or(i64::MAX).saturating_mul(SECOND);
        Self { step: step.0, left_ms: step.ends_at().0.saturating_sub(now.0), period_ms, was_set: false }
    }

    /// The same, with whether somebody set the device's clock.
    pub(crate) fn set(self, was_set: bool) -> Self {
        Self { was_set, ..self }
    }
}

/// A code on show. Neither `Debug` nor kept.
#[derive(Serialize)]
pub(crate) struct CodeView {
    /// Two groups of four digits.
    groups: [String; 2],
    /// The step it belongs to.
    step: u64,
    /// Where time stood when it was computed.
    now: Tick,
}

impl CodeView {
    /// Of `code`, which belongs to `step`.
    pub(crate) fn new(code: &Code, step: Step, now: UnixMillis) -> Self {
        let (first, second) = code.expose().split_at(4);
        Self { groups: [first.to_owned(), second.to_owned()], step: step.0, now: Tick::at(now) }
    }
}

impl View {
    /// 初期設定完了 of a token, with by how much the device's clock is ahead of the centre's.
    pub(crate) fn done(token: &Token, ahead_ms: Option<i64>) -> Self {
        Self::Done {
            institution: token.institution.clone(),
            clock: ahead_ms.and_then(ClockOff::worth_saying),
        }
    }

    /// The code screen of a token.
    pub(crate) fn of(
        token: &Token,
        expiring: Option<Expiring>,
        standing: Option<Standing>,
        ahead_ms: Option<i64>,
    ) -> Self {
        Self::Code {
            service_id: token.service_id.to_string(),
            institution: token.institution.clone(),
            serial: token.facts.serial.to_string(),
            started_on: japan::day(token.facts.started_on),
            expires_at: japan::day_and_minute(token.facts.expires_at),
            activate_by: japan::day_and_minute(token.facts.activate_by),
            days_left: expiring.map(|said| said.days),
            standing,
            clock: ahead_ms.and_then(ClockOff::worth_saying),
        }
    }

    /// 有効期限のお知らせ of a token.
    pub(crate) fn of_expiring(token: &Token, said: Expiring) -> Self {
        Self::Expiring {
            service_id: token.service_id.to_string(),
            institution: token.institution.clone(),
            serial: token.facts.serial.to_string(),
            expires_at: japan::day_and_minute(token.facts.expires_at),
            days_left: said.days,
        }
    }
}

/// What the window is told when it opens.
#[derive(Serialize)]
pub(crate) struct Opening {
    /// How it looks and speaks.
    pub(crate) manner: Manner,
    /// Whether this platform's clipboard can be used and cleared.
    pub(crate) can_copy: bool,
    /// What the app was started with.
    pub(crate) link: Option<Brought>,
    /// The first screen.
    pub(crate) view: View,
    /// The code that it shows.
    pub(crate) code: Option<CodeView>,
}

#[cfg(test)]
mod tests {
    use warifu_core::encoding::hmac_sha256;
    use warifu_core::ids::{Serial, ServiceId, TokenId, UserId};
    use warifu_core::time::DAY;
    use warifu_core::wire::device::TokenFacts;

    use super::*;

    fn token() -> Token {
        let started_on = UnixMillis::from_secs(1_440_548_000);
        Token {
            service_id: ServiceId::parse("10112235").unwrap(),
            user_id: UserId::parse("999800000001").unwrap(),
            institution: "仙北信用組合".to_owned(),
            centre_url: "https://centre.example".to_owned(),
            facts: TokenFacts {
                token_id: TokenId::from_bytes([8; 16]),
                serial: Serial::parse("243725864").unwrap(),
                started_on,
                expires_at: japan::expiry(started_on, japan::VALID_MONTHS),
                digits: 8,
                period: 60,
                alg: "SHA256".to_owned(),
                institution: "another name".to_owned(),
                activate_by: started_on.plus(7 * DAY),
                server_time_ms: started_on,
            },
        }
    }

    #[test]
    fn the_code_screen_shows_the_manuals_dates_and_the_cards_name_and_nothing_else() {
        let shown = serde_json::to_value(View::of(&token(), None, None, Some(130_400))).unwrap();
        let wanted = serde_json::json!({
            "screen": "code", "service_id": "10112235", "institution": "仙北信用組合", "serial": "243725864",
            "started_on": "2015/08/26", "expires_at": "2020/10/31 09:00",
            "activate_by": "2015/09/02 09:13", "days_left": null,
            "standing": null, "clock": { "is_ahead": true, "minutes": 2, "seconds": 10 },
        });
        assert_eq!(shown, wanted);
    }

    #[test]
    fn a_code_crosses_in_two_groups_of_four_with_its_zeros() {
        let now = UnixMillis(120_000 + 11_500);
        let code = Code::from_mac(&hmac_sha256(&[0; 32], &[&Step(2).message()]));
        let shown = serde_json::to_value(CodeView::new(&code, Step(2), now)).unwrap();
        let groups = [&code.expose()[..4], &code.expose()[4..]];
        assert_eq!(shown["groups"], serde_json::json!(groups));
        let tick = serde_json::json!({ "step": 2, "left_ms": 48_500, "period_ms": 60_000, "was_set": false });
        assert_eq!(shown["now"], tick);
    }

    #[test]
    fn a_clock_is_spoken_of_from_more_than_thirty_seconds() {
        for fine in [0, 29_999, 30_000, -30_000] {
            assert_eq!(ClockOff::worth_saying(fine), None, "{fine}");
        }
        let ahead = ClockOff { is_ahead: true, minutes: 2, seconds: 10 };
        assert_eq!(ClockOff::worth_saying(130_400), Some(ahead));
        let behind = ClockOff { is_ahead: false, minutes: 0, seconds: 31 };
        assert_eq!(ClockOff::worth_saying(-31_000), Some(behind));
        assert!(ClockOff::worth_saying(i64::MIN).is_some());
    }

    #[test]
    fn a_refusal_names_its_code() {
        let shown = serde_json::to_value(View::Refusal { code: Refusal::NoVault }).unwrap();
        assert_eq!(shown, serde_json::json!({ "screen": "refusal", "code": "no_vault" }));
    }
}
