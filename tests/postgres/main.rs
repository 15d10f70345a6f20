//! Owns the proof that several centres on one PostgreSQL are one centre: the story, the journey, the race, the kills, the cuts.
//! Refuses to know tables and statements.
//! Invariant: each test has a PostgreSQL of its own, and the centres are the programs.

#![cfg(target_os = "linux")]

mod clocks;
mod cut;
mod durable;
mod failover;
mod journey;
mod plans;
mod race;
mod story;
mod tls;
