//! Owns M3: judged once, turned into one token, answered with the same M4 ever after.
//! Refuses to know whose device it is.
//! Invariant: issue used, token stored, M4 kept and audited in one transaction; of two devices the first wins.

use std::sync::Arc;

use rand::rngs::OsRng;
use warifu_core::enrol::centre::Enrolled;
use warifu_core::ids::{Serial, TokenId};
use warifu_core::issue::REPLAY_FOR;
use warifu_core::japan;
use warifu_core::time::UnixMillis;
use warifu_core::token::{ACTIVATE_WITHIN, TokenKeys};
use warifu_core::wire::bank::{AttemptOutcome, IssueState};
use warifu_core::wire::device::{EnrolFinish, TokenFacts};

use crate::app::App;
use crate::edge::{Failure, Refused};
use crate::keys::{Dek, TokenPlace};
use crate::mail::{Facts, Kind, Letter};
use crate::store::audit::{self, Entry};
use crate::store::enrolments::{self, Enrolment, State};
use crate::store::institutions::{self, Institution};
use crate::store::issues::{self, Issue};
use crate::store::tokens::{self, NewToken};
use crate::store::{StoreError, Tx, attempts, outbox};

/// The form in which a token's keys are sealed now.
const SEAL_VERSION: u32 = 1;

/// Answers M3 with the bytes of M4. A refusal names the M3 that it is about: one that was damaged on its way is not
/// the device's.
pub(crate) async fn finish(app: &App, m3: EnrolFinish) -> Result<Vec<u8>, Failure> {
    let digest = m3.digest();
    judge(app, m3, digest).await.map_err(|why| why.about(digest))
}

async fn judge(app: &App, m3: EnrolFinish, digest: [u8; 32]) -> Result<Vec<u8>, Failure> {
    let now = app.clock.now();
    let found = app.store.read(|tx| {
        let Some(enrolment) = enrolments::by_id(tx, m3.enrol_id)? else { return Ok::<_, Failure>(None) };
        let owner = match enrolment.issue_no {
            Some(no) => Some(owner(app, tx, no)?),
            None => None,
        };
        Ok(Some((enrolment, owner)))
    })?;
    let (enrolment, owner) = found.ok_or(Refused::ENROL)?;
    let login = match &enrolment.state {
        State::Done { m3_digest, m4 } => {
            let is_same = *m3_digest == digest && now < enrolment.expires_at.plus(REPLAY_FOR);
            return if is_same { Ok(m4.clone()) } else { Err(Refused::ENROL.into()) };
        }
        State::Open { .. } if enrolment.expires_at <= now => return Err(Refused::ENROL.into()),
        State::Open { login } => login,
    };
    // An answer from no record is judged like any other, so that its refusal takes as long.
    let dek = owner.as_ref().map_or(app.keys.nobody_dek(), |owner| &owner.dek);
    let login = match (dek.open_login(login, m3.enrol_id), &owner) {
        (Ok(login), _) => login,
        (Err(_), None) => return Err(Refused::ENROL.into()),
        (Err(why), Some(_)) => return Err(why.into()),
    };
    let (Ok(enrolled), Some(owner)) = (login.finish(&m3), owner) else { return Err(Refused::ENROL.into()) };

    let making = Making { owner, enrolment, digest, m3, now };
    let (institution, issue) = (making.owner.institution.clone(), making.owner.issue.no);
    let enrol_id = making.m3.enrol_id;
    let mut sealing = Sealing::Open(Some(enrolled));
    match app.store.write(move |tx| making.save(tx, &mut sealing)).await {
        Ok(m4) => {
            app.bell.notify_one();
            Ok(m4)
        }
        Err(StoreError::Lost) => {
            let late =
                app.store.write(move |tx| too_late(tx, &institution, issue, enrol_id, &digest, now)).await?;
            app.bell.notify_one();
            late.ok_or_else(|| Refused::ENROL.into())
        }
        Err(why) => Err(why.into()),
    }
}

/// Whose initialisation it is.
struct Owner {
    institution: Institution,
    issue: Issue,
    dek: Arc<Dek>,
}

fn owner(app: &App, tx: &Tx<'_>, issue_no: i64) -> Result<Owner, Failure> {
    let issue = issues::by_no(tx, issue_no)?.ok_or(StoreError::Lost)?;
    let institution = institutions::by_no(tx, issue.institution_no)?.ok_or(StoreError::Lost)?;
    let dek = app.keys.dek(tx, &institution, issue.dek_id)?;
    Ok(Owner { institution, issue, dek })
}

/// A judged M3 on its way into the transaction that makes the token.
struct Making {
    owner: Owner,
    enrolment: Enrolment,
    digest: [u8; 32],
    m3: EnrolFinish,
    now: UnixMillis,
}

