//! Owns the way to the phone's own languages: one question, one answer.
//! Refuses to know what is asked.
//! Invariant: what could not be done is told without the bytes that were sent.

use std::sync::OnceLock;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tauri::Wry;
use tauri::plugin::PluginHandle;
use tauri::plugin::mobile::PluginInvokeError;

use crate::NotDone;

static HANDLE: OnceLock<PluginHandle<Wry>> = OnceLock::new();

/// Keeps the way. A second window registers the same plugin anew; the first handle leads there, too.
pub(crate) fn reached_by(handle: PluginHandle<Wry>) {
    let _ = HANDLE.set(handle);
}

/// Waits for the answer: never to be called from the window's own thread.
pub(crate) fn ask<T: DeserializeOwned>(command: &str, with: impl Serialize) -> Result<T, NotDone> {
    let handle = HANDLE.get().ok_or_else(|| NotDone::Failed("the app has not started".to_owned()))?;
    handle.run_mobile_plugin(command, with).map_err(|why| match why {
        PluginInvokeError::InvokeRejected(told) => match told.code.as_deref() {
            Some("missing") => NotDone::Missing,
            Some("locked") => NotDone::Locked,
            _ => NotDone::Failed(told.to_string()),
        },
        other => NotDone::Failed(other.to_string()),
    })
}
