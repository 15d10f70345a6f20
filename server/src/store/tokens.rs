//! Owns tokens: their rows, from initialisation to their end.
//! Refuses to know codes and keys; the keys are sealed bytes here.
//! Invariant: a member has at most one token in use and one that waits; a token that ends loses its keys in the same write.

use warifu_core::ids::{MemberId, Serial, TokenId};
use warifu_core::otp::Step;
use warifu_core::time::UnixMillis;
use warifu_core::verify::Drift;
use warifu_core::wire::bank::{MailAddress, TokenState};
use warifu_core::wire::device::VaultLevel;

use super::{Row, StoreError, Tx, asked, values};

/// A token as its row says.
pub(crate) struct Token {
    pub(crate) no: i64,
    pub(crate) token_id: TokenId,
    pub(crate) institution_no: i64,
    pub(crate) member_id: MemberId,
    pub(crate) issue_no: i64,
    pub(crate) serial: Serial,
    pub(crate) state: TokenState,
    pub(crate) sealed: Option<Vec<u8>>,
    pub(crate) seal_version: u32,
    pub(crate) dek_id: i64,
    pub(crate) last_step: Step,
    pub(crate) wrong: u8,
    pub(crate) drift: Drift,
    pub(crate) vault: VaultLevel,
    pub(crate) started_on: UnixMillis,
    pub(crate) activate_by: UnixMillis,
    pub(crate) expires_at: UnixMillis,
    /// When the row's state became what it is.
    pub(crate) changed_at: UnixMillis,
    /// Its last uses, as bytes.
    pub(crate) uses: Vec<u8>,
    /// The last questions about it while it was in use, as bytes.
    pub(super) asked: Vec<u8>,
    /// Until when others may stand elsewhere.
    look_beyond: UnixMillis,
}

impl Token {
    /// Its state at `now`.
    pub(crate) fn state_at(&self, now: UnixMillis) -> TokenState {
        self.state.at(now, self.activate_by, self.expires_at)
    }

    /// Whether every question about it that may be repeated stands in its row.
    pub(super) fn holds_all_asked(&self, now: UnixMillis) -> bool {
        self.state == TokenState::Active && self.look_beyond <= now
    }

    /// Since when it is in its state at `now`: what time ended, ended when the time was over.
    pub(crate) fn since(&self, now: UnixMillis) -> UnixMillis {
        match self.state_at(now) {
            state if state == self.state => self.changed_at,
            TokenState::Void => self.activate_by,
            _ => self.expires_at,
        }
    }
}

const TABLE: &str = "token";

pub(super) fn read(row: &Row<'_>) -> Result<Token, StoreError> {
    Ok(Token {
        no: row.int("no")?,
        token_id: TokenId::from_bytes(row.bytes("token_id")?),
        institution_no: row.int("institution_no")?,
        member_id: row.parse("member_id")?,
        issue_no: row.int("issue_no")?,
        serial: row.parse("serial")?,
        state: row.word("state", TokenState::from_word)?,
        sealed: row.maybe_blob("sealed")?.map(<[u8]>::to_vec),
        seal_version: row.small("seal_version")?,
        dek_id: row.int("dek_id")?,
        last_step: Step(row.small("last_step")?),
        wrong: row.small("wrong")?,
        drift: Drift { steps: row.small("drift")?, lean: row.small("lean")?, run: row.small("lean_run")? },
        vault: row.word("vault", VaultLevel::from_word)?,
        started_on: row.moment("started_on")?,
        activate_by: row.moment("activate_by")?,
        expires_at: row.moment("expires_at")?,
        changed_at: row.moment("state_at")?,
        uses: row.maybe_blob("uses")?.unwrap_or_default().to_vec(),
        asked: read_asked(row)?,
        look_beyond: row.moment("look_beyond")?,
    })
}

