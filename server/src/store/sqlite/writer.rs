//! Owns the connection that writes: what is together in a transaction, what is undone alone.
//! Refuses to know who asked, and what is written.
//! Invariant: everybody is answered after the commit, or told that there was none.

use std::cell::Cell;

use rusqlite::Connection;

use super::super::audit::Chains;
use super::super::tx::Db;
use super::super::verification::{self, Job, Settled};
use super::super::{StoreError, Tx};

/// Which of the centre's writers this is: every audit chain has one.
pub(super) const NAME: &str = "1";

/// Called once the outcome of the commit is known.
pub(super) type Reply = Box<dyn FnOnce(Result<(), String>) + Send>;

/// Runs inside the open transaction, and gives what to do when that has ended.
pub(super) type Work = Box<dyn FnOnce(&Writer) -> Reply + Send>;

/// The connection that writes, and the ends of the audit chains, which nobody else moves.
pub(super) struct Writer {
    db: Connection,
    chains: Chains,
    /// SQLite's count of other connections' commits, as it was when the ends were read.
    version: Cell<i64>,
}

impl Writer {
    pub(super) fn new(db: Connection) -> Self {
        Self { db, chains: Chains::sole(NAME), version: Cell::new(0) }
    }

    /// How many rows it changed in its life.
    pub(super) fn changed_rows(&self) -> u64 {
        self.db.total_changes()
    }

    /// Folds the log back, so that the file alone is a whole copy after a clean stop.
    pub(super) fn fold_all(&self) {
        if let Err(why) = self.db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
            tracing::warn!(%why, "the log could not be folded back at the end");
        }
    }

    fn tx(&self) -> Tx<'_> {
        Tx { db: Db::Sqlite(&self.db), chains: &self.chains }
    }

    fn run(&self, sql: &str) -> Result<(), StoreError> {
        self.db.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Settles the jobs and does the work in one transaction; what became of each job.
    pub(super) fn commit_together(&self, jobs: &[Job], work: Vec<Work>) -> Vec<Result<Settled, StoreError>> {
        let lost = |why: StoreError| {
            let why = why.to_string();
            tracing::error!(%why, "the transaction was lost");
            // Dropping the work tells its callers that nothing was done.
            jobs.iter().map(|_| Err(StoreError::Commit(why.clone()))).collect()
        };
        if let Err(why) = self.begin() {
            return lost(why);
        }
        let settled = match self.settle(jobs) {
            Ok(settled) => settled,
            Err(why) => return lost(why),
        };
        let replies: Vec<Reply> = work.into_iter().map(|run| run(self)).collect();
        let committed = self.chains.write(&self.tx()).and_then(|()| self.run("COMMIT"));
        let committed = committed.map_err(|why| why.to_string());
        if let Err(why) = &committed {
            tracing::error!(%why, "the commit failed");
            self.chains.forget();
            if let Err(why) = self.run("ROLLBACK") {
                tracing::error!(%why, "the rollback failed");
            }
        }
        for reply in replies {
            reply(committed.clone());
        }
        settled.into_iter().map(|settled| after_commit(settled, committed.clone())).collect()
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
    pub(super) fn apart<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
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

pub(super) fn after_commit<T, E: From<StoreError>>(
    done: Result<T, E>,
    committed: Result<(), String>,
) -> Result<T, E> {
    match committed {
        Ok(()) => done,
        Err(why) => Err(StoreError::Commit(why).into()),
    }
}
