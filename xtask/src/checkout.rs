//! Owns where things lie: the checkout's root, cargo's target folder, and the folders for people.
//! Refuses to know what is put there.
//! Invariant: what is built goes to cargo's target folder; what a person looks at goes to `target/` of the checkout.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A checkout of this repository.
pub(crate) struct Checkout {
    root: PathBuf,
    target: PathBuf,
}

impl Checkout {
    /// The checkout that this task was started from.
    pub(crate) fn find() -> Result<Self, String> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().ok_or("xtask has to lie inside a checkout")?.to_owned();
        let answer = Command::new(crate::cargo::program())
            .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
            .current_dir(&root)
            .output()
            .map_err(|why| format!("cargo could not be started: {why}"))?;
        if !answer.status.success() {
            return Err(format!(
                "cargo cannot read the workspace:\n{}",
                String::from_utf8_lossy(&answer.stderr)
            ));
        }
        let described: serde_json::Value = serde_json::from_slice(&answer.stdout)
            .map_err(|why| format!("cargo describes the workspace in an unknown way: {why}"))?;
        let target = described["target_directory"].as_str().ok_or("cargo names no target folder")?;
        Ok(Self { root, target: PathBuf::from(target) })
    }

    /// The folder of the workspace's Cargo.toml.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo's target folder; often shared between checkouts.
    pub(crate) fn built(&self) -> &Path {
        &self.target
    }

    /// A folder for people, `target/NAME` of this checkout, made if it is not there.
    pub(crate) fn shown(&self, name: &str) -> Result<PathBuf, String> {
        let folder = self.root.join("target").join(name);
        std::fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
        Ok(folder)
    }
}
