//! Owns what a renewal needs of the tables: how the token that waits is settled, and who was told of an end.
//! Refuses to know codes and mails.
//! Invariant: a member has at most one token in use and one that waits; each reminder is caused once.

use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::TokenState;

use super::tokens::{self, Token};
use super::verification::{self, Job, Settled};
use super::{StoreError, Tx, values};

/// Settles a job about the token that waits, inside the open transaction. One that was in use until then is told of as
/// replaced; one whose time was over already is not.
pub(crate) fn settle(tx: &Tx<'_>, job: &Job) -> Result<Settled, StoreError> {
    let token = tokens::waiting(tx, job.institution.no, &job.question.member_id)?;
    let old = tokens::in_use(tx, job.institution.no, &job.question.member_id)?;
    let old = old.filter(|old| old.state_at(job.now) == TokenState::Active).map(|old| old.serial);
    verification::settle_token(tx, job, token, old.as_ref())
}

/// A place in the order of tokens' ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) expires_at: UnixMillis,
    pub(crate) token_no: i64,
}

/// How far members were told so many days before.
pub(crate) fn told(tx: &Tx<'_>, days: i64) -> Result<Option<Place>, StoreError> {
    const SQL: &str = "SELECT days, expires_at, token_no FROM reminder WHERE days = $1";
    tx.row("reminder", SQL, values![days], |row| {
        Ok(Place { expires_at: row.moment("expires_at")?, token_no: row.int("token_no")? })
    })
}

/// Tokens in use behind a place that end by `until`, in order.
pub(crate) fn behind(
    tx: &Tx<'_>,
    place: Option<Place>,
    until: UnixMillis,
    limit: i64,
) -> Result<Vec<Token>, StoreError> {
    const SQL: &str = "SELECT * FROM token WHERE state IN ('active', 'suspended') AND expires_at >= $1
        AND (expires_at > $1 OR no > $2) AND expires_at <= $3 ORDER BY expires_at, no LIMIT $4";
    let Place { expires_at, token_no } = place.unwrap_or(Place { expires_at: UnixMillis(0), token_no: 0 });
    tx.rows("token", SQL, values![expires_at, token_no, until, limit], tokens::read)
}

/// Moves the place from where it was read; whether it was still there.
pub(crate) fn tell(tx: &Tx<'_>, days: i64, from: Option<Place>, to: Place) -> Result<bool, StoreError> {
    const BEGIN: &str = "INSERT INTO reminder (days, expires_at, token_no) VALUES ($1, $2, $3)
        ON CONFLICT (days) DO NOTHING";
    const MOVE: &str = "UPDATE reminder SET expires_at = $1, token_no = $2
        WHERE days = $3 AND expires_at = $4 AND token_no = $5";
    let touched = match from {
        None => tx.execute(BEGIN, values![days, to.expires_at, to.token_no])?,
        Some(from) => {
            tx.execute(MOVE, values![to.expires_at, to.token_no, days, from.expires_at, from.token_no])?
        }
    };
    Ok(touched == 1)
}
