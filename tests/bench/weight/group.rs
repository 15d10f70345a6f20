//! Owns what a process group uses: memory and processor time, as the kernel counts them.
//! Refuses to know the program.
//! Invariant: all of the group is counted: a web view is several processes.

use std::fs;
use std::path::{Path, PathBuf};

/// The fields of `stat` behind the name, which may hold blanks: the state first (proc(5)).
fn fields(process: &Path) -> Vec<String> {
    let stat = fs::read_to_string(process.join("stat")).unwrap_or_default();
    let behind = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
    behind.split(' ').map(str::to_owned).collect()
}

fn members(group: u32) -> Vec<PathBuf> {
    let group = group.to_string();
    let all = fs::read_dir("/proc").expect("this is Linux").flatten().map(|entry| entry.path());
    all.filter(|process| fields(process).get(2) == Some(&group)).collect()
}

/// Proportional set size: what is shared counts in parts.
pub(crate) fn mebibytes(group: u32) -> f64 {
    let pss = |process: PathBuf| {
        let text = fs::read_to_string(process.join("smaps_rollup")).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:").map(str::to_owned))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    members(group).into_iter().filter_map(pss).sum::<f64>() / 1024.0
}

/// Processor time, in seconds, of those that are there.
pub(crate) fn seconds(group: u32) -> f64 {
    let ticks = |process: &PathBuf| {
        let fields = fields(process);
        fields.iter().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>()
    };
    // A hundred ticks a second on every Linux.
    members(group).iter().map(ticks).sum::<f64>() / 100.0
}
