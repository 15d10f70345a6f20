//! Owns the means to try the product as it is: programs, time, mail, windows, browsers, the line between them.
//! Refuses to know what is proved with them.
//! Invariant: what a test starts ends with the test, and nothing outside its own folders and ports is touched.

pub mod asked;
pub mod banking;
pub mod browser;
pub mod centre;
pub mod clipboard;
pub mod clock;
pub mod device;
pub mod false_centre;
pub mod gate;
pub mod http;
pub mod keyboard;
pub mod keyring;
pub mod kills;
pub mod line;
#[cfg(target_os = "linux")]
pub mod logind;
pub mod mail;
pub mod page;
pub mod phone;
pub mod pictures;
pub mod portal;
#[cfg(target_os = "linux")]
pub mod postgres;
pub mod probes;
pub mod process;
pub mod programs;
pub mod scene;
pub mod session;
pub mod tpm;
pub mod visitor;
pub mod web_view;
pub mod window;
