//! Owns what a TPM 2.0 does for a slot: it takes three keys in, and computes with them.
//! Refuses to know where the way to the keys is kept, and what a MAC is for beyond its purpose.
//! Invariant: a key goes in encrypted and nothing brings it out; what was loaded is flushed, on every path.
//!
//! ```text
//! parent: an ECC P-256 storage key of the owner hierarchy, made anew from the TPM's own seed each time
//! key:    keyed hash, HMAC-SHA-256, fixedTPM fixedParent userWithAuth sign noDA, made by TPM2_Create
//! way:    for each of k_totp, k_txn, k_dev: length(2) ‖ TPM2B_PRIVATE's bytes ‖ length(2) ‖ TPMT_PUBLIC
//! ```

use std::sync::{Mutex, MutexGuard, PoisonError};

use rand::rngs::OsRng;
use tss_esapi::attributes::{ObjectAttributesBuilder, SessionAttributesBuilder};
use tss_esapi::constants::SessionType;
use tss_esapi::constants::response_code::Tss2ResponseCodeKind;
use tss_esapi::handles::KeyHandle;
use tss_esapi::interface_types::algorithm::{HashingAlgorithm, PublicAlgorithm};
use tss_esapi::interface_types::ecc::EccCurve;
use tss_esapi::interface_types::resource_handles::Hierarchy;
use tss_esapi::interface_types::session_handles::AuthSession;
use tss_esapi::structures::{
    Digest, EccPoint, KeyedHashScheme, MaxBuffer, Public, PublicBuilder, PublicEccParametersBuilder,
    PublicKeyedHashParameters, SensitiveData, SymmetricDefinition, SymmetricDefinitionObject,
};
use tss_esapi::{Context, Error};
use warifu_core::encoding::hmac_sha256;
use warifu_core::secret::Secret;
use warifu_core::token::TokenKeys;
use warifu_core::vault::{Failure, Mac, Purpose};

use super::level::WithoutHardware;
use super::tpm_node;
use super::tpm_way::{Key, Way};
use crate::sweep;

/// One conversation at a time: a TPM has room for three objects.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Proves that the TPM takes a key and computes with it, before a guess is charged for one.
pub(super) fn rehearse() -> Result<(), WithoutHardware> {
    let (secret, message) = (Secret::<32>::generate(&mut OsRng), [0; 8]);
    let mut tpm = Tpm::open()?;
    let key = tpm.make(&secret).map_err(failed)?;
    let mac = tpm.hmac(key, &message).map_err(failed)?;
    if mac == hmac_sha256(secret.expose(), &[&message]) { Ok(()) } else { Err(WithoutHardware::Failed) }
}

/// Takes a token's keys in.
pub(super) fn make(keys: &TokenKeys) -> Result<Vec<u8>, WithoutHardware> {
    let way = take_in(keys);
    // The library's own copies of the last key lie on the stack, below.
    sweep::stack();
    way
}

fn take_in(keys: &TokenKeys) -> Result<Vec<u8>, WithoutHardware> {
    let mut tpm = Tpm::open()?;
    let mut made = Vec::with_capacity(3);
    for key in [keys.totp.expose(), keys.txn.expose(), keys.device.expose()] {
        made.push(tpm.make(&Secret::new(*key)).map_err(failed)?);
    }
    // The library keeps its last command in memory of its own, which it does not wipe: that one holds no key of ours.
    tpm.make(&Secret::generate(&mut OsRng)).map_err(failed)?;
    Way(made).to_bytes().map_err(failed)
}

/// Computes over `message` with the key of `purpose`.
pub(super) fn hmac(way: &[u8], purpose: Purpose, message: &[u8]) -> Result<Mac, Failure> {
    if !purpose.allows(message) {
        return Err(Failure::Misuse);
    }
    let Way(keys) = Way::from_bytes(way).ok_or(Failure::KeyMissing)?;
    let at = match purpose {
        Purpose::Totp => 0,
        Purpose::Txn => 1,
        Purpose::Device => 2,
    };
    let key = keys.into_iter().nth(at).ok_or(Failure::KeyMissing)?;
    let mut tpm = Tpm::open().map_err(|why| Failure::Hardware(why.to_string()))?;
    tpm.hmac(key, message).map_err(|why| match kind(why) {
        // Made by another TPM, or by this one before its owner cleared it.
        Some(Tss2ResponseCodeKind::Integrity) => Failure::ForeignDevice,
        _ => Failure::Hardware(why.to_string()),
    })
}

