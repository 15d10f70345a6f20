//! Owns the shape in which the figures are written, and how several rounds become one.
//! Refuses to judge them.
//! Invariant: every figure is a median; what was not measured is null, never 0.

use serde::Serialize;

/// Everything, as `--json` writes it.
#[derive(Serialize, Default)]
pub(crate) struct Figures {
    pub(crate) load: Load,
    pub(crate) axum_per_s: Option<f64>,
    pub(crate) pgbench_per_s: Option<f64>,
    pub(crate) sqlite: Option<Engine>,
    pub(crate) postgres: Option<Engine>,
    pub(crate) scale: Option<Scale>,
    pub(crate) overload: Option<Vec<Overload>>,
}

/// How busy the machine was: running tasks, averaged over a minute.
#[derive(Serialize, Default)]
pub(crate) struct Load {
    pub(crate) before: f64,
    pub(crate) after: f64,
    pub(crate) cores: usize,
}

/// What one engine does.
#[derive(Serialize)]
pub(crate) struct Engine {
    /// Right codes at 64 connections.
    pub(crate) verified_per_s: f64,
    /// Wrong codes at 64 connections.
    pub(crate) wrong_per_s: f64,
    pub(crate) one_connection_per_s: f64,
    /// How often one row can be made durable alone, on the same disk.
    pub(crate) single_commits_per_s: f64,
    /// Questions to the trivial server over one connection: what asking alone takes without a commit.
    pub(crate) axum_alone_per_s: f64,
    pub(crate) c32_per_s: f64,
    pub(crate) c128_per_s: f64,
    pub(crate) p99_ms_c32: f64,
    pub(crate) p99_ms_c64: f64,
    /// Of the centre's process, per verification at 64 connections.
    pub(crate) cpu_us: f64,
    /// `verified_per_s` to the trivial server's, and to pgbench's: the median of each round's own ratio.
    pub(crate) ratio_axum: f64,
    pub(crate) ratio_pgbench: Option<f64>,
    pub(crate) ratio_single_commit: f64,
}

/// What many tokens cost.
#[derive(Serialize)]
pub(crate) struct Scale {
    pub(crate) tokens: usize,
    pub(crate) rate_10k_per_s: f64,
    pub(crate) rate_10m_per_s: f64,
    pub(crate) rate_10m_over_10k: f64,
    pub(crate) bytes_per_token: f64,
    pub(crate) rss_mib: f64,
    pub(crate) rss_mib_10k: f64,
}

/// What comes of more questions than the centre can answer.
#[derive(Serialize)]
pub(crate) struct Overload {
    /// How many times what it can answer.
    pub(crate) times: f64,
    pub(crate) offered_per_s: f64,
    pub(crate) accepted_per_s: f64,
    /// Told at once to come back: 503 with Retry-After.
    pub(crate) refused_per_s: f64,
    /// Of what was accepted, from the moment it was due; the lines are few enough that it may have waited for its own.
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) refused_p99_ms: f64,
    pub(crate) rss_mib: f64,
    /// The first code of a lone member afterwards.
    pub(crate) recovery_ms: f64,
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The load's first average; 0 where the system tells none.
pub(crate) fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or_default()
}
