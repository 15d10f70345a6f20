//! Owns what many tokens cost: the rate, the bytes, the memory.
//! Refuses to measure few and many apart: their rounds take turns.
//! Invariant: the few are seeded anew for every round, so that both have fresh codes.

use std::path::Path;

use crate::centre::{self, Centre};
use crate::engine::accepted;
use crate::figures::{Scale, median};
use crate::load;

const FEW: usize = 10_000;
/// Two codes of each of the few.
const QUESTIONS: usize = 20_000;

/// Seeds and measures.
pub(crate) async fn figures(many: usize, rounds: usize) -> Scale {
    println!("SQLite, {many} tokens beside {FEW}");
    let large = tempfile::tempdir().expect("the temporary folder takes files");
    let empty = tempfile::tempdir().expect("the temporary folder takes files");
    centre::seed(empty.path(), None, 1);
    centre::seed(large.path(), None, many);
    let size =
        |folder: &Path| std::fs::metadata(folder.join("warifu.db")).map_or(0, |file| file.len()) as f64;
    let bytes = (size(large.path()) - size(empty.path())) / many as f64;
    let mut much = Centre::start(large.path(), None, many);
    let (mut rates, mut few_rates, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let (mut rss, mut few_rss) = (0f64, 0f64);
    for round in 0..=rounds {
        let small = tempfile::tempdir().expect("the temporary folder takes files");
        centre::seed(small.path(), None, FEW);
        let mut few = Centre::start(small.path(), None, FEW);
        let questions = few.right(QUESTIONS);
        let few_rate = accepted(load::run(few.address, 64, questions, r#""accepted""#).await).per_second;
        let questions = much.right(QUESTIONS);
        let rate = accepted(load::run(much.address, 64, questions, r#""accepted""#).await).per_second;
        println!("   few {few_rate:.0}/s, many {rate:.0}/s ({:.2})", rate / few_rate);
        rss = rss.max(much.rss_mib());
        few_rss = few_rss.max(few.rss_mib());
        if round > 0 {
            ratios.push(rate / few_rate);
            rates.push(rate);
            few_rates.push(few_rate);
        }
    }
    Scale {
        tokens: many,
        rate_10k_per_s: median(few_rates),
        rate_10m_per_s: median(rates),
        rate_10m_over_10k: median(ratios),
        bytes_per_token: bytes,
        rss_mib: rss,
        rss_mib_10k: few_rss,
    }
}
