//! Owns what a supervisor asks: does the process live, can it serve, is its clock right.
//! Refuses to tell anything else: both pages are public.
//! Invariant: ready means that the database was just read; a clock that is off is told, and never by itself ends the service.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::State;
use tokio::sync::watch;

use crate::app::App;
use crate::edge::Failure;
use crate::store::{StoreError, institutions};

/// How far this machine's clock may be from the database's, milliseconds.
const TOLERATED: i64 = 2_000;
/// How often it is looked at when nobody asks.
const PERIOD: Duration = Duration::from_secs(60);

/// Whether the log has been told that the clock is off.
#[derive(Default)]
pub(crate) struct Told(AtomicBool);

/// `GET /health/live`: the process answers.
pub(crate) async fn live() -> &'static str {
    "live\n"
}

/// `GET /health/ready`: the database answers. One more line when this machine's clock and the database's disagree.
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Result<String, Failure> {
    app.store.read(institutions::all)?;
    Ok(match clock_off(&app)? {
        Some(off) => format!("ready\nclock_off_ms={off}\n"),
        None => "ready\n".to_owned(),
    })
}

/// Tells the log of a clock that is off, until `stopped` says so.
pub(crate) async fn watch(app: &App, mut stopped: watch::Receiver<bool>) {
    loop {
        if let Err(why) = clock_off(app) {
            tracing::debug!(%why, "the database's clock cannot be read");
        }
        tokio::select! {
            () = tokio::time::sleep(PERIOD) => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
    }
}

/// By how many milliseconds this clock is ahead of the database's, when that is more than is tolerated.
fn clock_off(app: &App) -> Result<Option<i64>, StoreError> {
    let before = app.clock.now().0;
    let Some(there) = app.store.clock()? else { return Ok(None) };
    let off = off(before, there, app.clock.now().0);
    let was_told = app.told_clock.0.swap(off.is_some(), Ordering::Relaxed);
    match off {
        Some(clock_off_ms) if !was_told => {
            tracing::warn!(clock_off_ms, "this machine's clock and the database's disagree");
        }
        None if was_told => tracing::info!("this machine's clock and the database's agree again"),
        _ => {}
    }
    Ok(off)
}

/// The database read its clock somewhere between `before` and `after`: half of that is what the figure may err by.
fn off(before: i64, there: i64, after: i64) -> Option<i64> {
    let off = i64::midpoint(before, after) - there;
    let may_err = (after - before).abs() / 2;
    (off.abs() > TOLERATED + may_err).then_some(off)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_off_only_by_more_than_two_seconds_and_the_error_of_asking() {
        assert_eq!(off(10_000, 10_000, 10_000), None);
        assert_eq!(off(12_000, 10_000, 12_000), None);
        assert_eq!(off(12_001, 10_000, 12_001), Some(2_001));
        assert_eq!(off(130_000, 10_000, 130_010), Some(120_005));
        assert_eq!(off(10_000, 130_000, 10_000), Some(-120_000));
        // An answer that took four seconds says nothing finer than two.
        assert_eq!(off(10_000, 8_500, 14_000), None);
        assert_eq!(off(10_000, 7_500, 14_000), Some(4_500));
    }
}