impl Making {
    fn save(&self, tx: &Tx<'_>, sealing: &mut Sealing) -> Result<Vec<u8>, StoreError> {
        let Self { owner: Owner { institution, issue, dek }, enrolment, digest, m3, now } = self;
        let now = *now;
        if !issues::end(tx, issue.no, IssueState::Used, now)? {
            return Err(StoreError::Lost);
        }
        let Sealed { facts, keys, m4 } = sealing.once(|| facts(tx, institution, now))?;
        if !enrolments::finish(tx, m3.enrol_id, digest, m4, now)? {
            return Err(StoreError::Lost);
        }
        let place = TokenPlace {
            service_id: &institution.service_id,
            token_id: facts.token_id,
            serial: &facts.serial,
            seal_version: SEAL_VERSION,
        };
        let new = NewToken {
            token_id: facts.token_id,
            institution_no: institution.no,
            member_id: &issue.member_id,
            issue_no: issue.no,
            serial: &facts.serial,
            sealed: &dek.seal_token(keys, &place),
            seal_version: SEAL_VERSION,
            dek_id: issue.dek_id,
            platform: &enrolment.platform,
            app_version: &enrolment.app_version,
            vault: &enrolment.vault,
            started_on: facts.started_on,
            activate_by: facts.activate_by,
            expires_at: facts.expires_at,
        };
        tokens::add(tx, &new)?;
        attempts::close(tx, m3.enrol_id, AttemptOutcome::Enrolled)?;
        let entry = Entry {
            at: now,
            actor: "device",
            action: "enrol_finish",
            object: &format!("token:{}", facts.serial),
            outcome: "issued",
            detail: &format!(
                "issue {}, platform {}, vault {}",
                issue.user_id, enrolment.platform, enrolment.vault
            ),
        };
        audit::append(tx, institution, &entry)?;
        let words = Facts::of_token(institution, &facts.serial, now).until(facts.activate_by);
        let letter = Letter::compose(Kind::Enrolled, issue.mail.clone(), &words);
        outbox::post(tx, institution, &issue.member_id, &letter, now)?;
        Ok(m4.clone())
    }
}

/// M4 is sealed once, however often its transaction is begun anew.
enum Sealing {
    Open(Option<Enrolled>),
    Done(Sealed),
}

struct Sealed {
    facts: TokenFacts,
    keys: TokenKeys,
    m4: Vec<u8>,
}

impl Sealing {
    fn once(
        &mut self,
        facts: impl FnOnce() -> Result<TokenFacts, StoreError>,
    ) -> Result<&Sealed, StoreError> {
        if let Self::Open(enrolled) = self {
            let facts = facts()?;
            let (keys, m4) = enrolled.take().ok_or(StoreError::Lost)?.seal(&facts);
            let m4 = serde_json::to_vec(&m4).expect("two texts have a JSON form");
            *self = Self::Done(Sealed { facts, keys, m4 });
        }
        match self {
            Self::Done(sealed) => Ok(sealed),
            Self::Open(_) => Err(StoreError::Lost),
        }
    }
}

fn facts(tx: &Tx<'_>, institution: &Institution, now: UnixMillis) -> Result<TokenFacts, StoreError> {
    let mut serial = Serial::generate(&mut OsRng);
    while tokens::is_taken(tx, &serial)? {
        serial = Serial::generate(&mut OsRng);
    }
    Ok(TokenFacts {
        token_id: TokenId::generate(&mut OsRng),
        serial,
        started_on: now,
        expires_at: japan::expiry(now, institution.valid_months),
        digits: 8,
        period: 60,
        alg: "SHA256".to_owned(),
        institution: institution.name.to_string(),
        activate_by: now.plus(ACTIVATE_WITHIN),
        server_time_ms: now,
    })
}

/// The issue was no longer open. The same M3, twice at once, gets its M4; a second device gets the refusal,
/// and the member one mail about it.
fn too_late(
    tx: &Tx<'_>,
    institution: &Institution,
    issue_no: i64,
    enrol_id: warifu_core::ids::EnrolId,
    digest: &[u8; 32],
    now: UnixMillis,
) -> Result<Option<Vec<u8>>, StoreError> {
    if let Some(Enrolment { state: State::Done { m3_digest, m4 }, .. }) = enrolments::by_id(tx, enrol_id)? {
        return Ok((m3_digest == *digest).then_some(m4));
    }
    let issue = issues::by_no(tx, issue_no)?.ok_or(StoreError::Lost)?;
    let was_open = enrolments::close(tx, enrol_id, now)?;
    if was_open {
        let outcome = match attempts::outcome(issue.state) {
            AttemptOutcome::Used => AttemptOutcome::TooLate,
            ended => ended,
        };
        attempts::close(tx, enrol_id, outcome)?;
    }
    if was_open && issue.state == IssueState::Used {
        let entry = Entry {
            at: now,
            actor: "device",
            action: "enrol_finish",
            object: &format!("issue:{}", issue.user_id),
            outcome: "refused",
            detail: "a second device was too late",
        };
        audit::append(tx, institution, &entry)?;
        let letter = Letter::compose(Kind::SecondDevice, issue.mail, &Facts::of(institution, now));
        outbox::post(tx, institution, &issue.member_id, &letter, now)?;
    }
    Ok(None)
}
