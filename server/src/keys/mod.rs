//! Owns the centre's keys: KEK → DEK per institution → seals, and each institution's OPAQUE setup.
//! Refuses to know rows, members and requests.
//! Invariant: a key on a disk is sealed under another one that is not in the database, or lies in a file of mode 0600.
//!
//! ```text
//! folder/keys/kek                       32 bytes, hex, mode 0600          made at the first start
//! folder/keys/opaque/<service>.sealed   OPAQUE setup, AES-256-GCM(KEK)    AAD enc("warifu/v1/opaque-setup", service)
//! folder/keys/opaque/<service>-<n>.sealed   the n-th one                  AAD enc("warifu/v1/opaque-setup", service-n)
//! table dek                             DEK, AES-256-GCM(KEK)             AAD enc("warifu/v1/dek", service, dek id)
//! HKDF(DEK, salt = token id)            seals k_totp ‖ k_txn ‖ k_dev      AAD enc("warifu/v1/token", …)
//! HKDF(DEK, salt = user ID)             seals the password record         AAD enc("warifu/v1/record", service, user ID)
//! HKDF(DEK, salt = enrol id)            seals the login state             AAD enc("warifu/v1/login", enrol id)
//! HKDF(DEK)                             digests of requests
//! HKDF(KEK)                             signs checkpoints of the audit log
//! ```

mod dek;
mod file;
mod seal;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use ed25519_dalek::SigningKey;
use rand::rngs::OsRng;
use warifu_core::enc;
use warifu_core::enrol::centre::Setup;
use warifu_core::ids::{EnrolId, ServiceId};
use warifu_core::secret::Secret;

pub(crate) use dek::{Dek, TokenPlace};
pub(crate) use file::{read_key, write_key};

use crate::store::institutions::{self, Institution};
use crate::store::{StoreError, Tx};

/// Why a key could not be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// A file failed.
    #[error("{file}: {why}")]
    File { file: PathBuf, why: std::io::Error },
    /// Others than the owner may read the file.
    #[error("{file} may be read by others (mode {mode:o}): set it to 600")]
    Exposed { file: PathBuf, mode: u32 },
    /// The file does not hold a key.
    #[error("{0} does not hold a key")]
    NotAKey(PathBuf),
    /// There is a database with institutions, but no key for it.
    #[error("{0} is missing, but the database holds institutions: restore the file from its backup")]
    Missing(PathBuf),
    /// What is sealed does not open: damaged, exchanged, or sealed under another key.
    #[error("{0} does not open under its key")]
    Sealed(String),
    /// A row that should be there is not.
    #[error("the database holds no {0}")]
    NoRow(&'static str),
}

/// Every key that this centre holds.
pub(crate) struct Keys {
    folder: PathBuf,
    kek: Secret<32>,
    deks: RwLock<HashMap<(i64, i64), Arc<Dek>>>,
    setups: RwLock<HashMap<(ServiceId, i64), Arc<Setup>>>,
    nobody: Arc<Setup>,
    nobody_dek: Dek,
}

/// The setup that answers for services that do not exist lies beside the others under this name.
const NOBODY: &str = "nobody";

impl Keys {
    /// Reads the KEK; makes one when there is none and `is_new` says that nothing was sealed yet.
    pub(crate) fn open(folder: &Path, is_new: bool) -> Result<Self, KeyError> {
        let file = folder.join("kek");
        let kek = match file::read_key(&file)? {
            Some(kek) => kek,
            None if is_new => {
                let kek = Secret::generate(&mut OsRng);
                file::write_key(&file, &kek)?;
                tracing::info!(file = %file.display(), "made a key encryption key: back it up, apart from the database");
                kek
            }
            None => return Err(KeyError::Missing(file)),
        };
        let nobody = match Self::read_setup(folder, &kek, NOBODY)? {
            Some(setup) => setup,
            None => Self::make_setup(folder, &kek, NOBODY)?,
        };
        Ok(Self {
            folder: folder.to_owned(),
            kek,
            deks: RwLock::default(),
            setups: RwLock::default(),
            nobody: Arc::new(nobody),
            nobody_dek: Dek::generate(),
        })
    }

    /// A new DEK, wrapped for the database.
    pub(crate) fn generate_dek(&self, service: &ServiceId, dek_id: i64) -> Vec<u8> {
        Dek::generate().wrap(&self.kek, service, dek_id)
    }

    /// The institution's DEK of that number.
    pub(crate) fn dek(
        &self,
        tx: &Tx<'_>,
        institution: &Institution,
        dek_id: i64,
    ) -> Result<Arc<Dek>, Unopened> {
        let place = (institution.no, dek_id);
        if let Some(dek) = self.held_dek(institution, dek_id) {
            return Ok(dek);
        }
        let wrapped = institutions::wrapped_dek(tx, institution.no, dek_id)?;
        let wrapped = wrapped.ok_or(KeyError::NoRow("wrapped key of this number"))?;
        let dek = Arc::new(Dek::unwrap(&wrapped, &self.kek, &institution.service_id, dek_id)?);
        self.deks.write().unwrap_or_else(PoisonError::into_inner).insert(place, dek.clone());
        Ok(dek)
    }

    /// The same when it was read before: needs no database.
    pub(crate) fn held_dek(&self, institution: &Institution, dek_id: i64) -> Option<Arc<Dek>> {
        let deks = self.deks.read().unwrap_or_else(PoisonError::into_inner);
        deks.get(&(institution.no, dek_id)).cloned()
    }

