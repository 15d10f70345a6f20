//! Owns the proof that a sealed slot opens in its place alone and tells a copy from damage.
//! Refuses to know keyrings and hardware.
//! Invariant: whatever is changed in a blob is noticed.

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::*;
use crate::ids::{ServiceId, UserId};
use crate::time::UnixMillis;
use crate::wire::bytes::Bytes;

fn token_keys() -> TokenKeys {
    TokenKeys::from_bytes(&Secret::new([5; 96]))
}

fn record() -> Record {
    record_of(Keys::Here(token_keys()))
}

fn record_of(keys: Keys) -> Record {
    let resume = Resume {
        service_id: ServiceId::parse("10112235").unwrap(),
        user_id: UserId::parse("999800000001").unwrap(),
        institution: "仙北信用組合".repeat(20),
        centre_url: "https://centre.example".to_owned(),
        enrol_id: crate::ids::EnrolId::from_bytes([1; 16]),
        ke3: Bytes([2; 64]),
        transcript: Bytes([3; 32]),
        agreed_at: UnixMillis(4),
    };
    Record { keys, state: State::Pending(Box::new(resume), MessageKey::new(Secret::new([6; 32]))) }
}

fn half(byte: u8) -> InstallHalf {
    InstallHalf::new(Secret::new([byte; 32]))
}

fn sealed(install: &InstallHalf) -> Vec<u8> {
    record().seal(&Place { install, machine: "m1", slot: 1 }, &mut StdRng::seed_from_u64(1))
}

fn why(blob: &[u8], install: &InstallHalf, machine: &str, slot: u64) -> Option<NotOpened> {
    Record::open(blob, &Place { install, machine, slot }).err()
}

#[test]
fn a_slot_opens_in_its_place_and_fits_the_smallest_store() {
    let blob = sealed(&half(1));
    assert!(blob.len() <= 2_560, "{}", blob.len());
    let opened = Record::open(&blob, &Place { install: &half(1), machine: "m1", slot: 1 });
    let opened = opened.unwrap_or_else(|why| panic!("{why}"));
    assert!(matches!(&opened.keys, Keys::Here(keys) if keys.device.expose() == &[5; 32]));
    assert!(matches!(&opened.state, State::Pending(resume, key)
        if resume.ke3.0 == [2; 64] && key.expose() == &[6; 32]));
}

#[test]
fn a_copy_on_another_machine_or_installation_is_told_apart_from_damage() {
    let blob = sealed(&half(1));
    assert_eq!(why(&blob, &half(1), "m2", 1), Some(NotOpened::OtherMachine));
    assert_eq!(why(&blob, &half(2), "m1", 1), Some(NotOpened::OtherInstallation));
    assert_eq!(why(&blob, &half(1), "m1", 2), Some(NotOpened::Damaged));
}

#[test]
fn every_changed_or_missing_byte_is_noticed() {
    let (blob, install) = (sealed(&half(1)), half(1));
    for at in 0..blob.len() {
        let mut changed = blob.clone();
        changed[at] ^= 1;
        assert!(why(&changed, &install, "m1", 1).is_some(), "byte {at}");
        assert!(why(&blob[..at], &install, "m1", 1).is_some(), "cut at {at}");
    }
    assert_eq!(why(&[], &install, "m1", 1), Some(NotOpened::Damaged));
}

#[test]
fn no_key_and_no_name_stands_in_the_blob() {
    let blob = sealed(&half(1));
    for secret in [[5u8; 16].as_slice(), &[6; 16], "10112235".as_bytes(), b"999800000001"] {
        assert!(!blob.windows(secret.len()).any(|window| window == secret));
    }
}

#[test]
fn a_slot_whose_keys_are_in_hardware_holds_the_way_to_them_and_no_key() {
    let (install, way) = (half(1), vec![7; 700]);
    let place = Place { install: &install, machine: "m1", slot: 1 };
    let blob = record_of(Keys::InHardware(way.clone())).seal(&place, &mut StdRng::seed_from_u64(1));
    assert!(blob.len() <= 2_560, "{}", blob.len());
    let opened = Record::open(&blob, &place).unwrap_or_else(|why| panic!("{why}"));
    assert!(matches!(opened.keys, Keys::InHardware(found) if found == way));
    assert!(matches!(opened.state, State::Pending(_, key) if key.expose() == &[6; 32]));
    let mut other_kind = blob.clone();
    other_kind[6] = b'1';
    assert_eq!(Record::open(&other_kind, &place).err(), Some(NotOpened::Damaged));
}

#[test]
fn keys_compute_only_what_the_purpose_allows() {
    assert!(hmac(&token_keys(), Purpose::Totp, &[0; 8]).is_some());
    assert!(hmac(&token_keys(), Purpose::Totp, b"warifu/v1/device\0").is_none());
    assert!(hmac(&token_keys(), Purpose::Device, &[0; 8]).is_none());
}
