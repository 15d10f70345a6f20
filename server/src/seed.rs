//! Owns tokens by the thousand for measurements: active, with keys that everyone can compute.
//! Refuses to exist in a build that serves members.
//! Invariant: a seeded row has the shape, the sizes and the seals of one that an initialisation made, and that has been
//! in use for more than a week.

use warifu_core::encoding::sha256;
use warifu_core::ids::{Serial, TokenId};
use warifu_core::secret::Secret;
use warifu_core::time::DAY;
use warifu_core::token::{DeviceKey, TokenKeys, TotpKey, TxnKey};

use crate::app::App;
use crate::edge::Failure;
use crate::keys::{Dek, TokenPlace};
use crate::store::institutions::Institution;
use crate::store::{Store, StoreError, Tx, values};

/// How many go into one transaction. Spread identifiers touch every page of their indices: few large transactions write
/// each page seldom.
const CHUNK: u64 = 500_000;
/// What SQLite may hold of those pages meanwhile; the centre that serves asks for far less.
const CACHE: &str = "PRAGMA cache_size = -2097152";

/// The key of the token with that number.
fn key(number: u64) -> Secret<32> {
    Secret::new(sha256(&["warifu seed".into(), number.into()]))
}

/// Adds `count` members `s-0`, `s-1`, … with an active token each.
pub(crate) async fn plant(app: &App, institution: &Institution, count: u64) -> Result<(), Failure> {
    let dek = app.store.read(|tx| app.keys.dek(tx, institution, institution.dek_id))?;
    let now = app.clock.now();
    if let Store::Sqlite(_) = app.store {
        app.store.write(|tx| tx.execute(CACHE, &[])).await?;
    }
    let mut from = 0;
    while from < count {
        let to = (from + CHUNK).min(count);
        let (dek, institution) = (dek.clone(), institution.clone());
        let write = app
            .store
            .write(move |tx| (from..to).try_for_each(|number| row(tx, &dek, &institution, number, now.0)));
        write.await?;
        from = to;
    }
    Ok(())
}

fn row(tx: &Tx<'_>, dek: &Dek, institution: &Institution, number: u64, now: i64) -> Result<(), StoreError> {
    const ISSUE: &str =
        "INSERT INTO issue (institution_no, member_id, user_id, mail, state, attempts, dek_id,
        setup_id, created_at, expires_at, state_at)
        VALUES ($1, $2, $3, $4, 'used', 1, $5, $6, $7, $8, $7) RETURNING no";
    const TOKEN: &str = "INSERT INTO token (token_id, institution_no, member_id, issue_no, serial, state, sealed,
        seal_version, dek_id, platform, app_version, vault, started_on, activate_by, expires_at, state_at)
        VALUES ($1, $2, $3, $4, $5, 'active', $6, 1, $7, 'android', '0.1.0', 'hardware_computed', $8, $9, $10, $8)";
    // Identifiers are random where members make them: spread here as widely, so that indices are as full.
    let spread = sha256(&["warifu spread".into(), number.into()]);
    let token_id = TokenId::from_bytes(spread[..16].try_into().expect("a digest is longer than an ID"));
    let serial = Serial::parse(&format!("{:09}", number.wrapping_mul(387_420_489) % 1_000_000_000));
    let serial = serial.map_err(|_| StoreError::Lost)?;
    let user_id = format!("{:012}", number.wrapping_mul(282_429_536_481) % 1_000_000_000_000);
    let member = format!("s-{number}");
    let mail = format!("member.{number}@example.jp");
    let issue = values![
        institution.no,
        member.as_str(),
        user_id.as_str(),
        mail.as_str(),
        institution.dek_id,
        institution.setup_id,
        now,
        now + 7 * DAY
    ];
    let issue_no = tx.row("issue", ISSUE, issue, |row| row.int("no"))?.ok_or(StoreError::Lost)?;
    let keys = TokenKeys {
        totp: TotpKey::new(key(number)),
        txn: TxnKey::new(key(number)),
        device: DeviceKey::new(key(number)),
    };
    let place =
        TokenPlace { service_id: &institution.service_id, token_id, serial: &serial, seal_version: 1 };
    let sealed = dek.seal_token(&keys, &place);
    let token = values![
        &token_id,
        institution.no,
        member.as_str(),
        issue_no,
        &serial,
        sealed.as_slice(),
        institution.dek_id,
        now,
        now + 7 * DAY,
        now + 1_800 * DAY
    ];
    tx.execute(TOKEN, token).map(|_| ())
}
