//! Owns the signed service cards, one file per institution, as the device API serves them.
//! Refuses to know root keys: cards arrive signed.
//! Invariant: the bytes that were signed are served unchanged.

use std::io::ErrorKind;
use std::path::PathBuf;

use warifu_core::ids::ServiceId;
use warifu_core::wire::device::{AppVersion, ServiceCard, SignedCard, V1};

use crate::keys::{KeyError, Keys};
use crate::store::institutions::Institution;

/// The folder of cards.
pub(crate) struct Cards {
    folder: PathBuf,
}

/// Why a card could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadCardFile {
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    #[error("{0} does not hold a signed card")]
    Malformed(PathBuf),
}

impl Cards {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn file(&self, service_id: &ServiceId) -> PathBuf {
        self.folder.join(format!("{service_id}.json"))
    }

    /// The card of a service, or nothing when it has none.
    pub(crate) fn read(&self, service_id: &ServiceId) -> Result<Option<SignedCard>, BadCardFile> {
        let file = self.file(service_id);
        match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|_| BadCardFile::Malformed(file)),
            Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
            Err(why) => Err(BadCardFile::File(file, why)),
        }
    }

    /// Puts a card in place of the one before, whole.
    pub(crate) fn write(&self, service_id: &ServiceId, card: &SignedCard) -> Result<(), BadCardFile> {
        let file = self.file(service_id);
        let part = file.with_extension("part");
        let failed = |why| BadCardFile::File(file.clone(), why);
        std::fs::create_dir_all(&self.folder).map_err(failed)?;
        let bytes = serde_json::to_vec_pretty(card).expect("a card of two texts has a JSON form");
        std::fs::write(&part, bytes).map_err(failed)?;
        std::fs::rename(&part, &file).map_err(failed)
    }
}

/// What a signed card says; its signature is the device's to check.
pub(crate) fn content(signed: &SignedCard) -> Option<ServiceCard> {
    serde_json::from_slice(&signed.card.0).ok()
}

/// What the centre asks a root to sign for an institution.
pub(crate) struct Draft {
    pub(crate) centre_url: String,
    pub(crate) seq: u64,
    pub(crate) expires: warifu_core::time::UnixMillis,
}

impl Draft {
    pub(crate) fn card(self, institution: &Institution, keys: &Keys) -> Result<ServiceCard, KeyError> {
        let key = |setup_id| keys.setup(&institution.service_id, setup_id).map(|setup| setup.public_key());
        let min_app = AppVersion::try_from("0.1.0".to_owned()).expect("0.1.0 is a version");
        Ok(ServiceCard {
            v: V1,
            service_id: institution.service_id.clone(),
            name: institution.name.to_string(),
            name_kana: institution.name_kana.to_string(),
            centre_url: self.centre_url.trim_end_matches('/').to_owned(),
            opaque_keys: institution.setups().into_iter().map(key).collect::<Result<_, _>>()?,
            min_app,
            seq: self.seq,
            expires: self.expires,
        })
    }
}
