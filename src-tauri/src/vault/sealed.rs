//! Owns the vault: a slot's record lies sealed in the OS keyring, half of what opens it in the folder; its keys lie in
//! the record or in hardware that computes with them (level *HardwareComputed*).
//! Refuses to know when a slot is filled and what a screen says about it.
//! Invariant: a record is opened for one question, answered and wiped; no key outlives a call.

use rand::rngs::OsRng;
use warifu_core::enrol::MessageKey;
use warifu_core::enrol::device::Resume;
use warifu_core::otp::{Code, Step};
use warifu_core::token::TokenKeys;
use warifu_core::vault::sealing::{self, Keys, NotOpened, Place, Record, State};
use warifu_core::vault::{Failure, Mac, Opened, Purpose, Token, Vault};
use warifu_core::wire::device::VaultLevel;

use super::folder::{Folder, FolderError, MachineTag, Slot};
use super::keyring::Keyring;
use super::level::Grade;
use super::{hardware, machine, wrapping};

/// One slot. Lives as long as one action.
pub(crate) struct SealedVault<'a> {
    pub(super) folder: &'a Folder,
    pub(super) keyring: &'a Keyring,
    pub(super) slot: u64,
    pub(super) may_ask: bool,
    pub(super) machine: Result<String, machine::NoIdentity>,
    pub(super) grade: Grade,
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

    /// Stores at this level.
    pub(crate) fn graded(self, grade: Grade) -> Self {
        Self { grade, ..self }
    }

    /// Its number.
    pub(crate) fn slot(&self) -> u64 {
        self.slot
    }

    /// Proves that this device can keep keys, before a guess is charged for them, and at which level: writes a secret
    /// and takes it out, has the hardware compute with another.
    pub(crate) fn rehearse(&self) -> Result<Grade, Failure> {
        if self.folder.index()?.is_foreign_to(self.machine()?) {
            return Err(Failure::ForeignDevice);
        }
        self.folder.install_half_or_new(&mut OsRng)?;
        self.folder.rehearse()?;
        self.keyring.put("rehearsal", b"warifu")?;
        self.keyring.take_out("rehearsal")?;
        Ok(hardware::rehearse().map_or_else(wrapping::rehearse, |()| Grade::COMPUTED))
    }

    /// The code of the step that is asked for once the token is known; none where no token is ready. The record is opened
    /// once for both.
    pub(crate) fn code<E: From<Failure>>(
        &self,
        step: impl FnOnce(&Token) -> Result<Step, E>,
    ) -> Result<Option<Code>, E> {
        let Some(Record { keys, state: State::Ready(token) }) = self.held()? else { return Ok(None) };
        Ok(Some(Code::from_mac(&mac(keys, Purpose::Totp, &step(&token)?.message())?)))
    }

    /// The record of a slot that is in use.
    fn held(&self) -> Result<Option<Record>, Failure> {
        let index = self.folder.index()?;
        let Some(listed) = index.slots.iter().find(|listed| listed.slot == self.slot) else {
            return Ok(None);
        };
        if listed.leaving {
            self.erase()?;
            return Ok(None);
        }
        self.fetch().map(Some)
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
        let stored = wrapping::wrap(self.grade.level, record.seal(&place, &mut OsRng))?;
        self.keyring.put(&self.name(), &stored)
    }

    fn fetch(&self) -> Result<Record, Failure> {
        let machine = self.machine()?;
        if self.folder.index()?.is_foreign_to(machine) {
            return Err(Failure::ForeignDevice);
        }
        let stored = self.keyring.fetch(&self.name(), self.may_ask)?.ok_or(Failure::KeyMissing)?;
        let blob = wrapping::unwrap(stored)?;
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
        self.grade.level
    }

    /// The list names the slot last: a process that dies before leaves a record that nothing refers to and that the
    /// next initialisation overwrites. The centre has not heard of it yet.
    fn store_pending(&self, keys: TokenKeys, m4_key: MessageKey, resume: &Resume) -> Result<(), Failure> {
        let keys = match self.grade.level {
            VaultLevel::HardwareComputed => {
                Keys::InHardware(hardware::make(&keys).map_err(|why| Failure::Hardware(why.to_string()))?)
            }
            _ => Keys::Here(keys),
        };
        self.put(&Record { keys, state: State::Pending(Box::new(resume.clone()), m4_key) })?;
        let made_on = MachineTag::generate(self.machine()?, &mut OsRng);
        Ok(self.folder.change_index(|index| {
            index.slots.retain(|listed| listed.slot != self.slot);
            let institution = resume.institution.clone();
            index.slots.push(Slot {
                slot: self.slot,
                done_read: false,
                leaving: false,
                institution,
                level: Some(self.grade.level),
                without_hardware: self.grade.without_hardware,
                expiry_read: None,
                questions: 0,
            });
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
        mac(self.fetch()?.keys, purpose, message)
    }

    fn open(&self) -> Result<Opened, Failure> {
        Ok(match self.held()?.map(|record| record.state) {
            None => Opened::Empty,
            Some(State::Pending(resume, m4_key)) => Opened::Pending(resume, m4_key),
            Some(State::Ready(token)) => Opened::Ready(token),
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
        if let Ok(Record { keys: Keys::InHardware(way), .. }) = self.fetch() {
            hardware::forget(&way);
        }
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

fn mac(keys: Keys, purpose: Purpose, message: &[u8]) -> Result<Mac, Failure> {
    match keys {
        Keys::Here(keys) => sealing::hmac(&keys, purpose, message).ok_or(Failure::Misuse),
        Keys::InHardware(way) => hardware::hmac(&way, purpose, message),
    }
}
