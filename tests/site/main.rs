//! Owns the proof of the institution's pages as people and attackers meet them: looks, access, probes.
//! Refuses to know how the portal works inside; the programs are the real ones.
//! Invariant: every page that can be reached is visited in every state, and what is refused is shown to be found first.

mod approval;
mod bank_api;
mod crawl;
mod injected;
mod institution;
mod keyboard;
mod look;
mod money;
mod prober;
mod probes;
mod scanner;
mod stage;
mod walk;
