//! Owns a program under test: its own process group, its log, its first line, its end.
//! Refuses to know which program it is.
//! Invariant: when the value is dropped, or the test is interrupted, nothing of its group runs any more.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// How long a program may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(5);
/// How long the last words of a program that has ended may be under way; what it started may hold its output open.
const END_OF_WORDS: Duration = Duration::from_secs(1);

/// The groups that run now: a test that is interrupted drops nothing, so they are ended from here.
static GROUPS: LazyLock<Mutex<BTreeSet<i32>>> = LazyLock::new(|| {
    let mut signals = signal_hook::iterator::Signals::new([
        signal_hook::consts::SIGINT,
        signal_hook::consts::SIGTERM,
        signal_hook::consts::SIGHUP,
    ])
    .expect("signals can be listened for");
    std::thread::spawn(move || {
        if signals.forever().next().is_some() {
            for group in GROUPS.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                // An error says that the group is empty already.
                let _ = killpg(Pid::from_raw(*group), Signal::SIGKILL);
            }
            std::process::exit(130);
        }
    });
    Mutex::default()
});

/// A program that runs.
pub struct Process {
    name: String,
    child: Child,
    lines: Mutex<Receiver<String>>,
    log: PathBuf,
}

impl Process {
    /// Starts it. What it writes to its error output goes to `<logs>/<name>.log`.
    pub fn start(name: &str, command: &mut Command, logs: &Path) -> Self {
        let log = logs.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log);
        let file = file.unwrap_or_else(|why| panic!("{}: {why}", log.display()));
        command.stdout(Stdio::piped()).stderr(file).process_group(0);
        let mut child = command.spawn().unwrap_or_else(|why| panic!("{name} could not be started: {why}"));
        GROUPS.lock().unwrap_or_else(PoisonError::into_inner).insert(group(&child).as_raw());
        let out = child.stdout.take().expect("stdout was asked to be a pipe");
        let (say, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                // When nobody listens any more, reading on keeps the program from blocking on a full pipe.
                let _ = say.send(line);
            }
        });
        Self { name: name.to_owned(), child, lines: Mutex::new(lines), log }
    }

    /// Waits for its first line, which says that it is ready, and gives what follows `prefix`.
    pub fn ready(&self, prefix: &str, within: Duration) -> String {
        let line = self.line("was not ready", within);
        let Some(rest) = line.strip_prefix(prefix) else { panic!("{} said instead: {line}", self.name) };
        rest.trim().to_owned()
    }

    /// Waits for its next line; panics with `what` when it does not come in time.
    pub fn line(&self, what: &str, within: Duration) -> String {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.recv_timeout(within).unwrap_or_else(|why| {
            panic!("{} {what} within {} s ({why}).\n{}", self.name, within.as_secs(), self.log_tail())
        })
    }

    /// Its process number, which is its group's too.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its input, once, when the command asked for a pipe.
    pub fn input(&mut self) -> std::process::ChildStdin {
        self.child.stdin.take().expect("the input was asked to be a pipe, and is taken once")
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits until it ends by itself: whether it ended well, and the lines it wrote. `None`: it did not in time.
    pub fn finish(&mut self, within: Duration) -> Option<(bool, String)> {
        if !self.ends_within(within) {
            return None;
        }
        let is_well = self.child.wait().is_ok_and(|status| status.success());
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let said: Vec<String> = std::iter::from_fn(|| lines.recv_timeout(END_OF_WORDS).ok()).collect();
        Some((is_well, said.join("\n")))
    }

    /// Ends it and all it started at once, as a power cut would.
    pub fn kill(mut self) {
        self.end(Signal::SIGKILL);
    }

    /// What it wrote to its log so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// What it last wrote to its log.
    pub fn log_tail(&self) -> String {
        let text = self.log();
        let lines: Vec<&str> = text.lines().rev().take(40).collect();
        let lines: Vec<&str> = lines.into_iter().rev().collect();
        format!("── log of {}\n{}", self.name, lines.join("\n"))
    }

    fn ends_within(&mut self, within: Duration) -> bool {
        let end = Instant::now() + within;
        while !self.has_ended() {
            if Instant::now() >= end {
                return false;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        true
    }

    fn end(&mut self, first: Signal) {
        let group = group(&self.child);
        // An error says that the group is empty already.
        let _ = killpg(group, first);
        self.ends_within(GRACE);
        let _ = killpg(group, Signal::SIGKILL);
        // The group is gone; this only collects the status.
        let _ = self.child.wait();
        GROUPS.lock().unwrap_or_else(PoisonError::into_inner).remove(&group.as_raw());
    }
}

fn group(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).expect("a process number fits in 31 bits"))
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end(Signal::SIGTERM);
        if std::thread::panicking() {
            // A panic while panicking would leave the other programs running.
            let _ = writeln!(std::io::stderr(), "{}", self.log_tail());
        }
    }
}

/// Lets this process open as many files as the system allows; how many that are.
pub fn open_many_files() -> u64 {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("every process has limits");
    setrlimit(Resource::RLIMIT_NOFILE, most, most).expect("a process may use what it is allowed");
    most
}

/// A port that nobody listens on now, for programs that cannot be asked to choose one. It lies below those that the
/// system gives to connections (Linux: from 32,768), so that none takes it before the program does, and no test of
/// this process is given it twice.
pub fn free_port() -> u16 {
    static NEXT: LazyLock<AtomicU32> = LazyLock::new(|| AtomicU32::new(std::process::id()));
    loop {
        let turn = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = 12_000 + u16::try_from(turn % 20_000).expect("a remainder of 20,000 fits in 16 bits");
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Asks until there is an answer; panics with `what` when there is none in time.
pub async fn until<T>(what: &str, within: Duration, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + within;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < end, "waited {} s in vain for {what}", within.as_secs());
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}
