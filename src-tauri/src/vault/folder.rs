//! Owns the app's folder: the install half, the list of slots in use, the highest card sequence seen, an unread ending, what was chosen.
//! Refuses to know keys and sealed records: they are never written here.
//! Invariant: a file is the old one or the new one, whole, whatever happens in between; only this user can read it.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rand::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};
use warifu_core::encoding::sha256;
use warifu_core::ids::ServiceId;
use warifu_core::secret::Secret;
use warifu_core::vault::sealing::InstallHalf;
use warifu_core::wire::bytes::Bytes;
use warifu_core::wire::device::VaultLevel;
use zeroize::Zeroizing;

use super::level::{Grade, WithoutHardware};
use crate::settings::Settings;

const INSTALL_HALF: &str = "install.half";
const SLOTS: &str = "slots.json";
const LOCK: &str = "lock";
const REHEARSAL: &str = "rehearsal";

/// Why the folder did not do what it was asked. Says nothing of what is in it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FolderError {
    /// Another window of this app uses it.
    #[error("the folder is in use by another window of this app")]
    InUse,
    /// The operating system refused.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A file in it is not what this app wrote.
    #[error("{0} is damaged")]
    Damaged(&'static str),
}

/// The folder, held by one process at a time.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    changing: Mutex<()>,
    _lock: File,
}

/// What the folder knows besides the install half. Nothing in it is secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Index {
    /// The slots in use.
    pub(crate) slots: Vec<Slot>,
    /// The number of the last slot that was ever used: a number is not used twice.
    pub(crate) last_slot: u64,
    /// Where the slots were made.
    pub(crate) made_on: Option<MachineTag>,
    /// The highest card sequence seen, per service. Never goes down.
    pub(crate) seen_cards: BTreeMap<ServiceId, u64>,
    /// How the last initialisation ended without a token, until the member has read it.
    pub(crate) ended: Option<Ending>,
    /// The language that was chosen; none means the system's.
    pub(crate) language: Option<String>,
    /// What else was chosen.
    pub(crate) settings: Settings,
}

impl Index {
    /// Whether the slots were made on another machine than this: the folder was copied.
    pub(crate) fn is_foreign_to(&self, machine: &str) -> bool {
        self.made_on.as_ref().is_some_and(|tag| !tag.is_of(machine))
    }
}

/// One slot of the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Slot {
    /// Its number.
    pub(crate) slot: u64,
    /// Whether 初期設定完了 was read.
    pub(crate) done_read: bool,
    /// Whether it is being erased: what is left of it is not a token any more.
    #[serde(default)]
    pub(crate) leaving: bool,
    /// The institution's name, so that a slot whose key is gone can still be named.
    #[serde(default)]
    pub(crate) institution: String,
    /// The level it was made at; none in a list from before there was more than one.
    #[serde(default)]
    pub(crate) level: Option<VaultLevel>,
    /// Why hardware does not compute for it.
    #[serde(default)]
    pub(crate) without_hardware: Option<WithoutHardware>,
    /// The last notice of 有効期限 that was read, in days.
    #[serde(default)]
    pub(crate) expiry_read: Option<i64>,
    /// How many questions the token's device has asked the centre.
    #[serde(default)]
    pub(crate) questions: u64,
}

impl Slot {
    /// Its level.
    pub(crate) fn grade(&self) -> Grade {
        let lowest = Grade::without_hardware(WithoutHardware::NotBuilt);
        Grade { level: self.level.unwrap_or(lowest.level), without_hardware: self.without_hardware }
    }
}

/// How an initialisation ended without a token, after its keys had been stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ending {
    /// The centre refused it.
    Refused,
    /// It did not end in time.
    Unfinished,
}

/// Tells whether the folder was copied to another machine, when the keyring was not copied with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MachineTag {
    salt: Bytes<16>,
    tag: Bytes<16>,
}

impl MachineTag {
    /// Of `machine`, under a fresh salt.
    pub(crate) fn generate(machine: &str, rng: &mut (impl RngCore + CryptoRng)) -> Self {
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        Self { salt: Bytes(salt), tag: Self::tag(&salt, machine) }
    }

    /// Whether it was made on `machine`.
    pub(crate) fn is_of(&self, machine: &str) -> bool {
        self.tag == Self::tag(&self.salt.0, machine)
    }

