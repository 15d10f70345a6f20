//! Owns how well a slot keeps its keys, and why not better.
//! Refuses to know how hardware is spoken to.
//! Invariant: a slot stays at the level it was made at.

use serde::{Deserialize, Serialize};
use warifu_core::wire::device::VaultLevel;

/// The level of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grade {
    /// How well it keeps keys.
    pub(crate) level: VaultLevel,
    /// Why hardware does not compute, when it does not.
    pub(crate) without_hardware: Option<WithoutHardware>,
}

/// Why a slot was made without hardware that computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WithoutHardware {
    /// This app, on this platform, uses none.
    #[error("this app uses no security chip here")]
    NotBuilt,
    /// The machine has none.
    #[error("this device has no security chip that computes")]
    Missing,
    /// This user may not use it.
    #[error("this user may not use the machine's TPM")]
    Forbidden,
    /// Another program held it.
    #[error("another program uses the machine's TPM")]
    Busy,
    /// It did not do what was asked, or did it wrong.
    #[error("the device's security chip failed")]
    Failed,
}

impl Grade {
    /// Hardware computes.
    pub(crate) const COMPUTED: Self = Self { level: VaultLevel::HardwareComputed, without_hardware: None };

    /// Hardware opens the record, and the app computes.
    #[cfg(any(target_os = "macos", target_os = "ios"))]
    pub(crate) const WRAPPED: Self = Self { level: VaultLevel::HardwareWrapped, without_hardware: None };

    /// The best that there is without hardware.
    pub(crate) const fn without_hardware(why: WithoutHardware) -> Self {
        let level = if cfg!(any(target_os = "android", target_os = "ios")) {
            VaultLevel::DeviceOnly
        } else {
            VaultLevel::Sealed
        };
        Self { level, without_hardware: Some(why) }
    }
}
