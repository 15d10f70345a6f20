//! Owns `warifu-server audit`.
//! Refuses to mend anything.
//! Invariant: a broken chain ends the program with a code other than 0.

use clap::{Args, Subcommand};

use super::{Outcome, Place};
use crate::audit;

#[derive(Subcommand)]
pub(super) enum Audit {
    /// Recompute every chain and name the first row that was edited, removed or moved.
    Verify(Verify),
}

#[derive(Args)]
pub(super) struct Verify {
    #[command(flatten)]
    place: Place,
}

impl Audit {
    pub(super) fn run(self) -> Outcome {
        let Self::Verify(command) = self;
        let app = command.place.open()?;
        let checked = audit::check(&app.store)?;
        println!("{} chains with {} rows are whole", checked.chains, checked.rows);
        for broken in &checked.broken {
            println!("BROKEN: {broken}");
        }
        match checked.broken.len() {
            0 => Ok(()),
            1 => Err("1 chain is broken".into()),
            many => Err(format!("{many} chains are broken").into()),
        }
    }
}
