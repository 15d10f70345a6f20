//! Owns a stand-in for the operating system's keyring: a folder with one file per secret. For tests alone.
//! Refuses to know locks, sessions and other users: whoever reads the folder reads the secrets.
//! Invariant: a file is the old one or the new one, whole and on the disk, whenever the process dies.

use std::any::Any;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keyring_core::api::{Credential, CredentialApi, CredentialStoreApi};
use keyring_core::{Entry, Error, Result};

/// The store.
#[derive(Debug)]
pub(super) struct KeyringFiles {
    folder: PathBuf,
}

/// One secret.
#[derive(Debug)]
struct SecretFile {
    path: PathBuf,
    service: String,
    user: String,
}

impl KeyringFiles {
    /// Over a folder, which is made when the first secret comes.
    pub(super) fn over(folder: PathBuf) -> Arc<Self> {
        Arc::new(Self { folder })
    }
}

impl CredentialStoreApi for KeyringFiles {
    fn vendor(&self) -> String {
        "Warifu's tests".to_owned()
    }

    fn id(&self) -> String {
        self.folder.display().to_string()
    }

    fn build(&self, service: &str, user: &str, _: Option<&HashMap<&str, &str>>) -> Result<Entry> {
        let path = self.folder.join(format!("{service}.{user}"));
        let file = SecretFile { path, service: service.to_owned(), user: user.to_owned() };
        Ok(Entry::new_with_credential(Arc::new(file)))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl CredentialApi for SecretFile {
    fn set_secret(&self, secret: &[u8]) -> Result<()> {
        write(&self.path, secret).map_err(failed)
    }

    fn get_secret(&self) -> Result<Vec<u8>> {
        fs::read(&self.path).map_err(failed)
    }

    fn delete_credential(&self) -> Result<()> {
        fs::remove_file(&self.path).and_then(|()| sync_folder_of(&self.path)).map_err(failed)
    }

    fn get_credential(&self) -> Result<Option<Arc<Credential>>> {
        Ok(None)
    }

    fn get_specifiers(&self) -> Option<(String, String)> {
        Some((self.service.clone(), self.user.clone()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn failed(why: io::Error) -> Error {
    match why.kind() {
        ErrorKind::NotFound => Error::NoEntry,
        _ => Error::PlatformFailure(Box::new(why)),
    }
}

fn write(path: &Path, secret: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let mut file = File::create(&fresh)?;
    file.write_all(secret)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    sync_folder_of(path)
}

fn sync_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}
