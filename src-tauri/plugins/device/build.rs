//! Owns where the phone's own sources lie.
//! Refuses to give the window a command: the list of those is empty.
//! Invariant: on a desktop nothing is built from here.

fn main() {
    let target = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if matches!(target.as_str(), "android" | "ios") {
        tauri_plugin::Builder::new(&[]).android_path("android").ios_path("ios").build();
    }
}
