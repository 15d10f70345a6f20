//! Owns institutions: who they are, what they set, their wrapped keys, who may speak for them.
//! Refuses to know how a key is unwrapped.
//! Invariant: a bearer key is stored as its SHA-256 only.

use std::sync::Arc;

use warifu_core::ids::ServiceId;
use warifu_core::time::UnixMillis;
use warifu_core::wire::device::VaultLevel;

use super::{Row, StoreError, Tx, values};

/// An institution as its row says.
#[derive(Debug, Clone)]
pub(crate) struct Institution {
    pub(crate) no: i64,
    pub(crate) service_id: ServiceId,
    pub(crate) name: Arc<str>,
    pub(crate) name_kana: Arc<str>,
    pub(crate) mail_from: Option<Arc<str>>,
    pub(crate) download_url: Option<Arc<str>>,
    pub(crate) wrong_limit: u8,
    pub(crate) valid_months: u32,
    /// How well a device has to keep its keys, at least.
    pub(crate) least_vault: VaultLevel,
    pub(crate) dek_id: i64,
    /// The OPAQUE setup of new issues.
    pub(crate) setup_id: i64,
    /// While it is being changed: a greater one waits for its card, a smaller one serves the issues open under it.
    pub(crate) setup_other: Option<i64>,
}

impl Institution {
    /// The OPAQUE setups whose keys its card has to name, the one of new issues first.
    pub(crate) fn setups(&self) -> Vec<i64> {
        std::iter::once(self.setup_id).chain(self.setup_other).collect()
    }
}

/// What is known of a new institution.
pub(crate) struct NewInstitution<'a> {
    pub(crate) service_id: &'a ServiceId,
    pub(crate) name: &'a str,
    pub(crate) name_kana: &'a str,
    pub(crate) mail_from: Option<&'a str>,
    pub(crate) download_url: Option<&'a str>,
    pub(crate) wrong_limit: u8,
    pub(crate) valid_months: u32,
    pub(crate) least_vault: VaultLevel,
}

const TABLE: &str = "institution";

fn read(row: &Row<'_>) -> Result<Institution, StoreError> {
    Ok(Institution {
        no: row.int("no")?,
        service_id: row.parse("service_id")?,
        name: row.text("name")?.into(),
        name_kana: row.text("name_kana")?.into(),
        mail_from: row.maybe_text("mail_from")?.map(Into::into),
        download_url: row.maybe_text("download_url")?.map(Into::into),
        wrong_limit: row.small("wrong_limit")?,
        valid_months: row.small("valid_months")?,
        least_vault: row.word("least_vault", VaultLevel::from_word)?,
        dek_id: row.int("dek_id")?,
        setup_id: row.int("setup_id")?,
        setup_other: row.maybe_int("setup_other")?,
    })
}

pub(crate) fn by_key_hash(tx: &Tx<'_>, hash: &[u8; 32]) -> Result<Option<Institution>, StoreError> {
    const SQL: &str =
        "SELECT i.* FROM api_key k JOIN institution i ON i.no = k.institution_no WHERE k.hash = $1";
    tx.row(TABLE, SQL, values![hash], read)
}

pub(crate) fn by_service_id(tx: &Tx<'_>, id: &ServiceId) -> Result<Option<Institution>, StoreError> {
    tx.row(TABLE, "SELECT * FROM institution WHERE service_id = $1", values![id], read)
}

pub(crate) fn by_no(tx: &Tx<'_>, no: i64) -> Result<Option<Institution>, StoreError> {
    tx.row(TABLE, "SELECT * FROM institution WHERE no = $1", values![no], read)
}

pub(crate) fn all(tx: &Tx<'_>) -> Result<Vec<Institution>, StoreError> {
    tx.rows(TABLE, "SELECT * FROM institution ORDER BY service_id", values![], read)
}

/// Adds an institution with its first wrapped key; its number.
pub(crate) fn add(
    tx: &Tx<'_>,
    new: &NewInstitution<'_>,
    dek_id: i64,
    wrapped_dek: &[u8],
    now: UnixMillis,
) -> Result<i64, StoreError> {
    const ADD: &str =
        "INSERT INTO institution (service_id, name, name_kana, mail_from, download_url, wrong_limit,
        valid_months, least_vault, dek_id, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING no";
    let row = values![
        new.service_id,
        new.name,
        new.name_kana,
        new.mail_from,
        new.download_url,
        new.wrong_limit,
        new.valid_months,
        new.least_vault.as_str(),
        dek_id,
        now
    ];
    let no = tx.row(TABLE, ADD, row, |row| row.int("no"))?.ok_or(StoreError::Lost)?;
    const DEK: &str = "INSERT INTO dek (institution_no, dek_id, wrapped, created_at) VALUES ($1, $2, $3, $4)";
    tx.execute(DEK, values![no, dek_id, wrapped_dek, now])?;
    Ok(no)
}

/// Sets how well a device has to keep its keys, at least, from now on.
pub(crate) fn set_least_vault(tx: &Tx<'_>, no: i64, least: VaultLevel) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE institution SET least_vault = $1 WHERE no = $2";
    tx.execute(SQL, values![least.as_str(), no]).map(|_| ())
}

/// Moves the OPAQUE setups from what `seen` says; whether they still were that.
pub(crate) fn move_setups(
    tx: &Tx<'_>,
    seen: &Institution,
    setup_id: i64,
    other: Option<i64>,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE institution SET setup_id = $1, setup_other = $2
        WHERE no = $3 AND setup_id = $4 AND coalesce(setup_other, 0) = $5";
    let row = values![setup_id, other, seen.no, seen.setup_id, seen.setup_other.unwrap_or(0)];
    Ok(tx.execute(SQL, row)? == 1)
}

/// The wrapped key of that number.
pub(crate) fn wrapped_dek(tx: &Tx<'_>, no: i64, dek_id: i64) -> Result<Option<Vec<u8>>, StoreError> {
    const SQL: &str = "SELECT wrapped FROM dek WHERE institution_no = $1 AND dek_id = $2";
    tx.row("dek", SQL, values![no, dek_id], |row| Ok(row.blob("wrapped")?.to_vec()))
}

pub(crate) fn add_key(tx: &Tx<'_>, no: i64, hash: &[u8; 32], now: UnixMillis) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO api_key (hash, institution_no, created_at) VALUES ($1, $2, $3)";
    tx.execute(SQL, values![hash, no, now]).map(|_| ())
}

/// Ends every bearer key but one; how many ended.
pub(crate) fn end_other_keys(tx: &Tx<'_>, no: i64, kept: &[u8; 32]) -> Result<usize, StoreError> {
    tx.execute("DELETE FROM api_key WHERE institution_no = $1 AND hash <> $2", values![no, kept])
}
