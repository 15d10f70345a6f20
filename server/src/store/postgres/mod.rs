//! Owns PostgreSQL behind the store: one thread that writes, a few lanes that settle codes, connections that read.
//! Refuses to know what is written.
//! Invariant: several centres share one database; nothing that decides is kept here, only in its rows.

mod address;
mod batch;
mod lane;
mod look;
pub(crate) mod session;
mod tls;

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::audit::Chains;
use super::verification::{Job, Settled};
use super::{StoreError, Tx, migrate, values};
use address::Address;
use session::Session;

/// How much may wait for the writer, and for each lane, before callers are told to come back.
const QUEUE: usize = 2_048;
/// How many lanes settle codes. A token has one lane, so that its codes never meet in the database.
const LANES: usize = 2;
/// How many connections read.
const READERS: usize = 4;

type Answer<T, E = StoreError> = oneshot::Sender<Result<T, E>>;
type Work = Box<dyn FnOnce(&RefCell<Session>, &Chains) + Send>;

/// The PostgreSQL arm of the store.
pub(crate) struct Postgres {
    work: Mutex<Option<SyncSender<Work>>>,
    lanes: Mutex<Vec<SyncSender<lane::Waiting>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    readers: Vec<Mutex<RefCell<Session>>>,
    next_reader: AtomicUsize,
}

impl Postgres {
    /// Connects, and brings the database up to date. `writer` is this centre's name in its audit chains.
    pub(super) fn open(url: &str, writer: &str) -> Result<Self, StoreError> {
        let address = Address::parse(url)?;
        let mut threads = Vec::new();
        let mut start = |name: String, life: Box<dyn FnOnce() + Send>| {
            let thread = std::thread::Builder::new().name(name).spawn(life);
            threads.push(thread.map_err(|why| StoreError::Commit(why.to_string()))?);
            Ok::<_, StoreError>(())
        };
        blocking(|| {
            let session = RefCell::new(Session::new(&address));
            session::transaction(&session, &Chains::shared(writer), migrate::postgres)
        })?;
        let (work, tasks) = sync_channel(QUEUE);
        let (own, chains) = (address.clone(), Chains::shared(writer));
        start("store-writer".to_owned(), Box::new(move || write_all(&own, &chains, &tasks)))?;
        let mut lanes = Vec::new();
        for number in 1..=LANES {
            let (lane, jobs) = sync_channel(QUEUE);
            let (own, name) = (address.clone(), format!("{writer}-{number}"));
            start(format!("store-lane-{number}"), Box::new(move || lane::settle_all(&own, &name, &jobs)))?;
            lanes.push(lane);
        }
        Ok(Self {
            work: Mutex::new(Some(work)),
            lanes: Mutex::new(lanes),
            threads: Mutex::new(threads),
            readers: (0..READERS).map(|_| Mutex::new(RefCell::new(Session::new(&address)))).collect(),
            next_reader: AtomicUsize::new(0),
        })
    }

    pub(super) fn read<T, E: From<StoreError>>(
        &self,
        look: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        blocking(|| {
            let turn = self.next_reader.fetch_add(1, Ordering::Relaxed) % self.readers.len();
            let free = self.readers.iter().cycle().skip(turn).take(self.readers.len());
            let session = match free.filter_map(|reader| reader.try_lock().ok()).next() {
                Some(session) => session,
                None => self.readers[turn].lock().unwrap_or_else(PoisonError::into_inner),
            };
            session::look(&session, &Chains::shared(""), look)
        })
    }

    /// What time it is by the database's own clock, milliseconds since 1970.
    pub(super) fn now(&self) -> Result<i64, StoreError> {
        const SQL: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now";
        let read = self.read(|tx| tx.row("clock", SQL, values![], |row| row.int("now")))?;
        read.ok_or(StoreError::Lost)
    }

    pub(super) async fn write<T: Send + 'static, E: From<StoreError> + Send + 'static>(
        &self,
        work: impl FnMut(&Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let (answer, answered): (Answer<T, E>, _) = oneshot::channel();
        let run: Work = Box::new(move |session, chains| {
            // The caller may have gone away: what was written stays written.
            drop(answer.send(session::transaction(session, chains, work)));
        });
        {
            let queue = self.work.lock().unwrap_or_else(PoisonError::into_inner);
            queue.as_ref().ok_or(StoreError::Closed)?.try_send(run).map_err(full)?;
        }
        answered.await.map_err(|_| E::from(StoreError::Closed))?
    }

    pub(super) async fn settle(&self, job: Job) -> Result<Settled, StoreError> {
        let (answer, answered) = oneshot::channel();
        {
            let lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
            let lane = lanes.get(lane::of(&job) % lanes.len().max(1)).ok_or(StoreError::Closed)?;
            lane.try_send((job, answer)).map_err(full)?;
        }
        answered.await.map_err(|_| StoreError::Closed)?
    }

    pub(super) fn close(&self) {
        drop(self.work.lock().unwrap_or_else(PoisonError::into_inner).take());
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a thread of the store had panicked");
            }
        }
        blocking(|| {
            for reader in &self.readers {
                reader.lock().unwrap_or_else(PoisonError::into_inner).borrow_mut().end();
            }
        });
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.close();
    }
}

/// Lets the runtime go on with other requests while this thread waits for the database.
fn blocking<T>(work: impl FnOnce() -> T) -> T {
    if tokio::runtime::Handle::try_current().is_ok() { tokio::task::block_in_place(work) } else { work() }
}

fn full<T>(why: TrySendError<T>) -> StoreError {
    match why {
        TrySendError::Full(_) => StoreError::Busy,
        TrySendError::Disconnected(_) => StoreError::Closed,
    }
}

/// The writer's life: one transaction after the other, until the queue is closed and empty.
fn write_all(address: &Address, chains: &Chains, tasks: &Receiver<Work>) {
    let session = RefCell::new(Session::new(address));
    while let Ok(run) = tasks.recv() {
        run(&session, chains);
    }
}
