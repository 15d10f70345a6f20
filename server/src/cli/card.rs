//! Owns `warifu-server card`: the way of a service card from the centre to a root key and back.
//! Refuses to bring a root key to the centre: draft and install run there, sign runs where the root is kept.
//! Invariant: a card that the centre serves names every OPAQUE key of the centre; numbers of cards only rise.

use std::collections::BTreeMap;
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

use super::{Outcome, Place, block_on, shown};
use crate::app::App;
use crate::cards::{self, Draft};
use crate::clock::Clock;
use crate::service::rotation;
use crate::store::institutions::{self, Institution};

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
    /// On the centre: change an institution's OPAQUE key, with both keys good meanwhile.
    Rotate(Rotate),
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

#[derive(Args)]
pub(super) struct Rotate {
    #[command(flatten)]
    place: Place,
    /// サービスID of the institution
    #[arg(long, value_name = "DIGITS")]
    service_id: ServiceId,
    /// Drop the old key; refused while an open issue needs it
    #[arg(long)]
    finish: bool,
}

impl Card {
    pub(super) fn run(self) -> Outcome {
        match self {
            Self::Keygen(command) => command.run(),
            Self::Draft(command) => command.run(),
            Self::Sign(command) => command.run(),
            Self::Install(command) => command.run(),
            Self::Rotate(command) => command.run(),
        }
    }
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(file).map_err(|why| format!("{}: {why}", file.display()))
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), String> {
    std::fs::write(file, bytes).map_err(|why| format!("{}: {why}", file.display()))
}

fn institution(app: &App, service_id: &ServiceId) -> Result<Institution, Box<dyn std::error::Error>> {
    let found = app.store.read(|tx| institutions::by_service_id(tx, service_id))?;
    Ok(found.ok_or_else(|| format!("there is no institution {service_id}"))?)
}

/// Beside the root key: the number of the last card that it signed, for each service.
fn register(root: &Path) -> PathBuf {
    root.with_extension("signed.json")
}

fn signed_before(root: &Path) -> Result<BTreeMap<ServiceId, u64>, String> {
    let file = register(root);
    match std::fs::read(&file) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|why| format!("{}: {why}", file.display())),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(why) => Err(format!("{}: {why}", file.display())),
    }
}

fn remember_signed(root: &Path, mut signed: BTreeMap<ServiceId, u64>, card: &ServiceCard) -> Outcome {
    signed.insert(card.service_id.clone(), card.seq);
    Ok(write(&register(root), &serde_json::to_vec_pretty(&signed)?)?)
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
        let institution = institution(&app, &self.service_id)?;
        let held = app.cards.read(&self.service_id)?;
        let now = app.clock.now();
        // The hour of the draft: rises even when a card that was signed was never installed.
        let seq = u64::try_from(now.secs())
            .unwrap_or(0)
            .max(held.as_ref().and_then(cards::content).map_or(1, |held| held.seq + 1));
        let expires = now.plus(self.days * DAY);
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
        let signed = signed_before(&self.root)?;
        let last = signed.get(&draft.service_id).copied().unwrap_or(0);
        if draft.seq <= last {
            return Err(
                format!("card {last} of {} was signed before: draft a newer one", draft.service_id).into()
            );
        }
        remember_signed(&self.root, signed, &draft)?;
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
        let held = app.cards.read(&said.service_id)?;
        let is_another = held.as_ref().is_some_and(|held| *held != signed);
        let held = held.as_ref().and_then(cards::content);
        let expected = Expected {
            roots: &[root],
            service_id: &said.service_id,
            seen_seq: held.map_or(0, |held| held.seq),
            app: [u64::MAX; 3],
            now: Clock::from_environment().now(),
        };
        let checked = card::verify(&signed, &expected)?;
        if is_another && expected.seen_seq == checked.seq {
            return Err(format!("another card {} is in place: draft a newer one", checked.seq).into());
        }
        let institution = institution(&app, &checked.service_id)?;
        for setup_id in institution.setups() {
            if !checked.opaque_keys.contains(&app.keys.setup(&checked.service_id, setup_id)?.public_key()) {
                return Err(
                    "the card does not name every OPAQUE key of this centre: draft a newer one".into()
                );
            }
        }
        app.cards.write(&checked.service_id, &signed)?;
        if block_on(rotation::adopt(&app, institution, &checked))?.map_err(shown)? {
            eprintln!("New issues use the new key. Next, in seven days: warifu-server card rotate --finish.");
        }
        eprintln!("Installed card {} of {}.", checked.seq, checked.service_id);
        Ok(())
    }
}

impl Rotate {
    fn run(self) -> Outcome {
        let app = self.place.open()?;
        let institution = institution(&app, &self.service_id)?;
        if self.finish {
            block_on(rotation::finish(&app, institution))?.map_err(shown)??;
            eprintln!("Dropped the old key of {}. Next: a card without it.", self.service_id);
        } else {
            block_on(rotation::begin(&app, institution))?.map_err(shown)??;
            eprintln!(
                "Made a new key for {}. Next: card draft, sign and install; until then the old key is used.",
                self.service_id
            );
        }
        Ok(())
    }
}
