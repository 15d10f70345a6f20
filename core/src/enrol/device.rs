//! Owns the device's half of the initialisation: M1 out, M2 checked, M3 made, M4 opened.
//! Refuses to know how messages travel, how often they are tried again and where keys are kept.
//! Invariant: nothing is sent after M2 unless the password was right *and* the centre's key is on the card.

use opaque_ke::{ClientLogin, ClientLoginFinishParameters, CredentialResponse, Identifiers};
use rand::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, Zeroizing};

use super::names;
use super::schedule::{self, Keys, MessageKey};
use super::suite::{W1, stretching};
use crate::ids::{AttemptId, EnrolId, ServiceId, UserId};
use crate::start_password::StartPassword;
use crate::time::UnixMillis;
use crate::token::TokenKeys;
use crate::wire::bytes::Bytes;
use crate::wire::device::{
    AppVersion, EnrolFinish, EnrolFinished, EnrolStart, EnrolStarted, Platform, ServiceCard, Suite,
    TokenFacts, V1, VaultLevel,
};

/// What the device says of itself.
#[derive(Debug, Clone)]
pub struct Device {
    /// What the app runs on.
    pub platform: Platform,
    /// Which app it is.
    pub app_version: AppVersion,
    /// How well it will keep the keys.
    pub vault: VaultLevel,
}

/// An initialisation whose M1 is made. Holds the password until M2 is there.
pub struct Started {
    login: ClientLogin<W1>,
    password: Zeroizing<Vec<u8>>,
    m1: EnrolStart,
}

/// Why an initialisation ended on the device. The screen shows one page for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The password is wrong, or there is no such issue (any more): M2 does not tell which.
    #[error("the centre's answer does not open with this start password")]
    Password,
    /// The password was right, but the answering centre's key is not on the card: a false centre.
    #[error("the answering centre is not the one on the card")]
    Centre,
    /// The bytes are not a message of this protocol.
    #[error("the centre's answer is malformed")]
    Malformed,
}

/// Makes M1. The same [`Started`] gives the same bytes again, for a lost reply.
pub fn start(
    service_id: ServiceId,
    user_id: UserId,
    start_password: &StartPassword,
    device: Device,
    rng: &mut (impl RngCore + CryptoRng),
) -> Started {
    let password = names::password(&service_id, &user_id, start_password);
    let started =
        ClientLogin::<W1>::start(rng, &password).expect("a password of less than 64 KiB can be blinded");
    let ke1 = started.message.serialize();
    let m1 = EnrolStart {
        v: V1,
        suite: Suite::W1,
        service_id,
        user_id,
        attempt_id: AttemptId::generate(rng),
        ke1: Bytes(ke1.as_slice().try_into().expect("KE1 of suite W1 has 96 bytes")),
        platform: device.platform,
        app_version: device.app_version,
        vault: device.vault,
    };
    Started { login: started.state, password, m1 }
}

impl Started {
    /// M1, the same bytes each time.
    pub fn m1(&self) -> &EnrolStart {
        &self.m1
    }

