//! Owns what an operator says about staff accounts on the command line.
//! Refuses to know how accounts are kept.
//! Invariant: a password is read from stdin or made up and printed once; it is never an argument.

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use warifu_portal::clock::Clock;
use warifu_portal::staff_accounts::{self, NewStaff, Role};
use warifu_portal::store::Store;
use zeroize::Zeroizing;

/// What can be done about staff accounts.
#[derive(Subcommand)]
pub(crate) enum Staff {
    /// Make an account; reads its password from stdin (12 characters or more), or makes one up with --generate
    Add(New),
    /// List the accounts
    List(Place),
    /// Give an account another role; its sessions end
    Role(Duty),
    /// Disable an account for good; its sessions end, what it did stays in the log
    Disable(Named),
    /// Let an account apply for another first token, after its token expired or was released
    PermitToken(Named),
}

#[derive(Args)]
pub(crate) struct Place {
    /// The portal's own folder
    #[arg(long, value_name = "DIR", env = "WARIFU_PORTAL_FOLDER", default_value = "warifu-portal")]
    folder: PathBuf,
}

#[derive(Args)]
pub(crate) struct Named {
    #[command(flatten)]
    place: Place,
    /// The staff ID
    #[arg(long, value_name = "ID")]
    id: String,
}

#[derive(Args)]
pub(crate) struct Duty {
    #[command(flatten)]
    named: Named,
    /// What this person may do
    #[arg(long)]
    role: RoleWord,
    /// Besides, make, change and end accounts on the page 職員の管理
    #[arg(long)]
    administers: bool,
}

#[derive(Args)]
pub(crate) struct New {
    #[command(flatten)]
    place: Place,
    /// The staff ID: 3 to 32 of a-z 0-9 . _ -
    #[arg(long, value_name = "ID")]
    id: String,
    /// The name on the pages
    #[arg(long)]
    name: String,
    /// Where the mails about the own token go
    #[arg(long, value_name = "ADDRESS")]
    mail: String,
    /// What this person may do
    #[arg(long)]
    role: RoleWord,
    /// Besides, make, change and end accounts on the page 職員の管理
    #[arg(long)]
    administers: bool,
    /// Make a password up and print it, once
    #[arg(long)]
    generate: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleWord {
    /// Searches, and asks for a suspended token to be reinstated
    Clerk,
    /// The same, and approves what others ask for
    Approver,
    /// Searches, and reads the log
    Auditor,
}

impl From<RoleWord> for Role {
    fn from(word: RoleWord) -> Self {
        match word {
            RoleWord::Clerk => Self::Clerk,
            RoleWord::Approver => Self::Approver,
            RoleWord::Auditor => Self::Auditor,
        }
    }
}

/// Does what was said.
pub(crate) async fn run(command: Staff) -> Result<(), Box<dyn std::error::Error>> {
    let now = Clock::system().now();
    let mut out = std::io::stdout();
    match command {
        Staff::Add(new) => {
            let password = if new.generate {
                staff_accounts::generate_password()
            } else {
                let line = std::io::stdin().lock().lines().next();
                Zeroizing::new(line.ok_or("the password is missing on stdin; --generate makes one up")??)
            };
            let New { place, id, name, mail, role, administers, generate } = &new;
            let (role, administers) = ((*role).into(), *administers);
            let account = NewStaff { id, name, mail, role, administers, password: &password };
            staff_accounts::add_staff(&Store::open(&place.folder)?, account, now).await?;
            if *generate {
                writeln!(out, "{}", *password)?;
            }
        }
        Staff::List(place) => {
            for account in staff_accounts::list_staff(&Store::open(&place.folder)?).await? {
                let token = if account.had_token { "token" } else { "no token yet" };
                let state = if account.is_disabled { "disabled" } else { token };
                let (id, role) = (account.id.as_str(), account.role.word());
                let administers = if account.administers { "+administers" } else { "" };
                writeln!(out, "{id}\t{role}{administers}\t{state}\t{}\t{}", account.name, account.mail)?;
            }
        }
        Staff::Role(Duty { named: Named { place, id }, role, administers }) => {
            let store = Store::open(&place.folder)?;
            staff_accounts::change_role(&store, &id, role.into(), administers, now).await?;
        }
        Staff::Disable(Named { place, id }) => {
            staff_accounts::disable_staff(&Store::open(&place.folder)?, &id, now).await?;
        }
        Staff::PermitToken(Named { place, id }) => {
            staff_accounts::permit_token(&Store::open(&place.folder)?, &id, now).await?;
        }
    }
    Ok(())
}
