//! Owns how the domain writes a moment.
//! Refuses to know what time it is.
//! Invariant: a moment is milliseconds since 1970-01-01 UTC, and may lie before it (a wrong clock is not a crash).

use serde::{Deserialize, Serialize};

/// A moment: milliseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = i64))]
pub struct UnixMillis(pub i64);

/// One second, in milliseconds.
pub const SECOND: i64 = 1_000;
/// One day, in milliseconds.
pub const DAY: i64 = 86_400 * SECOND;

impl UnixMillis {
    /// From whole seconds.
    pub fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(SECOND))
    }

    /// Whole seconds, rounded down.
    pub fn secs(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    /// This moment moved by `millis`, never past the ends of the scale.
    #[must_use]
    pub fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}
