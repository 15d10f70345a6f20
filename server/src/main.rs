//! Owns the program `warifu-server`.
//! Refuses to know anything but its command line.
//! Invariant: whatever goes wrong is one line on stderr and a code other than 0.

use std::process::ExitCode;

fn main() -> ExitCode {
    warifu_server::cli::run(std::env::args_os())
}
