//! Owns what the devices of tokens asked: which numbers and nonces were seen, the last answer, and suspected copies.
//! Refuses to know MACs and what was asked.
//! Invariant: a question that was answered is never carried out again; only as many are kept as tell that.

use warifu_core::ids::TokenId;
use warifu_core::time::UnixMillis;

use super::tokens::{self, Token};
use super::{StoreError, Tx, values};

/// How many numbers back a question may be to be judged at all.
pub(crate) const REACH: i64 = 200;

pub(crate) fn token(tx: &Tx<'_>, token_id: TokenId) -> Result<Option<Token>, StoreError> {
    tx.row("token", "SELECT * FROM token WHERE token_id = $1", values![&token_id], tokens::read)
}

/// Whether this very question was answered, and how, while that is kept.
pub(crate) fn seen(
    tx: &Tx<'_>,
    token_no: i64,
    n: i64,
    nonce: &[u8; 16],
) -> Result<Option<Option<Vec<u8>>>, StoreError> {
    const SQL: &str = "SELECT n, reply FROM device_question WHERE token_no = $1 AND n = $2 AND nonce = $3";
    tx.row("device_question", SQL, values![token_no, n, nonce], |row| {
        Ok(row.maybe_blob("reply")?.map(<[u8]>::to_vec))
    })
}

/// The greatest number that was seen; nothing before the first question.
pub(crate) fn greatest(tx: &Tx<'_>, token_no: i64) -> Result<Option<i64>, StoreError> {
    const SQL: &str = "SELECT n FROM device_question WHERE token_no = $1 ORDER BY n DESC LIMIT 1";
    tx.row("device_question", SQL, values![token_no], |row| row.int("n"))
}

/// Keeps a question with its answer; of those before, only that they were.
pub(crate) fn keep(
    tx: &Tx<'_>,
    token_no: i64,
    n: i64,
    nonce: &[u8; 16],
    reply: &[u8],
) -> Result<(), StoreError> {
    const EMPTY: &str = "UPDATE device_question SET reply = NULL WHERE token_no = $1 AND reply IS NOT NULL";
    const FORGET: &str = "DELETE FROM device_question WHERE token_no = $1 AND n <= $2";
    const ADD: &str = "INSERT INTO device_question (token_no, n, nonce, reply) VALUES ($1, $2, $3, $4)";
    tx.execute(EMPTY, values![token_no])?;
    tx.execute(FORGET, values![token_no, n.saturating_sub(REACH)])?;
    tx.execute(ADD, values![token_no, n, nonce, reply]).map(|_| ())
}

/// Marks a token as copied.
pub(crate) fn suspect(tx: &Tx<'_>, token_no: i64, now: UnixMillis) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO device_copy (token_no, at) VALUES ($1, $2)
        ON CONFLICT (token_no) DO UPDATE SET at = excluded.at";
    tx.execute(SQL, values![token_no, now]).map(|_| ())
}

/// When a copy of the token was last suspected.
pub(crate) fn suspected_at(tx: &Tx<'_>, token_no: i64) -> Result<Option<UnixMillis>, StoreError> {
    const SQL: &str = "SELECT token_no, at FROM device_copy WHERE token_no = $1";
    tx.row("device_copy", SQL, values![token_no], |row| row.moment("at"))
}
