//! Owns 初期設定 at the centre: M1 answered and charged, M3 judged and turned into a token.
//! Refuses to know how messages travel.
//! Invariant: a guess is charged before M2 leaves; every refusal is one and the same.

mod finish;
mod start;

pub(crate) use finish::finish;
pub(crate) use start::start;
