//! Owns what Android's Keystore does for a slot: it takes three keys in, and computes with them.
//! Refuses to know where the way to the keys is kept, and what a MAC is for beyond its purpose.
//! Invariant: nothing brings a key out again; a Keystore without secure hardware keeps none.
//!
//! The way to a token's keys is the name they have in the Keystore: 32 hexadecimal digits, drawn once.

use rand::RngCore as _;
use rand::rngs::OsRng;
use warifu_core::encoding::hmac_sha256;
use warifu_core::secret::Secret;
use warifu_core::token::TokenKeys;
use warifu_core::vault::{Failure, Mac, Purpose};
use warifu_device::NotDone;
use warifu_device::keystore::{self, Lies};

use super::level::WithoutHardware;

const REHEARSAL: &str = "rehearsal";

/// Proves that the Keystore takes a key into secure hardware and computes with it.
pub(super) fn rehearse() -> Result<(), WithoutHardware> {
    let (secret, message) = (Secret::<32>::generate(&mut OsRng), [0; 8]);
    take_in(REHEARSAL, &[secret.expose()])?;
    let mac = keystore::hmac(REHEARSAL, 0, &message).map_err(failed)?;
    keystore::forget(REHEARSAL).map_err(failed)?;
    if mac == hmac_sha256(secret.expose(), &[&message]) { Ok(()) } else { Err(WithoutHardware::Failed) }
}

/// Takes a token's keys in.
pub(super) fn make(keys: &TokenKeys) -> Result<Vec<u8>, WithoutHardware> {
    let mut drawn = [0; 16];
    OsRng.fill_bytes(&mut drawn);
    let name = format!("{:032x}", u128::from_be_bytes(drawn));
    take_in(&name, &[keys.totp.expose(), keys.txn.expose(), keys.device.expose()])?;
    Ok(name.into_bytes())
}

/// Computes over `message` with the key of `purpose`.
pub(super) fn hmac(way: &[u8], purpose: Purpose, message: &[u8]) -> Result<Mac, Failure> {
    if !purpose.allows(message) {
        return Err(Failure::Misuse);
    }
    let at = match purpose {
        Purpose::Totp => 0,
        Purpose::Txn => 1,
        Purpose::Device => 2,
    };
    keystore::hmac(name(way)?, at, message).map_err(told)
}

/// Forgets the keys that `way` leads to. If that fails, nothing leads to them any more.
pub(super) fn forget(way: &[u8]) {
    if let Ok(name) = name(way)
        && let Err(why) = keystore::forget(name)
    {
        eprintln!("warifu: Keystore: {why}");
    }
}

fn take_in(name: &str, keys: &[&[u8; 32]]) -> Result<(), WithoutHardware> {
    match keystore::take_in(name, keys).map_err(failed)? {
        Lies::InHardware => Ok(()),
        Lies::InSoftware => {
            keystore::forget(name).map_err(failed)?;
            Err(WithoutHardware::Missing)
        }
    }
}

fn name(way: &[u8]) -> Result<&str, Failure> {
    std::str::from_utf8(way).map_err(|_| Failure::KeyMissing)
}

fn told(why: NotDone) -> Failure {
    match why {
        NotDone::Missing => Failure::KeyMissing,
        NotDone::Locked => Failure::Locked,
        NotDone::Failed(why) => Failure::Hardware(why),
    }
}

/// The texts name a kind of exception, no key.
fn failed(why: NotDone) -> WithoutHardware {
    eprintln!("warifu: Keystore: {why}");
    WithoutHardware::Failed
}
