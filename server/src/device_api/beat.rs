//! Owns when an answer of an initialisation leaves: on a beat, counted from the request's arrival.
//! Refuses to know what was found and whether it was refused.
//! Invariant: work that takes less than a beat cannot be told apart by how long it took.

use std::time::{Duration, Instant};

/// Longer than the longest of the cases (an open issue is charged and audited; an unknown ID is only counted), shorter
/// than a person notices.
const BEAT: Duration = Duration::from_millis(25);

/// Does the work, then waits for the next beat.
pub(super) async fn on_the_beat<T>(work: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let done = work.await;
    tokio::time::sleep_until((began + next_beat(began.elapsed())).into()).await;
    done
}

/// The first beat after `elapsed`.
fn next_beat(elapsed: Duration) -> Duration {
    let beats = elapsed.as_nanos() / BEAT.as_nanos() + 1;
    BEAT.saturating_mul(u32::try_from(beats).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_leaves_on_a_whole_beat_after_its_work() {
        let millis = |n| next_beat(Duration::from_millis(n)).as_millis();
        assert_eq!(
            [millis(0), millis(1), millis(24), millis(25), millis(26), millis(60)],
            [25, 25, 25, 50, 50, 75]
        );
    }
}
