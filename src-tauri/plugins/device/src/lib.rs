//! Owns what only the phone's own languages reach: keys inside Android's Keystore or an iPhone's Secure Enclave, the
//! clipboard, and a window that is not recorded.
//! Refuses to know tokens, and what a key is for.
//! Invariant: no call answers with a key. The window's pages are given no command of this.
#![cfg(any(target_os = "android", target_os = "ios"))]

pub mod clipboard;
#[cfg(target_os = "ios")]
pub mod enclave;
#[cfg(target_os = "android")]
pub mod keystore;
mod kotlin_or_swift;

use tauri::Wry;
use tauri::plugin::{Builder, TauriPlugin};

#[cfg(target_os = "ios")]
tauri::ios_plugin_binding!(init_plugin_warifu_device);

/// Why something was not done. Holds no key and no message.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// There is no such key: it was forgotten, or belongs to another device.
    #[error("there is no such key")]
    Missing,
    /// The device has not been unlocked since it started.
    #[error("the device is locked")]
    Locked,
    /// It failed; it may be done later.
    #[error("{0}")]
    Failed(String),
}

/// To be handed to the app's builder, before its window is made.
pub fn plugin() -> TauriPlugin<Wry> {
    Builder::new("warifu-device")
        .setup(|_, api| {
            #[cfg(target_os = "android")]
            let handle = api.register_android_plugin("example.warifu.device", "DevicePlugin")?;
            #[cfg(target_os = "ios")]
            let handle = api.register_ios_plugin(init_plugin_warifu_device)?;
            kotlin_or_swift::reached_by(handle);
            Ok(())
        })
        .build()
}
