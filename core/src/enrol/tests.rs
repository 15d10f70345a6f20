//! Owns the proof that both halves of an initialisation agree, and that every other pair of halves does not.
//! Refuses to know transport and storage.
//! Invariant: randomness is fixed, so that a failure repeats.

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::centre::{self, Known, Login, PasswordRecord, Setup};
use super::device::{self, Agreed, Device, Refused};
use crate::encoding::hmac_sha256;
use crate::ids::{EnrolId, Serial, ServiceId, TokenId, UserId};
use crate::start_password::StartPassword;
use crate::time::UnixMillis;
use crate::wire::device::{
    EnrolFinish, EnrolStart, EnrolStarted, Platform, ServiceCard, TokenFacts, V1, VaultLevel,
};

const NOW: UnixMillis = UnixMillis(1_440_548_000_000);

struct Run {
    rng: StdRng,
    setup: Setup,
    record: PasswordRecord,
}

fn password(digits: &str) -> StartPassword {
    StartPassword::parse(digits).unwrap_or_else(|why| panic!("{why}"))
}

fn ids() -> (ServiceId, UserId) {
    (ServiceId::parse("10112235").unwrap(), UserId::parse("999800000001").unwrap())
}

impl Run {
    fn new() -> Self {
        let mut rng = StdRng::seed_from_u64(1);
        let setup = Setup::generate(&mut rng);
        let (service, user) = ids();
        let record = PasswordRecord::register(&setup, &service, &user, &password("1357"), &mut rng);
        Self { rng, setup, record }
    }

    fn card(&self) -> ServiceCard {
        ServiceCard {
            v: V1,
            service_id: ids().0,
            name: "仙北信用組合".to_owned(),
            name_kana: "センポクシンヨウクミアイ".to_owned(),
            centre_url: "https://centre.example".to_owned(),
            opaque_keys: vec![self.setup.public_key()],
            min_app: "0.1.0".to_owned().try_into().unwrap(),
            seq: 1,
            expires: UnixMillis(i64::MAX),
        }
    }

    fn device(&mut self, digits: &str) -> device::Started {
        let (service, user) = ids();
        let facts = Device {
            platform: Platform::Linux,
            app_version: "0.1.0".to_owned().try_into().unwrap(),
            vault: VaultLevel::Sealed,
        };
        device::start(service, user, &password(digits), facts, &mut self.rng)
    }

    fn answer(&mut self, m1: &EnrolStart) -> (EnrolStarted, Login) {
        let known = Known::Record(&self.record);
        centre::start(&self.setup, &known, m1, EnrolId::from_bytes([4; 16]), NOW, 300, &mut self.rng).unwrap()
    }

    fn agree(&mut self, started: device::Started, m2: &EnrolStarted) -> Result<Agreed, Refused> {
        let card = self.card();
        started.agree(m2, &card, NOW, &mut self.rng)
    }

    /// M1 to M3 as they go when nothing is wrong.
    fn reach_m3(&mut self) -> (Agreed, EnrolFinish, Login) {
        let started = self.device("1357");
        let (m2, login) = self.answer(started.m1());
        let agreed = self.agree(started, &m2).unwrap_or_else(|why| panic!("{why}"));
        let proof = hmac_sha256(agreed.keys.totp.expose(), &[&agreed.resume.storage_proof_message()]);
        let m3 = agreed.resume.m3(proof);
        (agreed, m3, login)
    }
}

pub(super) fn facts() -> TokenFacts {
    TokenFacts {
        token_id: TokenId::from_bytes([8; 16]),
        serial: Serial::parse("243725864").unwrap(),
        started_on: NOW,
        expires_at: crate::japan::expiry(NOW, crate::japan::VALID_MONTHS),
        digits: 8,
        period: 60,
        alg: "SHA256".to_owned(),
        institution: "仙北信用組合".to_owned(),
        activate_by: NOW.plus(crate::token::ACTIVATE_WITHIN),
        server_time_ms: NOW,
    }
}

#[test]
fn both_halves_derive_the_same_keys_and_the_facts_arrive() {
    let mut run = Run::new();
    let (agreed, m3, login) = run.reach_m3();
    let restored = Login::from_bytes(&login.to_bytes()).unwrap();
    let enrolled = restored.finish(&m3).unwrap_or_else(|why| panic!("{why}"));
    let (keys, m4) = enrolled.seal(&facts());
    assert_eq!(keys.to_bytes().expose(), agreed.keys.to_bytes().expose());
    assert_eq!(agreed.resume.open_reply(&agreed.m4_key, &m4), Ok(facts()));
    assert_eq!(agreed.resume.institution, "仙北信用組合");
}

#[test]
fn setup_and_record_survive_their_bytes() {
    let mut run = Run::new();
    run.setup = Setup::from_bytes(&run.setup.to_bytes()).unwrap();
    run.record = PasswordRecord::from_bytes(&run.record.to_bytes()).unwrap();
    let (_, m3, login) = run.reach_m3();
    assert!(login.finish(&m3).is_ok());
}

#[test]
fn a_wrong_start_password_ends_at_m2() {
    let mut run = Run::new();
    let started = run.device("1358");
    let (m2, _) = run.answer(started.m1());
    assert_eq!(run.agree(started, &m2).err(), Some(Refused::Password));
}