/// Nothing of a token lies in the TPM: without the way to them its keys are gone.
pub(super) fn forget(_: &[u8]) {}

/// A conversation. Everything that it loaded is flushed when it ends.
struct Tpm {
    context: Context,
    parent: KeyHandle,
    _alone: MutexGuard<'static, ()>,
}

impl Tpm {
    fn open() -> Result<Self, WithoutHardware> {
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let mut context = Context::new(tpm_node::way_in()?).map_err(failed)?;
        let parent = begin(&mut context).map_err(failed)?;
        Ok(Self { context, parent, _alone: alone })
    }

    fn make(&mut self, secret: &Secret<32>) -> Result<Key, Error> {
        let data = SensitiveData::try_from(secret.expose().as_slice())?;
        let made = self.context.create(self.parent, key_template()?, None, Some(data), None, None)?;
        Ok(Key { private: made.out_private, public: made.out_public })
    }

    fn hmac(&mut self, key: Key, message: &[u8]) -> Result<Mac, Error> {
        let message = MaxBuffer::try_from(message)?;
        let loaded = self.context.load(self.parent, key.private, key.public)?;
        let mac = self.context.hmac(loaded.into(), message, HashingAlgorithm::Sha256);
        self.context.flush_context(loaded.into())?;
        Mac::try_from(mac?.value())
            .map_err(|_| Error::WrapperError(tss_esapi::WrapperErrorKind::WrongValueFromTpm))
    }
}

/// The parent key, and a session salted with it: what crosses to the TPM and back is encrypted.
fn begin(context: &mut Context) -> Result<KeyHandle, Error> {
    let template = parent_template()?;
    let parent = context
        .execute_with_session(Some(AuthSession::Password), |context| {
            context.create_primary(Hierarchy::Owner, template, None, None, None, None)
        })?
        .key_handle;
    let session = context.start_auth_session(
        Some(parent),
        None,
        None,
        SessionType::Hmac,
        SymmetricDefinition::AES_128_CFB,
        HashingAlgorithm::Sha256,
    )?;
    let session = session.ok_or(Error::WrapperError(tss_esapi::WrapperErrorKind::WrongValueFromTpm))?;
    let (attributes, mask) = SessionAttributesBuilder::new().with_decrypt(true).with_encrypt(true).build();
    context.tr_sess_set_attributes(session, attributes, mask)?;
    context.set_sessions((Some(session), None, None));
    Ok(parent)
}

fn parent_template() -> Result<Public, Error> {
    let attributes = ObjectAttributesBuilder::new()
        .with_fixed_tpm(true)
        .with_fixed_parent(true)
        .with_sensitive_data_origin(true)
        .with_user_with_auth(true)
        .with_no_da(true)
        .with_restricted(true)
        .with_decrypt(true)
        .build()?;
    let parameters = PublicEccParametersBuilder::new_restricted_decryption_key(
        SymmetricDefinitionObject::AES_128_CFB,
        EccCurve::NistP256,
    );
    PublicBuilder::new()
        .with_public_algorithm(PublicAlgorithm::Ecc)
        .with_name_hashing_algorithm(HashingAlgorithm::Sha256)
        .with_object_attributes(attributes)
        .with_ecc_parameters(parameters.build()?)
        .with_ecc_unique_identifier(EccPoint::default())
        .build()
}

fn key_template() -> Result<Public, Error> {
    let attributes = ObjectAttributesBuilder::new()
        .with_fixed_tpm(true)
        .with_fixed_parent(true)
        .with_user_with_auth(true)
        .with_sign_encrypt(true)
        .with_no_da(true)
        .build()?;
    PublicBuilder::new()
        .with_public_algorithm(PublicAlgorithm::KeyedHash)
        .with_name_hashing_algorithm(HashingAlgorithm::Sha256)
        .with_object_attributes(attributes)
        .with_keyed_hash_parameters(PublicKeyedHashParameters::new(KeyedHashScheme::HMAC_SHA_256))
        .with_keyed_hash_unique_identifier(Digest::default())
        .build()
}

fn kind(why: Error) -> Option<Tss2ResponseCodeKind> {
    match why {
        Error::Tss2Error(code) => code.kind(),
        Error::WrapperError(_) => None,
    }
}

/// The library's texts name commands and codes, no secret.
fn failed(why: Error) -> WithoutHardware {
    eprintln!("warifu: TPM: {why}");
    WithoutHardware::Failed
}
