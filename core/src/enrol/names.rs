//! Owns every label and name that is hashed into an initialisation.
//! Refuses to know the order of messages.
//! Invariant: one label per use, all of the form `warifu/v1/…`; two uses never share bytes.

use zeroize::Zeroizing;

use crate::enc;
use crate::encoding::sha256;
use crate::ids::{EnrolId, ServiceId, UserId};
use crate::start_password::StartPassword;
use crate::time::UnixMillis;
use crate::wire::device::{EnrolStart, V1};

/// What OPAQUE gets as the password: bound to the IDs, so that one record answers for one issue only.
pub(super) fn password(
    service: &ServiceId,
    user: &UserId,
    start_password: &StartPassword,
) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(enc!("warifu/v1/pw", service.as_str(), user.as_str(), start_password.expose()))
}

/// Which OPRF key answers for an issue.
pub(super) fn credential(service: &ServiceId, user: &UserId) -> Vec<u8> {
    enc!("warifu/v1/cred", service.as_str(), user.as_str())
}

/// Which OPRF key answers where there is no record. It is another key than [`credential`]'s: otherwise the
/// evaluations of an exhausted issue would go on telling guesses apart offline, against an envelope seen earlier.
/// It changes once the guesses of an ID are used up, as it does for an ID that exists.
pub(super) fn no_credential(service: &ServiceId, user: &UserId, exhausted: bool) -> Vec<u8> {
    enc!("warifu/v1/no-cred", service.as_str(), user.as_str(), u64::from(exhausted))
}

/// The client's identity in OPAQUE.
pub(super) fn client(service: &ServiceId, user: &UserId) -> Vec<u8> {
    enc!("warifu/v1/client", service.as_str(), user.as_str())
}

/// The centre's identity in OPAQUE.
pub(super) fn centre(service: &ServiceId) -> Vec<u8> {
    enc!("warifu/v1/centre", service.as_str())
}

/// The OPAQUE context: everything in M1 and M2 but the OPAQUE messages themselves. Both MACs cover it.
pub(super) fn context(m1: &EnrolStart, enrol_id: EnrolId, server_time: UnixMillis, ttl_s: u32) -> Vec<u8> {
    let h1 = sha256(&[
        V1::NUMBER.into(),
        m1.suite.as_str().into(),
        m1.service_id.as_str().into(),
        m1.user_id.as_str().into(),
        m1.attempt_id.as_bytes().into(),
        m1.platform.as_str().into(),
        m1.app_version.as_str().into(),
        m1.vault.as_str().into(),
    ]);
    // The eight bytes of a moment before 1970 are those of its two's complement.
    enc!("warifu/v1/enrol", &h1, enrol_id.as_bytes(), server_time.0.cast_unsigned(), u64::from(ttl_s))
}

/// `th`: the hash of all that was said.
pub(super) fn transcript(context: &[u8], ke1: &[u8; 96], ke2: &[u8; 320], ke3: &[u8; 64]) -> [u8; 32] {
    sha256(&["warifu/v1/transcript".into(), context.into(), ke1.into(), ke2.into(), ke3.into()])
}

/// What the vault MACs with the stored `k_totp` to prove that it has it. Longer than 8 bytes, so never a code.
pub fn storage_proof_message(transcript: &[u8; 32]) -> Vec<u8> {
    [STORAGE_PROOF, &[0], transcript.as_slice()].concat()
}

/// The label that begins every storage proof.
pub(crate) const STORAGE_PROOF: &[u8] = b"warifu/v1/storage-proof";

/// What M4's seal covers besides its content.
pub(super) fn m4(enrol_id: EnrolId, transcript: &[u8; 32]) -> Vec<u8> {
    enc!("warifu/v1/m4", enrol_id.as_bytes(), transcript)
}