fn read_asked(row: &Row<'_>) -> Result<Vec<u8>, StoreError> {
    let asked = row.maybe_blob("asked")?.unwrap_or_default();
    if asked::is_sound(asked) { Ok(asked.to_vec()) } else { Err(row.bad("asked", "damaged")) }
}

/// A step as a column holds it.
pub(crate) fn step_column(step: Step) -> i64 {
    i64::try_from(step.0).unwrap_or(i64::MAX)
}

#[cfg(test)]
pub(crate) fn by_no(tx: &Tx<'_>, no: i64) -> Result<Option<Token>, StoreError> {
    tx.row(TABLE, "SELECT * FROM token WHERE no = $1", values![no], read)
}

/// The member's token that counts, as the rows say: the one in use (active or suspended), else the newest. Beside one in
/// use a newer one may wait.
pub(crate) fn current(tx: &Tx<'_>, institution: i64, member: &MemberId) -> Result<Option<Token>, StoreError> {
    // One that is in use is what codes are asked about: looked for first, and found without sorting.
    if let Some(token) = in_use(tx, institution, member)? {
        return Ok(Some(token));
    }
    // One that waits is newer than all that ended.
    if let Some(token) = waiting(tx, institution, member)? {
        return Ok(Some(token));
    }
    const ENDED: &str = "SELECT * FROM token WHERE institution_no = $1 AND member_id = $2
        AND state IN ('revoked', 'replaced', 'expired', 'void') ORDER BY no DESC LIMIT 1";
    tx.row(TABLE, ENDED, values![institution, member], read)
}

/// The member's token in use, active or suspended, as its row says: its time may be over.
pub(crate) fn in_use(tx: &Tx<'_>, institution: i64, member: &MemberId) -> Result<Option<Token>, StoreError> {
    const SQL: &str = "SELECT * FROM token
        WHERE institution_no = $1 AND member_id = $2 AND state IN ('active', 'suspended')";
    tx.row(TABLE, SQL, values![institution, member], read)
}

/// The member's token that waits for 利用開始, as its row says.
pub(crate) fn waiting(tx: &Tx<'_>, institution: i64, member: &MemberId) -> Result<Option<Token>, StoreError> {
    const SQL: &str = "SELECT * FROM token WHERE institution_no = $1 AND member_id = $2 AND state = 'issued'";
    tx.row(TABLE, SQL, values![institution, member], read)
}

pub(crate) fn is_taken(tx: &Tx<'_>, serial: &Serial) -> Result<bool, StoreError> {
    let found = tx.row(TABLE, "SELECT no FROM token WHERE serial = $1", values![serial], |_| Ok(()))?;
    Ok(found.is_some())
}

/// What is known of a new token.
pub(crate) struct NewToken<'a> {
    pub(crate) token_id: TokenId,
    pub(crate) institution_no: i64,
    pub(crate) member_id: &'a MemberId,
    pub(crate) issue_no: i64,
    pub(crate) serial: &'a Serial,
    pub(crate) sealed: &'a [u8],
    pub(crate) seal_version: u32,
    pub(crate) dek_id: i64,
    pub(crate) platform: &'a str,
    pub(crate) app_version: &'a str,
    pub(crate) vault: &'a str,
    pub(crate) started_on: UnixMillis,
    pub(crate) activate_by: UnixMillis,
    pub(crate) expires_at: UnixMillis,
}

/// Adds it as 発行済.
pub(crate) fn add(tx: &Tx<'_>, new: &NewToken<'_>) -> Result<(), StoreError> {
    const SQL: &str =
        "INSERT INTO token (token_id, institution_no, member_id, issue_no, serial, state, sealed,
        seal_version, dek_id, platform, app_version, vault, started_on, activate_by, expires_at, state_at)
        VALUES ($1, $2, $3, $4, $5, 'issued', $6, $7, $8, $9, $10, $11, $12, $13, $14, $12)";
    let row = values![
        &new.token_id,
        new.institution_no,
        new.member_id,
        new.issue_no,
        new.serial,
        new.sealed,
        new.seal_version,
        new.dek_id,
        new.platform,
        new.app_version,
        new.vault,
        new.started_on,
        new.activate_by,
        new.expires_at
    ];
    tx.execute(SQL, row).map(|_| ())
}

