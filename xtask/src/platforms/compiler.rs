//! Owns how the app is compiled for a platform: with the standard library's own sources, in a target folder apart.
//! Refuses to know what is done with what was compiled.
//! Invariant: the compiler is named with every call, so that the one this task was built with does not get in.

use std::path::PathBuf;
use std::process::Command;

use super::tools::Tools;
use crate::checkout::Checkout;

/// Debian's, which has the sources.
pub(crate) struct Compiler {
    root: PathBuf,
    built: PathBuf,
    kotlin_out: PathBuf,
    sdk: PathBuf,
    c_for_apple: PathBuf,
    c_for_android: PathBuf,
    archiver: PathBuf,
}

impl Compiler {
    /// With the C compilers among `tools`.
    pub(crate) fn new(here: &Checkout, tools: &Tools) -> Result<Self, String> {
        Ok(Self {
            root: here.root().to_owned(),
            built: tools.folder("target")?,
            kotlin_out: tools.folder("wry-kotlin")?,
            sdk: tools.folder("no-sdk")?,
            c_for_apple: tools.script("cc-apple", &tools.c_compiler("aarch64-macos"))?,
            c_for_android: tools.script("cc-android", &tools.c_compiler("aarch64-linux-musl"))?,
            archiver: tools.script("ar", &tools.archiver())?,
        })
    }

    /// Whether the app, and what a phone loads, compile for `target`. A warning is an error.
    pub(crate) fn check(&self, target: &str) -> Result<(), String> {
        let mut command = self.cargo("check", target);
        command.args(["-p", "warifu-app", "-p", "warifu-mobile", "-p", "warifu-device"]);
        match command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => Err(format!("It does not compile for {target}; what is wrong stands above.")),
            Err(why) => Err(format!("cargo could not be started: {why}")),
        }
    }

    /// Cargo for `target`.
    pub(crate) fn cargo(&self, verb: &str, target: &str) -> Command {
        let mut command = Command::new("/usr/bin/cargo");
        command.current_dir(&self.root).arg(verb);
        command.args(["-Zbuild-std=std,panic_abort", "-Zwarnings", "--target", target]);
        // What cargo says of xtask to this process, and which toolchain built it.
        for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO", "RUSTUP_TOOLCHAIN", "RUSTFLAGS"] {
            command.env_remove(name);
        }
        command
            .env("RUSTC", "/usr/bin/rustc")
            .env("RUSTDOC", "/usr/bin/rustdoc")
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_BUILD_WARNINGS", "deny")
            .env("CARGO_TARGET_DIR", &self.built);
        let underscored = target.replace('-', "_");
        if target.contains("apple") || target.contains("android") {
            let c = if target.contains("apple") { &self.c_for_apple } else { &self.c_for_android };
            command
                .env(format!("CC_{underscored}"), c)
                .env(format!("AR_{underscored}"), &self.archiver)
                .env("SDKROOT", &self.sdk);
        }
        if target.contains("android") {
            // What Tauri's own tool would say of the project.
            command
                .env("WRY_ANDROID_PACKAGE", "example.warifu.app")
                .env("WRY_ANDROID_LIBRARY", "warifu_mobile")
                .env("WRY_ANDROID_KOTLIN_FILES_OUT_DIR", &self.kotlin_out);
        }
        command
    }
}