    /// Takes M2: finishes OPAQUE, then compares the centre's key with the card's, then derives.
    /// Runs one Argon2 (64 MiB, about 0.3 s): call it where blocking is allowed.
    ///
    /// # Errors
    /// [`Refused`]; nothing may be sent to that centre any more.
    pub fn agree(
        self,
        m2: &EnrolStarted,
        card: &ServiceCard,
        now: UnixMillis,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Agreed, Refused> {
        let Self { login, password, m1 } = self;
        let context = names::context(&m1, m2.enrol_id, m2.server_time_ms, m2.ttl_s);
        let client = names::client(&m1.service_id, &m1.user_id);
        let centre = names::centre(&m1.service_id);
        let ksf = stretching();
        let response = CredentialResponse::deserialize(&m2.ke2.0).map_err(|_| Refused::Malformed)?;
        let ids = Identifiers { client: Some(&client), server: Some(&centre) };
        let mut agreed = login
            .finish(
                rng,
                &password,
                response,
                ClientLoginFinishParameters::new(Some(&context), ids, Some(&ksf)),
            )
            .map_err(|_| Refused::Password)?;

        // opaque-ke proves that the other side has the key it showed at registration, not which key that is:
        // a false centre that knows the password completes the protocol with a key of its own.
        let shown = agreed.server_s_pk.serialize();
        let pinned =
            card.opaque_keys.iter().fold(Choice::from(0), |found, key| found | key.0.ct_eq(shown.as_slice()));

        let ke3: [u8; 64] =
            agreed.message.serialize().as_slice().try_into().expect("KE3 of suite W1 has 64 bytes");
        let transcript = names::transcript(&context, &m1.ke1.0, &m2.ke2.0, &ke3);
        let keys = Keys::derive(&transcript, &agreed.session_key);
        agreed.session_key.as_mut_slice().zeroize();
        agreed.export_key.as_mut_slice().zeroize();
        if !bool::from(pinned) {
            return Err(Refused::Centre);
        }
        Ok(Agreed {
            keys: keys.token,
            m4_key: keys.m4,
            resume: Resume {
                service_id: m1.service_id,
                user_id: m1.user_id,
                institution: card.name.clone(),
                centre_url: card.centre_url.clone(),
                enrol_id: m2.enrol_id,
                ke3: Bytes(ke3),
                transcript: Bytes(transcript),
                agreed_at: now,
            },
        })
    }
}

/// Both sides agree; the keys go into the vault now, before anything is sent.
pub struct Agreed {
    /// To be stored as pending; consumed by that.
    pub keys: TokenKeys,
    /// Opens M4; stored beside the keys until then.
    pub m4_key: MessageKey,
    /// What else is needed to finish after a restart. Nothing in it is secret.
    pub resume: Resume,
}

/// An initialisation that can be finished after any interruption. Public: no key follows from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// サービスID.
    pub service_id: ServiceId,
    /// ユーザID.
    pub user_id: UserId,
    /// The institution's name, from the card.
    pub institution: String,
    /// Where M3 goes.
    pub centre_url: String,
    /// From M2.
    pub enrol_id: EnrolId,
    /// OPAQUE KE3.
    pub ke3: Bytes<64>,
    /// The hash of all that was said.
    pub transcript: Bytes<32>,
    /// When both sides agreed, by the device's clock.
    pub agreed_at: UnixMillis,
}

impl Resume {
    /// What the vault computes its storage proof over.
    pub fn storage_proof_message(&self) -> Vec<u8> {
        names::storage_proof_message(&self.transcript.0)
    }

    /// M3 from the vault's storage proof: the same bytes each time.
    pub fn m3(&self, storage_proof: [u8; 32]) -> EnrolFinish {
        EnrolFinish { v: V1, enrol_id: self.enrol_id, ke3: self.ke3, storage_proof: Bytes(storage_proof) }
    }

    /// Opens M4.
    ///
    /// # Errors
    /// [`Refused::Malformed`] when it is not this initialisation's M4, or not one this app can honour.
    pub fn open_reply(&self, m4_key: &MessageKey, m4: &EnrolFinished) -> Result<TokenFacts, Refused> {
        if m4.enrol_id != self.enrol_id {
            return Err(Refused::Malformed);
        }
        let plain = schedule::open_m4(m4_key, self.enrol_id, &self.transcript.0, &m4.sealed.0)
            .ok_or(Refused::Malformed)?;
        let facts: TokenFacts = serde_json::from_slice(&plain).map_err(|_| Refused::Malformed)?;
        let known = (facts.digits, facts.period, facts.alg.as_str()) == (8, 60, "SHA256");
        if known { Ok(facts) } else { Err(Refused::Malformed) }
    }
}
