//! Owns the vault of level *Sealed*: a slot's record lies sealed in the OS keyring, half of what opens it in the folder.
//! Refuses to know when a slot is filled and what a screen says about it.
//! Invariant: a record is opened for one question, answered and wiped; no key outlives a call.

use rand::rngs::OsRng;
use warifu_core::enrol::MessageKey;
use warifu_core::enrol::device::Resume;
use warifu_core::token::TokenKeys;
use warifu_core::vault::sealing::{self, Keys, NotOpened, Place, Record, State};
use warifu_core::vault::{Failure, Mac, Opened, Purpose, Token, Vault};
use warifu_core::wire::device::VaultLevel;

use super::folder::{Folder, FolderError, MachineTag, Slot};
use super::keyring::Keyring;
use super::machine;

/// One slot. Lives as long as one action.
pub(crate) struct SealedVault<'a> {
    pub(super) folder: &'a Folder,
    pub(super) keyring: &'a Keyring,
    pub(super) slot: u64,
    pub(super) may_ask: bool,
    pub(super) machine: Result<String, machine::NoIdentity>,
}

impl From<FolderError> for Failure {
    fn from(why: FolderError) -> Self {
        Self::Folder(why.to_string())
    }
}

impl From<machine::NoIdentity> for Failure {
    fn from(why: machine::NoIdentity) -> Self {
        Self::Unavailable(why.to_string())
    }
}

impl SealedVault<'_> {
    /// A person waits: the system may show its own window to unlock the keyring.
    pub(crate) fn asking(self, may_ask: bool) -> Self {
        Self { may_ask, ..self }
    }

    /// Proves that this device can keep keys, before a guess is charged for them: writes a secret and takes it out.
    pub(crate) fn rehearse(&self) -> Result<(), Failure> {
        self.machine()?;
        self.folder.install_half_or_new(&mut OsRng)?;
        self.keyring.put("rehearsal", b"warifu")?;
        self.keyring.take_out("rehearsal")
    }

    fn name(&self) -> String {
        format!("slot-{}", self.slot)
    }

    fn machine(&self) -> Result<&str, Failure> {
        self.machine.as_deref().map_err(|why| why.clone().into())
    }

    fn put(&self, record: &Record) -> Result<(), Failure> {
        let install = self.folder.install_half_or_new(&mut OsRng)?;
        let place = Place { install: &install, machine: self.machine()?, slot: self.slot };
        self.keyring.put(&self.name(), &record.seal(&place, &mut OsRng))
    }

    fn fetch(&self) -> Result<Record, Failure> {
        let machine = self.machine()?;
        let index = self.folder.index()?;
        if index.made_on.is_some_and(|tag| !tag.is_of(machine)) {
            return Err(Failure::ForeignDevice);
        }
        let blob = self.keyring.fetch(&self.name(), self.may_ask)?.ok_or(Failure::KeyMissing)?;
        let install = self.folder.install_half()?.ok_or(Failure::KeyMissing)?;
        let place = Place { install: &install, machine, slot: self.slot };
        Record::open(&blob, &place).map_err(|why| match why {
            NotOpened::OtherMachine | NotOpened::OtherInstallation => Failure::ForeignDevice,
            NotOpened::Damaged => Failure::KeyMissing,
        })
    }
}

impl Vault for SealedVault<'_> {
    fn level(&self) -> VaultLevel {
        if cfg!(any(target_os = "android", target_os = "ios")) {
            VaultLevel::DeviceOnly
        } else {
            VaultLevel::Sealed
        }
    }

    /// The list names the slot last: a process that dies before leaves a record that nothing refers to and that the
    /// next initialisation overwrites. The centre has not heard of it yet.
    fn store_pending(&self, keys: TokenKeys, m4_key: MessageKey, resume: &Resume) -> Result<(), Failure> {
        self.put(&Record { keys: Keys::Here(keys), state: State::Pending(Box::new(resume.clone()), m4_key) })?;
        let made_on = MachineTag::generate(self.machine()?, &mut OsRng);
        Ok(self.folder.change_index(|index| {
            index.slots.retain(|listed| listed.slot != self.slot);
            index.slots.push(Slot { slot: self.slot, done_read: false, leaving: false });
            index.ended = None;
            index.last_slot = index.last_slot.max(self.slot);
            index.made_on = Some(made_on);
        })?)
    }

    fn commit(&self, token: &Token) -> Result<(), Failure> {
        let record = self.fetch()?;
        match record.state {
            State::Pending(..) => {
                self.put(&Record { state: State::Ready(Box::new(token.clone())), ..record })
            }
            State::Ready(ref stored) if **stored == *token => Ok(()),
            State::Ready(_) => Err(Failure::Misuse),
        }
    }

    fn hmac(&self, purpose: Purpose, message: &[u8]) -> Result<Mac, Failure> {
        match self.fetch()?.keys {
            Keys::Here(keys) => sealing::hmac(&keys, purpose, message).ok_or(Failure::Misuse),
            // Nothing stores a slot like that yet.
            Keys::InHardware(_) => Err(Failure::Misuse),
        }
    }

    fn open(&self) -> Result<Opened, Failure> {
        let index = self.folder.index()?;
        let Some(listed) = index.slots.iter().find(|listed| listed.slot == self.slot) else {
            return Ok(Opened::Empty);
        };
        if listed.leaving {
            self.erase()?;
            return Ok(Opened::Empty);
        }
        Ok(match self.fetch()?.state {
            State::Pending(resume, m4_key) => Opened::Pending(resume, m4_key),
            State::Ready(token) => Opened::Ready(token),
        })
    }

    /// The list says first that the slot is leaving, and names it until the key is gone: a process that dies in between
    /// leaves neither a slot without its key nor a key that nothing ever erases; the next start goes on with it.
    fn erase(&self) -> Result<(), Failure> {
        self.folder.change_index(|index| {
            for listed in index.slots.iter_mut().filter(|listed| listed.slot == self.slot) {
                listed.leaving = true;
            }
        })?;
        self.keyring.take_out(&self.name())?;
        if self.folder.index()?.slots.iter().all(|listed| listed.slot == self.slot) {
            self.folder.forget_install_half()?;
        }
        Ok(self.folder.change_index(|index| {
            index.slots.retain(|listed| listed.slot != self.slot);
            if index.slots.is_empty() {
                index.made_on = None;
            }
        })?)
    }
}
