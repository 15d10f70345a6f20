//! Owns the last questions about a token in use, as its row keeps them: eight entries of 38 bytes, newest first.
//! Refuses to know what was asked: an ID, a keyed digest and the answer are all there is.
//! Invariant: an entry leaves the row only when it is too old to be repeated, or for a row of `request`.

use warifu_core::ids::RequestId;
use warifu_core::time::{SECOND, UnixMillis};
use warifu_core::wire::bank::{Answer, Verdict};

use super::requests::{Earlier, Question, REMEMBER};

/// The request ID (16), the digest (16), seconds since 1970 (4, big-endian, until the year 2106), the verdict's number,
/// and how many tries were left, or [`NONE`].
const ENTRY: usize = 38;
const KEPT: usize = 8;
const NONE: u8 = 255;

/// An entry that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) request_id: RequestId,
    pub(super) digest: [u8; 16],
    pub(super) at: UnixMillis,
    pub(super) answer: Answer,
}

/// A row's entries with a new one, and those that have no room in it any more but may still be repeated.
pub(super) struct With {
    pub(super) kept: Vec<u8>,
    pub(super) spilled: Vec<Entry>,
}

/// Whether the bytes are what [`with`] makes.
pub(super) fn is_sound(kept: &[u8]) -> bool {
    kept.len().is_multiple_of(ENTRY) && kept.chunks_exact(ENTRY).all(|bytes| read(bytes).is_some())
}

/// What the entries say about a question.
pub(super) fn find(kept: &[u8], question: &Question, now: UnixMillis) -> Option<Earlier> {
    let mut same = kept.chunks_exact(ENTRY).filter(|bytes| bytes.starts_with(question.request_id.as_bytes()));
    let entry = same.find_map(read).filter(|entry| !is_old(entry, now))?;
    Some(if entry.digest == question.digest { Earlier::Verdict(entry.answer) } else { Earlier::Conflict })
}

/// The newest question's ID, if there is one. A row that has another was written meanwhile.
pub(super) fn newest(kept: &[u8]) -> Option<&[u8]> {
    kept.get(..16)
}

/// Adds the answer to a question, dropping what is too old.
pub(super) fn with(kept: &[u8], question: &Question, answer: &Answer, now: UnixMillis) -> With {
    let seconds = u32::try_from(now.0.max(0) / SECOND).unwrap_or(u32::MAX);
    let verdict =
        Verdict::ALL.iter().position(|one| *one == answer.verdict).expect("the list holds every word");
    let mut bytes = Vec::with_capacity(KEPT * ENTRY);
    bytes.extend_from_slice(question.request_id.as_bytes());
    bytes.extend_from_slice(&question.digest);
    bytes.extend_from_slice(&seconds.to_be_bytes());
    bytes.push(u8::try_from(verdict).expect("no list has 256 words"));
    bytes.push(answer.wrong_left.unwrap_or(NONE));
    let mut spilled = Vec::new();
    for older in kept.chunks_exact(ENTRY) {
        match read(older) {
            Some(entry) if is_old(&entry, now) => {}
            Some(entry) if bytes.len() == KEPT * ENTRY => spilled.push(entry),
            _ => bytes.extend_from_slice(older),
        }
    }
    With { kept: bytes, spilled }
}

/// The answer to a question as an entry.
pub(super) fn entry(question: &Question, answer: Answer, now: UnixMillis) -> Entry {
    Entry { request_id: question.request_id, digest: question.digest, at: now, answer }
}

fn is_old(entry: &Entry, now: UnixMillis) -> bool {
    entry.at <= now.plus(-REMEMBER)
}

fn read(bytes: &[u8]) -> Option<Entry> {
    let (request_id, rest) = bytes.split_first_chunk::<16>()?;
    let (digest, rest) = rest.split_first_chunk::<16>()?;
    let (seconds, rest) = rest.split_first_chunk::<4>()?;
    let &[verdict, left] = rest else { return None };
    let verdict = *Verdict::ALL.get(usize::from(verdict))?;
    let wrong_left = (left != NONE).then_some(left);
    Some(Entry {
        request_id: RequestId::from_bytes(*request_id),
        digest: *digest,
        at: UnixMillis(i64::from(u32::from_be_bytes(*seconds)) * SECOND),
        answer: Answer { verdict, wrong_left, clock_off_s: None },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

    fn question(id: u8, digest: u8) -> Question {
        Question {
            institution_no: 1,
            member_id: "m-1".parse().unwrap(),
            request_id: RequestId::from_bytes([id; 16]),
            digest: [digest; 16],
        }
    }

    fn wrong(left: u8) -> Answer {
        Answer { verdict: Verdict::Wrong, wrong_left: Some(left), clock_off_s: None }
    }

    #[test]
    fn every_answer_is_found_by_its_question_and_another_question_is_a_conflict() {
        let mut kept = Vec::new();
        let answers: Vec<Answer> = Verdict::ALL
            .iter()
            .map(|verdict| Answer { verdict: *verdict, wrong_left: None, clock_off_s: None })
            .chain([wrong(0)])
            .collect();
        for (id, answer) in (0..).zip(&answers) {
            kept = with(&kept, &question(id, id), answer, NOW).kept;
        }
        assert!(is_sound(&kept));
        for (id, answer) in (0..).zip(&answers) {
            assert_eq!(find(&kept, &question(id, id), NOW), Some(Earlier::Verdict(*answer)));
            assert_eq!(find(&kept, &question(id, 99), NOW), Some(Earlier::Conflict));
        }
        assert_eq!(find(&kept, &question(99, 99), NOW), None);
        assert_eq!(newest(&kept), Some(&[u8::try_from(answers.len() - 1).unwrap(); 16][..]));
        assert_eq!(newest(&[]), None);
    }

    #[test]
    fn a_ninth_answer_spills_the_oldest_unless_that_is_a_week_old() {
        let fill = |from: UnixMillis| {
            (1..=8u8).fold(Vec::new(), |kept, id| {
                let with = with(&kept, &question(id, id), &wrong(id), from.plus(i64::from(id) * SECOND));
                assert!(with.spilled.is_empty());
                with.kept
            })
        };
        let full = fill(NOW);
        let ninth = with(&full, &question(9, 9), &wrong(9), NOW.plus(20 * SECOND));
        let spilled = Entry {
            request_id: RequestId::from_bytes([1; 16]),
            digest: [1; 16],
            at: NOW.plus(SECOND),
            answer: wrong(1),
        };
        assert_eq!((ninth.kept.len(), ninth.spilled), (full.len(), vec![spilled]));
        assert_eq!(find(&ninth.kept, &question(1, 1), NOW), None);
        let later = NOW.plus(REMEMBER + 5 * SECOND);
        assert_eq!(find(&full, &question(5, 5), later), None);
        assert_eq!(find(&full, &question(6, 6), later), Some(Earlier::Verdict(wrong(6))));
        let ninth = with(&full, &question(9, 9), &wrong(9), later);
        assert_eq!((ninth.kept.len(), ninth.spilled), (4 * ENTRY, vec![]));
    }

    #[test]
    fn damaged_bytes_are_seen() {
        let kept = with(&[], &question(1, 1), &wrong(1), NOW).kept;
        let mut unknown = kept.clone();
        unknown[36] = 200;
        for damaged in [&kept[1..], &unknown, &[kept.as_slice(), &[0]].concat()] {
            assert!(!is_sound(damaged));
        }
    }
}
