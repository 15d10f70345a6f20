//! Owns one sample of everything that crosses to the window, for the proof of what the window draws.
//! Refuses to know how it is drawn.
//! Invariant: a new view, level or cause does not compile before it has its samples here, so none is left out.

use serde::Serialize;
use serde_json::{Map, Value, json};
use warifu_core::wire::bank::{TokenState, UsePurpose, Verdict};
use warifu_core::wire::device::VaultLevel;

use crate::channel::Standing;
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::vault::WithoutHardware;
use crate::view::{About, ClockOff, TokenLine, View, Whose};

const NAME: &str = "仙北信用組合";
const LONG_NAME: &str = "秋田県仙北地方商工業者信用協同組合連合会";
/// 48.5 s before the end of a step.
const NOW: i64 = 1_440_530_000_000 + 11_500;

/// What the page `fixtures.js` of the proof holds: `views` by name, `abouts` by name, `answers` by command, `opening`.
pub fn fixtures() -> Value {
    let now = json!({ "step": NOW / 60_000, "left_ms": 48_500, "period_ms": 60_000, "was_set": false });
    let manner = json!({ "language": "ja", "chosen_language": null, "settings": Settings::default() });
    json!({
        "views": views(),
        "abouts": abouts(),
        "answers": {
            "tick": now,
            "blanked": null,
            "put_away": null,
            "show_code": { "groups": ["0372", "9184"], "step": NOW / 60_000, "now": now },
            "copy_code": 30,
            "choose_language": manner,
            "choose_settings": null,
            "check": false,
            "status": status(),
            "stop": status(),
            "read_link": null,
            "read_transaction": transaction(),
            "sign": { "groups": ["9310", "2856"], "step": NOW / 60_000, "now": now },
            "offered": null,
            "resume": "never",
            "whose": told(&Whose { institution: NAME.to_owned(), serial: Some("243725864".to_owned()), has_others: false }),
            "is_clear": { "refused": { "code": Refusal::VaultLocked, "wait_s": null } },
        },
        "opening": { "manner": manner, "can_copy": true, "link": null },
    })
}

fn views() -> Map<String, Value> {
    let mut all = Map::new();
    let mut last = None;
    loop {
        let samples = following(last.as_ref());
        let Some((_, view)) = samples.last() else { return all };
        last = Some(view.clone());
        all.extend(samples.into_iter().map(|(name, view)| (name, told(&view))));
    }
}

/// The samples of the variant after that of `last`.
fn following(last: Option<&View>) -> Vec<(String, View)> {
    let named = |name: &str, view| (name.to_owned(), view);
    match last {
        None => vec![
            named("setup-beside-others", View::Setup { has_tokens: true }),
            named("setup", View::Setup { has_tokens: false }),
        ],
        Some(View::Setup { .. }) => {
            let resuming = |waits_for| View::Resuming { waits_for, retry_in_s: 30, has_others: false };
            let beside = View::Resuming { waits_for: None, retry_in_s: 30, has_others: true };
            vec![
                named("resuming", resuming(None)),
                named("resuming-offline", resuming(Some(Refusal::Offline))),
                named("resuming-busy", resuming(Some(Refusal::CentreBusy))),
                named("resuming-beside-others", beside),
            ]
        }
        Some(View::Resuming { .. }) => {
            let done = |name: &str, ahead_ms| {
                let clock = ClockOff::worth_saying(ahead_ms);
                View::Done { institution: name.to_owned(), clock }
            };
            vec![
                named("done", done(NAME, 0)),
                named("done-clock-ahead", done(NAME, 130_000)),
                named("done-clock-behind", done(LONG_NAME, -3_720_000)),
            ]
        }
        Some(View::Done { .. }) => {
            let mut all = vec![named("code-of-a-long-name", code(LONG_NAME, None, None, None))];
            for state in TokenState::ALL {
                let standing = Standing::told(Some(*state), false);
                all.push((format!("code-{}", word(state)), code(NAME, None, Some(standing), None)));
            }
            let ahead = ClockOff::worth_saying(130_000);
            all.push(named("code-gone", code(NAME, None, Some(Standing::told(None, false)), None)));
            all.push(named(
                "code-copied",
                code(LONG_NAME, Some(7), Some(Standing::told(Some(TokenState::Suspended), true)), ahead),
            ));
            all.push(named("code-clock", code(NAME, None, None, ahead)));
            all.push(named("code-expires", code(NAME, Some(60), None, None)));
            all.push(named("code", code(NAME, None, None, None)));
            all
        }
        Some(View::Code { .. }) => {
            vec![named("expiring-last-day", expiring(LONG_NAME, 1)), named("expiring", expiring(NAME, 60))]
        }
        Some(View::Expiring { .. }) => tokens(),
        Some(View::Tokens { .. }) => Refusal::EACH
            .iter()
            .map(|code| (format!("refusal-{code}"), View::Refusal { code: *code }))
            .collect(),
        Some(View::Refusal { .. }) => Vec::new(),
    }
}

