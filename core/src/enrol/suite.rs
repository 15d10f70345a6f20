//! Owns suite `W1`: which groups, hashes and stretching the initialisation uses.
//! Refuses to know messages and keys.
//! Invariant: one suite, fixed; a change is a new name on the wire.

use argon2::{Algorithm, Argon2, Params, Version};

/// ristretto255-SHA512 with Argon2id.
pub(super) struct W1;

impl opaque_ke::CipherSuite for W1 {
    type OprfCs = opaque_ke::Ristretto255;
    type KeyExchange = opaque_ke::TripleDh<opaque_ke::Ristretto255, sha2::Sha512>;
    type Ksf = Argon2<'static>;
}

/// Argon2id (RFC 9106), 64 MiB, 3 passes, 4 lanes. The salt is OPAQUE's: the OPRF output is already unique.
pub(super) fn stretching() -> Argon2<'static> {
    let params = Params::new(64 * 1024, 3, 4, None).expect("64 MiB, t=3, p=4 is within Argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}
