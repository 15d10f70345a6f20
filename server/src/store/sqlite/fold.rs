//! Owns the folding of SQLite's log back into the file, on a thread of its own.
//! Refuses to hold up codes for longer than a short rest of the log takes.
//! Invariant: the log is folded to its end again and again, however busy the writer is, and so stays bounded.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::super::StoreError;
use super::lock;
use super::writer::Writer;

/// After how many changed rows the log is folded: rarer folds write a page that changed twice only once.
const DUE: u64 = 30_000;
/// A rest of this many pages is folded while the writer waits.
const REST: i64 = 300;
/// How often the bulk is tried beside the writer before it has to wait for more than that.
const TRIES: usize = 8;

/// What the thread is told.
enum Order {
    Fold,
    End,
}

/// Wakes the thread that folds.
#[derive(Clone)]
pub(super) struct Bell {
    rope: SyncSender<Order>,
    /// The writer's count of changed rows when it was rung last.
    rung_at: Arc<AtomicU64>,
}

impl Bell {
    pub(super) fn ring_when_due(&self, writer: &Writer) {
        let changed = writer.changed_rows();
        if changed.saturating_sub(self.rung_at.load(Ordering::Relaxed)) >= DUE {
            self.rung_at.store(changed, Ordering::Relaxed);
            // It folds already: what is new is folded along.
            let _ = self.rope.try_send(Order::Fold);
        }
    }
}

/// The thread that folds.
pub(super) struct Fold {
    bell: Bell,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Fold {
    pub(super) fn start(db: Connection, writer: Arc<Mutex<Writer>>) -> Result<Self, StoreError> {
        let (rope, rung) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("store-fold".to_owned())
            .spawn(move || fold_when_rung(&db, &writer, &rung));
        let thread = thread.map_err(|why| StoreError::Commit(why.to_string()))?;
        let bell = Bell { rope, rung_at: Arc::default() };
        Ok(Self { bell, thread: Mutex::new(Some(thread)) })
    }

    pub(super) fn bell(&self) -> &Bell {
        &self.bell
    }

    /// Ends the thread, after what it folds.
    pub(super) fn end(&self) {
        let told = self.bell.rope.send(Order::End);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if told.is_ok()
            && let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the thread that folds the log had panicked");
        }
    }
}

fn fold_when_rung(db: &Connection, writer: &Mutex<Writer>, rung: &Receiver<Order>) {
    while matches!(rung.recv(), Ok(Order::Fold)) {
        if let Err(why) = fold(db, writer) {
            tracing::warn!(%why, "the log could not be folded; it is tried again later");
        }
    }
}

/// The bulk beside the writer, the rest while it waits: only a log that is folded to its end begins anew.
fn fold(db: &Connection, writer: &Mutex<Writer>) -> rusqlite::Result<()> {
    for _ in 0..TRIES {
        if rest_after_fold(db)? <= REST {
            break;
        }
    }
    let _writer = lock(writer);
    rest_after_fold(db).map(drop)
}

/// Folds what is there; how many pages came meanwhile.
fn rest_after_fold(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
        Ok(row.get::<_, i64>("log")? - row.get::<_, i64>("checkpointed")?)
    })
}