fn code(
    institution: &str,
    days_left: Option<i64>,
    standing: Option<Standing>,
    clock: Option<ClockOff>,
) -> View {
    View::Code {
        service_id: "10112235".to_owned(),
        institution: institution.to_owned(),
        serial: "243725864".to_owned(),
        started_on: "2015/08/26".to_owned(),
        expires_at: "2020/10/31 09:00".to_owned(),
        activate_by: "2015/09/02 09:00".to_owned(),
        days_left,
        standing,
        clock,
    }
}

fn expiring(institution: &str, days_left: i64) -> View {
    View::Expiring {
        service_id: "10112235".to_owned(),
        institution: institution.to_owned(),
        serial: "243725864".to_owned(),
        expires_at: "2020/10/31 09:00".to_owned(),
        days_left,
    }
}

/// Every purpose with every result.
fn status() -> Value {
    let uses: Vec<Value> = UsePurpose::ALL
        .iter()
        .zip(Verdict::ALL.iter().cycle())
        .map(|(purpose, result)| json!({ "at": "2020/10/21 09:05", "purpose": purpose, "result": result }))
        .collect();
    let standing = Standing::told(Some(TokenState::Active), false);
    let clock = ClockOff::worth_saying(130_000);
    json!({ "standing": standing, "clock": clock, "wrong_left": 4, "uses": uses })
}

fn transaction() -> Value {
    let payee =
        json!({ "bank": "0009", "branch": "001", "account_type": "ordinary", "name": "タザワ　コジロウ" });
    json!({ "institution": NAME, "payee": payee, "account": "1234567", "amount": 1_234_567 })
}

fn tokens() -> Vec<(String, View)> {
    let line = |slot, institution: &str, serial: Option<&str>, trouble| TokenLine {
        slot,
        institution: institution.to_owned(),
        serial: serial.map(str::to_owned),
        started_on: serial.map(|_| "2015/08/26".to_owned()),
        standing: None,
        trouble,
        days_left: (slot == 1).then_some(30),
    };
    let some = vec![
        line(1, NAME, Some("243725864"), None),
        line(2, LONG_NAME, Some("100000007"), Some(Refusal::HardwareSilent)),
        line(3, NAME, None, None),
        line(4, "", None, Some(Refusal::KeyMissing)),
    ];
    let of_one = [Some(TokenState::Suspended), Some(TokenState::Issued), Some(TokenState::Active), None];
    let told = of_one.into_iter().zip(1..).map(|(state, slot)| TokenLine {
        standing: Some(Standing::told(state, false)),
        ..line(slot, NAME, Some("243725864"), None)
    });
    let told = told.collect();
    let full = (0..10).map(|slot| line(slot, NAME, Some("243725864"), None)).collect();
    let view = |tokens, can_add| View::Tokens { tokens, can_add };
    [
        ("tokens", view(some, true)),
        ("tokens-of-one-institution", view(told, true)),
        ("tokens-full", view(full, false)),
    ]
    .map(|(name, view)| (name.to_owned(), view))
    .into()
}

/// Every level with every reason.
fn abouts() -> Map<String, Value> {
    let levels = [
        VaultLevel::Sealed,
        VaultLevel::DeviceOnly,
        VaultLevel::HardwareWrapped,
        VaultLevel::HardwareComputed,
    ];
    let about =
        |level, without_hardware| About { level, without_hardware, version: env!("CARGO_PKG_VERSION") };
    let mut all = Map::new();
    for level in levels {
        all.insert(word(&level), told(&about(level, None)));
    }
    let mut reason = Some(WithoutHardware::NotBuilt);
    while let Some(why) = reason {
        all.insert(format!("without-{}", word(&why)), told(&about(VaultLevel::Sealed, Some(why))));
        reason = after(why);
    }
    all
}

fn after(why: WithoutHardware) -> Option<WithoutHardware> {
    match why {
        WithoutHardware::NotBuilt => Some(WithoutHardware::Missing),
        WithoutHardware::Missing => Some(WithoutHardware::Forbidden),
        WithoutHardware::Forbidden => Some(WithoutHardware::Busy),
        WithoutHardware::Busy => Some(WithoutHardware::Failed),
        WithoutHardware::Failed => None,
    }
}

fn told(what: &impl Serialize) -> Value {
    serde_json::to_value(what).expect("what crosses to the window has a JSON form")
}

fn word(what: &impl Serialize) -> String {
    told(what).as_str().unwrap_or_default().to_owned()
}
