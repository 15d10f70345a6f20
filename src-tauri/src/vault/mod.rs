//! Owns where this device keeps its half of the tally, and which slot an action is about.
//! Refuses to know the centre, screens and words.
//! Invariant: a slot number is never used for a second token.

mod folder;
mod keyring;
mod machine;
mod sealed;

use std::path::Path;

use warifu_core::ids::ServiceId;
use warifu_core::vault::{Failure, Vault as _};

use folder::Folder;
pub(crate) use folder::{Ending, FolderError};
pub(crate) use keyring::Keyring;
pub(crate) use sealed::SealedVault;

/// The vault's parts on this device.
pub(crate) struct Place {
    folder: Folder,
    keyring: Keyring,
}

impl Place {
    /// In `folder`, with `keyring`.
    pub(crate) fn open(folder: &Path, keyring: Keyring) -> Result<Self, FolderError> {
        Ok(Self { folder: Folder::open(folder)?, keyring })
    }

    /// The slot of the token, or the next free one when there is none.
    pub(crate) fn vault(&self) -> Result<SealedVault<'_>, Failure> {
        let index = self.folder.index()?;
        let slot = index.slots.first().map_or(index.last_slot + 1, |listed| listed.slot);
        let machine = machine::identity();
        Ok(SealedVault { folder: &self.folder, keyring: &self.keyring, slot, may_ask: false, machine })
    }

    /// The highest card sequence seen for a service.
    pub(crate) fn seen_card(&self, service_id: &ServiceId) -> Result<u64, Failure> {
        Ok(self.folder.index()?.seen_cards.get(service_id).copied().unwrap_or(0))
    }

    /// Remembers a card's sequence; a lower one than before changes nothing.
    pub(crate) fn saw_card(&self, service_id: &ServiceId, seq: u64) -> Result<(), Failure> {
        Ok(self.folder.change_index(|index| {
            let highest = index.seen_cards.entry(service_id.clone()).or_insert(0);
            *highest = seq.max(*highest);
        })?)
    }

    /// Whether 初期設定完了 was read.
    pub(crate) fn is_done_read(&self) -> Result<bool, Failure> {
        Ok(self.folder.index()?.slots.first().is_some_and(|listed| listed.done_read))
    }

    /// Remembers that 初期設定完了 was read.
    pub(crate) fn mark_done_read(&self) -> Result<(), Failure> {
        Ok(self.folder.change_index(|index| {
            if let Some(listed) = index.slots.first_mut() {
                listed.done_read = true;
            }
        })?)
    }

    /// How the last initialisation ended without a token, if that was not read yet.
    pub(crate) fn ended(&self) -> Result<Option<Ending>, Failure> {
        Ok(self.folder.index()?.ended)
    }

    /// Remembers how an initialisation ended, or that this was read.
    pub(crate) fn note_ending(&self, how: Option<Ending>) -> Result<(), Failure> {
        Ok(self.folder.change_index(|index| index.ended = how)?)
    }

    /// The language that was chosen.
    pub(crate) fn language(&self) -> Option<String> {
        self.folder.index().ok()?.language
    }

    /// Remembers the language.
    pub(crate) fn choose_language(&self, language: &str) -> Result<(), Failure> {
        Ok(self.folder.change_index(|index| index.language = Some(language.to_owned()))?)
    }

    /// Forgets the token. A list that cannot be read is replaced first: there must be a way out of that, too.
    pub(crate) fn remove(&self) -> Result<(), Failure> {
        self.folder.mend_index()?;
        self.vault()?.erase()
    }
}

#[cfg(test)]
mod tests;
