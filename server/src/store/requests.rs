//! Owns what was answered to which question of an institution, apart from codes about a token in use: those stand in
//! the token's own row (`asked`).
//! Refuses to know the question: only its keyed digest is kept, so no code and no password is ever stored.
//! Invariant: one request ID of a member has one question and one answer.

use warifu_core::ids::{MemberId, RequestId};
use warifu_core::time::{DAY, UnixMillis};
use warifu_core::wire::bank::{Answer, Verdict};

use super::asked::{self, Entry};
use super::{Row, StoreError, Tx, tokens, values};

/// For how long a repeated question gets its old answer, milliseconds.
pub(super) const REMEMBER: i64 = 7 * DAY;

/// A question: who asks under which ID about whom, and the keyed digest of what.
#[derive(Clone)]
pub(crate) struct Question {
    pub(crate) institution_no: i64,
    pub(crate) member_id: MemberId,
    pub(crate) request_id: RequestId,
    pub(crate) digest: [u8; 16],
}

/// What an earlier question under the same ID says about this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Earlier {
    /// It was the same, and got this verdict.
    Verdict(Answer),
    /// It was the same, and made this issue.
    Issue(i64),
    /// It was the same, and was carried out.
    Done,
    /// It was another question.
    Conflict,
}

/// What to keep of an answer.
#[derive(Clone, Copy)]
pub(crate) enum Kept {
    Verdict(Answer),
    Issue(i64),
    Done,
}

/// Looks everywhere: among what stands in no token's row, and in the rows of all tokens that the member has or had.
pub(crate) fn earlier(
    tx: &Tx<'_>,
    question: &Question,
    now: UnixMillis,
) -> Result<Option<Earlier>, StoreError> {
    const SQL: &str = "SELECT request_id, digest, verdict, wrong_left, issue_no FROM request
        WHERE institution_no = $1 AND request_id = $2";
    let key = values![question.institution_no, &question.request_id];
    if let Some(found) = tx.row("request", SQL, key, |row| read_earlier(row, question, "issue_no"))? {
        return Ok(Some(found));
    }
    let kept = tokens::asked_of_member(tx, question.institution_no, &question.member_id)?;
    Ok(kept.iter().find_map(|kept| asked::find(kept, question, now)))
}

/// What a row says about the question; `issue` is the column of the issue that was made.
pub(super) fn read_earlier(
    row: &Row<'_>,
    question: &Question,
    issue: &'static str,
) -> Result<Earlier, StoreError> {
    // Both digests are keyed by the centre: how far they agree tells a caller nothing about the other code.
    // Rows of earlier versions hold twice as much of it.
    if row.blob("digest")?.get(..16) != Some(&question.digest) {
        return Ok(Earlier::Conflict);
    }
    if let Some(no) = row.maybe_int(issue)? {
        return Ok(Earlier::Issue(no));
    }
    let Some(verdict) = row.maybe_text("verdict")? else { return Ok(Earlier::Done) };
    let verdict = Verdict::from_word(verdict).ok_or_else(|| row.bad("verdict", "an unknown word"))?;
    let wrong_left = match row.maybe_int("wrong_left")? {
        Some(_) => Some(row.small("wrong_left")?),
        None => None,
    };
    Ok(Earlier::Verdict(Answer { verdict, wrong_left, clock_off_s: None }))
}

/// What a new row holds; the two that keep one differ in what an ID that was used means.
macro_rules! insert {
    ($end:literal) => {
        concat!(
            "INSERT INTO request (institution_no, request_id, digest, verdict, wrong_left, issue_no, at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)",
            $end
        )
    };
}

/// Keeps the answer to a question that was just looked for and had none. Until it is too old to be repeated, codes of
/// the member's token in use are looked for here too.
pub(crate) fn keep(tx: &Tx<'_>, question: &Question, kept: Kept, now: UnixMillis) -> Result<(), StoreError> {
    let Question { institution_no, member_id, request_id, digest } = question;
    insert(tx, insert!(""), (*institution_no, request_id, digest), kept, now)?;
    tokens::look_beyond_of_member(tx, *institution_no, member_id, now.plus(REMEMBER))
}

/// Keeps what has no room in the row of that token any more.
pub(super) fn keep_spilled(
    tx: &Tx<'_>,
    question: &Question,
    token_no: i64,
    spilled: &[Entry],
) -> Result<(), StoreError> {
    let sql = insert!(" ON CONFLICT (institution_no, request_id) DO NOTHING");
    for Entry { request_id, digest, at, answer } in spilled {
        insert(tx, sql, (question.institution_no, request_id, digest), Kept::Verdict(*answer), *at)?;
        tokens::look_beyond(tx, token_no, at.plus(REMEMBER))?;
    }
    Ok(())
}

fn insert(
    tx: &Tx<'_>,
    sql: &'static str,
    (institution_no, request_id, digest): (i64, &RequestId, &[u8; 16]),
    kept: Kept,
    now: UnixMillis,
) -> Result<usize, StoreError> {
    let (verdict, wrong_left, issue) = match kept {
        Kept::Verdict(answer) => (Some(answer.verdict.as_str()), answer.wrong_left, None),
        Kept::Issue(no) => (None, None, Some(no)),
        Kept::Done => (None, None, None),
    };
    tx.execute(sql, values![institution_no, request_id, digest, verdict, wrong_left, issue, now])
}

