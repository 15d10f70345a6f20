//! Owns one connection to PostgreSQL: made when it is needed, made anew when it was lost, its statements prepared once.
//! Refuses to know what is asked.
//! Invariant: work whose commit is unknown is done again from its beginning, where it finds by its request ID what it did.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use postgres::error::SqlState;
use postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use postgres::{Client, NoTls, Statement};

use super::address::Address;
use crate::store::audit::Chains;
use crate::store::tx::{Db, Value};
use crate::store::{StoreError, Tx};

/// For how long a database that is gone is sought while callers wait; from then on they are told at once to come back.
const SEEK: Duration = Duration::from_secs(8);
/// How often work is begun anew that others were faster than.
const TRIES: u32 = 60;
/// A transaction of a centre that cannot be reached any more would keep its rows locked for hours: nobody computes for so
/// long between two statements.
const BOUNDED: &str = "SET idle_in_transaction_session_timeout = '10s'";
/// Whether a commit is on the database's disk when it is answered. `off` is the one value under which it may not be;
/// others say how many disks more. No row or no value where a database does not know the setting.
const DURABLE: &str = "SELECT current_setting('synchronous_commit', true)";

/// What has to be done about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Another transaction was faster: begin anew.
    Again,
    /// The connection is of no use any more.
    Away,
}

/// A connection, or the place for one.
pub(crate) struct Session {
    address: Address,
    client: Option<Client>,
    statements: HashMap<&'static str, Statement>,
    fault: Option<Fault>,
    /// Whether a statement of the open transaction failed: PostgreSQL would roll back at COMMIT without a word.
    is_broken: bool,
    /// Since when nothing could be asked.
    away: Option<Instant>,
}

impl Session {
    pub(super) fn new(address: &Address) -> Self {
        let statements = HashMap::new();
        Self { address: address.clone(), client: None, statements, fault: None, is_broken: false, away: None }
    }

    fn client(&mut self) -> Result<&mut Client, StoreError> {
        if self.client.as_ref().is_none_or(Client::is_closed) {
            self.end();
            let made = match &self.address.tls {
                Some(tls) => self.address.config.connect(tls.clone()),
                None => self.address.config.connect(NoTls),
            };
            let made = made.and_then(set_up);
            self.client = Some(made.map_err(|why| self.failed(&why))?);
            if let Some(since) = self.away.take() {
                tracing::info!(seconds = since.elapsed().as_secs(), "the database is found again");
            }
        }
        self.client.as_mut().ok_or(StoreError::Away)
    }

    fn failed(&mut self, why: &postgres::Error) -> StoreError {
        self.is_broken = true;
        let again = [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::UNIQUE_VIOLATION,
            // The batch's own way to say that a guard was lost.
            SqlState::DIVISION_BY_ZERO,
        ];
        let away = [
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
            SqlState::READ_ONLY_SQL_TRANSACTION,
            SqlState::TOO_MANY_CONNECTIONS,
        ];
        let (fault, error) = match why.code() {
            Some(code) if again.contains(code) => (Fault::Again, StoreError::Contended),
            Some(code) if !away.contains(code) && !code.code().starts_with("08") => {
                return StoreError::Postgres(explain(why));
            }
            _ => (Fault::Away, StoreError::Away),
        };
        if fault == Fault::Away {
            if self.away.is_none() {
                tracing::warn!(why = explain(why), "the connection to the database is lost");
                self.away = Some(Instant::now());
            }
            self.end();
        }
        self.fault = Some(fault);
        error
    }

    fn prepared(&mut self, sql: &'static str) -> Result<Statement, StoreError> {
        // A new connection knows none of the old one's statements.
        self.client()?;
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client()?.prepare(sql).map_err(|why| self.failed(&why))?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }

