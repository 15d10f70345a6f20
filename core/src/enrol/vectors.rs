//! Owns the test vectors of one whole initialisation: what another implementation checks itself against.
//! Refuses to know anything that is not on the wire or in `docs/formats.md`.
//! Invariant: the file in `tests/vectors` is what this code computes; `WARIFU_WRITE_VECTORS=1` writes it anew.

use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};

use super::centre::{self, Known, PasswordRecord, Setup};
use super::device::{self, Device};
use super::names;
use super::tests::facts;
use crate::encoding::hmac_sha256;
use crate::ids::{EnrolId, ServiceId, UserId};
use crate::otp::{self, Step};
use crate::start_password::StartPassword;
use crate::time::UnixMillis;
use crate::wire::device::{Platform, ServiceCard, V1, VaultLevel};

/// Seen from the package's folder, in which its tests are run.
const FILE: &str = "../tests/vectors/enrol-w1.json";
const NOW: UnixMillis = UnixMillis(1_440_548_000_000);

fn compute() -> Value {
    let mut rng = ChaCha20Rng::from_seed([0x57; 32]);
    let service = ServiceId::parse("10112235").unwrap();
    let user = UserId::parse("999800000001").unwrap();
    let start_password = StartPassword::parse("1357").unwrap_or_else(|why| panic!("{why}"));
    let setup = Setup::generate(&mut rng);
    let record = PasswordRecord::register(&setup, &service, &user, &start_password, &mut rng);
    let card = ServiceCard {
        v: V1,
        service_id: service.clone(),
        name: "仙北信用組合".to_owned(),
        name_kana: "センポクシンヨウクミアイ".to_owned(),
        centre_url: "https://centre.example".to_owned(),
        opaque_keys: vec![setup.public_key()],
        min_app: "0.1.0".to_owned().try_into().unwrap(),
        seq: 1,
        expires: UnixMillis(4_102_444_800_000),
    };
    let root = ed25519_dalek::SigningKey::from_bytes(&[0x52; 32]);
    let signed = super::card::sign(&card, &root);

    let device = Device {
        platform: Platform::Linux,
        app_version: "0.1.0".to_owned().try_into().unwrap(),
        vault: VaultLevel::Sealed,
    };
    let started = device::start(service.clone(), user.clone(), &start_password, device, &mut rng);
    let m1 = started.m1().clone();
    let enrol_id = EnrolId::from_bytes([4; 16]);
    let (m2, login) =
        centre::start(&setup, &Known::Record(&record), &m1, enrol_id, NOW, 300, &mut rng).unwrap();
    let agreed = started.agree(&m2, &card, NOW, &mut rng).unwrap_or_else(|why| panic!("{why}"));
    let proof = hmac_sha256(agreed.keys.totp.expose(), &[&agreed.resume.storage_proof_message()]);
    let m3 = agreed.resume.m3(proof);

    let ke3 = opaque_ke::CredentialFinalization::deserialize(&m3.ke3.0).unwrap();
    let session_key =
        login.state.clone().finish(ke3, opaque_ke::ServerLoginParameters::default()).unwrap().session_key;
    let context = login.context.clone();
    let (keys, m4) = login.finish(&m3).unwrap_or_else(|why| panic!("{why}")).seal(&facts());
    assert_eq!(agreed.resume.open_reply(&agreed.m4_key, &m4), Ok(facts()));

    let code_step = Step::at(NOW);
    json!({
        "about": "One initialisation, suite W1. Byte fields are hex, moments are milliseconds since 1970 UTC. See docs/formats.md.",
        "inputs": {
            "rng": "ChaCha20 (RFC 8439), key of 32 bytes 0x57, drawn in the order of the protocol",
            "service_id": service, "user_id": user, "start_password": "1357", "enrol_id": enrol_id,
            "now_ms": NOW, "ttl_s": 300, "root_seed": hex::encode([0x52; 32]),
        },
        "centre": {
            "setup": hex::encode(setup.to_bytes().expose()),
            "public_key": hex::encode(setup.public_key().0),
            "record": hex::encode(record.to_bytes().expose()),
        },
        "names": {
            "password": hex::encode(names::password(&service, &user, &start_password).as_slice()),
            "credential": hex::encode(names::credential(&service, &user)),
            "no_credential": hex::encode(names::no_credential(&service, &user, false)),
            "no_credential_exhausted": hex::encode(names::no_credential(&service, &user, true)),
            "client": hex::encode(names::client(&service, &user)),
            "centre": hex::encode(names::centre(&service)),
            "context": hex::encode(&context),
        },
        "card": {
            "bytes": hex::encode(&signed.card.0),
            "signature": hex::encode(signed.signature.0),
            "root": hex::encode(root.verifying_key().to_bytes()),
        },
        "m1": m1, "m2": m2, "m3": m3, "m4": m4,
        "ke1": hex::encode(m1.ke1.0), "ke2": hex::encode(m2.ke2.0), "ke3": hex::encode(m3.ke3.0),
        "session_key": hex::encode(session_key),
        "transcript": hex::encode(agreed.resume.transcript.0),
        "keys": {
            "k_totp": hex::encode(keys.totp.expose()),
            "k_txn": hex::encode(keys.txn.expose()),
            "k_dev": hex::encode(keys.device.expose()),
            "k_m4": hex::encode(agreed.m4_key.expose()),
        },
        "storage_proof": hex::encode(proof),
        "sealed": hex::encode(&m4.sealed.0),
        "facts": facts(),
        "code": {"step": code_step.0, "digits": otp::code(&keys.totp, code_step).expose()},
    })
}

#[test]
fn the_vectors_are_what_this_code_computes() {
    let computed = compute();
    if std::env::var_os("WARIFU_WRITE_VECTORS").is_some() {
        let text = serde_json::to_string_pretty(&computed).unwrap() + "\n";
        std::fs::write(FILE, text).unwrap();
    }
    let kept: Value = serde_json::from_slice(&std::fs::read(FILE).unwrap()).unwrap();
    assert_eq!(kept, computed);
}
