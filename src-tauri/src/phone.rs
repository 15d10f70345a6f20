//! Owns how a phone starts the app.
//! Refuses to know what is started.
//! Invariant: the memory is closed to dumps before anything runs.
#![cfg_attr(
    target_os = "ios",
    expect(missing_docs, reason = "the attribute writes the function that iOS calls, without a word")
)]

/// What a phone calls when the app is opened.
#[tauri::mobile_entry_point]
pub fn start() {
    crate::surroundings::forbid_dumps();
    if let Err(why) = crate::run() {
        eprintln!("warifu: {why}");
    }
}