    /// Runs a statement with parameters of any type.
    pub(super) fn ask(
        &mut self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<postgres::Row>, StoreError> {
        let statement = self.prepared(sql)?;
        let asked = self.client()?.query(&statement, values);
        asked.map_err(|why| self.failed(&why))
    }

    pub(crate) fn query(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<postgres::Row>, StoreError> {
        self.ask(sql, &parameters(values))
    }

    pub(crate) fn execute(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<usize, StoreError> {
        let statement = self.prepared(sql)?;
        let done = self.client()?.execute(&statement, &parameters(values));
        let touched = done.map_err(|why| self.failed(&why))?;
        Ok(usize::try_from(touched).unwrap_or(usize::MAX))
    }

    /// Runs statements without parameters.
    pub(crate) fn run(&mut self, sql: &str) -> Result<(), StoreError> {
        let done = self.client()?.batch_execute(sql);
        done.map_err(|why| self.failed(&why))
    }

    /// Lets go of the connection.
    pub(super) fn end(&mut self) {
        self.statements.clear();
        self.client = None;
    }

    fn begin(&mut self, how: &str) -> Result<(), StoreError> {
        self.run(how)?;
        self.is_broken = false;
        Ok(())
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        if self.is_broken {
            self.roll_back();
            return Err(StoreError::Commit("a statement of the transaction failed".to_owned()));
        }
        self.run("COMMIT")
    }

    fn roll_back(&mut self) {
        // A connection that cannot roll back is dropped, and the database rolls back by itself.
        if self.client.is_some() && self.run("ROLLBACK").is_err() {
            self.client = None;
        }
    }
}

/// Makes a new connection one whose answers can be relied on, whatever the defaults of role and database are.
fn set_up(mut client: Client) -> Result<Client, postgres::Error> {
    client.batch_execute(BOUNDED)?;
    let found = client.query_one(DURABLE, &[])?;
    if found.get::<_, Option<&str>>(0) == Some("off") {
        client.batch_execute("SET synchronous_commit = on")?;
        tracing::warn!(
            "synchronous_commit is off by default here; this session of the centre has set it to on"
        );
    }
    Ok(client)
}

/// Begins anew what others were faster than, and on a new connection what lost its own, as long as that makes sense.
pub(super) fn patiently<T, E: From<StoreError>>(
    session: &RefCell<Session>,
    mut work: impl FnMut() -> Result<T, E>,
) -> Result<T, E> {
    let begun = Instant::now();
    let mut tries = 0;
    loop {
        session.borrow_mut().fault = None;
        let done = work();
        let (fault, since) = {
            let mut session = session.borrow_mut();
            (session.fault.take(), session.away.map_or(begun, |away| away.min(begun)))
        };
        tries += 1;
        let pause = match (&done, fault) {
            (Ok(_), _) | (Err(_), None) => return done,
            (Err(_), Some(Fault::Again)) if tries < TRIES => {
                // Uneven, so that two who met do not meet again.
                Duration::from_micros(u64::from(rand::random::<u16>() % 1_000) * u64::from(tries.min(20)))
            }
            (Err(_), Some(Fault::Away)) if since.elapsed() < SEEK => Duration::from_millis(200),
            _ => return done,
        };
        std::thread::sleep(pause);
    }
}

/// One transaction, begun anew until it is committed or fails for a reason of its own.
pub(super) fn transaction<T, E: From<StoreError>>(
    session: &RefCell<Session>,
    chains: &Chains,
    mut work: impl FnMut(&Tx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    patiently(session, || {
        session.borrow_mut().begin("BEGIN")?;
        finish(session, chains, &mut work)
    })
}

/// One look at one state.
pub(super) fn look<T, E: From<StoreError>>(
    session: &RefCell<Session>,
    chains: &Chains,
    look: impl FnOnce(&Tx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    let had_client = session.borrow().client.is_some();
    let begun = session.borrow_mut().begin(BEGIN);
    match begun {
        // A connection that was lost since the last look says so only now; nothing has been asked yet.
        Err(StoreError::Away) if had_client => session.borrow_mut().begin(BEGIN)?,
        begun => begun?,
    }
    finish(session, chains, look)
}

/// Ends an open transaction, by what becomes of the work.
fn finish<T, E: From<StoreError>>(
    session: &RefCell<Session>,
    chains: &Chains,
    work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let tx = Tx { db: Db::Postgres(session), chains };
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&tx)))
        .unwrap_or_else(|_| Err(StoreError::Commit("the work panicked".to_owned()).into()));
    match done {
        Ok(value) => {
            session.borrow_mut().commit()?;
            Ok(value)
        }
        Err(why) => {
            session.borrow_mut().roll_back();
            Err(why)
        }
    }
}

/// The database's own words without the values that it may quote; of a line that failed, why it did.
fn explain(why: &postgres::Error) -> String {
    if let Some(error) = why.as_db_error() {
        return format!("{}: {}", error.code().code(), error.message());
    }
    match std::error::Error::source(why) {
        Some(cause) => format!("{why}: {cause}"),
        None => why.to_string(),
    }
}

fn parameters<'v>(values: &'v [Value<'v>]) -> Vec<&'v (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match *self {
            Self::Null => Ok(IsNull::Yes),
            // Where a parameter stands beside a constant, PostgreSQL takes it for a smaller number.
            Self::Int(number) if *kind == Type::INT4 => i32::try_from(number)?.to_sql(kind, out),
            Self::Int(number) => number.to_sql(&Type::INT8, out),
            Self::Text(text) => text.to_sql(&Type::TEXT, out),
            Self::Blob(bytes) => bytes.to_sql(&Type::BYTEA, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT4, Type::INT8, Type::TEXT, Type::BYTEA].contains(kind)
    }

    to_sql_checked!();
}

impl std::fmt::Debug for Value<'_> {
    /// Never the value: it may be a secret's seal, and no log is to hold it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }
}
