//! Owns the device API: the service card and the four messages of an initialisation.
//! Refuses to know keys: nothing here is secret from someone who reads the line inside TLS, by design.
//! Invariant: a message that parses has every field at its exact length.
//!
//! | Message | Request | Answer |
//! |---|---|---|
//! | card | `GET /device/v1/services/{service_id}` | [`SignedCard`] |
//! | M1, M2 | `POST /device/v1/enrol/start` [`EnrolStart`] | [`EnrolStarted`] |
//! | M3, M4 | `POST /device/v1/enrol/finish` [`EnrolFinish`] | [`EnrolFinished`] |

use std::fmt;

use serde::{Deserialize, Serialize};

use super::bytes::{Blob, Bytes};
use crate::encoding::sha256;
use crate::ids::{AttemptId, EnrolId, Serial, ServiceId, TokenId, UserId};
use crate::time::UnixMillis;

/// The refusal code of every refused initialisation: one for all causes.
pub const ENROL_REFUSED: &str = "enrol_refused";
/// The refusal code of a device that keeps keys less well than the institution demands. Nothing was charged.
pub const VAULT_TOO_WEAK: &str = "vault_too_weak";
/// Where the card of a service is.
pub const CARD_PATH: &str = "/device/v1/services/";
/// Where M1 goes.
pub const START_PATH: &str = "/device/v1/enrol/start";
/// Where M3 goes.
pub const FINISH_PATH: &str = "/device/v1/enrol/finish";

/// The version of the protocol: the number 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct V1;

impl V1 {
    /// The number that stands for it.
    pub const NUMBER: u64 = 1;
}

impl Serialize for V1 {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(Self::NUMBER)
    }
}

impl<'de> Deserialize<'de> for V1 {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match u64::deserialize(from)? {
            Self::NUMBER => Ok(Self),
            other => Err(serde::de::Error::custom(format!("version {other} is not known"))),
        }
    }
}

/// Gives an enum of single words its text, for JSON, for `enc` and for tables alike.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:tt),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value of a word.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use words;

words!(
    /// The cryptographic suite of an initialisation.
    Suite {
        /// ristretto255-SHA512, Argon2id m=64 MiB t=3 p=4, HKDF-SHA-256, AES-256-GCM.
        W1 = "W1",
    }
);

words!(
    /// What the app runs on.
    Platform {
        /// Linux desktop.
        Linux = "linux",
        /// Windows desktop.
        Windows = "windows",
        /// macOS desktop.
        Macos = "macos",
        /// Android phone or tablet.
        Android = "android",
        /// iPhone or iPad.
        Ios = "ios",
    }
);

words!(
    /// How well a device keeps its keys, weakest first.
    VaultLevel {
        /// Sealed in the OS keyring, bound to installation and machine.
        Sealed = "sealed",
        /// An app-scoped store that never leaves this device.
        DeviceOnly = "device_only",
        /// The sealing key is wrapped by hardware.
        HardwareWrapped = "hardware_wrapped",
        /// The MAC is computed inside hardware; the key never leaves it.
        HardwareComputed = "hardware_computed",
    }
);

/// The app's version: 1 to 32 of `0-9 A-Z a-z . + -`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct AppVersion(String);

impl AppVersion {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AppVersion {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-');
        if (1..=32).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text))
        } else {
            Err("an app version is 1 to 32 of 0-9 A-Z a-z . + -")
        }
    }
}

impl From<AppVersion> for String {
    fn from(version: AppVersion) -> Self {
        version.0
    }
}

impl fmt::Display for AppVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// M1: the device begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolStart {
    /// Always 1.
    pub v: V1,
    /// Always W1.
    pub suite: Suite,
    /// サービスID as typed.
    pub service_id: ServiceId,
    /// ユーザID as typed.
    pub user_id: UserId,
    /// Drawn once per attempt: the same attempt with the same bytes is charged once.
    pub attempt_id: AttemptId,
    /// OPAQUE KE1.
    pub ke1: Bytes<96>,
    /// What the app runs on.
    pub platform: Platform,
    /// Which app it is.
    pub app_version: AppVersion,
    /// How well this device will keep the keys.
    pub vault: VaultLevel,
}

/// M2: the centre's answer to every well-formed M1, whether or not the IDs exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolStarted {
    /// Names this initialisation from here on.
    pub enrol_id: EnrolId,
    /// OPAQUE KE2.
    pub ke2: Bytes<320>,
    /// The centre's clock; covered by both MACs.
    pub server_time_ms: UnixMillis,
    /// For how long M3 is accepted, seconds; covered by both MACs.
    pub ttl_s: u32,
}

/// M3: the device proves that it knew the password, checked the centre and stored the keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolFinish {
    /// Always 1.
    pub v: V1,
    /// From M2.
    pub enrol_id: EnrolId,
    /// OPAQUE KE3.
    pub ke3: Bytes<64>,
    /// Computed by the vault from the stored key.
    pub storage_proof: Bytes<32>,
}

impl EnrolFinish {
    /// By this the very same M3 is recognised:
    /// `SHA-256(enc("warifu/v1/m3", v, enrol_id, ke3, storage_proof))`. All of it travelled already: no secret.
    pub fn digest(&self) -> [u8; 32] {
        sha256(&[
            "warifu/v1/m3".into(),
            V1::NUMBER.into(),
            self.enrol_id.as_bytes().into(),
            (&self.ke3.0).into(),
            (&self.storage_proof.0).into(),
        ])
    }
}

/// M4: the token's facts, sealed under a key that both sides derived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolFinished {
    /// From M2.
    pub enrol_id: EnrolId,
    /// AES-256-GCM of [`TokenFacts`] as JSON.
    pub sealed: Blob,
}

/// What the device knows of its token, apart from the keys. Travels sealed in M4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenFacts {
    /// The token.
    pub token_id: TokenId,
    /// シリアルNo.
    pub serial: Serial,
    /// 利用開始日: the moment of initialisation; screens show its day in Japan.
    pub started_on: UnixMillis,
    /// 有効期限.
    pub expires_at: UnixMillis,
    /// Always 8.
    pub digits: u8,
    /// Always 60, seconds.
    pub period: u8,
    /// Always `SHA256`.
    pub alg: String,
    /// The institution's name as the centre has it; the app shows the card's.
    pub institution: String,
    /// Until when the member has to do 利用開始 on the institution's pages.
    pub activate_by: UnixMillis,
    /// The centre's clock when it wrote this.
    pub server_time_ms: UnixMillis,
}

/// The answer to the card request: the card's exact bytes and the root's signature over them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedCard {
    /// The JSON of a [`ServiceCard`], byte for byte as signed.
    pub card: Blob,
    /// Ed25519 (RFC 8032) over `enc("warifu/v1/card", card)`.
    pub signature: Bytes<64>,
}

/// What the root key vouches for: who an institution is and which centre serves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceCard {
    /// Always 1.
    pub v: V1,
    /// サービスID.
    pub service_id: ServiceId,
    /// The institution's name: the only one that the app shows.
    pub name: String,
    /// Its reading in katakana.
    pub name_kana: String,
    /// Where the device API of its centre is, without a trailing slash.
    pub centre_url: String,
    /// The centre's OPAQUE public keys: the current one, and one more while it is being changed.
    pub opaque_keys: Vec<Bytes<32>>,
    /// The oldest app that may initialise.
    pub min_app: AppVersion,
    /// Rises with every new card; never goes down on a device.
    pub seq: u64,
    /// After this moment the card is refused.
    pub expires: UnixMillis,
}
