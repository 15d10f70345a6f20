//! Owns a TPM 2.0 of a test's own, which is a program.
//! Refuses to touch the machine's, and to know what is kept in it.
//! Invariant: its state lies in its own folder; two of them have nothing in common.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::process::{Process, free_port, until};

/// The variable that names a TPM to the app with the feature `qa`.
pub const VARIABLE: &str = "WARIFU_QA_TPM_TCTI";
const READY: Duration = Duration::from_secs(30);

/// A TPM, on or off.
pub struct Tpm {
    folder: PathBuf,
    port: u16,
    process: Option<Process>,
}

impl Tpm {
    /// Makes one below `folder`, and turns it on.
    pub async fn make(folder: &Path, name: &str) -> Self {
        let folder = folder.join(name);
        std::fs::create_dir_all(&folder).expect("the test's folder can be written");
        let mut setup = Command::new("swtpm_setup");
        setup.arg("--tpm2").arg("--tpmstate").arg(&folder).stdin(Stdio::null());
        let made = setup.output().unwrap_or_else(|why| panic!("swtpm_setup could not be started: {why}"));
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut tpm = Self { folder, port: free_pair(), process: None };
        tpm.turn_on().await;
        tpm
    }

    /// Turns it on.
    pub async fn turn_on(&mut self) {
        let (data, control) = (self.port, self.port + 1);
        let mut program = Command::new("swtpm");
        program.args(["socket", "--tpm2", "--tpmstate"]).arg(format!("dir={}", self.folder.display()));
        program.args(["--server", &format!("type=tcp,port={data},bindaddr=127.0.0.1")]);
        program.args(["--ctrl", &format!("type=tcp,port={control},bindaddr=127.0.0.1")]);
        program.args(["--flags", "not-need-init,startup-clear"]).stdin(Stdio::null());
        self.process = Some(Process::start("tpm", &mut program, &self.folder));
        // Not the port for commands: it hears one program at a time.
        until("the TPM", READY, async || TcpStream::connect(("127.0.0.1", control)).ok()).await;
    }

    /// Turns it off, at once.
    pub fn turn_off(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    /// How the app is told of it.
    pub fn tcti(&self) -> String {
        format!("swtpm:host=127.0.0.1,port={}", self.port)
    }

    /// Runs one of tpm2-tools on it, in `folder`.
    pub fn tool(&self, folder: &Path, name: &str, arguments: &[&str]) -> Output {
        let mut tool = Command::new(name);
        tool.args(arguments).current_dir(folder).env("TPM2TOOLS_TCTI", self.tcti()).stdin(Stdio::null());
        tool.output().unwrap_or_else(|why| panic!("{name} could not be started: {why}"))
    }
}

/// Two free ports in a row, both given to nobody else: the library looks for the second by itself.
fn free_pair() -> u16 {
    let mut port = free_port();
    loop {
        let next = free_port();
        if next == port + 1 {
            return port;
        }
        port = next;
    }
}
