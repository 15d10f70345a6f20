//! Owns the library that a phone loads: the app, and nothing beside it.
//! Refuses everything else.
//! Invariant: on a desktop it is empty.
#![cfg(any(target_os = "android", target_os = "ios"))]

// Named, so that the symbols which the phone looks for are linked.
pub use warifu_app::phone::start;
