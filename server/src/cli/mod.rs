//! Owns the command line: what can be asked, and in which words it is explained.
//! Refuses to do the work: each command is a function of its own file.
//! Invariant: `--help` alone is enough to start a centre, add an institution and get its card signed.

mod audit;
mod card;
mod institution;
#[cfg(feature = "qa")]
mod seed;
mod serve;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};

use crate::app::App;
use crate::clock::Clock;
use crate::config::{Config, Overrides};

/// What a command fails with: one sentence for the person at the terminal.
type Outcome = Result<(), Box<dyn std::error::Error>>;

/// The token centre of Warifu: issues, initialises and verifies one-time-password tokens for institutions.
///
/// A centre keeps everything in one folder: the database warifu.db, the keys, the service cards, and, as long as no
/// mail server is set, the mails as .eml files.
///
/// Settings are read from a TOML file (--config), from variables WARIFU_SERVER_… and from the command line; the
/// later one wins. docs/operations.md lists them.
///
/// First steps:
///   warifu-server serve --demo                      a centre to try things on
///   warifu-server institution add --help            an institution of your own
///   warifu-server card draft --help                 its service card, to be signed by a root key
#[derive(Parser)]
#[command(name = "warifu-server", version, verbatim_doc_comment)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the device API and the bank API until SIGTERM or Ctrl-C.
    ///
    /// Prints one line on stdout, `warifu-server listening on http://ADDRESS`, as soon as requests are answered. Logs
    /// to stderr.
    Serve(serve::Serve),
    /// Add institutions, list them, make bearer keys for their programs.
    #[command(subcommand)]
    Institution(institution::Institution),
    /// Make a root key; draft, sign and install service cards.
    #[command(subcommand)]
    Card(card::Card),
    /// Check the audit log.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Print the OpenAPI description of the bank API.
    Openapi,
    /// Add tokens with known keys to the demo institution, for measurements.
    #[cfg(feature = "qa")]
    Seed(seed::Seed),
}

/// Where the centre's folder is.
#[derive(Args)]
struct Place {
    /// The settings, a TOML file [env: WARIFU_SERVER_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder that holds everything [default: warifu-server-data]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Place {
    fn config(
        &self,
        listen: Option<SocketAddr>,
        public_url: Option<String>,
    ) -> Result<Config, crate::config::BadConfig> {
        let environment =
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        let above = Overrides { folder: self.folder.clone(), listen, public_url };
        Config::read(self.config.as_deref(), environment, above)
    }

    /// Opens a folder that is in use already, beside a serving centre or without one.
    fn open(&self) -> Result<Arc<App>, Box<dyn std::error::Error>> {
        let config = self.config(None, None)?;
        if config.database.is_none() && !config.folder.join("warifu.db").is_file() {
            return Err(format!("{} is not a centre's folder", config.folder.display()).into());
        }
        Ok(App::open(&config, Clock::from_environment())?)
    }

    /// Opens a folder, and makes it when it is not there.
    fn open_or_make(&self) -> Result<Arc<App>, Box<dyn std::error::Error>> {
        Ok(App::open(&self.config(None, None)?, Clock::from_environment())?)
    }
}

/// Runs the program on its arguments.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let done = match Cli::parse_from(arguments).command {
        Command::Serve(command) => command.run(),
        Command::Institution(command) => command.run(),
        Command::Card(command) => command.run(),
        Command::Audit(command) => command.run(),
        Command::Openapi => print_openapi(),
        #[cfg(feature = "qa")]
        Command::Seed(command) => command.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("warifu-server: {why}");
            ExitCode::FAILURE
        }
    }
}

fn print_openapi() -> Outcome {
    println!("{}", crate::bank_api::description().to_pretty_json()?);
    Ok(())
}

/// Runs one piece of asynchronous work. One processor is left to the thread that writes: on as many threads as there are
/// processors the requests would keep it from running, and they wait for it.
fn block_on<T>(work: impl Future<Output = T>) -> std::io::Result<T> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(processors.saturating_sub(1).max(1));
    Ok(runtime.enable_all().build()?.block_on(work))
}

/// A failure as the person at the terminal may read it: they own the machine, so the cause is shown.
fn shown(failure: crate::edge::Failure) -> Box<dyn std::error::Error> {
    failure.to_string().into()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
