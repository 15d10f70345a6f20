//! Owns programs that run beside this task: started in a process group of their own, stopped with all they started.
//! Refuses to know what they are for.
//! Invariant: when the value is dropped, nothing of its group runs any more.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long a program may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(8);

/// A program that runs, and the lines of its standard output.
pub(crate) struct Running {
    name: String,
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    /// Starts it with no input; its errors go to this task's.
    pub(crate) fn start(name: &str, command: &mut Command) -> Result<Self, String> {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        own_group(command);
        let mut child = command.spawn().map_err(|why| format!("{name} could not be started: {why}"))?;
        let out = child.stdout.take().expect("stdout was asked to be a pipe");
        let (say, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                // When nobody listens any more, reading on keeps the program from blocking on a full pipe.
                let _ = say.send(line);
            }
        });
        Ok(Self { name: name.to_owned(), child, lines })
    }

    /// Waits for the first line of output, which says that it is ready, and gives what follows `prefix`.
    pub(crate) fn ready(&mut self, prefix: &str, within: Duration) -> Result<String, String> {
        match self.lines.recv_timeout(within) {
            Ok(line) => line
                .strip_prefix(prefix)
                .map(|rest| rest.trim().to_owned())
                .ok_or_else(|| format!("{} said something else than that it is ready: {line}", self.name)),
            Err(RecvTimeoutError::Timeout) => {
                Err(format!("{} was not ready within {} s.", self.name, within.as_secs()))
            }
            Err(RecvTimeoutError::Disconnected) => Err(format!("{} ended before it was ready.", self.name)),
        }
    }

    /// Hands every further line to `each` until the program ends; whether it ended well.
    /// `None` when it took too long or `stop` was raised: then it was ended.
    pub(crate) fn finish(
        mut self,
        within: Duration,
        stop: &AtomicBool,
        mut each: impl FnMut(&str),
    ) -> Result<Option<bool>, String> {
        let end = Instant::now() + within;
        loop {
            match self.lines.recv_timeout(Duration::from_millis(100)) {
                Ok(line) => each(&line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) if Instant::now() > end || stop.load(Ordering::Relaxed) => {
                    return Ok(None);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        let status = self.child.wait().map_err(|why| format!("{} was lost: {why}", self.name))?;
        Ok(Some(status.success()))
    }

    /// What it was called.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let end = Instant::now() + GRACE;
        signal_group(&mut self.child, End::Ask);
        while !self.has_ended() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20));
        }
        signal_group(&mut self.child, End::Force);
        // The group is gone; this only collects the status.
        let _ = self.child.wait();
    }
}

enum End {
    Ask,
    Force,
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
}

#[cfg(unix)]
fn signal_group(child: &mut Child, how: End) {
    use nix::sys::signal::{Signal, killpg};
    let signal = match how {
        End::Ask => Signal::SIGTERM,
        End::Force => Signal::SIGKILL,
    };
    let Ok(id) = i32::try_from(child.id()) else { return };
    // An error says that the group is empty already.
    let _ = killpg(nix::unistd::Pid::from_raw(id), signal);
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

#[cfg(not(unix))]
fn signal_group(child: &mut Child, how: End) {
    if matches!(how, End::Force) {
        // An error says that it has ended already.
        let _ = child.kill();
    }
}

/// Becomes true when the person (Ctrl-C) or the system asks this task to stop.
#[cfg(unix)]
pub(crate) fn stop_request() -> Result<Arc<AtomicBool>, String> {
    let stop = Arc::default();
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&stop))
            .map_err(|why| format!("Ctrl-C cannot be listened for: {why}"))?;
    }
    Ok(stop)
}

/// Elsewhere Ctrl-C reaches the started programs themselves, as they share this console.
#[cfg(not(unix))]
pub(crate) fn stop_request() -> Result<Arc<AtomicBool>, String> {
    Ok(Arc::default())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_started_ends_with_it() {
        let mut shell = Command::new("sh");
        shell.args(["-c", "sleep 300 & echo ready $!; wait"]);
        let mut running = Running::start("shell", &mut shell).unwrap();
        let grandchild: i32 =
            running.ready("ready ", Duration::from_secs(5)).unwrap().parse().expect("a process number");
        drop(running);
        let end = Instant::now() + Duration::from_secs(5);
        while nix::sys::signal::kill(nix::unistd::Pid::from_raw(grandchild), None).is_ok() {
            // Until something collects it, an ended orphan still has its number.
            let state = std::fs::read_to_string(format!("/proc/{grandchild}/stat")).unwrap_or_default();
            if state.contains(") Z ") {
                return;
            }
            assert!(Instant::now() < end, "it still runs");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn a_program_that_takes_too_long_is_ended() {
        let running = Running::start("sleep", Command::new("sleep").arg("300")).unwrap();
        let begun = Instant::now();
        assert_eq!(running.finish(Duration::from_millis(50), &AtomicBool::new(false), |_| ()), Ok(None));
        assert!(begun.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_program_that_ends_before_it_is_ready_is_named() {
        let mut running = Running::start("true", &mut Command::new("true")).unwrap();
        let why = running.ready("x", Duration::from_secs(5)).unwrap_err();
        assert_eq!(why, "true ended before it was ready.");
    }
}
