//! Owns how an institution is added and how its bearer keys are made.
//! Refuses to show a bearer key a second time: only its hash is kept.
//! Invariant: an institution that is stored has a wrapped key and an OPAQUE setup.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use rand::rngs::OsRng;
use sha2::{Digest as _, Sha256};
use warifu_core::ids::ServiceId;
use warifu_core::secret::Secret;
use warifu_core::time::UnixMillis;
use warifu_core::wire::bytes;
use warifu_core::wire::device::VaultLevel;
use zeroize::Zeroizing;

use crate::app::App;
use crate::edge::Failure;
use crate::store::audit::{self, Entry};
use crate::store::institutions::{self, Institution};

/// What a bearer key begins with, so that a leaked one can be recognised.
const KEY_PREFIX: &str = "warifu_bank_";

/// What is set for a new institution.
pub(crate) struct NewInstitution {
    pub(crate) service_id: ServiceId,
    pub(crate) name: String,
    pub(crate) name_kana: String,
    pub(crate) mail_from: Option<String>,
    pub(crate) download_url: Option<String>,
    pub(crate) wrong_limit: u8,
    pub(crate) valid_months: u32,
    pub(crate) least_vault: VaultLevel,
}

/// Adds an institution, unless there is one with this service ID; its row.
pub(crate) async fn add(app: &App, new: NewInstitution) -> Result<Option<Institution>, Failure> {
    const FIRST: i64 = 1;
    let now = app.clock.now();
    app.keys.ensure_setup(&new.service_id, FIRST)?;
    let wrapped = app.keys.generate_dek(&new.service_id, FIRST);
    let write = app.store.write(move |tx| {
        if institutions::by_service_id(tx, &new.service_id)?.is_some() {
            return Ok::<_, Failure>(None);
        }
        let row = institutions::NewInstitution {
            service_id: &new.service_id,
            name: &new.name,
            name_kana: &new.name_kana,
            mail_from: new.mail_from.as_deref(),
            download_url: new.download_url.as_deref(),
            wrong_limit: new.wrong_limit,
            valid_months: new.valid_months,
            least_vault: new.least_vault,
        };
        institutions::add(tx, &row, FIRST, &wrapped, now)?;
        Ok(institutions::by_service_id(tx, &new.service_id)?)
    });
    write.await
}

/// Sets how well devices have to keep their keys, at least. Tokens that are there stay as they are.
pub(crate) async fn set_least_vault(
    app: &App,
    institution: Institution,
    least: VaultLevel,
) -> Result<(), Failure> {
    let now = app.clock.now();
    let write = app.store.write(move |tx| {
        institutions::set_least_vault(tx, institution.no, least)?;
        let object = format!("institution:{}", institution.service_id);
        let entry = Entry {
            at: now,
            actor: "centre",
            action: "set_least_vault",
            object: &object,
            outcome: least.as_str(),
            detail: &format!("before: {}", institution.least_vault),
        };
        audit::append(tx, &institution, &entry)
    });
    Ok(write.await?)
}

/// Makes a bearer key for an institution and gives it out, this once.
pub(crate) async fn make_key(
    app: &App,
    institution: &Institution,
    end_others: bool,
) -> Result<Zeroizing<String>, Failure> {
    let secret = Secret::<32>::generate(&mut OsRng);
    let key = Zeroizing::new(format!("{KEY_PREFIX}{}", bytes::encode(secret.expose())));
    store_key(app, institution, &key, end_others, app.clock.now()).await?;
    Ok(key)
}

async fn store_key(
    app: &App,
    institution: &Institution,
    key: &str,
    end_others: bool,
    now: UnixMillis,
) -> Result<(), Failure> {
    let (hash, no) = (hash(key), institution.no);
    let write = app.store.write(move |tx| {
        institutions::add_key(tx, no, &hash, now)?;
        if end_others {
            institutions::end_other_keys(tx, no, &hash)?;
        }
        Ok::<_, Failure>(())
    });
    write.await
}

/// Whose bearer key it is.
pub(crate) fn by_key(app: &App, key: &str) -> Result<Option<Institution>, Failure> {
    if !key.starts_with(KEY_PREFIX) || key.len() > 128 {
        return Ok(None);
    }
    // Looked up by its hash: how long that takes tells nothing about a key.
    Ok(app.store.read(|tx| institutions::by_key_hash(tx, &hash(key)))?)
}

/// Keys as they were found lately, for calls that come by the thousand.
#[derive(Default)]
pub(crate) struct KnownKeys(RwLock<HashMap<[u8; 32], (Instant, Institution)>>);

/// For how long a key that was ended, or an institution's setting that was changed, may still count for a code.
const KNOWN_FOR: Duration = Duration::from_secs(1);
/// Keys are remembered only when they are real: there are not many.
const KNOWN_AT_MOST: usize = 10_000;

/// The same as [`by_key`], from memory when the key was seen within the last second.
pub(crate) fn by_key_lately(app: &App, key: &str) -> Result<Option<Institution>, Failure> {
    let place = hash(key);
    if let Some((seen, known)) = app.known_keys.0.read().unwrap_or_else(PoisonError::into_inner).get(&place)
        && seen.elapsed() < KNOWN_FOR
    {
        return Ok(Some(known.clone()));
    }
    let found = by_key(app, key)?;
    if let Some(institution) = &found {
        let mut known = app.known_keys.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_AT_MOST {
            known.clear();
        }
        known.insert(place, (Instant::now(), institution.clone()));
    }
    Ok(found)
}

fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}
