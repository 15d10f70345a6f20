//! Owns `warifu-server audit`.
//! Refuses to mend anything.
//! Invariant: a broken chain ends the program with a code other than 0.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Outcome, Place};
use crate::{audit, checkpoint};

#[derive(Subcommand)]
pub(super) enum Audit {
    /// Recompute every chain and name the first row that was edited, removed or moved.
    Verify(Verify),
    /// Print a signed line for each chain: where it stands now. Keep the lines where nobody who can write the database
    /// can change them, and hand them to `audit verify --checkpoints`.
    Checkpoint(Checkpoint),
}

#[derive(Args)]
pub(super) struct Verify {
    /// Lines of earlier `audit checkpoint`: each has to agree with its chain.
    #[arg(long, value_name = "FILE")]
    checkpoints: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub(super) struct Checkpoint {
    #[command(flatten)]
    place: Place,
}

impl Audit {
    pub(super) fn run(self) -> Outcome {
        match self {
            Self::Verify(command) => command.run(),
            Self::Checkpoint(command) => {
                for line in checkpoint::take(&*command.place.open()?)? {
                    println!("{line}");
                }
                Ok(())
            }
        }
    }
}

impl Verify {
    fn run(self) -> Outcome {
        let app = self.place.open()?;
        let checked = audit::check(&app.store)?;
        println!("{} chains with {} rows are whole", checked.chains, checked.rows);
        for broken in &checked.broken {
            println!("BROKEN: {broken}");
        }
        let mut wrong = checked.broken.len();
        if let Some(file) = self.checkpoints {
            let text = std::fs::read_to_string(&file).map_err(|why| format!("{}: {why}", file.display()))?;
            let (agree, broken) = checkpoint::check(&app, &text)?;
            println!("{agree} checkpoints agree");
            for broken in &broken {
                println!("BROKEN: {broken}");
            }
            wrong += broken.len();
        }
        match wrong {
            0 => Ok(()),
            1 => Err("1 chain is broken".into()),
            many => Err(format!("{many} chains or checkpoints are broken").into()),
        }
    }
}
