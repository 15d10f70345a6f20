//! Owns the end of secrets on the stack: what was called before leaves its locals there until they are overwritten.
//! Refuses to know what they were.
//! Invariant: sweeping changes nothing that anyone still uses.

use std::hint::black_box;

use zeroize::Zeroize as _;

/// Deeper than anything that handles keys, and well within a thread's two megabytes.
const DEPTH: usize = 256 * 1024;

/// Wipes the stack below the caller. Wanted after the last call that had a key, in the frame that made the call.
#[inline(never)]
pub(crate) fn stack() {
    let mut below = [0_u8; DEPTH];
    below.zeroize();
    black_box(&below);
}
