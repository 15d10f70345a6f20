//! Owns `warifu-server card`: the way of a service card from the centre to a root key and back.
//! Refuses to bring a root key to the centre: draft and install run there, sign runs where the root is kept.
//! Invariant: a card that the centre serves names the centre's own OPAQUE key.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use ed25519_dalek::SigningKey;
use rand::rngs::OsRng;
use warifu_core::enrol::card::{self, Expected};
use warifu_core::ids::ServiceId;
use warifu_core::secret::Secret;
use warifu_core::time::DAY;
use warifu_core::wire::device::{ServiceCard, SignedCard};
use zeroize::Zeroizing;

use super::{Outcome, Place};
use crate::cards::{self, Draft};
use crate::clock::Clock;
use crate::store::institutions;

#[derive(Subcommand)]
pub(super) enum Card {
    /// Make a root key that signs cards, on a machine that is not the centre; print its public half for the app.
    Keygen(Keygen),
    /// On the centre: write down what an institution's card has to say.
    Draft(DraftCard),
    /// Where the root key is: sign a draft.
    Sign(Sign),
    /// On the centre: put a signed card in place, checking that it is this centre's.
    Install(Install),
}

#[derive(Args)]
pub(super) struct Keygen {
    /// The file for the root key; made with mode 600, never replaced
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Args)]
pub(super) struct DraftCard {
    #[command(flatten)]
    place: Place,
    /// サービスID of the institution
    #[arg(long, value_name = "DIGITS")]
    service_id: ServiceId,
    /// Where devices reach this centre [default: the setting public_url]
    #[arg(long, value_name = "URL")]
    centre_url: Option<String>,
    /// For how many days the card is good
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(i64).range(1..=3650))]
    days: i64,
    /// The file for the draft
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Args)]
pub(super) struct Sign {
    /// The root key's file
    #[arg(long, value_name = "FILE")]
    root: PathBuf,
    /// The draft to sign: read it first
    #[arg(long, value_name = "FILE")]
    draft: PathBuf,
    /// The file for the signed card
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Args)]
pub(super) struct Install {
    #[command(flatten)]
    place: Place,
    /// The signed card
    #[arg(long, value_name = "FILE")]
    card: PathBuf,
    /// The root's public half, 64 hex digits
    #[arg(long, value_name = "HEX")]
    root: String,
}

impl Card {
    pub(super) fn run(self) -> Outcome {
        match self {
            Self::Keygen(command) => command.run(),
            Self::Draft(command) => command.run(),
            Self::Sign(command) => command.run(),
            Self::Install(command) => command.run(),
        }
    }
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(file).map_err(|why| format!("{}: {why}", file.display()))
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), String> {
    std::fs::write(file, bytes).map_err(|why| format!("{}: {why}", file.display()))
}

impl Keygen {
    fn run(self) -> Outcome {
        let seed = Secret::<32>::generate(&mut OsRng);
        crate::keys::write_key(&self.out, &seed)?;
        let root = SigningKey::from_bytes(seed.expose());
        eprintln!("Made {}. Keep it off the network. Its public half:", self.out.display());
        println!("{}", hex::encode(root.verifying_key().to_bytes()));
        Ok(())
    }
}

impl DraftCard {
    fn run(self) -> Outcome {
        let config = self.place.config(None, None)?;
        let app = self.place.open()?;
        let url = self
            .centre_url
            .or(config.public_url)
            .ok_or("--centre-url or the setting public_url is needed")?;
        if !url.starts_with("https://") {
            return Err(format!("{url}: devices reach a centre by https:// only").into());
        }
        let found = app.store.read(|tx| institutions::by_service_id(tx, &self.service_id))?;
        let institution = found.ok_or_else(|| format!("there is no institution {}", self.service_id))?;
        let held = app.cards.read(&self.service_id)?;
        let seq = held.as_ref().and_then(cards::content).map_or(1, |held| held.seq + 1);
        let expires = app.clock.now().plus(self.days * DAY);
        let draft = Draft { centre_url: url, seq, expires }.card(&institution, &app.keys)?;
        write(&self.out, &serde_json::to_vec_pretty(&draft)?)?;
        eprintln!("Wrote {}. Next: warifu-server card sign, where the root key is.", self.out.display());
        Ok(())
    }
}

impl Sign {
    fn run(self) -> Outcome {
        let draft: ServiceCard = serde_json::from_slice(&read(&self.draft)?)
            .map_err(|why| format!("{} is not a draft: {why}", self.draft.display()))?;
        let seed = crate::keys::read_key(&self.root)?;
        let seed = seed.ok_or_else(|| format!("{} is not there", self.root.display()))?;
        let root = SigningKey::from_bytes(&Zeroizing::new(*seed.expose()));
        write(&self.out, &serde_json::to_vec_pretty(&card::sign(&draft, &root))?)?;
        eprintln!("Wrote {}. Next: warifu-server card install, on the centre.", self.out.display());
        Ok(())
    }
}

impl Install {
    fn run(self) -> Outcome {
        let signed: SignedCard = serde_json::from_slice(&read(&self.card)?)
            .map_err(|why| format!("{} is not a signed card: {why}", self.card.display()))?;
        let mut root = [0; 32];
        hex::decode_to_slice(&self.root, &mut root).map_err(|_| "--root has to be 64 hex digits")?;
        let app = self.place.open()?;
        let said = cards::content(&signed).ok_or("the card is malformed")?;
        let held = app.cards.read(&said.service_id)?.as_ref().and_then(cards::content);
        let expected = Expected {
            roots: &[root],
            service_id: &said.service_id,
            seen_seq: held.map_or(0, |held| held.seq),
            app: [u64::MAX; 3],
            now: Clock::from_environment().now(),
        };
        let checked = card::verify(&signed, &expected)?;
        let own = app.keys.setup(&checked.service_id)?.public_key();
        if !checked.opaque_keys.contains(&own) {
            return Err("the card does not name this centre's OPAQUE key".into());
        }
        app.cards.write(&checked.service_id, &signed)?;
        eprintln!("Installed card {} of {}.", checked.seq, checked.service_id);
        Ok(())
    }
}
