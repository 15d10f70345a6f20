//! Owns the centre's half of the initialisation: the password record, M1 answered, M3 judged, M4 sealed.
//! Refuses to know rows, counters and who may try again.
//! Invariant: without a record the answer has the same shape, from another OPRF key; no Argon2 runs at login.

use opaque_ke::{
    ClientRegistration, ClientRegistrationFinishParameters, CredentialFinalization, CredentialRequest,
    Identifiers, ServerLogin, ServerLoginParameters, ServerRegistration, ServerSetup,
};
use rand::{CryptoRng, RngCore};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::names;
use super::schedule::{self, Keys, MessageKey};
use super::suite::{W1, stretching};
use crate::ids::{EnrolId, ServiceId, UserId};
use crate::secret::Secret;
use crate::start_password::StartPassword;
use crate::time::UnixMillis;
use crate::token::TokenKeys;
use crate::wire::bytes::{Blob, Bytes};
use crate::wire::device::{EnrolFinish, EnrolFinished, EnrolStart, EnrolStarted, TokenFacts};

/// An institution's OPAQUE setup: OPRF seed and key pair. Kept sealed, outside the database.
pub struct Setup(ServerSetup<W1>);

/// The bytes are not what they were taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is malformed")]
pub struct Malformed(
    /// What was read.
    pub &'static str,
);

/// The finish message does not match; which part did not is told to nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the initialisation is refused")]
pub struct Refused;

impl Setup {
    /// Draws a new one.
    pub fn generate(rng: &mut (impl RngCore + CryptoRng)) -> Self {
        Self(ServerSetup::new(rng))
    }

    /// 128 bytes, to be sealed at once.
    pub fn to_bytes(&self) -> Secret<128> {
        let mut row = self.0.serialize();
        let secret = Secret::from_slice(&row).expect("a setup of suite W1 has 128 bytes");
        row.as_mut_slice().zeroize();
        secret
    }

    /// The inverse of [`Self::to_bytes`].
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn from_bytes(bytes: &Secret<128>) -> Result<Self, Malformed> {
        ServerSetup::deserialize(bytes.expose()).map(Self).map_err(|_| Malformed("the OPAQUE setup"))
    }

    /// The public key that stands on the service card.
    pub fn public_key(&self) -> Bytes<32> {
        let key = self.0.keypair().public().serialize();
        Bytes(key.as_slice().try_into().expect("a ristretto255 key has 32 bytes"))
    }
}

/// What the centre keeps of a start password until the app is initialised: 192 bytes, kept sealed.
pub struct PasswordRecord(ServerRegistration<W1>);

