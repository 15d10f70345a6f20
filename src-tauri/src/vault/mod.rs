//! Owns where this device keeps its half of the tally, and which slot an action is about.
//! Refuses to know the centre, screens and words.
//! Invariant: a slot number is never used for a second token.

#[cfg(target_os = "macos")]
mod enclave;
mod folder;
#[cfg_attr(tpm, path = "tpm.rs")]
#[cfg_attr(target_os = "android", path = "keystore.rs")]
#[cfg_attr(not(any(tpm, target_os = "android")), path = "no_hardware.rs")]
mod hardware;
mod keyring;
mod level;
mod machine;
mod sealed;
#[cfg(target_os = "linux")]
mod secret_service;
#[cfg(tpm)]
mod tpm_node;
#[cfg(tpm)]
mod tpm_way;
#[cfg_attr(not(any(target_os = "macos", target_os = "ios")), path = "no_wrapping.rs")]
mod wrapping;

use std::path::Path;

use warifu_core::ids::ServiceId;
use warifu_core::vault::{Failure, Vault as _};

use crate::settings::Settings;

use folder::Folder;
pub(crate) use folder::{Ending, FolderError, Slot};
pub(crate) use keyring::Keyring;
pub(crate) use level::{Grade, WithoutHardware};
pub(crate) use sealed::SealedVault;

/// How many tokens a device holds.
pub(crate) const MOST: usize = 10;

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

    /// The slots in use, oldest first. None of them was opened.
    pub(crate) fn slots(&self) -> Result<Vec<Slot>, Failure> {
        Ok(self.folder.index()?.slots)
    }

    /// One slot.
    pub(crate) fn vault(&self, slot: u64) -> SealedVault<'_> {
        let machine = machine::identity();
        let grade = self.grade(slot);
        SealedVault { folder: &self.folder, keyring: &self.keyring, slot, may_ask: false, machine, grade }
    }

    /// The level of a slot; the lowest for one that is not in use, until something better was rehearsed.
    pub(crate) fn grade(&self, slot: u64) -> Grade {
        let listed = self.folder.index().ok();
        let listed = listed.and_then(|index| index.slots.into_iter().find(|listed| listed.slot == slot));
        listed.map_or(Grade::without_hardware(WithoutHardware::NotBuilt), |listed| listed.grade())
    }

    /// The slot for the next token; `None` when the device holds as many as it takes.
    pub(crate) fn free(&self) -> Result<Option<SealedVault<'_>>, Failure> {
        let index = self.folder.index()?;
        Ok((index.slots.len() < MOST).then(|| self.vault(index.last_slot + 1)))
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

    /// Remembers that 初期設定完了 was read.
    pub(crate) fn mark_done_read(&self, slot: u64) -> Result<(), Failure> {
        self.note(slot, |listed| listed.done_read = true)
    }

    /// The number of the next question that a slot's device asks; higher than all before it, and on the disk.
    pub(crate) fn next_question(&self, slot: u64) -> Result<u64, Failure> {
        self.note(slot, |listed| listed.questions += 1)?;
        let slots = self.slots()?;
        let listed = slots.iter().find(|listed| listed.slot == slot).ok_or(Failure::Misuse)?;
        Ok(listed.questions)
    }

    /// Changes what the list says of one slot.
    pub(crate) fn note(&self, slot: u64, change: impl Fn(&mut Slot)) -> Result<(), Failure> {
        Ok(self.folder.change_index(|index| {
            index.slots.iter_mut().filter(|listed| listed.slot == slot).for_each(change)
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

    /// Remembers the language; none means the system's.
    pub(crate) fn choose_language(&self, language: Option<&str>) -> Result<(), Failure> {
        Ok(self.folder.change_index(|index| index.language = language.map(str::to_owned))?)
    }

    /// How the window is to look.
    pub(crate) fn settings(&self) -> Settings {
        self.folder.index().map(|index| index.settings).unwrap_or_default()
    }

    /// Remembers how the window is to look.
    pub(crate) fn choose_settings(&self, settings: Settings) -> Result<(), Failure> {
        Ok(self.folder.change_index(|index| index.settings = settings)?)
    }

    /// Makes room where the list of slots cannot be read: there must be a way out of that, too. A list that can be
    /// read stays, and its slots with it.
    pub(crate) fn mend(&self) -> Result<(), Failure> {
        if self.folder.mend_index()? {
            // Which slots there were is not known any more; numbers begin anew, so the first are the ones in the way.
            for slot in 1..=MOST as u64 {
                self.vault(slot).erase()?;
            }
        }
        Ok(())
    }

    /// Whether the keyring would take or give a secret now. Asks nobody, changes nothing.
    pub(crate) fn is_open(&self) -> Result<(), Failure> {
        machine::identity()?;
        self.keyring.is_open()
    }
}

#[cfg(test)]
mod tests;
