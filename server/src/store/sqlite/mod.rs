//! Owns the SQLite file: one thread that writes, a few connections that read.
//! Refuses to know what is written.
//! Invariant: what is queued is committed together, in one transaction that is on the disk before anyone is answered.

use std::cell::Cell;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use super::audit::Chains;
use super::tx::Db;
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
/// What the writer and each reader keep of the file, KiB: the same with few tokens and with many.
const WRITER_CACHE_KIB: i64 = 20_000;
const READER_CACHE_KIB: i64 = 1_000;
/// Which of the centre's writers this is: every audit chain has one.
const WRITER: &str = "1";

type Answer<T, E = StoreError> = oneshot::Sender<Result<T, E>>;

/// Called once the outcome of the commit is known.
type Reply = Box<dyn FnOnce(Result<(), String>) + Send>;

/// Runs inside the open transaction, and gives what to do when that has ended.
type Work = Box<dyn FnOnce(&Writer) -> Reply + Send>;

enum Task {
    Work(Work),
    Verify(Box<Job>, Answer<Settled>),
}

/// The connection that writes, and the ends of the audit chains, which nobody else moves.
struct Writer {
    db: Connection,
    chains: Chains,
    /// SQLite's count of other connections' commits, as it was when the ends were read.
    version: Cell<i64>,
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
        db.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
        migrate::sqlite(&mut db)?;
        let mut readers = Vec::new();
        for _ in 0..READERS {
            let reader = connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            reader.pragma_update(None, "query_only", true)?;
            reader.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
            readers.push(Mutex::new(reader));
        }
        let (queue, tasks) = sync_channel(QUEUE);
        let writer = Writer { db, chains: Chains::sole(WRITER), version: Cell::new(0) };
        let writer = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || write_all(&writer, &tasks));
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
        look(&Tx { db: Db::Sqlite(&tx), chains: &Chains::shared(WRITER) })
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
    // A plan never depends on what is bound: else SQLite would prepare a statement anew each time a bound state might
    // decide whether a partial index serves it.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(db)
}

/// The writer's life: takes what is queued, commits it, answers; ends when the queue is closed and empty.
fn write_all(writer: &Writer, tasks: &Receiver<Task>) {
    while let Ok(first) = tasks.recv() {
        let mut jobs = Vec::new();
        let mut work = Vec::new();
        for task in std::iter::once(first).chain(tasks.try_iter().take(GROUP - 1)) {
            match task {
                Task::Verify(job, answer) => jobs.push((*job, answer)),
                Task::Work(run) => work.push(run),
            }
        }
        writer.commit_together(jobs, work);
    }
    // Fold the log back, so that the file alone is a whole copy after a clean stop.
    if let Err(why) = writer.db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
        tracing::warn!(%why, "the log could not be folded back at the end");
    }
}

impl Writer {
    fn tx(&self) -> Tx<'_> {
        Tx { db: Db::Sqlite(&self.db), chains: &self.chains }
    }

    fn run(&self, sql: &str) -> Result<(), StoreError> {
        self.db.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    fn commit_together(&self, jobs: Vec<(Job, Answer<Settled>)>, work: Vec<Work>) {
        let mut replies: Vec<Reply> = Vec::with_capacity(work.len());
        if let Err(why) = self.begin() {
            tracing::error!(%why, "no transaction could be begun");
            // Dropping the answers tells every caller that nothing was done.
            return;
        }
        let (jobs, answers): (Vec<_>, Vec<_>) = jobs.into_iter().unzip();
        let settled = match self.settle(&jobs) {
            Ok(settled) => settled,
            Err(why) => {
                tracing::error!(%why, "the transaction was lost");
                return;
            }
        };
        for run in work {
            replies.push(run(self));
        }
        let committed = self.chains.write(&self.tx()).and_then(|()| self.run("COMMIT"));
        let committed = committed.map_err(|why| why.to_string());
        if let Err(why) = &committed {
            tracing::error!(%why, "the commit failed");
            self.chains.forget();
            if let Err(why) = self.run("ROLLBACK") {
                tracing::error!(%why, "the rollback failed");
            }
        }
        for (settled, answer) in settled.into_iter().zip(answers) {
            drop(answer.send(after_commit(settled, committed.clone())));
        }
        for reply in replies {
            reply(committed.clone());
        }
    }

    /// Codes are settled without a savepoint each: SQLite would copy every page that one touches. When one of them
    /// fails, all are undone and settled anew, each apart.
    fn settle(&self, jobs: &[Job]) -> Result<Vec<Result<Settled, StoreError>>, StoreError> {
        let work =
            || jobs.iter().map(|job| verification::settle(&self.tx(), job)).collect::<Result<Vec<_>, _>>();
        let together = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        if let Ok(Ok(settled)) = together {
            return Ok(settled.into_iter().map(Ok).collect());
        }
        self.chains.forget();
        self.run("ROLLBACK")?;
        self.begin()?;
        Ok(jobs.iter().map(|job| self.apart(|tx| verification::settle(tx, job))).collect())
    }

    fn begin(&self) -> Result<(), StoreError> {
        self.run("BEGIN IMMEDIATE")?;
        // A command line beside the centre may have written rows of its own.
        let version = self.db.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if self.version.replace(version) != version {
            self.chains.forget();
        }
        Ok(())
    }

    /// Does one piece of work so that its failure undoes it alone, and not the group it stands in.
    /// A panic in it is a failure like any other: the writer goes on.
    fn apart<T, E: From<StoreError>>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        self.run("SAVEPOINT piece")?;
        self.chains.mark();
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&self.tx())))
            .unwrap_or_else(|_| Err(StoreError::Commit("the work panicked".to_owned()).into()));
        if done.is_err() {
            self.chains.undo();
            self.run("ROLLBACK TO piece")?;
        }
        self.chains.unmark();
        self.run("RELEASE piece")?;
        done
    }
}

fn after_commit<T, E: From<StoreError>>(done: Result<T, E>, committed: Result<(), String>) -> Result<T, E> {
    match committed {
        Ok(()) => done,
        Err(why) => Err(StoreError::Commit(why).into()),
    }
}
