//! Owns the SQLite file: one thread that writes, a few connections that read.
//! Refuses to know what is written.
//! Invariant: what is queued is committed together, in one transaction that is on the disk before anyone is answered.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use super::verification::{self, Job, Settled};
use super::{StoreError, Tx, migrate};

/// How much may wait for the writer before callers are told to come back.
const QUEUE: usize = 4_096;
/// How much is committed together at most.
const GROUP: usize = 512;
/// How many connections read.
const READERS: usize = 4;
/// SQLite's pages until the log is folded back: rarer folds keep the slowest answers fast.
const CHECKPOINT_PAGES: i64 = 20_000;

type Answer<T, E = StoreError> = oneshot::Sender<Result<T, E>>;

/// Called once the outcome of the commit is known.
type Reply = Box<dyn FnOnce(Result<(), String>) + Send>;

/// Runs inside the open transaction, and gives what to do when that has ended.
type Work = Box<dyn FnOnce(&Connection) -> Reply + Send>;

enum Task {
    Work(Work),
    Verify(Box<Job>, Answer<Settled>),
}

/// The SQLite arm of the store.
pub(crate) struct Sqlite {
    queue: Mutex<Option<SyncSender<Task>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    readers: Vec<Mutex<Connection>>,
    next_reader: AtomicUsize,
}

impl Sqlite {
    pub(super) fn open(file: &Path) -> Result<Self, StoreError> {
        let mut db = connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "foreign_keys", true)?;
        // What is erased is overwritten: password records and keys must not linger in free pages.
        db.pragma_update(None, "secure_delete", true)?;
        db.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        migrate::sqlite(&mut db)?;
        let mut readers = Vec::new();
        for _ in 0..READERS {
            let reader = connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            reader.pragma_update(None, "query_only", true)?;
            readers.push(Mutex::new(reader));
        }
        let (queue, tasks) = sync_channel(QUEUE);
        let writer =
            std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || write_all(&db, &tasks));
        let writer = writer.map_err(|why| StoreError::Commit(why.to_string()))?;
        Ok(Self {
            queue: Mutex::new(Some(queue)),
            writer: Mutex::new(Some(writer)),
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
        look(&Tx(&tx))
    }

    pub(super) async fn write<T: Send + 'static, E: From<StoreError> + Send + 'static>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let (answer, answered): (Answer<T, E>, _) = oneshot::channel();
        self.queue(Task::Work(Box::new(move |db| {
            let done = apart(db, || work(&Tx(db)));
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
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer
            && writer.join().is_err()
        {
            tracing::error!("the store's writer had panicked");
        }
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.close();
    }
}

fn connect(file: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let db = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(Duration::from_secs(10))?;
    db.set_prepared_statement_cache_capacity(128);
    Ok(db)
}

/// The writer's life: takes what is queued, commits it, answers; ends when the queue is closed and empty.
fn write_all(db: &Connection, tasks: &Receiver<Task>) {
    while let Ok(first) = tasks.recv() {
        let mut jobs = Vec::new();
        let mut work = Vec::new();
        for task in std::iter::once(first).chain(tasks.try_iter().take(GROUP - 1)) {
            match task {
                Task::Verify(job, answer) => jobs.push((*job, answer)),
                Task::Work(run) => work.push(run),
            }
        }
        commit_together(db, jobs, work);
    }
    // Fold the log back, so that the file alone is a whole copy after a clean stop.
    if let Err(why) = db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
        tracing::warn!(%why, "the log could not be folded back at the end");
    }
}

fn commit_together(db: &Connection, jobs: Vec<(Job, Answer<Settled>)>, work: Vec<Work>) {
    let mut replies: Vec<Reply> = Vec::with_capacity(jobs.len() + work.len());
    if let Err(why) = db.execute_batch("BEGIN IMMEDIATE") {
        tracing::error!(%why, "no transaction could be begun");
        // Dropping the answers tells every caller that nothing was done.
        return;
    }
    let (jobs, answers): (Vec<_>, Vec<_>) = jobs.into_iter().unzip();
    let settled = verification::commit_group(db, jobs);
    for (answer, settled) in answers.into_iter().zip(settled) {
        replies.push(Box::new(move |committed| drop(answer.send(after_commit(settled, committed)))));
    }
    for run in work {
        replies.push(run(db));
    }
    let committed = db.execute_batch("COMMIT").map_err(|why| why.to_string());
    if let Err(why) = &committed {
        tracing::error!(%why, "the commit failed");
        if let Err(why) = db.execute_batch("ROLLBACK") {
            tracing::error!(%why, "the rollback failed");
        }
    }
    for reply in replies {
        reply(committed.clone());
    }
}

/// Does one piece of work so that its failure undoes it alone, and not the group it stands in.
/// A panic in it is a failure like any other: the writer goes on.
pub(super) fn apart<T, E: From<StoreError>>(
    db: &Connection,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    let mark = |sql| db.prepare_cached(sql).and_then(|mut s| s.execute([])).map_err(StoreError::from);
    mark("SAVEPOINT piece")?;
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(StoreError::Commit("the work panicked".to_owned()).into()));
    if done.is_err() {
        mark("ROLLBACK TO piece")?;
    }
    mark("RELEASE piece")?;
    done
}

fn after_commit<T, E: From<StoreError>>(done: Result<T, E>, committed: Result<(), String>) -> Result<T, E> {
    match committed {
        Ok(()) => done,
        Err(why) => Err(StoreError::Commit(why).into()),
    }
}
