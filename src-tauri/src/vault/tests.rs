//! Owns the proof that the vault of level *Sealed* tells its own device from every other, over a keyring in memory.
//! Refuses to know real keyrings: the journeys drive one.
//! Invariant: every test has a folder and a keyring of its own.

use std::sync::Arc;

use keyring_core::CredentialStore;
use keyring_core::mock::Store;
use warifu_core::encoding::hmac_sha256;
use warifu_core::enrol::MessageKey;
use warifu_core::enrol::device::Resume;
use warifu_core::ids::{EnrolId, Serial, TokenId, UserId};
use warifu_core::secret::Secret;
use warifu_core::time::UnixMillis;
use warifu_core::token::TokenKeys;
use warifu_core::vault::{Opened, Purpose, Token};
use warifu_core::wire::bytes::Bytes;
use warifu_core::wire::device::TokenFacts;

use super::*;

struct Device {
    parent: tempfile::TempDir,
    store: Arc<Store>,
    place: Place,
    machine: &'static str,
}

impl Device {
    fn new(machine: &'static str) -> Self {
        Self::with(machine, tempfile::tempdir().unwrap(), Store::new().unwrap())
    }

    fn with(machine: &'static str, parent: tempfile::TempDir, store: Arc<Store>) -> Self {
        let shared: Arc<CredentialStore> = store.clone();
        let place = Place {
            folder: Folder::open(parent.path()).unwrap(),
            keyring: Keyring::reached_by(move || Ok(Arc::clone(&shared))),
        };
        Self { parent, store, place, machine }
    }

    fn vault(&self) -> SealedVault<'_> {
        let machine = Ok(self.machine.to_owned());
        let slots = self.place.slots().unwrap();
        let slot =
            slots.first().map_or_else(|| self.place.free().unwrap().unwrap().slot(), |listed| listed.slot);
        SealedVault { machine, ..self.place.vault(slot).asking(true) }
    }

    /// Forgets its token, as the member may ask from a page.
    fn remove(&self) {
        self.place.mend().unwrap();
        self.vault().erase().unwrap();
    }

    /// A token that is ready, as after an initialisation.
    fn enrolled(machine: &'static str) -> Self {
        let device = Self::new(machine);
        device.vault().store_pending(keys(), m4_key(), &resume()).unwrap();
        device.vault().commit(&token()).unwrap();
        device
    }

    /// The folder's files, on another device or in another keyring.
    fn copied_to(&self, machine: &'static str, store: Arc<Store>) -> Self {
        let parent = tempfile::tempdir().unwrap();
        for file in ["install.half", "slots.json"] {
            std::fs::copy(self.parent.path().join(file), parent.path().join(file)).unwrap();
        }
        Self::with(machine, parent, store)
    }
}

fn keys() -> TokenKeys {
    TokenKeys::from_bytes(&Secret::new([5; 96]))
}

fn m4_key() -> MessageKey {
    MessageKey::new(Secret::new([6; 32]))
}

fn resume() -> Resume {
    Resume {
        service_id: ServiceId::parse("10112235").unwrap(),
        user_id: UserId::parse("999800000001").unwrap(),
        institution: "仙北信用組合".to_owned(),
        centre_url: "https://centre.example".to_owned(),
        enrol_id: EnrolId::from_bytes([1; 16]),
        ke3: Bytes([2; 64]),
        transcript: Bytes([3; 32]),
        agreed_at: UnixMillis(4),
    }
}

fn token() -> Token {
    let facts = TokenFacts {
        token_id: TokenId::from_bytes([8; 16]),
        serial: Serial::parse("243725864").unwrap(),
        started_on: UnixMillis(1),
        expires_at: UnixMillis(2),
        digits: 8,
        period: 60,
        alg: "SHA256".to_owned(),
        institution: "仙北信用組合".to_owned(),
        activate_by: UnixMillis(3),
        server_time_ms: UnixMillis(4),
    };
    Token::new(&resume(), facts)
}

