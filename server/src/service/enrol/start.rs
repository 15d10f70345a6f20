//! Owns M1: one guess charged, one M2, whether or not the IDs exist.
//! Refuses to know passwords; the record is opened for one evaluation.
//! Invariant: M2 leaves only after the transaction that charged for it; the same M1 again is charged once.

use rand::rngs::OsRng;
use warifu_core::encoding::sha256;
use warifu_core::enrol::centre::{self, Known};
use warifu_core::ids::EnrolId;
use warifu_core::issue::{ENROL_TTL_S, MAX_ATTEMPTS};
use warifu_core::time::{SECOND, UnixMillis};
use warifu_core::wire::bank::AttemptOutcome;
use warifu_core::wire::device::{EnrolStart, V1};

use crate::app::App;
use crate::config::Limits;
use crate::edge::{Failure, Origin, Refused};
use crate::service::ROUNDS;
use crate::store::audit::{self, Entry};
use crate::store::enrolments::{self, NewEnrolment};
use crate::store::institutions::{self, Institution};
use crate::store::rates::{self, Rate};
use crate::store::{StoreError, Tx, attempts, issues};

/// Answers M1 with the bytes of M2.
pub(crate) async fn start(app: &App, origin: &Origin, m1: EnrolStart) -> Result<Vec<u8>, Failure> {
    centre::check_ke1(&m1).map_err(|_| Refused::malformed("ke1 is not a message of suite W1"))?;
    let digest = digest(&m1);
    for _ in 0..ROUNDS {
        let now = app.clock.now();
        let answer = match prepare(app, origin, &m1, &digest, now)? {
            Prepared::Before(m2) => return Ok(m2),
            Prepared::Now(answer) => *answer,
        };
        let limits = app.limits;
        match app.store.write(move |tx| answer.save(tx, &limits)).await {
            Ok(Saved::Answer(m2)) => return Ok(m2),
            Ok(Saved::TooMany { wait }) => return Err(Refused::too_many(wait).into()),
            Err(StoreError::Lost) => {}
            Err(why) => return Err(why.into()),
        }
    }
    Err(Refused::BUSY.into())
}

/// The digest by which the very same M1 is recognised.
fn digest(m1: &EnrolStart) -> [u8; 32] {
    sha256(&[
        "warifu/v1/m1".into(),
        V1::NUMBER.into(),
        m1.suite.as_str().into(),
        m1.service_id.as_str().into(),
        m1.user_id.as_str().into(),
        m1.attempt_id.as_bytes().into(),
        (&m1.ke1.0).into(),
        m1.platform.as_str().into(),
        m1.app_version.as_str().into(),
        m1.vault.as_str().into(),
    ])
}

/// From what an answer was made: the save finds the same, or it is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Basis {
    Issue(i64),
    Nothing { exhausted: bool },
}

enum Prepared {
    /// The same M1 was answered before.
    Before(Vec<u8>),
    /// An answer that is not charged yet, and so not to be sent yet.
    Now(Box<Charge>),
}

enum Saved {
    Answer(Vec<u8>),
    TooMany { wait: i64 },
}

/// An answer on its way into the transaction that charges for it.
struct Charge {
    origin: Origin,
    institution: Option<Institution>,
    m1: EnrolStart,
    digest: [u8; 32],
    basis: Basis,
    enrol_id: EnrolId,
    m2: Vec<u8>,
    login: Vec<u8>,
    now: UnixMillis,
}

/// The windows that every start is counted in besides its user ID's, whether or not what they name exists.
fn windows<'a>(origin: &'a Origin, m1: &'a EnrolStart, limits: &Limits) -> [Rate<'a>; 2] {
    let (address, institution) = (limits.address_starts_per_hour, limits.institution_starts_per_hour);
    [
        Rate { kind: "address", subject: &origin.0, window: rates::HOUR, limit: address },
        Rate {
            kind: "institution",
            subject: m1.service_id.as_str(),
            window: rates::HOUR,
            limit: institution,
        },
    ]
}

