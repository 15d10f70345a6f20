//! Owns a PostgreSQL of a test's own: its folder, its port, its end.
//! Refuses to know what is stored in it.
//! Invariant: it runs as a user without rights, writes nowhere but in its folder, and ends with the test.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::process::{Process, free_port, until};

/// A server that answers.
pub struct Postgres {
    // Ends before its folder goes.
    process: Option<Process>,
    folder: TempDir,
    host: String,
    port: u16,
}

/// Where one is to run.
#[derive(Default)]
pub struct Place<'a> {
    /// The network that it is in, by its name; the test's own when not set.
    pub network: Option<&'a str>,
    /// The address that it listens on; 127.0.0.1 when not set.
    pub address: Option<&'a str>,
    /// What `pg_hba.conf` says instead of trusting whoever is near.
    pub callers: Option<&'a str>,
    /// Files for its data folder, which it alone may read.
    pub files: &'a [(&'a str, &'a str)],
}

/// Debian keeps the server's programs outside the path.
fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    let found = folders.into_iter().map(|folder| folder.join(name)).find(|file| file.is_file());
    found.unwrap_or_else(|| {
        panic!("{name} of PostgreSQL is not installed; `cargo xtask test postgres` does it")
    })
}

/// The server refuses to run as root: then as the user that its package made, or as nobody.
fn command(name: &str, network: Option<&str>) -> Command {
    if !nix::unistd::geteuid().is_root() {
        return Command::new(program(name));
    }
    let mut command = match network {
        Some(network) => {
            let mut command = Command::new("ip");
            command.args(["netns", "exec", network, "setpriv"]);
            command
        }
        None => Command::new("setpriv"),
    };
    let (user, group) = unprivileged();
    command.args([format!("--reuid={user}"), format!("--regid={group}"), "--clear-groups".to_owned()]);
    command.arg(program(name));
    command
}

fn unprivileged() -> (u32, u32) {
    let found =
        ["postgres", "nobody"].into_iter().find_map(|name| nix::unistd::User::from_name(name).ok().flatten());
    let user = found.expect("there is a user nobody");
    (user.uid.as_raw(), user.gid.as_raw())
}

