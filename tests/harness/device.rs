//! Owns a device without a window: the core's half of an initialisation over real HTTP.
//! Refuses to keep keys anywhere but in this value; it is a test, not a vault.
//! Invariant: it sends what the app sends, in the same order.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use reqwest::StatusCode;
use warifu_core::encoding::hmac_sha256;
use warifu_core::enrol::card::{self, Expected};
use warifu_core::enrol::device::{self, Agreed, Device as Facts, Refused};
use warifu_core::ids::{AccountNo, ServiceId, UserId};
use warifu_core::otp::{self, Code, Step};
use warifu_core::sign::{Amount, Challenge, TransactionKind};
use warifu_core::start_password::StartPassword;
use warifu_core::time::UnixMillis;
use warifu_core::wire::device::{
    CARD_PATH, EnrolFinished, EnrolStart, EnrolStarted, FINISH_PATH, Platform, START_PATH, ServiceCard,
    SignedCard, TokenFacts, VaultLevel,
};

use crate::http;

/// The public half of the demo root, as `src-tauri/centre.toml` has it.
pub const DEMO_ROOT: &str = "6955dbcd68e84c28f212e0d9965ed734cea94e70a504418f4c6ea91bc0d89cb7";

/// A device that was initialised.
pub struct Device {
    /// What both sides agreed on, keys and all.
    pub agreed: Agreed,
    /// What M4 said.
    pub facts: TokenFacts,
    /// By how many minutes its clock is ahead.
    pub ahead: i64,
}

/// What a device types.
pub struct Typed<'a> {
    /// サービスID.
    pub service_id: &'a str,
    /// ユーザID.
    pub user_id: &'a str,
    /// 利用開始パスワード.
    pub start_password: &'a str,
}

/// Why an initialisation ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// The device refused what it was sent.
    Device(Refused),
    /// The centre refused, with this status.
    Centre(StatusCode),
}

/// The card of a service, checked against the demo root.
pub async fn card(centre: &str, service_id: &str, now: UnixMillis) -> ServiceCard {
    card_under(DEMO_ROOT, centre, service_id, now).await
}

/// The card of a service, checked against a root that is given by its public half.
pub async fn card_under(root: &str, centre: &str, service_id: &str, now: UnixMillis) -> ServiceCard {
    let answer = http::client().get(format!("{centre}{CARD_PATH}{service_id}")).send().await;
    let signed: SignedCard = answer.expect("a card").json().await.expect("a card is JSON");
    let root = data_encoding::HEXLOWER.decode(root.as_bytes()).expect("the root is hexadecimal");
    let service_id = ServiceId::parse(service_id).expect("8 digits");
    let expected = Expected {
        roots: &[root.try_into().expect("the root has 32 bytes")],
        service_id: &service_id,
        seen_seq: 0,
        app: [0, 1, 0],
        now,
    };
    card::verify(&signed, &expected).expect("the card is signed with this root")
}

/// Makes M1.
pub fn begin(typed: &Typed<'_>, rng: &mut StdRng) -> device::Started {
    device::start(
        ServiceId::parse(typed.service_id).expect("8 digits"),
        UserId::parse(typed.user_id).expect("12 digits"),
        &StartPassword::parse(typed.start_password).unwrap_or_else(|why| panic!("{why}")),
        Facts {
            platform: Platform::Linux,
            app_version: "0.1.0".to_owned().try_into().expect("a version"),
            vault: VaultLevel::Sealed,
        },
        rng,
    )
}

/// A generator for one device; the operating system's, so that no two runs share keys.
pub fn rng() -> StdRng {
    StdRng::from_entropy()
}

/// Sends M1.
///
/// # Errors
/// [`Ended::Centre`] when it was refused.
pub async fn send_m1(centre: &str, m1: &EnrolStart) -> Result<EnrolStarted, Ended> {
    let answer =
        http::client().post(format!("{centre}{START_PATH}")).json(m1).send().await.expect("an answer");
    match answer.status() {
        StatusCode::OK => Ok(answer.json().await.expect("M2 is JSON")),
        other => Err(Ended::Centre(other)),
    }
}

/// Initialises a device against the centre at `centre`, as the app does it.
///
/// # Errors
/// [`Ended`].
pub async fn enrol(centre: &str, typed: &Typed<'_>, now: UnixMillis) -> Result<Device, Ended> {
    let mut rng = rng();
    let card = card(centre, typed.service_id, now).await;
    enrol_with(centre, &card, typed, now, &mut rng).await
}

/// The same, with a card that was seen before.
///
/// # Errors
/// [`Ended`].
pub async fn enrol_with(
    centre: &str,
    card: &ServiceCard,
    typed: &Typed<'_>,
    now: UnixMillis,
    rng: &mut StdRng,
) -> Result<Device, Ended> {
    let started = begin(typed, rng);
    let m2 = send_m1(centre, started.m1()).await?;
    let agreed = started.agree(&m2, card, now, rng).map_err(Ended::Device)?;
    let proof = hmac_sha256(agreed.keys.totp.expose(), &[&agreed.resume.storage_proof_message()]);
    let m3 = agreed.resume.m3(proof);
    let answer =
        http::client().post(format!("{centre}{FINISH_PATH}")).json(&m3).send().await.expect("an answer");
    if answer.status() != StatusCode::OK {
        return Err(Ended::Centre(answer.status()));
    }
    let m4: EnrolFinished = answer.json().await.expect("M4 is JSON");
    let facts = agreed.resume.open_reply(&agreed.m4_key, &m4).map_err(Ended::Device)?;
    Ok(Device { agreed, facts, ahead: 0 })
}

impl Device {
    /// The code that it shows in a step of the right time.
    pub fn code(&self, step: Step) -> String {
        otp::code(&self.agreed.keys.totp, step.offset(self.ahead)).expose().to_owned()
    }

    /// What it shows for 取引認証 when the payee's account and the amount are typed into it.
    pub fn signature(&self, service_id: &str, account: &str, yen: u64, step: Step) -> String {
        let service_id = ServiceId::parse(service_id).expect("8 digits");
        let account = AccountNo::parse(account).expect("7 digits");
        let amount = Amount::try_from(yen).expect("an amount");
        let challenge = Challenge::typed(&service_id, TransactionKind::Transfer, &account, amount);
        let message = challenge.message(step.offset(self.ahead));
        Code::from_mac(&hmac_sha256(self.agreed.keys.txn.expose(), &[&message])).expose().to_owned()
    }

    /// A code that none of the steps around `step` has.
    pub fn wrong_code(&self, step: Step) -> String {
        let near: Vec<String> = (-5..=5).map(|by| self.code(step.offset(by))).collect();
        (0..).map(|n| format!("{n:08}")).find(|code| !near.contains(code)).expect("there are 10^8 codes")
    }
}
