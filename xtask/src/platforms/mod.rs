//! Owns the proof for the platforms that this machine is not: what can be compiled, parsed or run here for each.
//! Refuses to claim more: a platform is run only where it says so.
//! Invariant: each check is one line of the summary, and its name says what was done.

mod compiler;
pub(crate) mod needs;
mod phones;
mod tools;
mod wine;

use crate::checkout::Checkout;
use crate::packages::{self, For};
use crate::summary::Summary;
use compiler::Compiler;
use tools::Tools;

const PLATFORMS: [&str; 4] = ["windows", "android", "ios", "macos"];

/// Checks all platforms, or the named ones.
pub(crate) fn platforms(here: &Checkout, words: &[&str]) -> Result<(), String> {
    if let Some(unknown) = words.iter().find(|word| !PLATFORMS.contains(word)) {
        return Err(format!("There is no platform {unknown}. What there is: {}", PLATFORMS.join(" ")));
    }
    let wants = |platform: &str| words.is_empty() || words.contains(&platform);
    packages::ensure(&purposes(wants))?;
    let tools = Tools::below(&tools::cache()?, wants)?;
    let compiler = Compiler::new(here, &tools)?;
    let mut summary = Summary::default();
    for (platform, target) in [
        ("windows", "x86_64-pc-windows-gnu"),
        ("android", "aarch64-linux-android"),
        ("ios", "aarch64-apple-ios"),
        ("macos", "aarch64-apple-darwin"),
    ] {
        if wants(platform) {
            summary.step(&format!("{platform}: the whole app compiled for {target}, not linked"), || {
                compiler.check(target)
            });
        }
    }
    if wants("windows") {
        wine::checks(here, &compiler, &tools, &mut summary);
    }
    if wants("android") {
        summary.step("android: the Kotlin compiled against API 23, not run", || phones::kotlin(here, &tools));
        summary.step("android: what merges into the manifest is XML", || phones::xml(here));
    }
    if wants("ios") {
        summary.step("ios: the Swift parsed, not compiled", || phones::swift(here, &tools));
    }
    summary.tell()
}

fn purposes(wants: impl Fn(&str) -> bool) -> Vec<For> {
    let mut purposes = vec![For::Build, For::Platforms];
    for (platform, purpose) in [("windows", For::Windows), ("android", For::Android)] {
        if wants(platform) {
            purposes.push(purpose);
        }
    }
    purposes
}