#[test]
fn without_a_record_the_answer_has_the_same_shape_and_ends_alike() {
    let mut run = Run::new();
    for exhausted in [false, true] {
        let started = run.device("1357");
        let id = EnrolId::from_bytes([4; 16]);
        let known = Known::Nothing { exhausted };
        let (m2, login) =
            centre::start(&run.setup, &known, started.m1(), id, NOW, 300, &mut run.rng).unwrap();
        let real = run.answer(started.m1()).1;
        assert_eq!(login.to_bytes().len(), real.to_bytes().len());
        assert_eq!(run.agree(started, &m2).err(), Some(Refused::Password));
    }
}

#[test]
fn the_oprf_of_an_open_issue_answers_only_while_its_record_is_used() {
    // The first 32 bytes of KE2 are the OPRF evaluation: deterministic in key and blinded input.
    let mut run = Run::new();
    let m1 = run.device("1357").m1().clone();
    let mut evaluation = |known: &Known<'_>| {
        let id = EnrolId::from_bytes([4; 16]);
        let (m2, _) = centre::start(&run.setup, known, &m1, id, NOW, 300, &mut run.rng).unwrap();
        m2.ke2.0[..32].to_vec()
    };
    let real = evaluation(&Known::Record(&run.record));
    assert_eq!(real, evaluation(&Known::Record(&run.record)));
    let before = evaluation(&Known::Nothing { exhausted: false });
    let after = evaluation(&Known::Nothing { exhausted: true });
    assert!(real != before && real != after && before != after);
    assert_eq!(before, evaluation(&Known::Nothing { exhausted: false }));
}

#[test]
fn a_false_centre_that_knows_the_password_is_found_before_anything_is_sent() {
    let mut real = Run::new();
    let mut rng = StdRng::seed_from_u64(2);
    let setup = Setup::generate(&mut rng);
    let (service, user) = ids();
    let record = PasswordRecord::register(&setup, &service, &user, &password("1357"), &mut rng);
    let mut false_centre = Run { rng, setup, record };
    let started = real.device("1357");
    let (m2, _) = false_centre.answer(started.m1());
    assert_eq!(real.agree(started, &m2).err(), Some(Refused::Centre));
}

#[test]
fn during_a_key_change_either_key_of_the_card_is_accepted() {
    let mut run = Run::new();
    let mut card = run.card();
    card.opaque_keys.insert(0, Setup::generate(&mut run.rng).public_key());
    let started = run.device("1357");
    let (m2, _) = run.answer(started.m1());
    assert!(started.agree(&m2, &card, NOW, &mut run.rng).is_ok());
}

#[test]
fn whatever_is_changed_in_m1_or_m2_on_the_way_nothing_is_agreed() {
    let mut run = Run::new();
    let changes: [fn(&mut EnrolStart, &mut EnrolStarted); 6] = [
        |_, m2| m2.server_time_ms.0 += 1,
        |_, m2| m2.ttl_s += 1,
        |_, m2| m2.enrol_id = EnrolId::from_bytes([5; 16]),
        |_, m2| m2.ke2.0[319] ^= 1,
        |m1, _| m1.vault = VaultLevel::HardwareComputed,
        |m1, _| m1.platform = Platform::Ios,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let started = run.device("1357");
        let mut m1 = started.m1().clone();
        let mut unused = EnrolStarted {
            enrol_id: EnrolId::from_bytes([0; 16]),
            ke2: crate::wire::bytes::Bytes([0; 320]),
            server_time_ms: NOW,
            ttl_s: 0,
        };
        change(&mut m1, &mut unused);
        let (mut m2, _) = run.answer(&m1);
        change(&mut m1, &mut m2);
        assert!(run.agree(started, &m2).is_err(), "change {number}");
    }
}

#[test]
fn m3_with_a_wrong_proof_or_a_wrong_mac_is_refused() {
    let mut run = Run::new();
    for at in 0..2 {
        let (_, mut m3, login) = run.reach_m3();
        if at == 0 {
            m3.ke3.0[0] ^= 1;
        } else {
            m3.storage_proof.0[0] ^= 1;
        }
        assert!(login.finish(&m3).is_err());
    }
}

#[test]
fn a_changed_m4_or_one_of_another_initialisation_is_not_opened() {
    let mut run = Run::new();
    let (agreed, m3, login) = run.reach_m3();
    let (_, m4) = login.finish(&m3).unwrap_or_else(|why| panic!("{why}")).seal(&facts());
    let mut changed = m4.clone();
    changed.sealed.0[0] ^= 1;
    let mut other = m4.clone();
    other.enrol_id = EnrolId::from_bytes([9; 16]);
    for bad in [changed, other] {
        assert_eq!(agreed.resume.open_reply(&agreed.m4_key, &bad), Err(Refused::Malformed));
    }
}

#[test]
fn ke1_that_is_no_point_of_the_group_is_malformed_before_a_guess_is_charged() {
    let mut run = Run::new();
    let mut m1 = run.device("1357").m1().clone();
    assert!(centre::check_ke1(&m1).is_ok());
    m1.ke1.0 = [0xff; 96];
    assert!(centre::check_ke1(&m1).is_err());
    m1.ke1.0 = [0; 96];
    assert!(centre::check_ke1(&m1).is_err());
}

#[test]
fn a_cut_login_state_is_malformed() {
    let mut run = Run::new();
    let (_, _, login) = run.reach_m3();
    let bytes = login.to_bytes();
    for len in [0, 1, 127, 128, 223, 543] {
        assert!(Login::from_bytes(&bytes[..len]).is_err(), "{len}");
    }
}
