//! Owns the SQLite file: one writer, a few connections that read, one that folds the log.
//! Refuses to know what is written.
//! Invariant: what is queued is committed together, in one transaction that is on the disk before anyone is answered.

mod fold;
mod writer;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use super::audit::Chains;
use super::tx::Db;
use super::verification::{Job, Settled};
use super::{StoreError, Tx, migrate};
use fold::Fold;
use writer::{NAME, Work, Writer, after_commit};

/// How much may wait for the writer before callers are told to come back.
const QUEUE: usize = 4_096;
/// How much is committed together at most.
const GROUP: usize = 512;
/// How many connections read.
const READERS: usize = 4;
/// A code changes single rows far apart: small pages make less to write of each. Only a new file takes this.
const PAGE_BYTES: i64 = 2_048;
/// What the writer and each reader keep of the file, KiB: the same with few tokens and with many. Enough for the upper
/// levels of every tree; SQLite looks through all of the writer's after each commit that split a page.
const WRITER_CACHE_KIB: i64 = 6_000;
const READER_CACHE_KIB: i64 = 1_000;

type Answer<T, E = StoreError> = oneshot::Sender<Result<T, E>>;

enum Task {
    Work(Work),
    Verify(Box<Job>, Answer<Settled>),
}

/// The SQLite arm of the store.
pub(crate) struct Sqlite {
    queue: Mutex<Option<SyncSender<Task>>>,
    writer: Arc<Mutex<Writer>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    fold: Fold,
    readers: Vec<Mutex<Connection>>,
    next_reader: AtomicUsize,
}

impl Sqlite {
    pub(super) fn open(file: &Path) -> Result<Self, StoreError> {
        let mut db = connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        db.pragma_update(None, "page_size", PAGE_BYTES)?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "foreign_keys", true)?;
        // What is erased is overwritten: password records and keys must not linger in free pages.
        db.pragma_update(None, "secure_delete", true)?;
        // The log is folded beside the writer.
        db.pragma_update(None, "wal_autocheckpoint", 0)?;
        db.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
        migrate::sqlite(&mut db)?;
        let mut readers = Vec::new();
        for _ in 0..READERS {
            let reader = connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            reader.pragma_update(None, "query_only", true)?;
            reader.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
            readers.push(Mutex::new(reader));
        }
        let writer = Arc::new(Mutex::new(Writer::new(db)));
        let fold = Fold::start(connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?, writer.clone())?;
        let (queue, tasks) = sync_channel(QUEUE);
        let (own, bell) = (writer.clone(), fold.bell().clone());
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || write_all(&own, &tasks, &bell));
        let thread = thread.map_err(|why| StoreError::Commit(why.to_string()))?;
        Ok(Self {
            queue: Mutex::new(Some(queue)),
            writer,
            thread: Mutex::new(Some(thread)),
            fold,
            readers,
            next_reader: AtomicUsize::new(0),
        })
    }

    /// Runs on the caller's thread: a few indexed rows take microseconds, less than a hop to another thread.
    pub(super) fn read<T, E: From<StoreError>>(
        &self,
        look: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let turn = self.next_reader.fetch_add(1, Ordering::Relaxed) % self.readers.len();
        let free =
            self.readers.iter().cycle().skip(turn).take(self.readers.len()).find_map(|r| r.try_lock().ok());
        let db = match free {
            Some(db) => db,
            None => self.readers[turn].lock().unwrap_or_else(PoisonError::into_inner),
        };
        // One transaction, so that several statements see one state.
        let tx = db.unchecked_transaction().map_err(StoreError::from)?;
        look(&Tx { db: Db::Sqlite(&tx), chains: &Chains::shared(NAME) })
    }

    pub(super) async fn write<T: Send + 'static, E: From<StoreError> + Send + 'static>(
        &self,
        mut work: impl FnMut(&Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let (answer, answered): (Answer<T, E>, _) = oneshot::channel();
        self.queue(Task::Work(Box::new(move |writer| {
            let done = writer.apart(|tx| work(tx));
            // The caller may have gone away: what was written stays written.
            Box::new(move |committed| drop(answer.send(after_commit(done, committed))))
        })))?;
        answered.await.map_err(|_| E::from(StoreError::Closed))?
    }

    pub(super) async fn settle(&self, job: Job) -> Result<Settled, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.queue(Task::Verify(Box::new(job), answer))?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    fn queue(&self, task: Task) -> Result<(), StoreError> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queue.as_ref().ok_or(StoreError::Closed)?;
        queue.try_send(task).map_err(|why| match why {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => StoreError::Closed,
        })
    }

    pub(super) fn close(&self) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return };
        if thread.join().is_err() {
            tracing::error!("the store's writer had panicked");
        }
        self.fold.end();
        lock(&self.writer).fold_all();
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.close();
    }
}

fn lock(writer: &Mutex<Writer>) -> MutexGuard<'_, Writer> {
    writer.lock().unwrap_or_else(PoisonError::into_inner)
}

fn connect(file: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let db = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(Duration::from_secs(10))?;
    db.set_prepared_statement_cache_capacity(128);
    // A plan never depends on what is bound: else SQLite would prepare a statement anew each time a bound state might
    // decide whether a partial index serves it.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(db)
}

/// The writer's life: takes what is queued, commits it, answers; ends when the queue is closed and empty.
fn write_all(writer: &Mutex<Writer>, tasks: &Receiver<Task>, bell: &fold::Bell) {
    while let Ok(first) = tasks.recv() {
        let writer = lock(writer);
        let (mut jobs, mut answers, mut work) = (Vec::new(), Vec::new(), Vec::new());
        // What came while the writer was taken goes along.
        for task in std::iter::once(first).chain(tasks.try_iter().take(GROUP - 1)) {
            match task {
                Task::Verify(job, answer) => {
                    jobs.push(*job);
                    answers.push(answer);
                }
                Task::Work(run) => work.push(run),
            }
        }
        let settled = writer.commit_together(&jobs, work);
        for (settled, answer) in settled.into_iter().zip(answers) {
            drop(answer.send(settled));
        }
        bell.ring_when_due(&writer);
    }
}