/// Ends a token that is in state `from` and erases its keys; whether it was.
pub(crate) fn end(
    tx: &Tx<'_>,
    no: i64,
    from: TokenState,
    end: TokenState,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    const SQL: &str =
        "UPDATE token SET state = $1, sealed = NULL, state_at = $2 WHERE no = $3 AND state = $4";
    Ok(tx.execute(SQL, values![end.as_str(), now, no, from.as_str()])? == 1)
}

/// 停止解除 of a token that is suspended and not past its end; whether it was.
pub(crate) fn reinstate(tx: &Tx<'_>, no: i64, now: UnixMillis) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE token SET state = 'active', wrong = 0, state_at = $1
        WHERE no = $2 AND state = 'suspended' AND expires_at > $1";
    Ok(tx.execute(SQL, values![now, no])? == 1)
}

/// Keeps the token's last uses, as [`warifu_core::verify::with_use`] makes them.
pub(crate) fn remember(tx: &Tx<'_>, no: i64, uses: &[u8]) -> Result<(), StoreError> {
    tx.execute("UPDATE token SET uses = $1 WHERE no = $2", values![uses, no]).map(|_| ())
}

/// The questions in the rows of all tokens that the member has or had.
pub(super) fn asked_of_member(
    tx: &Tx<'_>,
    institution: i64,
    member: &MemberId,
) -> Result<Vec<Vec<u8>>, StoreError> {
    // Each kind of state has an index of its own.
    const IN_USE: &str = "SELECT no, asked FROM token
        WHERE institution_no = $1 AND member_id = $2 AND state IN ('active', 'suspended')";
    const ENDED: &str = "SELECT no, asked FROM token WHERE institution_no = $1 AND member_id = $2
        AND state IN ('revoked', 'replaced', 'expired', 'void') AND asked IS NOT NULL";
    let mut found = tx.rows(TABLE, IN_USE, values![institution, member], read_asked)?;
    found.extend(tx.rows(TABLE, ENDED, values![institution, member], read_asked)?);
    Ok(found)
}

/// Until then questions about the token may stand elsewhere than in its row.
pub(super) fn look_beyond(tx: &Tx<'_>, no: i64, until: UnixMillis) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE token SET look_beyond = $1 WHERE no = $2 AND look_beyond < $1";
    tx.execute(SQL, values![until, no]).map(|_| ())
}

/// The same for the member's token in use, if there is one.
pub(super) fn look_beyond_of_member(
    tx: &Tx<'_>,
    institution: i64,
    member: &MemberId,
    until: UnixMillis,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE token SET look_beyond = $1 WHERE institution_no = $2 AND member_id = $3
        AND state IN ('active', 'suspended') AND look_beyond < $1";
    tx.execute(SQL, values![until, institution, member]).map(|_| ())
}

/// Living tokens that time has ended.
pub(crate) fn ended(tx: &Tx<'_>, now: UnixMillis, limit: i64) -> Result<Vec<Token>, StoreError> {
    const VOID: &str = "SELECT * FROM token WHERE state = 'issued' AND activate_by <= $1 LIMIT $2";
    const EXPIRED: &str =
        "SELECT * FROM token WHERE state IN ('active', 'suspended') AND expires_at <= $1 LIMIT $2";
    let mut found = tx.rows(TABLE, VOID, values![now, limit], read)?;
    found.extend(tx.rows(TABLE, EXPIRED, values![now, limit], read)?);
    Ok(found)
}

/// Where a token's mails go: the address of its issue.
pub(crate) fn mail_address(tx: &Tx<'_>, issue_no: i64) -> Result<Option<MailAddress>, StoreError> {
    tx.row("issue", "SELECT no, mail FROM issue WHERE no = $1", values![issue_no], |row| row.parse("mail"))
}
