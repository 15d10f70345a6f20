//! Owns the demo: one institution, a card signed by a root key that everyone knows, one bearer key in a file.
//! Refuses to run unless it was asked for by name.
//! Invariant: started twice, it changes nothing but a card that is out of date.

use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use sha2::{Digest as _, Sha256};
use warifu_core::enrol::card;
use warifu_core::ids::ServiceId;
use warifu_core::japan::VALID_MONTHS;
use warifu_core::time::{DAY, UnixMillis};
use warifu_core::verify::WRONG_LIMIT;
use warifu_core::wire::device::VaultLevel;

use crate::app::App;
use crate::cards::{self, Draft};
use crate::edge::Failure;
use crate::service::institution::{self, NewInstitution, by_key};
use crate::store::institutions as rows;

/// The demo institution's サービスID.
pub const SERVICE_ID: &str = "10112235";
/// What the demo root's seed is the SHA-256 of.
const ROOT: &str = "warifu demo root, known to everyone";
/// For how long a demo card is signed, milliseconds.
const CARD_FOR: i64 = 3_650 * DAY;
/// A demo card is signed anew when less than this is left of it.
const CARD_LEFT: i64 = 365 * DAY;

/// The demo could not be laid out.
#[derive(Debug, thiserror::Error)]
#[error("the demo could not be laid out: {0}")]
pub struct NoDemo(String);

impl From<Failure> for NoDemo {
    fn from(why: Failure) -> Self {
        Self(why.to_string())
    }
}

/// The root that signs demo cards; apps take it in `qa` builds only.
pub fn root() -> SigningKey {
    SigningKey::from_bytes(&Sha256::digest(ROOT.as_bytes()).into())
}

/// Lays out institution, bearer key and card, as far as they are missing. `centre_url` is where devices reach this
/// centre.
///
/// # Errors
/// [`NoDemo`], in words for the person who starts it.
pub async fn lay_out(app: &App, folder: &Path, centre_url: &str) -> Result<(), NoDemo> {
    let service_id = ServiceId::parse(SERVICE_ID).expect("the demo's service ID has 8 digits");
    let new = NewInstitution {
        service_id: service_id.clone(),
        name: "仙北信用組合".to_owned(),
        name_kana: "センポクシンヨウクミアイ".to_owned(),
        mail_from: Some("senpokushinyoukumiai@otp-auth.net".to_owned()),
        download_url: None,
        wrong_limit: WRONG_LIMIT,
        valid_months: VALID_MONTHS,
        least_vault: VaultLevel::Sealed,
    };
    let failed = |why: &dyn std::fmt::Display| NoDemo(why.to_string());
    let found = app.store.read(|tx| rows::by_service_id(tx, &service_id)).map_err(|why| failed(&why))?;
    let institution = match found {
        Some(institution) => institution,
        None => {
            institution::add(app, new).await?.ok_or_else(|| failed(&"the institution appeared meanwhile"))?
        }
    };

    let file = folder.join("demo").join(format!("bank-{SERVICE_ID}.key"));
    let has_key = match std::fs::read_to_string(&file) {
        Ok(key) => by_key(app, key.trim())?.is_some_and(|found| found.no == institution.no),
        Err(_) => false,
    };
    if !has_key {
        let key = institution::make_key(app, &institution, true).await?;
        write_private(&file, &key).map_err(|why| NoDemo(format!("{}: {why}", file.display())))?;
    }
    sign_card(app, &institution, centre_url).map_err(|why| failed(&why))
}

/// The demo's institution, once it is laid out.
#[cfg(feature = "qa")]
pub(crate) fn institution(app: &App) -> Result<rows::Institution, NoDemo> {
    let service_id = ServiceId::parse(SERVICE_ID).expect("the demo's service ID has 8 digits");
    let found =
        app.store.read(|tx| rows::by_service_id(tx, &service_id)).map_err(|why| NoDemo(why.to_string()))?;
    found.ok_or_else(|| NoDemo("there is no such institution".to_owned()))
}

fn sign_card(app: &App, institution: &rows::Institution, centre_url: &str) -> Result<(), NoDemo> {
    let failed = |why: &dyn std::fmt::Display| NoDemo(why.to_string());
    let now = app.clock.now();
    let held = app.cards.read(&institution.service_id).map_err(|why| failed(&why))?;
    let held = held.as_ref().and_then(cards::content);
    let draft = |seq, expires| Draft { centre_url: centre_url.to_owned(), seq, expires };
    if let Some(held) = &held {
        let same = draft(held.seq, held.expires).card(institution, &app.keys).map_err(|why| failed(&why))?;
        if same == *held && held.expires > now.plus(CARD_LEFT) {
            return Ok(());
        }
    }
    // The hour of signing, so that the card of a fresh folder is not older than one that a device has seen.
    let seq = u64::try_from(now.secs()).unwrap_or(0).max(held.map_or(0, |held| held.seq + 1));
    let fresh = draft(seq, end_of(now)).card(institution, &app.keys).map_err(|why| failed(&why))?;
    app.cards.write(&institution.service_id, &card::sign(&fresh, &root())).map_err(|why| failed(&why))
}

fn end_of(now: UnixMillis) -> UnixMillis {
    now.plus(CARD_FOR)
}

fn write_private(file: &PathBuf, key: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let folder = file.parent().expect("the key lies in the demo folder");
    std::fs::create_dir_all(folder)?;
    let mut options = std::fs::File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(file)?;
    #[cfg(unix)]
    opened.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    opened.write_all(key.as_bytes())?;
    opened.write_all(b"\n")?;
    opened.sync_all()
}
