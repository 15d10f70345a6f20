//! Owns the statements of a group that look: at the rows of tokens in use, and everywhere for what stands elsewhere.
//! Refuses to decide what is written.
//! Invariant: what is found about a code was read in one statement; whether it still holds, the write's guards decide.

use super::session::Session;
use crate::store::asked;
use crate::store::requests::{Earlier, read_earlier};
use crate::store::row::Cells;
use crate::store::tokens::{self, Token};
use crate::store::verification::Job;
use crate::store::{Row, StoreError};

/// What a look at a job's rows found.
pub(super) enum Seen {
    /// The same request ID was answered.
    Before(Earlier),
    /// The member's token that counts.
    Now(Option<Box<Token>>),
}

/// The token that was seen.
pub(super) trait SeenToken {
    fn token(&self) -> Option<&Token>;
}

impl SeenToken for Result<Seen, StoreError> {
    fn token(&self) -> Option<&Token> {
        match self {
            Ok(Seen::Now(token)) => token.as_deref(),
            _ => None,
        }
    }
}

/// Most members have a token in use whose row holds all that was asked about it: found by its own index, without
/// sorting, and without a look at the member's other tokens or into `request`.
const IN_USE: &str =
    "SELECT t.* FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS q (institution_no, member_id, n)
    LEFT JOIN LATERAL (SELECT * FROM token WHERE token.institution_no = q.institution_no
        AND token.member_id = q.member_id AND token.state IN ('active', 'suspended') LIMIT 1) t ON true
    ORDER BY q.n";

/// All tables are asked row by row. A join would leave the planner the choice to read a table that was empty when it
/// last looked, and to go on reading all of it while it grows.
const EVERYWHERE: &str =
    "SELECT t.*, r.request_id, r.digest, r.verdict, r.wrong_left, r.made_issue, o.asked_of_others
    FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::bigint[])
        WITH ORDINALITY AS q (institution_no, member_id, request_id, at, n)
    LEFT JOIN LATERAL (SELECT request_id, digest, verdict, wrong_left, issue_no AS made_issue FROM request
        WHERE request.institution_no = q.institution_no AND request.request_id = q.request_id LIMIT 1) r ON true
    LEFT JOIN LATERAL (SELECT * FROM token WHERE token.institution_no = q.institution_no
        AND token.member_id = q.member_id
        ORDER BY (token.state IN ('active', 'suspended')) DESC, token.no DESC LIMIT 1) t ON true
    LEFT JOIN LATERAL (SELECT string_agg(token.asked, ''::bytea) AS asked_of_others FROM token
        WHERE token.institution_no = q.institution_no AND token.member_id = q.member_id AND token.no <> t.no
        AND (t.state <> 'active' OR t.look_beyond > q.at)) o ON true
    ORDER BY q.n";

/// The rows of all jobs: one round trip, and one more for those of which something may stand elsewhere. A damaged row
/// fails its own job.
pub(super) fn look(session: &mut Session, jobs: &[Job]) -> Result<Vec<Result<Seen, StoreError>>, StoreError> {
    let institutions: Vec<i64> = jobs.iter().map(|job| job.institution.no).collect();
    let members: Vec<&str> = jobs.iter().map(|job| job.question.member_id.as_str()).collect();
    let rows = session.ask(IN_USE, &[&institutions, &members])?;
    if rows.len() != jobs.len() {
        return Err(StoreError::Lost);
    }
    let in_use: Vec<_> = jobs.iter().zip(&rows).map(|(job, row)| in_use(job, row)).collect();
    let unsure = jobs.iter().zip(&in_use).filter(|(_, seen)| seen.is_none()).map(|(job, _)| job).collect();
    let mut elsewhere = everywhere(session, unsure)?.into_iter();
    let seen =
        in_use.into_iter().map(|seen| seen.or_else(|| elsewhere.next()).unwrap_or(Err(StoreError::Lost)));
    Ok(seen.collect())
}

/// What the row of a token in use says; nothing when something may stand elsewhere.
fn in_use(job: &Job, row: &postgres::Row) -> Option<Result<Seen, StoreError>> {
    let row = Row::of("token", Cells::Postgres(row));
    let seen = || {
        let token = token(&row)?.filter(|token| token.holds_all_asked(job.now));
        let found = token.as_ref().and_then(|token| asked::find(&token.asked, &job.question, job.now));
        Ok(found.map(Seen::Before).or_else(|| token.map(|token| Seen::Now(Some(Box::new(token))))))
    };
    seen().transpose()
}

fn everywhere(session: &mut Session, jobs: Vec<&Job>) -> Result<Vec<Result<Seen, StoreError>>, StoreError> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let institutions: Vec<i64> = jobs.iter().map(|job| job.institution.no).collect();
    let members: Vec<&str> = jobs.iter().map(|job| job.question.member_id.as_str()).collect();
    let requests: Vec<&[u8]> = jobs.iter().map(|job| &job.question.request_id.as_bytes()[..]).collect();
    let moments: Vec<i64> = jobs.iter().map(|job| job.now.0).collect();
    let rows = session.ask(EVERYWHERE, &[&institutions, &members, &requests, &moments])?;
    if rows.len() != jobs.len() {
        return Err(StoreError::Lost);
    }
    let read = |(job, row): (&Job, &postgres::Row)| {
        let row = Row::of("token", Cells::Postgres(row));
        if row.maybe_blob("request_id")?.is_some() {
            return read_earlier(&row, &job.question, "made_issue").map(Seen::Before);
        }
        let token = token(&row)?;
        let of_others = row.maybe_blob("asked_of_others")?.unwrap_or_default();
        let own = token.as_ref().map(|token| token.asked.as_slice()).unwrap_or_default();
        let found = [own, of_others].into_iter().find_map(|kept| asked::find(kept, &job.question, job.now));
        Ok(found.map_or_else(|| Seen::Now(token.map(Box::new)), Seen::Before))
    };
    Ok(jobs.into_iter().zip(&rows).map(read).collect())
}

fn token(row: &Row<'_>) -> Result<Option<Token>, StoreError> {
    row.maybe_int("no")?.is_some().then(|| tokens::read(row)).transpose()
}