impl PasswordRecord {
    /// Runs the whole registration at the centre. One Argon2 (64 MiB, about 0.3 s): on a blocking thread.
    pub fn register(
        setup: &Setup,
        service_id: &ServiceId,
        user_id: &UserId,
        start_password: &StartPassword,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Self {
        const OWN: &str = "both sides of this registration are run here, on valid messages";
        let password = names::password(service_id, user_id, start_password);
        let credential = names::credential(service_id, user_id);
        let (client, centre) = (names::client(service_id, user_id), names::centre(service_id));
        let ids = Identifiers { client: Some(&client), server: Some(&centre) };
        let ksf = stretching();

        let begun = ClientRegistration::<W1>::start(rng, &password).expect(OWN);
        let answer = ServerRegistration::<W1>::start(&setup.0, begun.message, &credential).expect(OWN);
        let params = ClientRegistrationFinishParameters::new(ids, Some(&ksf));
        let mut done = begun.state.finish(rng, &password, answer.message, params).expect(OWN);
        done.export_key.as_mut_slice().zeroize();
        Self(ServerRegistration::finish(done.message))
    }

    /// 192 bytes, to be sealed at once.
    pub fn to_bytes(&self) -> Secret<192> {
        let mut row = self.0.serialize();
        let secret = Secret::from_slice(&row).expect("a record of suite W1 has 192 bytes");
        row.as_mut_slice().zeroize();
        secret
    }

    /// The inverse of [`Self::to_bytes`].
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn from_bytes(bytes: &Secret<192>) -> Result<Self, Malformed> {
        ServerRegistration::deserialize(bytes.expose())
            .map(Self)
            .map_err(|_| Malformed("the password record"))
    }
}

/// What an M1 is answered from.
pub enum Known<'a> {
    /// An open issue whose guess was charged just now.
    Record(&'a PasswordRecord),
    /// Nothing: no such ID, or its issue is no longer open. The answer looks the same.
    Nothing {
        /// Whether as many M1 came for this ID as an issue allows, whether or not it exists.
        exhausted: bool,
    },
}

/// An M1 that was answered. Its bytes hold the session key in clear: seal them before they touch a disk.
pub struct Login {
    pub(super) state: ServerLogin<W1>,
    ke1: [u8; 96],
    ke2: [u8; 320],
    pub(super) context: Vec<u8>,
}

const STATE_LEN: usize = 128;

/// Answers M1. One OPRF evaluation, no Argon2.
///
/// # Errors
/// [`Malformed`] when KE1 is not a point of the group; no guess follows from that.
pub fn start(
    setup: &Setup,
    known: &Known<'_>,
    m1: &EnrolStart,
    enrol_id: EnrolId,
    now: UnixMillis,
    ttl_s: u32,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<(EnrolStarted, Login), Malformed> {
    let (record, credential) = match known {
        Known::Record(record) => (Some(record.0.clone()), names::credential(&m1.service_id, &m1.user_id)),
        Known::Nothing { exhausted } => (None, names::no_credential(&m1.service_id, &m1.user_id, *exhausted)),
    };
    let context = names::context(m1, enrol_id, now, ttl_s);
    let (client, centre) = (names::client(&m1.service_id, &m1.user_id), names::centre(&m1.service_id));
    let parameters = ServerLoginParameters {
        context: Some(&context),
        identifiers: Identifiers { client: Some(&client), server: Some(&centre) },
    };
    let request = parse_ke1(m1)?;
    let answered = ServerLogin::start(rng, &setup.0, record, request, &credential, parameters)
        .map_err(|_| Malformed("KE1"))?;
    let ke2 = answered.message.serialize();
    let ke2: [u8; 320] = ke2.as_slice().try_into().expect("KE2 of suite W1 has 320 bytes");
    let m2 = EnrolStarted { enrol_id, ke2: Bytes(ke2), server_time_ms: now, ttl_s };
    Ok((m2, Login { state: answered.state, ke1: m1.ke1.0, ke2, context }))
}

fn parse_ke1(m1: &EnrolStart) -> Result<CredentialRequest<W1>, Malformed> {
    CredentialRequest::deserialize(&m1.ke1.0).map_err(|_| Malformed("KE1"))
}

/// Whether KE1 is a message at all: to be asked before a guess is charged for it.
///
/// # Errors
/// [`Malformed`].
pub fn check_ke1(m1: &EnrolStart) -> Result<(), Malformed> {
    parse_ke1(m1).map(|_| ())
}

impl Login {
    /// Everything that [`Self::finish`] needs later. Secret: the session key is in it.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut state = self.state.serialize();
        let row = Zeroizing::new([state.as_slice(), &self.ke1, &self.ke2, &self.context].concat());
        state.as_mut_slice().zeroize();
        row
    }

    /// The inverse of [`Self::to_bytes`].
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        const WHAT: Malformed = Malformed("the login state");
        let (state, rest) = bytes.split_at_checked(STATE_LEN).ok_or(WHAT)?;
        let (ke1, rest) = rest.split_first_chunk::<96>().ok_or(WHAT)?;
        let (ke2, context) = rest.split_first_chunk::<320>().ok_or(WHAT)?;
        let state = ServerLogin::deserialize(state).map_err(|_| WHAT)?;
        Ok(Self { state, ke1: *ke1, ke2: *ke2, context: context.to_vec() })
    }

    /// Judges M3: KE3 first, then the vault's storage proof, both in constant time.
    ///
    /// # Errors
    /// [`Refused`], for every cause.
    pub fn finish(self, m3: &EnrolFinish) -> Result<Enrolled, Refused> {
        let Self { state, ke1, ke2, context } = self;
        let message = CredentialFinalization::deserialize(&m3.ke3.0).map_err(|_| Refused)?;
        // Context and identifiers were bound at KE2; opaque-ke ignores them here.
        let mut finished = state.finish(message, ServerLoginParameters::default()).map_err(|_| Refused)?;
        let transcript = names::transcript(&context, &ke1, &ke2, &m3.ke3.0);
        let keys = Keys::derive(&transcript, &finished.session_key);
        finished.session_key.as_mut_slice().zeroize();
        let expected = schedule::storage_proof(&keys.token.totp, &transcript);
        if !bool::from(expected.ct_eq(&m3.storage_proof.0)) {
            return Err(Refused);
        }
        Ok(Enrolled { keys: keys.token, m4_key: keys.m4, enrol_id: m3.enrol_id, transcript })
    }
}

/// An initialisation that succeeded: the keys to keep, and the right to seal M4 once.
pub struct Enrolled {
    /// To be sealed into the token's row.
    pub keys: TokenKeys,
    m4_key: MessageKey,
    enrol_id: EnrolId,
    transcript: [u8; 32],
}

impl Enrolled {
    /// Seals M4 and gives the keys out. Consumes the message key: it seals one message, ever.
    pub fn seal(self, facts: &TokenFacts) -> (TokenKeys, EnrolFinished) {
        let plain = serde_json::to_vec(facts).expect("facts of text and numbers have a JSON form");
        let sealed = schedule::seal_m4(&self.m4_key, self.enrol_id, &self.transcript, &plain);
        (self.keys, EnrolFinished { enrol_id: self.enrol_id, sealed: Blob(sealed) })
    }
}
