//! Owns the app without its window as a program of its own, for tests that end it at any moment.
//! Refuses to decide anything: it asks `warifu_app::headless` and prints what was seen.
//! Invariant: one line of JSON on stdout, after everything that it tells is on the disk.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::{Args, Parser, Subcommand};
use warifu_app::headless::{Parts, Phone, Seen};

#[derive(Parser)]
struct Phones {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Fills and sends the form.
    Enrol {
        #[command(flatten)]
        device: Device,
        #[arg(long)]
        service_id: String,
        #[arg(long)]
        user_id: String,
        #[arg(long)]
        start_password: String,
        /// Beside the tokens that are there: 追加 first.
        #[arg(long)]
        another: bool,
    },
    /// Goes on with a pending initialisation.
    Resume {
        #[command(flatten)]
        device: Device,
        /// Asks again, at once, until it is no longer pending or so many seconds have passed.
        #[arg(long, default_value_t = 0)]
        within: u64,
    },
    /// Removes the token from the device.
    Remove {
        #[command(flatten)]
        device: Device,
    },
    /// Prints one sample of everything that crosses to the window.
    Screens,
    /// Says what is on the disk, without a word to the centre.
    Look {
        #[command(flatten)]
        device: Device,
        /// The token of this slot alone.
        #[arg(long)]
        slot: Option<u64>,
    },
}

#[derive(Args)]
struct Device {
    /// The app's folder.
    #[arg(long)]
    folder: PathBuf,
    /// The folder that stands in for the keyring; without one, the keyring is the operating system's own.
    #[arg(long)]
    keyring_dir: Option<PathBuf>,
    /// Where the centre is.
    #[arg(long, default_value = "http://127.0.0.1:9")]
    centre: String,
    /// How long one question to the centre may take, milliseconds.
    #[arg(long, default_value_t = 5_000)]
    patience: u64,
    /// Milliseconds by which this phone's clock is ahead.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    ahead: i64,
}

impl Device {
    fn phone(self) -> Phone {
        let parts = Parts::new(self.folder, PathBuf::new(), self.centre);
        let patience = Duration::from_millis(self.patience);
        let phone = Phone::open(&Parts { keyring: self.keyring_dir, patience, ..parts });
        phone.set_clock_ahead(self.ahead);
        phone
    }
}

async fn resume(phone: &Phone, within: Duration) -> Seen {
    let began = Instant::now();
    loop {
        let seen = phone.resume().await;
        if seen.screen != "resuming" || began.elapsed() >= within {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::main]
async fn main() -> serde_json::Result<()> {
    let seen = match Phones::parse().action {
        Action::Enrol { device, service_id, user_id, start_password, another } => {
            let phone = device.phone();
            let refused = if another { Some(phone.add().await) } else { None };
            match refused.filter(|seen| seen.screen != "setup") {
                Some(seen) => seen,
                None => phone.enrol(&service_id, &user_id, &start_password).await,
            }
        }
        Action::Resume { device, within } => resume(&device.phone(), Duration::from_secs(within)).await,
        Action::Remove { device } => device.phone().remove().await,
        Action::Screens => {
            println!("{}", warifu_app::headless::screens::fixtures());
            return Ok(());
        }
        Action::Look { device, slot: None } => device.phone().look().await,
        Action::Look { device, slot: Some(slot) } => device.phone().choose(slot).await,
    };
    println!("{}", serde_json::to_string(&seen)?);
    Ok(())
}