#[test]
fn a_slot_goes_from_empty_over_pending_to_ready_and_back() {
    let device = Device::new("m1");
    assert!(matches!(device.vault().open(), Ok(Opened::Empty)));
    device.vault().rehearse().unwrap();
    device.vault().store_pending(keys(), m4_key(), &resume()).unwrap();
    let opened = device.vault().open();
    assert!(
        matches!(opened, Ok(Opened::Pending(found, key)) if *found == resume() && key.expose() == &[6; 32])
    );
    device.vault().commit(&token()).unwrap();
    device.vault().commit(&token()).unwrap();
    assert!(matches!(device.vault().open(), Ok(Opened::Ready(found)) if *found == token()));
    device.remove();
    device.remove();
    assert!(matches!(device.vault().open(), Ok(Opened::Empty)));
}

#[test]
fn the_mac_is_the_keys_and_only_for_messages_of_the_purpose() {
    let device = Device::enrolled("m1");
    assert_eq!(device.vault().hmac(Purpose::Totp, &[0; 8]), Ok(hmac_sha256(&[5; 32], &[&[0; 8]])));
    assert_eq!(device.vault().hmac(Purpose::Totp, b"anything else"), Err(Failure::Misuse));
}

#[test]
fn no_file_of_the_folder_holds_a_key_or_the_sealed_record() {
    let device = Device::enrolled("m1");
    let blob = device.place.keyring.fetch("slot-1", true).unwrap().unwrap();
    for file in std::fs::read_dir(device.parent.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in [&[5; 16][..], &[6; 16], &blob[68..100]] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret));
        }
    }
}

#[test]
fn folder_and_keyring_copied_to_another_machine_are_a_foreign_device() {
    let device = Device::enrolled("m1");
    let copy = device.copied_to("m2", Arc::clone(&device.store));
    assert!(matches!(copy.vault().open(), Err(Failure::ForeignDevice)));
}

#[test]
fn the_folder_alone_on_another_machine_is_a_foreign_device() {
    let copy = Device::enrolled("m1").copied_to("m2", Store::new().unwrap());
    assert!(matches!(copy.vault().open(), Err(Failure::ForeignDevice)));
}

#[test]
fn the_folder_with_an_empty_keyring_misses_the_key() {
    let copy = Device::enrolled("m1").copied_to("m1", Store::new().unwrap());
    assert!(matches!(copy.vault().open(), Err(Failure::KeyMissing)));
}

#[test]
fn the_keyring_alone_shows_the_first_screen_and_can_be_set_up() {
    let device = Device::enrolled("m1");
    let copy = Device::with("m2", tempfile::tempdir().unwrap(), Arc::clone(&device.store));
    assert!(matches!(copy.vault().open(), Ok(Opened::Empty)));
    copy.vault().store_pending(keys(), m4_key(), &resume()).unwrap();
    assert!(matches!(copy.vault().open(), Ok(Opened::Pending(..))));
}

#[test]
fn another_install_half_is_a_foreign_device() {
    let device = Device::enrolled("m1");
    std::fs::write(device.parent.path().join("install.half"), [9; 32]).unwrap();
    assert!(matches!(device.vault().open(), Err(Failure::ForeignDevice)));
}

#[test]
fn a_damaged_or_exchanged_record_is_a_missing_key() {
    let device = Device::enrolled("m1");
    let mut blob = device.place.keyring.fetch("slot-1", true).unwrap().unwrap();
    *blob.last_mut().unwrap() ^= 1;
    device.place.keyring.put("slot-1", &blob).unwrap();
    assert!(matches!(device.vault().open(), Err(Failure::KeyMissing)));
}

#[test]
fn after_a_foreign_device_a_fresh_initialisation_works_at_once() {
    let device = Device::enrolled("m1");
    let copy = device.copied_to("m2", Arc::clone(&device.store));
    let half = copy.place.folder.install_half().unwrap().unwrap();
    copy.remove();
    copy.vault().store_pending(keys(), m4_key(), &resume()).unwrap();
    assert!(matches!(copy.vault().open(), Ok(Opened::Pending(..))));
    assert_ne!(copy.place.folder.install_half().unwrap().unwrap().expose(), half.expose());
}

#[test]
fn a_list_that_cannot_be_read_is_told_and_can_be_left_behind() {
    let device = Device::enrolled("m1");
    std::fs::write(device.parent.path().join("slots.json"), b"").unwrap();
    assert!(matches!(device.place.slots().err(), Some(Failure::Folder(_))));
    device.remove();
    assert!(matches!(device.vault().open(), Ok(Opened::Empty)));
    assert_eq!(device.place.keyring.fetch("slot-1", true), Ok(None));
}

