//! Owns signed checkpoints of the audit log: where each chain stood at a moment, vouched for by this centre's key.
//! Refuses to keep them: they are worth something where nobody who can write the database can reach them.
//! Invariant: a chain that was written anew, or cut off, behind a checkpoint no longer agrees with it.
//!
//! ```text
//! warifu-checkpoint-1 CHAIN ROW HASH MOMENT SIGNATURE
//! Ed25519 over enc("warifu/v1/checkpoint", chain, row, hash, moment); key = HKDF(KEK, "warifu/v1/audit-checkpoint")
//! ```

use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};
use warifu_core::enc;
use warifu_core::time::UnixMillis;
use warifu_core::wire::bytes;

use crate::app::App;
use crate::store::{StoreError, audit as rows};

const WORD: &str = "warifu-checkpoint-1";

/// Where a chain stood.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Checkpoint {
    chain: String,
    seq: i64,
    hash: [u8; 32],
    at: UnixMillis,
}

/// What a line of a file of checkpoints is found to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    /// It is no checkpoint.
    #[error("line {0} is not a checkpoint")]
    NotOne(usize),
    /// This centre has not signed it.
    #[error("line {0} was not signed by this centre")]
    Forged(usize),
    /// The row is not the one that stood there.
    #[error("line {line}: chain {chain}, row {seq}: it is not the row that was there")]
    Differs { line: usize, chain: String, seq: i64 },
}

impl Checkpoint {
    fn message(&self) -> Vec<u8> {
        let (seq, at) = (self.seq.cast_unsigned(), self.at.0.cast_unsigned());
        enc!("warifu/v1/checkpoint", self.chain.as_str(), seq, &self.hash, at)
    }

    fn line(&self, key: &SigningKey) -> String {
        let Self { chain, seq, hash, at } = self;
        let signature = bytes::encode(&key.sign(&self.message()).to_bytes());
        format!("{WORD} {chain} {seq} {} {} {signature}", bytes::encode(hash), at.0)
    }

    fn read(line: &str) -> Option<(Self, Signature)> {
        let [WORD, chain, seq, hash, at, signature] = line.split(' ').collect::<Vec<_>>()[..] else {
            return None;
        };
        let hash = bytes::decode(hash)?.try_into().ok()?;
        let signature = Signature::from_slice(&bytes::decode(signature)?).ok()?;
        let at = UnixMillis(at.parse().ok()?);
        Some((Self { chain: chain.to_owned(), seq: seq.parse().ok()?, hash, at }, signature))
    }
}

/// A line for each chain as it stands now.
pub(crate) fn take(app: &App) -> Result<Vec<String>, StoreError> {
    let (key, at) = (app.keys.checkpoint_key(), app.clock.now());
    let heads = app.store.read(rows::heads)?;
    let line =
        |head: rows::Head| Checkpoint { chain: head.chain, seq: head.seq, hash: head.hash, at }.line(&key);
    Ok(heads.into_iter().map(line).collect())
}

/// What is wrong with the chains by checkpoints that were taken before; how many agree.
pub(crate) fn check(app: &App, text: &str) -> Result<(usize, Vec<Broken>), StoreError> {
    let key = app.keys.checkpoint_key().verifying_key();
    let (mut agree, mut broken) = (0, Vec::new());
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        match judge(app, &key, line, text)? {
            None => agree += 1,
            Some(why) => broken.push(why),
        }
    }
    Ok((agree, broken))
}

fn judge(app: &App, key: &VerifyingKey, line: usize, text: &str) -> Result<Option<Broken>, StoreError> {
    let Some((checkpoint, signature)) = Checkpoint::read(text.trim()) else {
        return Ok(Some(Broken::NotOne(line)));
    };
    if key.verify(&checkpoint.message(), &signature).is_err() {
        return Ok(Some(Broken::Forged(line)));
    }
    let Checkpoint { chain, seq, hash, .. } = checkpoint;
    let found = app.store.read(|tx| rows::after(tx, &chain, seq - 1, 1))?;
    let is_there = found.first().is_some_and(|(row, stored)| row.seq == seq && *stored == hash);
    Ok((!is_there).then_some(Broken::Differs { line, chain, seq }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_comes_back_and_a_changed_one_was_not_signed() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let taken = Checkpoint {
            chain: "10112235/main".to_owned(),
            seq: 9,
            hash: [3; 32],
            at: UnixMillis(1_700_000_000_000),
        };
        let line = taken.line(&key);
        let (read, signature) = Checkpoint::read(&line).unwrap();
        assert_eq!(read, taken);
        assert!(key.verifying_key().verify(&read.message(), &signature).is_ok());
        let (changed, signature) = Checkpoint::read(&line.replacen(" 9 ", " 8 ", 1)).unwrap();
        assert!(key.verifying_key().verify(&changed.message(), &signature).is_err());
        for bad in ["", WORD, &line[1..], &format!("{line} x"), &line.replacen(' ', "  ", 1)] {
            assert!(Checkpoint::read(bad).is_none(), "{bad}");
        }
    }
}
