//! Owns a PostgreSQL of a test's own: its folder, its port, its end.
//! Refuses to know what is stored in it.
//! Invariant: it runs as a user without rights, writes nowhere but in its folder, and ends with the test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::process::{Process, free_port, until};

/// A server that answers.
pub struct Postgres {
    folder: TempDir,
    port: u16,
    process: Option<Process>,
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
fn command(name: &str) -> Command {
    if !nix::unistd::geteuid().is_root() {
        return Command::new(program(name));
    }
    let mut command = Command::new("setpriv");
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
        let folder = folder();
        let data = folder.path().join("data");
        let mut init = command("initdb");
        init.args(["--auth=trust", "--username=warifu", "--no-locale", "--encoding=UTF8", "--pgdata"])
            .arg(&data);
        done(init.current_dir(folder.path()));
        Self::run(folder, settings).await
    }

    /// Starts a standby that copies `self` from now on.
    pub async fn standby(&self, settings: &[&str]) -> Self {
        let folder = folder();
        let mut copy = command("pg_basebackup");
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
        Self::run(folder, settings).await
    }

    async fn run(folder: TempDir, settings: &[&str]) -> Self {
        let port = free_port();
        let mut server = command("postgres");
        server.current_dir(folder.path()).arg("-D").arg(folder.path().join("data"));
        let own = [
            format!("port={port}"),
            "listen_addresses=127.0.0.1".to_owned(),
            "max_connections=200".to_owned(),
        ];
        server.args(own.iter().flat_map(|setting| ["-c", setting]));
        server.arg("-k").arg(folder.path()).args(settings.iter().flat_map(|setting| ["-c", *setting]));
        let process = Process::start("postgres", &mut server, folder.path());
        let server = Self { folder, port, process: Some(process) };
        until("PostgreSQL", Duration::from_secs(60), async || {
            let mut ask = Command::new(program("pg_isready"));
            let answer = ask.args(["--quiet", "--host=127.0.0.1", "--port", &port.to_string()]).status();
            answer.is_ok_and(|status| status.success()).then_some(())
        })
        .await;
        server
    }

    /// Runs a statement in a database; what it answers.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let mut ask = Command::new(program("psql"));
        ask.args(["--no-psqlrc", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--host=127.0.0.1"]);
        ask.args([
            "--port",
            &self.port.to_string(),
            "--username=warifu",
            "--dbname",
            database,
            "--command",
            sql,
        ]);
        let output = ask.output().expect("psql starts");
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Makes a database; its address.
    pub fn database(&self, name: &str) -> String {
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        self.address(name)
    }

    /// The address of a database that is there.
    pub fn address(&self, name: &str) -> String {
        format!("postgres://warifu@127.0.0.1:{}/{name}", self.port)
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