    /// What signs checkpoints of the audit log.
    pub(crate) fn checkpoint_key(&self) -> SigningKey {
        SigningKey::from_bytes(&dek::derive(&self.kek, b"", b"warifu/v1/audit-checkpoint"))
    }

    /// Stands in where there is no institution: what it seals is never opened.
    pub(crate) fn nobody_dek(&self) -> &Dek {
        &self.nobody_dek
    }

    /// Answers for services that do not exist, so that their refusals look like all others.
    pub(crate) fn nobody(&self) -> Arc<Setup> {
        self.nobody.clone()
    }

    /// The institution's OPAQUE setup of that number.
    pub(crate) fn setup(&self, service: &ServiceId, setup_id: i64) -> Result<Arc<Setup>, KeyError> {
        let place = (service.clone(), setup_id);
        if let Some(setup) = self.setups.read().unwrap_or_else(PoisonError::into_inner).get(&place) {
            return Ok(setup.clone());
        }
        let name = setup_name(service, setup_id);
        let setup = Self::read_setup(&self.folder, &self.kek, &name)?
            .ok_or_else(|| KeyError::Missing(Self::setup_file(&self.folder, &name)))?;
        let setup = Arc::new(setup);
        self.setups.write().unwrap_or_else(PoisonError::into_inner).insert(place, setup.clone());
        Ok(setup)
    }

    /// Makes an OPAQUE setup of an institution; one of that number that is there already stays.
    pub(crate) fn ensure_setup(&self, service: &ServiceId, setup_id: i64) -> Result<(), KeyError> {
        let name = setup_name(service, setup_id);
        if Self::read_setup(&self.folder, &self.kek, &name)?.is_none() {
            Self::make_setup(&self.folder, &self.kek, &name)?;
        }
        Ok(())
    }

    /// Drops an OPAQUE setup that nothing needs any more; one that is gone stays gone.
    pub(crate) fn drop_setup(&self, service: &ServiceId, setup_id: i64) -> Result<(), KeyError> {
        self.setups.write().unwrap_or_else(PoisonError::into_inner).remove(&(service.clone(), setup_id));
        file::remove(&Self::setup_file(&self.folder, &setup_name(service, setup_id)))
    }

    fn setup_file(folder: &Path, name: &str) -> PathBuf {
        folder.join("opaque").join(format!("{name}.sealed"))
    }

    fn read_setup(folder: &Path, kek: &Secret<32>, name: &str) -> Result<Option<Setup>, KeyError> {
        let file = Self::setup_file(folder, name);
        let Some(sealed) = file::read(&file)? else { return Ok(None) };
        let damaged = || KeyError::Sealed(file.display().to_string());
        let plain = seal::open(kek.expose(), &setup_aad(name), &sealed).ok_or_else(damaged)?;
        let bytes = Secret::from_slice(&plain).ok_or_else(damaged)?;
        Setup::from_bytes(&bytes).map(Some).map_err(|_| damaged())
    }

    fn make_setup(folder: &Path, kek: &Secret<32>, name: &str) -> Result<Setup, KeyError> {
        let setup = Setup::generate(&mut OsRng);
        let sealed = seal::seal(kek.expose(), &setup_aad(name), setup.to_bytes().expose());
        file::write(&Self::setup_file(folder, name), &sealed)?;
        Ok(setup)
    }
}

/// The first setup has the service's name alone.
fn setup_name(service: &ServiceId, setup_id: i64) -> String {
    if setup_id == 1 { service.to_string() } else { format!("{service}-{setup_id}") }
}

fn setup_aad(name: &str) -> Vec<u8> {
    enc!("warifu/v1/opaque-setup", name)
}

/// A key that could not be had from the store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unopened {
    /// The key itself.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What an initialisation's login state is bound to.
pub(crate) fn login_aad(enrol_id: EnrolId) -> Vec<u8> {
    enc!("warifu/v1/login", enrol_id.as_bytes())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_kek_file_is_made_once_with_mode_0600_and_opens_the_same_setups_again() {
        let folder = tempfile::tempdir().unwrap();
        let service = ServiceId::parse("10112235").unwrap();
        let keys = Keys::open(folder.path(), true).unwrap();
        keys.ensure_setup(&service, 1).unwrap();
        let public = keys.setup(&service, 1).unwrap().public_key();
        let mode = std::fs::metadata(folder.path().join("kek")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let again = Keys::open(folder.path(), false).unwrap();
        again.ensure_setup(&service, 1).unwrap();
        assert_eq!(again.setup(&service, 1).unwrap().public_key(), public);
    }

    #[test]
    fn a_kek_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        drop(Keys::open(folder.path(), true).unwrap());
        let file = folder.path().join("kek");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Keys::open(folder.path(), false), Err(KeyError::Exposed { mode: 0o640, .. })));
    }

    #[test]
    fn a_missing_kek_is_never_replaced_under_a_database_that_needs_it() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Keys::open(folder.path(), false), Err(KeyError::Missing(_))));
        assert!(!folder.path().join("kek").exists());
    }

    #[test]
    fn setups_of_two_institutions_cannot_be_exchanged() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(folder.path(), true).unwrap();
        let (one, two) = (ServiceId::parse("00000001").unwrap(), ServiceId::parse("00000002").unwrap());
        keys.ensure_setup(&one, 1).unwrap();
        let (from, to) =
            (Keys::setup_file(folder.path(), "00000001"), Keys::setup_file(folder.path(), "00000002"));
        std::fs::copy(from, to).unwrap();
        assert!(matches!(keys.setup(&two, 1), Err(KeyError::Sealed(_))));
    }
}
