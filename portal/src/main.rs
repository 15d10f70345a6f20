//! Owns the command line of `warifu-portal`: what a stranger reads in `--help`, and the process around the library.
//! Refuses to know pages.
//! Invariant: stdout carries the one line that says where it listens; everything else goes to stderr.

mod operator;

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::net::TcpListener;
use warifu_portal::accounts::{self, NewMember};
use warifu_portal::bounces;
use warifu_portal::clock::Clock;
use warifu_portal::config::{Config, EXAMPLE, Flags};
use warifu_portal::store::Store;
use warifu_portal::{App, serve};

/// An institution's internet-banking pages for one-time passwords.
///
/// Members sign in here, apply for a software token, start using it and release it. Tokens and codes live at the
/// token centre (warifu-server); this program asks it over its bank API, as any bank would.
///
/// To look around: start the centre with `warifu-server serve --demo --folder centre`, then
/// `warifu-portal serve --demo --folder portal --centre-key-file centre/demo/bank-10112235.key`,
/// and open the address it prints.
#[derive(Parser)]
#[command(name = "warifu-portal", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the pages until interrupted
    ///
    /// Prints one line with the address when ready. Behind a reverse proxy that ends TLS, set --public-url to the
    /// https address that members type. GET /health/live and /health/ready are for the proxy. RUST_LOG sets how
    /// much is logged (default: info).
    Serve(Box<Flags>),
    /// Make a member's account; reads the login password and the confirmation password from stdin, a line each
    AddMember(NewPerson),
    /// Open a 普通預金 account for a member
    OpenAccount(NewAccount),
    /// Make, list and disable the accounts of staff, who work at /staff
    #[command(subcommand)]
    Staff(operator::Staff),
    /// Say what became of mails that the mail server had taken over
    #[command(subcommand)]
    Mail(MailNews),
    /// Print a settings file with every setting explained
    ExampleConfig,
}

/// For the mail server's hook on messages that come back.
#[derive(Subcommand)]
enum MailNews {
    /// A mail to this address came back: the member and the staff are shown it, with what to do
    Bounced(Bounced),
}

#[derive(clap::Args)]
struct Bounced {
    /// The portal's own folder
    #[arg(long, value_name = "DIR", env = "WARIFU_PORTAL_FOLDER", default_value = "warifu-portal")]
    folder: PathBuf,
    /// The recipient, as the message that came back names it
    address: String,
}

#[derive(clap::Args)]
struct NewAccount {
    /// The portal's own folder
    #[arg(long, value_name = "DIR", env = "WARIFU_PORTAL_FOLDER", default_value = "warifu-portal")]
    folder: PathBuf,
    /// Whose it is
    #[arg(long, value_name = "ID")]
    member_id: String,
    /// 支店番号, 3 digits
    #[arg(long)]
    branch: String,
    /// 口座番号, 7 digits
    #[arg(long)]
    number: String,
    /// The opening deposit, yen
    #[arg(long, value_name = "YEN", default_value_t = 0)]
    deposit: u32,
}

#[derive(clap::Args)]
struct NewPerson {
    /// The portal's own folder
    #[arg(long, value_name = "DIR", env = "WARIFU_PORTAL_FOLDER", default_value = "warifu-portal")]
    folder: PathBuf,
    /// The member as the centre will know them: 1 to 64 of A-Z a-z 0-9 . _ -
    #[arg(long, value_name = "ID")]
    member_id: String,
    /// ログインID: 4 to 32 of a-z 0-9 . _ -
    #[arg(long, value_name = "ID")]
    login_id: String,
    /// The member's name as the pages show it
    #[arg(long)]
    name: String,
    /// How the name is read, in kana, for staff to search by and for transfers to be addressed to
    #[arg(long, default_value = "")]
    kana: String,
    /// The registered mail address
    #[arg(long, default_value = "")]
    mail: String,
    /// 申込書記載の振込限度額, yen [default: the institution's own]
    #[arg(long, value_name = "YEN")]
    form_limit: Option<u32>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let level = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt()
        .with_env_filter(level)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    let done = match cli.command {
        Command::Serve(flags) => runtime.block_on(run(*flags)),
        Command::AddMember(new) => runtime.block_on(add(&new)),
        Command::OpenAccount(new) => runtime.block_on(open_account(&new)),
        Command::Mail(MailNews::Bounced(bounced)) => runtime.block_on(note_bounce(&bounced)),
        Command::Staff(command) => runtime.block_on(operator::run(command)),
        Command::ExampleConfig => std::io::stdout().write_all(EXAMPLE.as_bytes()).map_err(Into::into),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&*error),
    }
}

type Done = Result<(), Box<dyn std::error::Error>>;

fn failed(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("warifu-portal: {error}");
    ExitCode::FAILURE
}

async fn run(flags: Flags) -> Done {
    let mut config = Config::load(flags)?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|e| format!("cannot listen on {}: {e}", config.listen))?;
    config.listen = listener.local_addr()?;
    let store = Store::open(&config.folder)?;
    let (address, is_demo) = (config.listen, config.demo);
    if config.is_https() && !config.behind_proxy {
        tracing::warn!(
            "behind_proxy is not set: guesses at a password from everywhere are counted as the proxy's"
        );
    }
    let app = App::new(config, Clock::system(), store).await?;
    if is_demo {
        tracing::warn!("this is the demo: its passwords are known to everyone");
    }
    let mut out = std::io::stdout();
    writeln!(out, "warifu-portal listening on http://{address}")?;
    out.flush()?;
    serve(listener, app, interrupted()).await?;
    tracing::info!("stopped");
    Ok(())
}

async fn open_account(new: &NewAccount) -> Done {
    let NewAccount { folder, member_id, branch, number, deposit } = new;
    let account = accounts::NewAccount { member_id, branch, number, deposit: *deposit };
    accounts::open_account(&Store::open(folder)?, account, Clock::system().now()).await?;
    Ok(())
}

async fn note_bounce(Bounced { folder, address }: &Bounced) -> Done {
    bounces::note(&Store::open(folder)?, address, Clock::system().now()).await?;
    Ok(())
}

async fn add(new: &NewPerson) -> Done {
    let mut lines = std::io::stdin().lock().lines();
    let mut line =
        |what: &str| lines.next().unwrap_or_else(|| Err(std::io::Error::other(format!("{what} is missing"))));
    let (login_password, confirmation_password) =
        (line("the login password")?, line("the confirmation password")?);
    let store = Store::open(&new.folder)?;
    let member = NewMember {
        member_id: &new.member_id,
        login_id: &new.login_id,
        name: &new.name,
        kana: &new.kana,
        mail: &new.mail,
        form_limit: new.form_limit,
        login_password: &login_password,
        confirmation_password: &confirmation_password,
    };
    accounts::add_member(&store, member).await?;
    Ok(())
}

/// Done at the first SIGINT or SIGTERM.
async fn interrupted() {
    let interrupt = async { tokio::signal::ctrl_c().await.is_ok() };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await.is_some(),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<bool>();
    tokio::select! {
        _ = interrupt => {}
        _ = terminate => {}
    }
}
