//! Owns how many start passwords are stretched at a time.
//! Refuses to know passwords.
//! Invariant: memory for stretching is bounded; who finds the queue full is told to come back, at once.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::config::Limits;
use crate::edge::{Failure, Refused};

/// Runs Argon2 on blocking threads, a few at a time.
pub(crate) struct Stretching {
    places: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

impl Stretching {
    pub(crate) fn new(limits: &Limits) -> Self {
        let places = limits.stretching.saturating_add(limits.stretching_queue).min(Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(places)),
            running: Arc::new(Semaphore::new(limits.stretching)),
        }
    }

    /// Waits for its turn and does the work; refuses when too many wait already.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        const OPEN: &str = "the semaphore is never closed";
        let place = self.places.clone().try_acquire_owned().map_err(|_| Refused::BUSY)?;
        let turn = self.running.clone().acquire_owned().await.expect(OPEN);
        let done = tokio::task::spawn_blocking(move || {
            // Held until the work ends, even when nobody waits for it any more.
            let _held = (place, turn);
            work()
        });
        done.await.map_err(|_| Failure::Internal("stretching panicked".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_finds_the_queue_full_is_told_to_come_back() {
        let limits = Limits { stretching: 1, stretching_queue: 0, ..Limits::default() };
        let stretching = Stretching::new(&limits);
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let first = stretching.run(move || wait.recv().is_ok());
        tokio::pin!(first);
        assert!(
            std::future::poll_fn(|cx| std::task::Poll::Ready(first.as_mut().poll(cx).is_pending())).await
        );
        assert!(matches!(stretching.run(|| ()).await, Err(Failure::Refused(_))));
        go.send(()).unwrap();
        assert!(first.await.unwrap());
        assert!(stretching.run(|| ()).await.is_ok());
    }
}