#[test]
fn an_erasure_that_was_cut_off_is_ended_by_the_next_look() {
    for steps in 1..=3 {
        let device = Device::enrolled("m1");
        device.place.folder.change_index(|index| index.slots[0].leaving = true).unwrap();
        if steps > 1 {
            device.place.keyring.take_out("slot-1").unwrap();
        }
        if steps > 2 {
            device.place.folder.forget_install_half().unwrap();
        }
        assert!(matches!(device.vault().open(), Ok(Opened::Empty)), "after {steps} steps");
        assert_eq!(device.place.keyring.fetch("slot-1", true), Ok(None));
        assert!(device.place.folder.index().unwrap().slots.is_empty());
        assert!(matches!(device.vault().open(), Ok(Opened::Empty)));
    }
}

#[test]
fn ten_tokens_lie_side_by_side_and_an_eleventh_finds_no_room() {
    let device = Device::new("m1");
    for byte in 1..=10 {
        let vault = device.place.free().unwrap().expect("there is room for ten");
        let vault = SealedVault { machine: Ok("m1".to_owned()), ..vault };
        let keys = TokenKeys::from_bytes(&Secret::new([byte; 96]));
        vault.store_pending(keys, m4_key(), &resume()).unwrap();
        vault.commit(&token()).unwrap();
    }
    assert!(device.place.free().unwrap().is_none());
    let slots: Vec<u64> = device.place.slots().unwrap().iter().map(|listed| listed.slot).collect();
    assert_eq!(slots, (1..=10).collect::<Vec<_>>());
    let mac = |slot: u64| {
        let vault = SealedVault { machine: Ok("m1".to_owned()), ..device.place.vault(slot) };
        vault.hmac(Purpose::Totp, &[0; 8])
    };
    for (slot, byte) in (1..=10).zip(1..=10u8) {
        assert_eq!(mac(slot), Ok(hmac_sha256(&[byte; 32], &[&[0; 8]])), "slot {slot}");
    }
    device.place.vault(4).erase().unwrap();
    assert_eq!(mac(4), Err(Failure::KeyMissing));
    assert_eq!(mac(5), Ok(hmac_sha256(&[5; 32], &[&[0; 8]])), "one that leaves takes no other with it");
    assert_eq!(device.place.free().unwrap().map(|vault| vault.slot()), Some(11));
}

#[test]
fn two_slots_records_exchanged_in_the_keyring_open_neither() {
    let device = Device::enrolled("m1");
    let second = SealedVault { machine: Ok("m1".to_owned()), ..device.place.free().unwrap().unwrap() };
    second.store_pending(keys(), m4_key(), &resume()).unwrap();
    let blobs = ["slot-1", "slot-2"].map(|name| device.place.keyring.fetch(name, true).unwrap().unwrap());
    device.place.keyring.put("slot-1", &blobs[1]).unwrap();
    device.place.keyring.put("slot-2", &blobs[0]).unwrap();
    assert!(matches!(device.vault().open(), Err(Failure::KeyMissing)));
    assert!(matches!(second.open(), Err(Failure::KeyMissing)));
}

#[test]
fn a_slot_number_is_not_used_twice() {
    let device = Device::enrolled("m1");
    assert_eq!(device.vault().slot, 1);
    device.remove();
    assert_eq!(device.vault().slot, 2);
}

#[test]
fn the_highest_card_sequence_never_goes_down() {
    let device = Device::new("m1");
    let service = ServiceId::parse("10112235").unwrap();
    for (seq, seen) in [(7, 7), (3, 7), (8, 8)] {
        device.place.saw_card(&service, seq).unwrap();
        assert_eq!(device.place.seen_card(&service), Ok(seen));
    }
    device.remove();
    assert_eq!(device.place.seen_card(&service), Ok(8));
}

#[test]
fn a_machine_without_an_identity_keeps_no_keys_and_loses_none() {
    let device = Device::enrolled("m1");
    let nameless = SealedVault { machine: Err(machine::NoIdentity), ..device.vault() };
    assert!(matches!(nameless.open(), Err(Failure::Unavailable(_))));
    assert!(nameless.rehearse().is_err());
    assert!(matches!(device.vault().open(), Ok(Opened::Ready(_))));
}