    fn tag(salt: &[u8; 16], machine: &str) -> Bytes<16> {
        let hash = sha256(&["warifu/v1/folder-tag".into(), salt.into(), machine.into()]);
        Bytes(*hash.first_chunk().expect("32 bytes begin with 16"))
    }
}

impl Folder {
    /// Makes the folder where it is missing, and holds it until dropped (or until the process dies).
    pub(crate) fn open(path: &Path) -> Result<Self, FolderError> {
        make_private(path)?;
        let lock = private_file().create(true).truncate(false).open(path.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), changing: Mutex::new(()), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(FolderError::InUse),
            Err(TryLockError::Error(why)) => Err(why.into()),
        }
    }

    /// The install half; `None` when none was drawn yet.
    pub(crate) fn install_half(&self) -> Result<Option<InstallHalf>, FolderError> {
        let Some(bytes) = self.read(INSTALL_HALF)?.map(Zeroizing::new) else { return Ok(None) };
        let half = Secret::from_slice(&bytes).ok_or(FolderError::Damaged(INSTALL_HALF))?;
        Ok(Some(InstallHalf::new(half)))
    }

    /// The install half; draws one the first time. It is on the disk when this returns.
    pub(crate) fn install_half_or_new(
        &self,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<InstallHalf, FolderError> {
        if let Some(half) = self.install_half()? {
            return Ok(half);
        }
        let half = Secret::<32>::generate(rng);
        self.write(INSTALL_HALF, half.expose())?;
        Ok(InstallHalf::new(half))
    }

    /// Forgets the install half, so that the next initialisation draws another.
    pub(crate) fn forget_install_half(&self) -> Result<(), FolderError> {
        match fs::remove_file(self.path.join(INSTALL_HALF)) {
            Err(why) if why.kind() != ErrorKind::NotFound => Err(why.into()),
            _ => Ok(sync_folder(&self.path)?),
        }
    }

    /// The index; an empty one where nothing was written yet.
    pub(crate) fn index(&self) -> Result<Index, FolderError> {
        let Some(bytes) = self.read(SLOTS)? else { return Ok(Index::default()) };
        serde_json::from_slice(&bytes).map_err(|_| FolderError::Damaged(SLOTS))
    }

    /// Changes the index, one change at a time. It is on the disk when this returns.
    pub(crate) fn change_index(&self, change: impl FnOnce(&mut Index)) -> Result<(), FolderError> {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.index()?;
        let mut index = before.clone();
        change(&mut index);
        if index == before { Ok(()) } else { self.write_index(&index) }
    }

    /// Puts an empty index in place of one that cannot be read; one that can be read stays.
    /// Tells whether it had to.
    pub(crate) fn mend_index(&self) -> Result<bool, FolderError> {
        match self.index() {
            Err(FolderError::Damaged(_)) => self.write_index(&Index::default()).map(|()| true),
            other => other.map(|_| false),
        }
    }

    /// Proves that an index with one more slot could be written: a full disk is told before anything depends on it.
    pub(crate) fn rehearse(&self) -> Result<(), FolderError> {
        let mut room = self.read(SLOTS)?.unwrap_or_default();
        room.extend_from_slice(&[b' '; 4_096]);
        self.write(REHEARSAL, &room)?;
        Ok(fs::remove_file(self.path.join(REHEARSAL))?)
    }

    fn write_index(&self, index: &Index) -> Result<(), FolderError> {
        let bytes = serde_json::to_vec_pretty(index).expect("an index of text and numbers has a JSON form");
        self.write(SLOTS, &bytes)
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, FolderError> {
        match fs::read(self.path.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
            Err(why) => Err(why.into()),
        }
    }

    /// Whole and durable: a temporary file, synced, renamed over the old one, and the folder synced.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        let fresh = self.path.join(format!("{name}.new"));
        let mut file = private_file().create(true).truncate(true).open(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&fresh, self.path.join(name))?;
        Ok(sync_folder(&self.path)?)
    }
}

/// Mode 0600. On other systems the user's own data folder is already closed to other users.
fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn make_private(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

/// A rename is durable once its folder is; Windows has no such call and needs none.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
#[path = "folder_tests.rs"]
mod tests;
