//! Owns the statement that writes all of a group.
//! Refuses to decide: plans come in, and a row that is not as it was read undoes the whole group.
//! Invariant: guarded writes, request rows, audit rows and the chains' ends are one autocommitted statement.

use warifu_core::time::UnixMillis;

use super::session::Session;
use crate::store::StoreError;
use crate::store::asked;
use crate::store::audit::Entry;
use crate::store::requests::REMEMBER;
use crate::store::tokens::{self, Token};
use crate::store::verification::{Job, Plan, Write, asked};

/// Where a chain ends.
#[derive(Clone)]
pub(super) struct End {
    pub(super) chain: String,
    pub(super) seq: i64,
    pub(super) hash: [u8; 32],
}

/// A group's rows, column by column.
#[derive(Default)]
pub(super) struct Batch {
    tokens: Vec<TokenRow>,
    kept: KeptRows,
    /// Which of those nobody else may have answered.
    first: Vec<Vec<u8>>,
    at: Vec<i64>,
    outcome: Vec<&'static str>,
    chain: Vec<String>,
    seq: Vec<i64>,
    action: Vec<&'static str>,
    object: Vec<String>,
    detail: Vec<&'static str>,
    prev_hash: Vec<Vec<u8>>,
    hash: Vec<Vec<u8>>,
}

/// Answers that stand in no token's row, column by column.
#[derive(Default)]
struct KeptRows {
    institution_no: Vec<i64>,
    request_id: Vec<Vec<u8>>,
    digest: Vec<Vec<u8>>,
    verdict: Vec<&'static str>,
    wrong_left: Vec<Option<i64>>,
    at: Vec<i64>,
}

impl KeptRows {
    fn add(&mut self, institution_no: i64, entry: &asked::Entry) {
        self.institution_no.push(institution_no);
        self.request_id.push(entry.request_id.as_bytes().to_vec());
        self.digest.push(entry.digest.to_vec());
        self.verdict.push(entry.answer.verdict.as_str());
        self.wrong_left.push(entry.answer.wrong_left.map(i64::from));
        self.at.push(entry.at.0);
    }
}

/// A token's row as it was and as it is to be.
struct TokenRow {
    no: i64,
    state: &'static str,
    old: (i64, i64),
    new: (i64, i64),
    drift: [i64; 3],
    uses: Vec<u8>,
    asked: Option<Vec<u8>>,
    /// The newest question that it held.
    newest: Option<Vec<u8>>,
    look_beyond: i64,
}

const WRITE: &str = "WITH
    decided AS (
        UPDATE token t SET last_step = p.new_step, wrong = p.new_wrong, drift = p.drift, lean = p.lean,
            lean_run = p.lean_run, uses = p.uses, asked = p.asked,
            look_beyond = greatest(t.look_beyond, p.look_beyond)
        FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
            $8::bigint[], $9::bigint[], $27::bytea[], $28::bytea[], $29::bytea[], $30::bigint[])
            AS p (no, state, old_step, old_wrong, new_step, new_wrong, drift, lean, lean_run, uses, asked, newest,
            look_beyond)
        WHERE t.no = p.no AND t.state = p.state AND t.last_step = p.old_step AND t.wrong = p.old_wrong
            AND substr(t.asked, 1, 16) IS NOT DISTINCT FROM p.newest
        RETURNING t.no),
    kept AS (
        INSERT INTO request (institution_no, request_id, digest, verdict, wrong_left, at)
        SELECT * FROM unnest($10::bigint[], $11::bytea[], $12::bytea[], $13::text[], $14::bigint[], $15::bigint[])
        ON CONFLICT (institution_no, request_id) DO NOTHING
        RETURNING request_id),
    told AS (
        INSERT INTO audit (chain, seq, at, actor, action, object, outcome, detail, prev_hash, hash)
        SELECT chain, seq, at, 'bank', action, object, outcome, detail, prev_hash, hash
        FROM unnest($16::text[], $17::bigint[], $31::bigint[], $18::text[], $19::text[], $32::text[], $20::text[],
            $21::bytea[], $22::bytea[])
            AS a (chain, seq, at, action, object, outcome, detail, prev_hash, hash)),
    ended AS (
        INSERT INTO audit_head (chain, seq, hash) SELECT * FROM unnest($23::text[], $24::bigint[], $25::bytea[])
        ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, hash = excluded.hash)
    SELECT 1 / (CASE WHEN (SELECT count(*) FROM decided) = $26
        AND (SELECT count(*) FROM kept WHERE request_id = ANY ($33::bytea[])) = cardinality($33::bytea[])
        THEN 1 ELSE 0 END)";

