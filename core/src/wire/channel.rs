//! Owns the device channel: what an initialised app asks about its own token, and what it is told.
//! Refuses to know keys: the MACs are computed by the vault and by the centre.
//! Invariant: only who holds the token's keys is answered; a reply belongs to one question.
//!
//! | Question | Request | Body | Body of the reply |
//! |---|---|---|---|
//! | status | `POST /device/v1/status` [`Asked`] | [`Ask`] | [`DeviceStatus`] |
//! | stop | `POST /device/v1/stop` [`Asked`] | [`Ask`] | [`DeviceStatus`] |
//!
//! 403 `device_refused` · 429 `too_many`, besides what every call may answer.

use serde::{Deserialize, Serialize};

use super::bank::{TokenState, TokenUse};
use super::bytes::{Blob, Bytes};
use super::device::{V1, words};
use crate::ids::TokenId;
use crate::time::UnixMillis;

/// Where an app asks how its token is.
pub const STATUS_PATH: &str = "/device/v1/status";
/// Where an app stops its token: 心当たりがない.
pub const STOP_PATH: &str = "/device/v1/stop";
/// The refusal code for an unknown token, one that has ended, and a wrong MAC: one for all causes.
pub const DEVICE_REFUSED: &str = "device_refused";

/// A question of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Always 1.
    pub v: V1,
    /// Which token asks.
    pub token_id: TokenId,
    /// Rises with every question; stored on the device before it is sent.
    pub n: u64,
    /// Drawn for this question alone.
    pub nonce: Bytes<16>,
    /// What is asked, as JSON.
    pub body: Blob,
    /// Computed by the vault: see [`crate::channel`].
    pub mac: Bytes<32>,
}

/// The answer to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// What is told, as JSON.
    pub body: Blob,
    /// Computed by the centre over this body and the question's nonce.
    pub mac: Bytes<32>,
}

/// The body of both questions: the path says it all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {}

words!(
    /// Something that the member should know.
    Notice {
        /// 有効期限 is within 60 days.
        ExpiresSoon = "expires_soon",
        /// 複製の疑い: two devices ask with these keys.
        CopySuspected = "copy_suspected",
    }
);

/// A token as its own device may know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceStatus {
    /// The centre's clock.
    pub server_time_ms: UnixMillis,
    /// The token's state.
    pub state: TokenState,
    /// How many more wrong codes until it stops.
    pub wrong_left: u8,
    /// 有効期限.
    pub expires_at: UnixMillis,
    /// Until when 利用開始 has to be done; only before it.
    pub activate_by: Option<UnixMillis>,
    /// Its last uses, newest first, each with its true result.
    pub last_uses: Vec<TokenUse>,
    /// What the member should know.
    pub notices: Vec<Notice>,
}
