//! Owns the last uses of a token as its row keeps them: sixteen entries of six bytes, newest first.
//! Refuses to know codes, members and devices.
//! Invariant: what was added last is read first; the bytes never grow beyond sixteen entries.

use crate::time::{SECOND, UnixMillis};
use crate::wire::bank::{TokenUse, USES_KEPT, UsePurpose, Verdict};

/// Seconds since 1970 (big-endian, until the year 2106), the purpose's and the result's number.
const ENTRY: usize = 6;

/// Adds a use in front of `kept`, dropping what is beyond sixteen. The moment loses its milliseconds.
#[must_use]
pub fn with_use(kept: &[u8], new: &TokenUse) -> Vec<u8> {
    let seconds = u32::try_from(new.at.0.max(0) / SECOND).unwrap_or(u32::MAX);
    let older = &kept[..kept.len().min((USES_KEPT - 1) * ENTRY)];
    let mut uses = Vec::with_capacity(ENTRY + older.len());
    uses.extend_from_slice(&seconds.to_be_bytes());
    uses.extend_from_slice(&[number(UsePurpose::ALL, new.purpose), number(Verdict::ALL, new.result)]);
    uses.extend_from_slice(older);
    uses
}

/// The uses, newest first.
///
/// # Errors
/// `None` when the bytes are not what [`with_use`] makes.
#[must_use]
pub fn read_uses(kept: &[u8]) -> Option<Vec<TokenUse>> {
    if !kept.len().is_multiple_of(ENTRY) || kept.len() > USES_KEPT * ENTRY {
        return None;
    }
    kept.chunks_exact(ENTRY)
        .map(|entry| {
            let (seconds, words) = entry.split_first_chunk::<4>()?;
            Some(TokenUse {
                at: UnixMillis(i64::from(u32::from_be_bytes(*seconds)) * SECOND),
                purpose: *UsePurpose::ALL.get(usize::from(*words.first()?))?,
                result: *Verdict::ALL.get(usize::from(*words.get(1)?))?,
            })
        })
        .collect()
}

/// A word's place in its list: lists of words only ever grow at their end.
fn number<T: PartialEq>(all: &[T], word: T) -> u8 {
    let at = all.iter().position(|one| *one == word).expect("the list holds every word");
    u8::try_from(at).expect("no list has 256 words")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn use_at(second: i64, result: Verdict) -> TokenUse {
        TokenUse { at: UnixMillis(second * SECOND), purpose: UsePurpose::Transfer, result }
    }

    #[test]
    fn the_last_sixteen_uses_are_kept_newest_first() {
        let kept = (1..=20).fold(Vec::new(), |kept, second| {
            with_use(&kept, &use_at(second, if second % 2 == 0 { Verdict::Accepted } else { Verdict::Wrong }))
        });
        assert_eq!(kept.len(), USES_KEPT * ENTRY);
        let uses = read_uses(&kept).unwrap();
        assert_eq!(uses.first(), Some(&use_at(20, Verdict::Accepted)));
        assert_eq!(uses.last(), Some(&use_at(5, Verdict::Wrong)));
    }

    #[test]
    fn every_purpose_and_result_comes_back() {
        for purpose in UsePurpose::ALL {
            for result in Verdict::ALL {
                let one = TokenUse { at: UnixMillis(1_700_000_000_000), purpose: *purpose, result: *result };
                assert_eq!(read_uses(&with_use(&[], &one)), Some(vec![one]));
            }
        }
    }

    #[test]
    fn numbers_of_words_stay_what_they_are_in_rows() {
        let first = TokenUse {
            at: UnixMillis(SECOND),
            purpose: UsePurpose::Signature,
            result: Verdict::NotRegistered,
        };
        assert_eq!(with_use(&[], &first), [0, 0, 0, 1, 6, 6]);
    }

    #[test]
    fn damaged_bytes_are_refused() {
        for damaged in [&[0; 5][..], &[0; 102], &[0, 0, 0, 1, 7, 0], &[0, 0, 0, 1, 0, 7]] {
            assert_eq!(read_uses(damaged), None);
        }
    }
}