impl Batch {
    /// Adds a job as it was planned, and moves its chain's end.
    pub(super) fn add(&mut self, job: &Job, token: Option<&Token>, plan: &Plan, end: &mut End) {
        if let Some(token) = token {
            self.add_token(token, plan, job.now);
        }
        let (action, detail) = asked(job.purpose);
        let entry = Entry {
            at: job.now,
            actor: "bank",
            action,
            object: &plan.object,
            outcome: plan.answer.verdict.as_str(),
            detail,
        };
        let seq = end.seq + 1;
        let hash = entry.hash(&end.chain, seq, &end.hash);
        match &plan.asked {
            Some(asked) => {
                for spilled in &asked.spilled {
                    self.kept.add(job.institution.no, spilled);
                }
            }
            None => {
                self.kept.add(job.institution.no, &asked::entry(&job.question, plan.answer, job.now));
                self.first.push(job.question.request_id.as_bytes().to_vec());
            }
        }
        self.at.push(job.now.0);
        self.outcome.push(plan.answer.verdict.as_str());
        self.chain.push(end.chain.clone());
        self.seq.push(seq);
        self.action.push(action);
        self.object.push(plan.object.clone());
        self.detail.push(detail);
        self.prev_hash.push(end.hash.to_vec());
        self.hash.push(hash.to_vec());
        (end.seq, end.hash) = (seq, hash);
    }

    fn add_token(&mut self, token: &Token, plan: &Plan, now: UnixMillis) {
        let Some(uses) = &plan.uses else { return };
        let old = (tokens::step_column(token.last_step), i64::from(token.wrong));
        let (new, drift) = match &plan.write {
            Write::Nothing => (old, &token.drift),
            Write::Spend { step, drift, .. } => ((tokens::step_column(*step), 0), drift),
            Write::Charge { wrong, .. } => ((old.0, i64::from(*wrong) + 1), &token.drift),
        };
        let drift = [drift.steps.into(), drift.lean.into(), drift.run.into()];
        // What does not stand in the row was asked by now.
        let stands_elsewhere = plan.asked.as_ref().is_none_or(|asked| !asked.spilled.is_empty());
        let look_beyond = if stands_elsewhere { now.plus(REMEMBER).0 } else { 0 };
        self.tokens.push(TokenRow {
            no: token.no,
            state: token.state.as_str(),
            old,
            new,
            drift,
            uses: uses.clone(),
            asked: plan.asked_column(token).map(<[u8]>::to_vec),
            newest: asked::newest(&token.asked).map(<[u8]>::to_vec),
            look_beyond,
        });
    }

    /// Writes all of it, durable when it returns; [`StoreError::Contended`] when a row was not as it was read.
    pub(super) fn write<'e>(
        mut self,
        session: &mut Session,
        ends: impl Iterator<Item = &'e End>,
    ) -> Result<(), StoreError> {
        if self.seq.is_empty() {
            return Ok(());
        }
        // One order for all who write: nobody waits in a circle.
        self.tokens.sort_unstable_by_key(|row| row.no);
        let column = |pick: fn(&TokenRow) -> i64| self.tokens.iter().map(pick).collect::<Vec<i64>>();
        let uses: Vec<&[u8]> = self.tokens.iter().map(|row| row.uses.as_slice()).collect();
        let asked: Vec<Option<&[u8]>> = self.tokens.iter().map(|row| row.asked.as_deref()).collect();
        let newest: Vec<Option<&[u8]>> = self.tokens.iter().map(|row| row.newest.as_deref()).collect();
        let states: Vec<&str> = self.tokens.iter().map(|row| row.state).collect();
        let ends: Vec<&End> = ends.filter(|end| self.chain.contains(&end.chain)).collect();
        let chains: Vec<&str> = ends.iter().map(|end| end.chain.as_str()).collect();
        let seqs: Vec<i64> = ends.iter().map(|end| end.seq).collect();
        let hashes: Vec<&[u8]> = ends.iter().map(|end| &end.hash[..]).collect();
        let count = i64::try_from(self.tokens.len()).unwrap_or(i64::MAX);
        let written = session.ask(
            WRITE,
            &[
                &column(|row| row.no),
                &states,
                &column(|row| row.old.0),
                &column(|row| row.old.1),
                &column(|row| row.new.0),
                &column(|row| row.new.1),
                &column(|row| row.drift[0]),
                &column(|row| row.drift[1]),
                &column(|row| row.drift[2]),
                &self.kept.institution_no,
                &self.kept.request_id,
                &self.kept.digest,
                &self.kept.verdict,
                &self.kept.wrong_left,
                &self.kept.at,
                &self.chain,
                &self.seq,
                &self.action,
                &self.object,
                &self.detail,
                &self.prev_hash,
                &self.hash,
                &chains,
                &seqs,
                &hashes,
                &count,
                &uses,
                &asked,
                &newest,
                &column(|row| row.look_beyond),
                &self.at,
                &self.outcome,
                &self.first,
            ],
        );
        written.map(drop)
    }
}
