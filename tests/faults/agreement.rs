//! Owns what has to be true after every fault: the centre and the devices tell the same of a member's token.
//! Refuses to know what befell them.
//! Invariant: it is asked of the devices as they stand after their last start, and of the centre as a bank asks it.

use harness::centre::{Centre, request_id};
use serde::Deserialize;
use serde_json::{Value, json};
use warifu_core::wire::bank::{Answer, Issued, Verdict};

/// What every issue of this part is opened with.
pub(crate) const START_PASSWORD: &str = "19490713";

/// A device as it stands.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Seen {
    /// The name of its screen.
    pub(crate) screen: String,
    /// シリアルNo., when it holds a token.
    #[serde(default)]
    pub(crate) serial: Option<String>,
    /// The code that it shows, when it holds a token.
    #[serde(default)]
    pub(crate) code: Option<String>,
}

impl From<warifu_app::headless::Seen> for Seen {
    fn from(seen: warifu_app::headless::Seen) -> Self {
        Self { screen: seen.screen, serial: seen.serial, code: seen.code }
    }
}

/// What both sides tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Agreed {
    /// One device holds the member's one living token, and 利用開始 was done with its code.
    Token,
    /// No device holds a token and the centre has none.
    Nothing,
}

/// トークン発行.
pub(crate) async fn issue(centre: &Centre, member: &str) -> Issued {
    let wish = json!({
        "request_id": request_id(), "mail": "taro@data-bank.co.jp", "start_password": START_PASSWORD,
    });
    centre.ask(member, "issue", &wish).await.expect()
}

/// Whether they agree.
///
/// # Errors
/// What each side tells instead.
pub(crate) async fn judge(centre: &Centre, member: &str, devices: &[Seen]) -> Result<Agreed, String> {
    let status = centre.status(member).await;
    let fail = |why: &str| Err(format!("{why}; the centre: {status}; the devices: {devices:?}"));
    if devices.iter().any(|device| device.screen == "resuming") {
        return fail("a device still waits although nothing is in its way");
    }
    let holders: Vec<&Seen> = devices.iter().filter(|device| device.code.is_some()).collect();
    let (token, holder) = match (&status["token"], holders.as_slice()) {
        (Value::Null, []) => return Ok(Agreed::Nothing),
        (Value::Null, _) => return fail("a device shows codes of a token that the centre does not have"),
        (_, []) => return fail("the centre has a token that no device holds"),
        (token, [holder]) => (token, holder),
        (_, _) => return fail("two devices show codes"),
    };
    if token["serial"].as_str() != holder.serial.as_deref() {
        return fail("they tell different tokens");
    }
    let question = json!({ "request_id": request_id(), "code": holder.code });
    let answer: Answer = centre.ask(member, "activate", &question).await.expect();
    if answer.verdict == Verdict::Accepted {
        Ok(Agreed::Token)
    } else {
        fail("利用開始 refuses the device's code")
    }
}

/// Whether the member could still initialise a device with the issue.
pub(crate) async fn is_open(centre: &Centre, member: &str) -> bool {
    centre.status(member).await["issue"]["state"] == "open"
}