/// A question's place in the order of the table.
pub(crate) type Place = (i64, [u8; 16]);

/// Of the next `limit` questions after `place` those that are too old to be repeated, and where to go on: nothing at
/// the end of the table.
pub(crate) fn too_old(
    tx: &Tx<'_>,
    (institution_no, request_id): Place,
    now: UnixMillis,
    limit: i64,
) -> Result<(Vec<Place>, Option<Place>), StoreError> {
    const SQL: &str = "SELECT request_id, institution_no, at FROM request
        WHERE (institution_no, request_id) > ($1, $2) ORDER BY institution_no, request_id LIMIT $3";
    let seen = tx.rows("request", SQL, values![institution_no, &request_id, limit], |row| {
        Ok(((row.int("institution_no")?, row.bytes("request_id")?), row.moment("at")?))
    })?;
    let end = now.plus(-REMEMBER);
    let last = seen.last().map(|(place, _)| *place).filter(|_| i64::try_from(seen.len()) == Ok(limit));
    Ok((seen.into_iter().filter(|(_, at)| *at <= end).map(|(place, _)| place).collect(), last))
}

/// Forgets a question that is too old to be repeated; whether it was.
pub(crate) fn forget(
    tx: &Tx<'_>,
    (institution_no, request_id): Place,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    const SQL: &str = "DELETE FROM request WHERE institution_no = $1 AND request_id = $2 AND at <= $3";
    Ok(tx.execute(SQL, values![institution_no, &request_id, now.plus(-REMEMBER)])? == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[tokio::test(flavor = "multi_thread")]
    async fn old_questions_are_found_slice_by_slice_and_young_ones_stay() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(&folder.path().join("warifu.db")).unwrap();
        let now = UnixMillis(REMEMBER + 100);
        let fill = store.write(|tx| {
            const SQL: &str = "INSERT INTO institution (no, service_id, name, name_kana, wrong_limit, valid_months,
                dek_id, created_at) VALUES (1, '10112235', '仙北信用組合', 'センポクシンヨウクミアイ', 5, 62, 1, 0)";
            tx.execute(SQL, &[])?;
            for at in 1..=110u8 {
                let request_id = RequestId::from_bytes([at; 16]);
                let member_id = "m-1".parse().unwrap();
                let question = Question { institution_no: 1, member_id, request_id, digest: [0; 16] };
                keep(tx, &question, Kept::Done, UnixMillis(at.into()))?;
            }
            Ok::<_, StoreError>(())
        });
        fill.await.unwrap();
        let mut place = (0, [0; 16]);
        for (seen, goes_on) in [(40, true), (40, true), (20, false)] {
            let (old, next) = store.read(|tx| too_old(tx, place, now, 40)).unwrap();
            assert_eq!((old.len(), next.is_some()), (seen, goes_on));
            place = next.unwrap_or(place);
            let gone = store.write(move |tx| {
                let gone = old.iter().map(|question| forget(tx, *question, now));
                gone.collect::<Result<Vec<_>, StoreError>>()
            });
            assert!(gone.await.unwrap().iter().all(|gone| *gone));
        }
        let oldest = store.read(|tx| {
            tx.row("request", "SELECT min(at) AS at FROM request", values![], |row| row.int("at"))
        });
        assert_eq!(oldest.unwrap(), Some(101));
        let young = (1, [101; 16]);
        assert!(!store.write(move |tx| forget(tx, young, now)).await.unwrap());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_answer_that_an_earlier_version_kept_is_found_by_the_first_half_of_its_digest() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(&folder.path().join("warifu.db")).unwrap();
        let request_id = RequestId::from_bytes([1; 16]);
        let keep = store.write(move |tx| {
            const INSTITUTION: &str = "INSERT INTO institution (no, service_id, name, name_kana, wrong_limit,
                valid_months, dek_id, created_at)
                VALUES (1, '10112235', '仙北信用組合', 'センポクシンヨウクミアイ', 5, 62, 1, 0)";
            const SQL: &str = "INSERT INTO request (institution_no, request_id, digest, verdict, at)
                VALUES (1, $1, $2, 'used', 0)";
            tx.execute(INSTITUTION, &[])?;
            tx.execute(SQL, values![&request_id, &[7; 32]])
        });
        keep.await.unwrap();
        let ask = |digest| {
            let member_id = "m-1".parse().unwrap();
            let question = Question { institution_no: 1, member_id, request_id, digest };
            store.read(|tx| earlier(tx, &question, UnixMillis(1))).unwrap()
        };
        let used = Answer { verdict: Verdict::Used, wrong_left: None, clock_off_s: None };
        assert_eq!(ask([7; 16]), Some(Earlier::Verdict(used)));
        assert_eq!(ask([8; 16]), Some(Earlier::Conflict));
    }
}
