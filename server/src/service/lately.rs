//! Owns which question each of the last request IDs of codes was used for, in memory, for one thing: to tell a caller
//! that uses an ID for two members.
//! Refuses to be what once-only rests on: that is in the tables, and holds without this.
//! Invariant: it takes the same memory however many codes come.

use std::sync::{Mutex, PoisonError};

use crate::store::requests::Question;

/// How many IDs have a place. Two that fall on the same place displace each other.
const PLACES: usize = 1 << 16;

/// What a place remembers: an ID of an institution, and the first half of what it was used for.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    institution_no: i64,
    request_id: [u8; 16],
    digest: [u8; 8],
}

/// The last questions.
pub(crate) struct Lately(Mutex<Vec<Option<Place>>>);

impl Default for Lately {
    fn default() -> Self {
        Self(Mutex::new(vec![None; PLACES]))
    }
}

impl Lately {
    /// Whether the ID was lately used for another question.
    pub(super) fn was_another(&self, question: &Question) -> bool {
        let (at, now) = place(question);
        let before = self.0.lock().unwrap_or_else(PoisonError::into_inner)[at];
        before.is_some_and(|before| {
            before != now
                && (before.institution_no, before.request_id) == (now.institution_no, now.request_id)
        })
    }

    /// Remembers a question that was answered.
    pub(super) fn remember(&self, question: &Question) {
        let (at, now) = place(question);
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(now);
    }
}

/// Callers draw IDs at random, so any part of one spreads them.
fn place(question: &Question) -> (usize, Place) {
    let request_id = *question.request_id.as_bytes();
    let [.., last, next, end] = request_id;
    let at = (usize::from(last) << 16 | usize::from(next) << 8 | usize::from(end)) % PLACES;
    let digest = *question.digest.first_chunk().expect("a digest is longer than that");
    (at, Place { institution_no: question.institution_no, request_id, digest })
}

#[cfg(test)]
mod tests {
    use warifu_core::ids::RequestId;

    use super::*;

    fn question(institution_no: i64, id: [u8; 16], digest: u8) -> Question {
        let member_id = "m-1".parse().unwrap();
        Question { institution_no, member_id, request_id: RequestId::from_bytes(id), digest: [digest; 16] }
    }

    #[test]
    fn an_id_that_was_used_for_another_question_is_known_until_it_is_displaced() {
        let lately = Lately::default();
        let id = [1; 16];
        assert!(!lately.was_another(&question(1, id, 7)));
        lately.remember(&question(1, id, 7));
        assert!(!lately.was_another(&question(1, id, 7)));
        assert!(lately.was_another(&question(1, id, 8)));
        assert!(!lately.was_another(&question(2, id, 8)));
        let mut other = id;
        other[0] = 2;
        assert!(!lately.was_another(&question(1, other, 8)));
        lately.remember(&question(1, other, 8));
        assert!(!lately.was_another(&question(1, id, 8)));
    }
}
