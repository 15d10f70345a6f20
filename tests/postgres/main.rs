//! Owns the proof that several centres on one PostgreSQL are one centre: the story, the journey, the race, the kills.
//! Refuses to know tables and statements.
//! Invariant: each test has a PostgreSQL of its own, and the centres are the programs.

#![cfg(target_os = "linux")]

mod asked;
mod failover;
mod journey;
mod race;
mod scene;
mod story;
