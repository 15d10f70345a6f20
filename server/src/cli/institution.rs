//! Owns `warifu-server institution`.
//! Refuses to change who an institution is; what it demands of devices may change.
//! Invariant: a bearer key is printed once, to stdout, alone on its line.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use warifu_core::ids::ServiceId;
use warifu_core::wire::bank::MailAddress;
use warifu_core::wire::device::VaultLevel;

use super::{Outcome, Place, block_on, shown};
use crate::app::App;
use crate::service::institution::{self, NewInstitution};
use crate::store::{StoreError, institutions};

#[derive(Subcommand)]
pub(super) enum Institution {
    /// Add an institution and print the bearer key for its programs, this once.
    Add(Add),
    /// List the institutions.
    List(List),
    /// Change what an institution demands of devices that are initialised from now on.
    Set(Set),
    /// Make another bearer key for an institution and print it, this once.
    NewKey(NewKey),
}

#[derive(Args)]
pub(super) struct Add {
    #[command(flatten)]
    place: Place,
    /// サービスID, 8 digits
    #[arg(long, value_name = "DIGITS")]
    service_id: ServiceId,
    /// The name that members read
    #[arg(long)]
    name: String,
    /// Its reading in katakana
    #[arg(long)]
    name_kana: String,
    /// The sender of mails to its members [default: the setting mail_from]
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    mail_from: Option<MailAddress>,
    /// The page that tells its members where to download the app [default: the setting download_url]
    #[arg(long, value_name = "URL")]
    download_url: Option<String>,
    /// After how many consecutive wrong codes a token is suspended, 3 to 10
    #[arg(long, default_value_t = warifu_core::verify::WRONG_LIMIT, value_parser = clap::value_parser!(u8).range(3..=10))]
    wrong_limit: u8,
    /// For how many months a token is valid
    #[arg(long, default_value_t = warifu_core::japan::VALID_MONTHS, value_parser = clap::value_parser!(u32).range(1..=1200))]
    valid_months: u32,
    /// How well a device has to keep its keys, at least
    #[arg(long, value_name = "LEVEL", default_value_t = VaultLevel::Sealed, value_parser = level())]
    least_vault: VaultLevel,
}

#[derive(Args)]
pub(super) struct Set {
    #[command(flatten)]
    place: Place,
    /// サービスID
    service_id: ServiceId,
    /// How well a device has to keep its keys, at least
    #[arg(long, value_name = "LEVEL", value_parser = level())]
    least_vault: VaultLevel,
}

#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub(super) struct NewKey {
    #[command(flatten)]
    place: Place,
    /// サービスID
    service_id: ServiceId,
    /// End every other key of this institution at once
    #[arg(long)]
    end_others: bool,
}

fn level() -> impl TypedValueParser<Value = VaultLevel> {
    PossibleValuesParser::new(VaultLevel::ALL.iter().map(|level| level.as_str()))
        .map(|word| VaultLevel::from_word(&word).expect("only words of the list get here"))
}

fn address(text: &str) -> Result<MailAddress, &'static str> {
    MailAddress::try_from(text.to_owned())
}

impl Institution {
    pub(super) fn run(self) -> Outcome {
        match self {
            Self::Add(command) => command.run(),
            Self::List(command) => command.run(),
            Self::Set(command) => command.run(),
            Self::NewKey(command) => command.run(),
        }
    }
}

impl Add {
    fn run(self) -> Outcome {
        for (name, text) in [("--name", &self.name), ("--name-kana", &self.name_kana)] {
            if text.trim().is_empty() || text.chars().count() > 64 || text.chars().any(char::is_control) {
                return Err(format!("{name} has 1 to 64 characters, without line breaks").into());
            }
        }
        let app = self.place.open_or_make()?;
        let new = NewInstitution {
            service_id: self.service_id.clone(),
            name: self.name,
            name_kana: self.name_kana,
            mail_from: self.mail_from.map(String::from),
            download_url: self.download_url,
            wrong_limit: self.wrong_limit,
            valid_months: self.valid_months,
            least_vault: self.least_vault,
        };
        let made = block_on(async {
            let added = institution::add(&app, new).await?;
            match added {
                Some(added) => institution::make_key(&app, &added, false).await.map(Some),
                None => Ok(None),
            }
        })?;
        let key = made.map_err(shown)?;
        let key = key.ok_or_else(|| format!("there is an institution {} already", self.service_id))?;
        eprintln!(
            "Added {}. This is the bearer key for its programs; it is not shown again:",
            self.service_id
        );
        println!("{}", *key);
        Ok(())
    }
}

impl List {
    fn run(self) -> Outcome {
        let app = self.place.open()?;
        for found in app.store.read(institutions::all)? {
            let card = if app.cards.read(&found.service_id)?.is_some() { "card" } else { "no card" };
            println!("{}\t{}\t{card}", found.service_id, found.name);
        }
        Ok(())
    }
}

/// The institution, or what to tell the person who named it.
fn named(app: &App, service_id: &ServiceId) -> Result<institutions::Institution, String> {
    let found = app.store.read(|tx| institutions::by_service_id(tx, service_id));
    let found = found.map_err(|why: StoreError| why.to_string())?;
    found.ok_or_else(|| format!("there is no institution {service_id}"))
}

impl Set {
    fn run(self) -> Outcome {
        let app = self.place.open()?;
        let found = named(&app, &self.service_id)?;
        block_on(institution::set_least_vault(&app, found, self.least_vault))?.map_err(shown)?;
        eprintln!("Devices of {} have to keep keys at least as: {}", self.service_id, self.least_vault);
        Ok(())
    }
}

impl NewKey {
    fn run(self) -> Outcome {
        let app = self.place.open()?;
        let found = named(&app, &self.service_id)?;
        let key = block_on(institution::make_key(&app, &found, self.end_others))?.map_err(shown)?;
        eprintln!("A bearer key for {}; it is not shown again:", self.service_id);
        println!("{}", *key);
        Ok(())
    }
}
