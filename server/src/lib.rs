//! Owns the token centre: it issues, initialises and verifies tokens for many institutions.
//! Refuses to know an institution's pages, sessions and passwords.
//! Invariant: whatever was answered is durable; what decides is one guarded write.

mod app;
mod audit;
mod bank_api;
mod cards;
mod checkpoint;
pub mod cli;
mod clock;
pub mod config;
pub mod demo;
mod device_api;
mod edge;
mod health;
mod keys;
mod line;
mod mail;
mod routes;
#[cfg(feature = "qa")]
mod seed;
mod serve;
mod service;
mod store;

pub use app::{App, CannotOpen};
pub use clock::Clock;
pub use serve::serve;
