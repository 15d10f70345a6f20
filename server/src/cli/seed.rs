//! Owns `warifu-server seed`, which only builds with the feature `qa` have.
//! Refuses to run beside a serving centre.
//! Invariant: what it adds is for measurements; the keys are known to everyone.

use clap::Args;

use super::{Outcome, Place, block_on, shown};
use crate::app::Lock;
use crate::{demo, seed};

#[derive(Args)]
pub(super) struct Seed {
    #[command(flatten)]
    place: Place,
    /// How many members `s-0`, `s-1`, … get an active token
    #[arg(long, value_name = "NUMBER")]
    tokens: u64,
}

impl Seed {
    pub(super) fn run(self) -> Outcome {
        let app = self.place.open_or_make()?;
        let folder = self.place.config(None, None)?.folder;
        let _lock = Lock::take(&folder)?;
        block_on(async {
            demo::lay_out(&app, &folder, "http://127.0.0.1").await?;
            let institution = demo::institution(&app)?;
            seed::plant(&app, &institution, self.tokens).await.map_err(shown)
        })??;
        app.store.close();
        Ok(())
    }
}