/// Evaluates outside of the transaction, so that a flood of M1 does not hold up the one writer.
fn prepare(
    app: &App,
    origin: &Origin,
    m1: &EnrolStart,
    digest: &[u8; 32],
    now: UnixMillis,
) -> Result<Prepared, Failure> {
    let found = app.store.read(|tx| {
        if let Some(m2) = enrolments::answered(tx, digest)? {
            return Ok::<_, Failure>(Err(m2));
        }
        // A flood is turned away by looking alone: it is neither evaluated nor written.
        for rate in windows(origin, m1, &app.limits) {
            if let Some(wait) = rates::look(tx, &rate, now)? {
                return Err(Refused::too_many(wait).into());
            }
        }
        let tries = rates::tries(tx, &m1.service_id, &m1.user_id, app.limits.starts_per_hour, now)?;
        if let Some(wait) = tries.wait {
            return Err(Refused::too_many(wait).into());
        }
        let institution = institutions::by_service_id(tx, &m1.service_id)?;
        let number = institution.as_ref().map_or(NO_INSTITUTION, |i| i.no);
        let open = issues::chargeable(tx, number, &m1.user_id, now)?;
        let dek = match (&institution, &open) {
            (Some(institution), Some(open)) => Some(app.keys.dek(tx, institution, open.dek_id)?),
            _ => None,
        };
        Ok(Ok((institution, tries, open.zip(dek))))
    })?;
    let (institution, tries, open) = match found {
        Ok(found) => found,
        Err(m2) => return Ok(Prepared::Before(m2)),
    };
    // Without a record nobody's setup answers, for every institution: an institution's own changes with its card, and an
    // ID whose answers changed with it would be told from one with an issue, which keeps its setup.
    let setup = match &open {
        Some((open, _)) => app.keys.setup(&m1.service_id, open.setup_id)?,
        None => app.keys.nobody(),
    };
    let (basis, record) = match &open {
        Some((open, dek)) => {
            let record = dek.open_record(&open.record, &m1.service_id, &m1.user_id)?;
            (Basis::Issue(open.no), Some(record))
        }
        None => (Basis::Nothing { exhausted: is_exhausted(tries.total + 1) }, None),
    };
    let known = match (&record, basis) {
        (Some(record), _) => Known::Record(record),
        (None, Basis::Nothing { exhausted }) => Known::Nothing { exhausted },
        (None, Basis::Issue(_)) => unreachable!("an issue always comes with its record"),
    };
    let enrol_id = EnrolId::generate(&mut OsRng);
    let (m2, login) = centre::start(&setup, &known, m1, enrol_id, now, ENROL_TTL_S, &mut OsRng)
        .map_err(|_| Refused::malformed("ke1 is not a message of suite W1"))?;
    let dek = open.as_ref().map_or(app.keys.nobody_dek(), |(_, dek)| dek);
    Ok(Prepared::Now(Box::new(Charge {
        login: dek.seal_login(&login, enrol_id),
        m2: serde_json::to_vec(&m2).expect("numbers and texts have a JSON form"),
        origin: origin.clone(),
        m1: m1.clone(),
        digest: *digest,
        institution,
        basis,
        enrol_id,
        now,
    })))
}

/// Matches no row.
const NO_INSTITUTION: i64 = -1;

fn is_exhausted(tries: i64) -> bool {
    tries > i64::from(MAX_ATTEMPTS)
}

impl Charge {
    /// Counts, charges and keeps the answer; undoes all of it when the basis is no longer what it was.
    fn save(self, tx: &Tx<'_>, limits: &Limits) -> Result<Saved, StoreError> {
        if let Some(m2) = enrolments::answered(tx, &self.digest)? {
            return Ok(Saved::Answer(m2));
        }
        for rate in windows(&self.origin, &self.m1, limits) {
            if let Some(wait) = rates::count(tx, &rate, self.now)? {
                return Ok(Saved::TooMany { wait });
            }
        }
        let limit = limits.starts_per_hour;
        let tries = rates::count_tries(tx, &self.m1.service_id, &self.m1.user_id, limit, self.now)?;
        if let Some(wait) = tries.wait {
            return Ok(Saved::TooMany { wait });
        }
        let institution = self.institution.as_ref().map_or(NO_INSTITUTION, |i| i.no);
        let charged = issues::charge(tx, institution, &self.m1.user_id, self.now)?;
        let basis = match charged {
            Some((no, _)) => Basis::Issue(no),
            None => Basis::Nothing { exhausted: is_exhausted(tries.total) },
        };
        if basis != self.basis {
            return Err(StoreError::Lost);
        }
        let new = NewEnrolment {
            enrol_id: self.enrol_id,
            m1: &self.m1,
            m1_digest: &self.digest,
            issue_no: charged.map(|(no, _)| no),
            m2: &self.m2,
            login: &self.login,
            now: self.now,
            expires_at: self.now.plus(i64::from(ENROL_TTL_S) * SECOND),
        };
        enrolments::add(tx, &new)?;
        self.note_attempt(tx, institution, charged.map(|(no, _)| no))?;
        if let (Some(institution), Some((_, attempts))) = (&self.institution, charged) {
            let entry = Entry {
                at: self.now,
                actor: "device",
                action: "enrol_start",
                object: &format!("issue:{}", self.m1.user_id),
                outcome: "charged",
                detail: &format!("attempt {attempts} of {MAX_ATTEMPTS}"),
            };
            audit::append(tx, institution, &entry)?;
        }
        Ok(Saved::Answer(self.m2))
    }

    /// Keeps for the institution what the device is never told: which issue it was, and that it was no longer open.
    fn note_attempt(&self, tx: &Tx<'_>, institution: i64, charged: Option<i64>) -> Result<(), StoreError> {
        let (issue_no, outcome) = match charged {
            Some(no) => (no, AttemptOutcome::Unfinished),
            None => match issues::by_user_id(tx, institution, &self.m1.user_id)? {
                Some(issue) => (issue.no, attempts::outcome(issue.state_at(self.now))),
                None => return Ok(()),
            },
        };
        attempts::add(tx, issue_no, self.enrol_id, outcome, self.now)
    }
}
