//! Owns M1: one guess charged, one evaluation, one M2, whether or not the IDs exist.
//! Refuses to know passwords; the record is opened for one evaluation.
//! Invariant: an evaluation runs inside the transaction that charged for it, and its M2 leaves when that is durable;
//! the same M1 again is charged once.

use std::sync::Arc;

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
use crate::keys::Dek;
use crate::store::audit::{self, Entry};
use crate::store::enrolments::{self, NewEnrolment};
use crate::store::institutions::{self, Institution};
use crate::store::issues::{self, Charged};
use crate::store::rates::{self, Rate};
use crate::store::{StoreError, Tx, attempts};

/// Answers M1 with the bytes of M2.
pub(crate) async fn start(app: &Arc<App>, origin: &Origin, m1: EnrolStart) -> Result<Vec<u8>, Failure> {
    centre::check_ke1(&m1).map_err(|_| not_a_message())?;
    let start = Start {
        app: Arc::clone(app),
        origin: origin.clone(),
        digest: digest(&m1),
        enrol_id: EnrolId::generate(&mut OsRng),
        now: app.clock.now(),
        m1,
    };
    if let Some(m2) = app.store.read(|tx| start.look(tx))? {
        return Ok(m2);
    }
    app.store.write(move |tx| start.answer(tx)).await
}

fn not_a_message() -> Refused {
    Refused::malformed("ke1 is not a message of suite W1")
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

/// Matches no row.
const NO_INSTITUTION: i64 = -1;

/// Refuses for now when there is something to wait for.
fn within(wait: Option<i64>) -> Result<(), Refused> {
    wait.map_or(Ok(()), |wait| Err(Refused::too_many(wait)))
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

/// An M1 on its way to its answer.
struct Start {
    app: Arc<App>,
    origin: Origin,
    m1: EnrolStart,
    digest: [u8; 32],
    enrol_id: EnrolId,
    now: UnixMillis,
}

/// An issue that was just charged for this M1, and what opens its record.
struct Guess {
    issue: Charged,
    dek: Arc<Dek>,
}

impl Start {
    /// The answer of the same M1, if it was answered before. A flood is turned away by looking alone: it is neither
    /// evaluated nor written.
    fn look(&self, tx: &Tx<'_>) -> Result<Option<Vec<u8>>, Failure> {
        if let Some(m2) = enrolments::answered(tx, &self.digest)? {
            return Ok(Some(m2));
        }
        // Told apart from all other refusals: it depends on the service and the device alone, never on the user ID.
        let institution = institutions::by_service_id(tx, &self.m1.service_id)?;
        if institution.is_some_and(|institution| self.m1.vault < institution.least_vault) {
            return Err(Refused::VAULT_TOO_WEAK.into());
        }
        for rate in windows(&self.origin, &self.m1, &self.app.limits) {
            within(rates::look(tx, &rate, self.now)?)?;
        }
        let limit = self.app.limits.starts_per_hour;
        within(rates::tries(tx, &self.m1.service_id, &self.m1.user_id, limit, self.now)?.wait)?;
        Ok(None)
    }

    /// Counts, charges, evaluates once and keeps the answer; a failure undoes all of it and nothing leaves.
    fn answer(&self, tx: &Tx<'_>) -> Result<Vec<u8>, Failure> {
        if let Some(m2) = enrolments::answered(tx, &self.digest)? {
            return Ok(m2);
        }
        for rate in windows(&self.origin, &self.m1, &self.app.limits) {
            within(rates::count(tx, &rate, self.now)?)?;
        }
        let limit = self.app.limits.starts_per_hour;
        let tries = rates::count_tries(tx, &self.m1.service_id, &self.m1.user_id, limit, self.now)?;
        within(tries.wait)?;

        let institution = institutions::by_service_id(tx, &self.m1.service_id)?;
        let number = institution.as_ref().map_or(NO_INSTITUTION, |institution| institution.no);
        let charged = issues::charge(tx, number, &self.m1.user_id, self.now)?;
        let guess = match (charged, &institution) {
            (Some(issue), Some(institution)) => {
                let dek = self.app.keys.dek(tx, institution, issue.dek_id)?;
                Some(Guess { issue, dek })
            }
            _ => None,
        };
        let exhausted = tries.total > i64::from(MAX_ATTEMPTS);
        let (m2, login) = self.evaluate(guess.as_ref(), exhausted)?;
        let issue_no = guess.as_ref().map(|guess| guess.issue.no);
        let new = NewEnrolment {
            enrol_id: self.enrol_id,
            m1: &self.m1,
            m1_digest: &self.digest,
            issue_no,
            m2: &m2,
            login: &login,
            now: self.now,
            expires_at: self.now.plus(i64::from(ENROL_TTL_S) * SECOND),
        };
        enrolments::add(tx, &new)?;
        self.note_attempt(tx, number, issue_no)?;
        if let (Some(institution), Some(guess)) = (&institution, &guess) {
            self.note_charge(tx, institution, guess.issue.attempts)?;
        }
        Ok(m2)
    }

    /// The one evaluation of this M1: M2, and the sealed login state.
    fn evaluate(&self, guess: Option<&Guess>, exhausted: bool) -> Result<(Vec<u8>, Vec<u8>), Failure> {
        let Self { app, m1, enrol_id, now, .. } = self;
        // Without a record nobody's setup answers, for every institution: an institution's own changes with its card,
        // and an ID whose answers changed with it would be told from one with an issue, which keeps its setup.
        let (setup, record) = match guess {
            Some(Guess { issue, dek }) => {
                let record = dek.open_record(&issue.record, &m1.service_id, &m1.user_id)?;
                (app.keys.setup(&m1.service_id, issue.setup_id)?, Some(record))
            }
            None => (app.keys.nobody(), None),
        };
        let known = record.as_ref().map_or(Known::Nothing { exhausted }, Known::Record);
        let (m2, login) = centre::start(&setup, &known, m1, *enrol_id, *now, ENROL_TTL_S, &mut OsRng)
            .map_err(|_| not_a_message())?;
        let dek = guess.map_or(app.keys.nobody_dek(), |guess| &guess.dek);
        let m2 = serde_json::to_vec(&m2).expect("numbers and texts have a JSON form");
        Ok((m2, dek.seal_login(&login, *enrol_id)))
    }

    fn note_charge(&self, tx: &Tx<'_>, institution: &Institution, attempts: u8) -> Result<(), StoreError> {
        let entry = Entry {
            at: self.now,
            actor: "device",
            action: "enrol_start",
            object: &format!("issue:{}", self.m1.user_id),
            outcome: "charged",
            detail: &format!("attempt {attempts} of {MAX_ATTEMPTS}"),
        };
        audit::append(tx, institution, &entry)
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
