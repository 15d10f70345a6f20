//! Owns a lane: codes that arrive together are settled together, in two round trips, or three when a member has no token
//! in use, or something about one may stand elsewhere than in its row.
//! Refuses to settle two codes of one token at once: the second waits for the next group.
//! Invariant: a group is written whole or not at all; when another centre was faster, all of it is looked at again.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::mpsc::{Receiver, TryRecvError};

use super::Answer;
use super::address::Address;
use super::batch::{Batch, End};
use super::look::{Seen, SeenToken as _, look};
use super::session::{Session, patiently, transaction};
use crate::store::audit::{self, Chains};
use crate::store::tx::Db;
use crate::store::verification::{Job, Plan, Rings, Settled, plan, repeated, settle};
use crate::store::{StoreError, Tx};

/// How many codes are settled together at most.
const GROUP: usize = 256;

/// A code and who waits for its answer.
pub(super) type Waiting = (Job, Answer<Settled>);

/// Which lane a member's codes take.
pub(super) fn of(job: &Job) -> usize {
    let mut hasher = DefaultHasher::new();
    (job.institution.no, job.question.member_id.as_str()).hash(&mut hasher);
    usize::try_from(hasher.finish() >> 33).unwrap_or(0)
}

struct Lane {
    session: RefCell<Session>,
    chains: Chains,
    /// Where this lane's chains end, by institution; only this lane moves them.
    ends: RefCell<HashMap<i64, End>>,
}

/// The lane's life: takes what is queued, settles it, answers; ends when the queue is closed and empty.
pub(super) fn settle_all(address: &Address, name: &str, jobs: &Receiver<Waiting>) {
    let lane = Lane {
        session: RefCell::new(Session::new(address)),
        chains: Chains::shared(name),
        ends: RefCell::default(),
    };
    let mut waiting = VecDeque::new();
    loop {
        if waiting.is_empty() {
            let Ok(first) = jobs.recv() else { return };
            waiting.push_back(first);
        }
        while waiting.len() < GROUP {
            match jobs.try_recv() {
                Ok(next) => waiting.push_back(next),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        let group = take_group(&mut waiting);
        let (jobs, answers): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        for (answer, settled) in answers.into_iter().zip(lane.settle(&jobs)) {
            drop(answer.send(settled));
        }
    }
}

/// One code per member and one question per request ID; the others keep their order.
fn take_group(waiting: &mut VecDeque<Waiting>) -> Vec<Waiting> {
    let mut members = HashSet::new();
    let mut questions = HashSet::new();
    let (mut group, mut rest) = (Vec::new(), VecDeque::new());
    for (job, answer) in waiting.drain(..) {
        let no = job.institution.no;
        let is_free = !members.contains(&(no, job.question.member_id.clone()))
            && !questions.contains(&(no, *job.question.request_id.as_bytes()));
        // A later code of a member whose earlier one waits has to wait behind it.
        members.insert((no, job.question.member_id.clone()));
        questions.insert((no, *job.question.request_id.as_bytes()));
        if is_free { group.push((job, answer)) } else { rest.push_back((job, answer)) }
    }
    *waiting = rest;
    group
}

/// What a look at the rows made of a job.
enum Outcome {
    Settled(Settled),
    Planned(Plan),
    /// It changes the token's state: done alone, with its mail.
    Moves,
    Failed(StoreError),
}

impl Lane {
    fn settle(&self, jobs: &[Job]) -> Vec<Result<Settled, StoreError>> {
        let outcomes = patiently(&self.session, || {
            let done = self.settle_together(jobs);
            if done.is_err() {
                self.ends.borrow_mut().clear();
            }
            done
        });
        match outcomes {
            Ok(outcomes) => {
                jobs.iter().zip(outcomes).map(|(job, outcome)| self.finish(job, outcome)).collect()
            }
            // One of them may be what fails: apart, it fails alone.
            Err(StoreError::Away) => jobs.iter().map(|_| Err(StoreError::Away)).collect(),
            Err(_) => jobs.iter().map(|job| self.settle_alone(job)).collect(),
        }
    }

    /// Looks at all rows, plans, and writes what changes no state.
    fn settle_together(&self, jobs: &[Job]) -> Result<Vec<Outcome>, StoreError> {
        let tx = Tx { db: Db::Postgres(&self.session), chains: &self.chains };
        let seen = look(&mut self.session.borrow_mut(), jobs)?;
        let mut batch = Batch::default();
        let mut ends = self.ends.borrow().clone();
        let mut outcomes = Vec::with_capacity(jobs.len());
        for (job, seen) in jobs.iter().zip(&seen) {
            let outcome = self.judge(&tx, job, seen);
            if let Outcome::Planned(plan) = &outcome {
                let end = match ends.get_mut(&job.institution.no) {
                    Some(end) => end,
                    None => {
                        let chain = self.chains.name(&job.institution);
                        let (seq, hash) = audit::head(&tx, &chain)?;
                        ends.entry(job.institution.no).or_insert(End { chain, seq, hash })
                    }
                };
                batch.add(job, seen.token(), plan, end);
            }
            outcomes.push(outcome);
        }
        batch.write(&mut self.session.borrow_mut(), ends.values())?;
        *self.ends.borrow_mut() = ends;
        Ok(outcomes)
    }

    fn judge(&self, tx: &Tx<'_>, job: &Job, seen: &Result<Seen, StoreError>) -> Outcome {
        let token = match seen {
            Ok(Seen::Before(earlier)) => return Outcome::Settled(repeated(*earlier)),
            Ok(Seen::Now(token)) => token.as_deref(),
            Err(why) => return Outcome::Failed(StoreError::Commit(why.to_string())),
        };
        let act = match (job.evaluate)(tx, token) {
            Ok(act) => act,
            Err(why) => return Outcome::Failed(why),
        };
        match plan(job, token, &act) {
            None => Outcome::Settled(Settled::Declined),
            Some(plan) if plan.moves_to().is_some() => Outcome::Moves,
            Some(plan) => Outcome::Planned(plan),
        }
    }

    fn finish(&self, job: &Job, outcome: Outcome) -> Result<Settled, StoreError> {
        match outcome {
            Outcome::Settled(settled) => Ok(settled),
            Outcome::Planned(plan) => Ok(Settled::Answer(plan.answer, Rings::No)),
            Outcome::Moves => self.settle_alone(job),
            Outcome::Failed(why) => Err(why),
        }
    }

    fn settle_alone(&self, job: &Job) -> Result<Settled, StoreError> {
        // It appends to the same chain.
        self.ends.borrow_mut().clear();
        for _ in 0..ROUNDS {
            match transaction(&self.session, &self.chains, |tx| settle(tx, job)) {
                Err(StoreError::Lost) => {}
                settled => return settled,
            }
        }
        Err(StoreError::Contended)
    }
}

/// How often a code is looked at again alone when another centre was faster.
const ROUNDS: usize = 20;