fn done(command: &mut Command) {
    let output = command.output().unwrap_or_else(|why| panic!("{command:?}: {why}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Writes a file that only the server may read.
fn private(file: &Path, text: &str) {
    std::fs::write(file, text).expect("the test's folder can be written");
    if nix::unistd::geteuid().is_root() {
        let (user, group) = unprivileged();
        std::os::unix::fs::chown(file, Some(user), Some(group)).expect("root may give a file away");
    }
    let only_it = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(file, only_it).expect("the test's own file can be closed to others");
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
    if nix::unistd::geteuid().is_root() {
        let (user, group) = unprivileged();
        std::os::unix::fs::chown(folder.path(), Some(user), Some(group))
            .expect("root may give a folder away");
    }
    folder
}

impl Postgres {
    /// Starts a new one.
    pub async fn start(settings: &[&str]) -> Self {
        Self::start_at(&Place::default(), settings).await
    }

    /// Starts a new one somewhere.
    pub async fn start_at(place: &Place<'_>, settings: &[&str]) -> Self {
        let folder = folder();
        let data = folder.path().join("data");
        let mut init = command("initdb", None);
        init.args(["--auth=trust", "--username=warifu", "--no-locale", "--encoding=UTF8", "--pgdata"])
            .arg(&data);
        done(init.current_dir(folder.path()));
        if let Some(callers) = place.callers {
            std::fs::write(data.join("pg_hba.conf"), callers).expect("the test's folder can be written");
        }
        for (name, text) in place.files {
            private(&data.join(name), text);
        }
        Self::run(folder, place, settings).await
    }

    /// Starts a standby that copies `self` from now on.
    pub async fn standby(&self, settings: &[&str]) -> Self {
        let folder = folder();
        let mut copy = command("pg_basebackup", None);
        let place = format!("host=127.0.0.1 port={} user=warifu application_name=standby", self.port);
        copy.args([
            "--wal-method=stream",
            "--checkpoint=fast",
            "--write-recovery-conf",
            "--dbname",
            &place,
            "--pgdata",
        ]);
        done(copy.arg(folder.path().join("data")).current_dir(folder.path()));
        Self::run(folder, &Place::default(), settings).await
    }

    async fn run(folder: TempDir, place: &Place<'_>, settings: &[&str]) -> Self {
        let port = free_port();
        let host = place.address.unwrap_or("127.0.0.1").to_owned();
        let mut server = command("postgres", place.network);
        server.current_dir(folder.path()).arg("-D").arg(folder.path().join("data"));
        let own =
            [format!("port={port}"), format!("listen_addresses={host}"), "max_connections=200".to_owned()];
        server.args(own.iter().flat_map(|setting| ["-c", setting]));
        server.arg("-k").arg(folder.path()).args(settings.iter().flat_map(|setting| ["-c", *setting]));
        let process = Process::start("postgres", &mut server, folder.path());
        let server = Self { folder, host, port, process: Some(process) };
        until("PostgreSQL", Duration::from_secs(60), async || {
            let mut ask = Command::new(program("pg_isready"));
            let answer =
                ask.args(["--quiet", "--port", &port.to_string(), "--host"]).arg(server.folder()).status();
            answer.is_ok_and(|status| status.success()).then_some(())
        })
        .await;
        server
    }

    /// Runs a statement in a database, whatever becomes of the network; what it answers.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let mut ask = self.psql(database);
        let output = ask.args(["--command", sql]).output().expect("psql starts");
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// A session in a database, over the socket in its folder; its input is the caller's.
    pub fn psql(&self, database: &str) -> Command {
        let mut ask = Command::new(program("psql"));
        ask.args([
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--set=ON_ERROR_STOP=1",
            "--host",
        ]);
        ask.arg(self.folder()).args([
            "--port",
            &self.port.to_string(),
            "--username=warifu",
            "--dbname",
            database,
        ]);
        ask
    }

    /// Makes a database; its address.
    pub fn database(&self, name: &str) -> String {
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        self.address(name)
    }

    /// The address of a database that is there.
    pub fn address(&self, name: &str) -> String {
        format!("postgres://warifu@{}:{}/{name}", self.host, self.port)
    }

    /// Has every commit wait for a standby that does not exist, until that is released: written here, told to nobody.
    pub async fn hold_commits(&self, database: &str) -> HeldCommits<'_> {
        self.standbys("nobody");
        let mut session =
            self.psql(database).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("psql starts");
        let input = session.stdin.as_mut().expect("the input was asked to be a pipe");
        input
            .write_all(b"SET application_name = 'a commit'; SET synchronous_commit = on;\n")
            .expect("it reads");
        let seen = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'a commit' \
            AND wait_event = 'SyncRep'";
        until("commits to be held", Duration::from_secs(60), async || {
            // Until the server has read its settings anew, commits pass.
            input.write_all(b"SELECT pg_logical_emit_message(true, '', '');\n").expect("it reads");
            (self.sql(database, seen) == "1").then_some(())
        })
        .await;
        HeldCommits { postgres: self, session }
    }

    fn standbys(&self, names: &str) {
        self.sql("postgres", &format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'"));
        self.sql("postgres", "SELECT pg_reload_conf()");
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    /// Makes a standby the primary.
    pub fn promote(&self) {
        self.sql("postgres", "SELECT pg_promote(true, 60)");
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Commits that are written and do not return.
pub struct HeldCommits<'p> {
    postgres: &'p Postgres,
    session: Child,
}

impl HeldCommits<'_> {
    /// How many of a centre's sessions wait in one that answers a question.
    pub fn of_centres(&self, database: &str) -> usize {
        let seen = "SELECT count(DISTINCT a.pid) FROM pg_stat_activity a JOIN pg_locks l USING (pid) \
            WHERE a.application_name = 'warifu-server' AND a.wait_event = 'SyncRep' \
            AND l.relation = 'audit'::regclass";
        self.postgres.sql(database, seen).parse().expect("the database answers with a number")
    }

    /// Lets them return, to whoever still listens.
    pub fn release(mut self) {
        self.postgres.standbys("");
        drop(self.session.stdin.take());
        let ended = self.session.wait();
        assert!(ended.is_ok_and(|status| status.success()), "psql failed");
    }
}
