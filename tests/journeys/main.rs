//! Owns the proof of the whole: real programs, a real browser, a real window, real mail.
//! Refuses to know how any of them works inside.
//! Invariant: time moves by the test's clock, and every journey has programs and folders of its own.

mod app;
mod applying;
mod approval;
mod changes;
mod desk;
mod interrupted;
mod money;
mod phones;
mod refused;
mod released;
mod staff;
mod stage;
mod whole_path;
