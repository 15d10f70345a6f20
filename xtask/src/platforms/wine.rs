//! Owns what is run of the Windows app on this machine: tests, in wine.
//! Refuses to open the window: wine has no WebView2.
//! Invariant: the tests are those of the sources, with the same names; nothing of the person's own wine is touched.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::compiler::Compiler;
use super::tools::{self, Tools};
use crate::checkout::Checkout;
use crate::summary::{Summary, Tally};
use crate::test::run_program;

const TARGET: &str = "x86_64-pc-windows-gnu";
/// Linking the app's tests for Windows is among it.
const HANGS: Duration = Duration::from_secs(3_600);

/// The core's tests, and the app's.
pub(crate) fn checks(here: &Checkout, compiler: &Compiler, tools: &Tools, summary: &mut Summary) {
    let wine = match Wine::new(here, tools) {
        Ok(wine) => wine,
        Err(why) => return summary.not_run("windows: what runs in wine", &why),
    };
    for (name, package) in [
        ("windows: the core's tests run in wine", "warifu-core"),
        ("windows: the app linked, its tests run in wine, Credential Manager among them", "warifu-app"),
    ] {
        summary.tests(name, || {
            let mut command = compiler.cargo("test", TARGET);
            command.args(["-p", package, "--lib"]);
            wine.runs(&mut command);
            judged(run_program(name, &mut command, HANGS))
        });
    }
}

/// A program without tests would pass without this.
fn judged(ran: Result<Tally, String>) -> (Tally, Option<String>) {
    match ran {
        Ok(tally) if tally.failed > 0 => {
            let why = format!("{} tests failed.", tally.failed);
            (tally, Some(why))
        }
        Ok(tally) if tally.passed == 0 => (tally, Some("No test was run.".to_owned())),
        Ok(tally) => (tally, None),
        Err(why) => (Tally::default(), Some(why)),
    }
}

struct Wine {
    prefix: PathBuf,
    libraries: PathBuf,
}

impl Wine {
    fn new(here: &Checkout, tools: &Tools) -> Result<Self, String> {
        let libraries = tools.folder("wine-libraries")?;
        missing_library(&here.root().join("xtask/platforms/bcryptprimitives.c"), &libraries)?;
        // A program of the app does not start without it, a test neither.
        let webview = tools::source_of(here, "webview2-com-sys")?.join("x64/WebView2Loader.dll");
        std::fs::copy(&webview, libraries.join("WebView2Loader.dll"))
            .map_err(|why| format!("{}: {why}", webview.display()))?;
        Ok(Self { prefix: tools.folder("wine")?, libraries })
    }

    fn runs(&self, command: &mut Command) {
        command
            .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", "x86_64-w64-mingw32-gcc")
            .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", "/usr/lib/wine/wine64")
            .env("WINEPREFIX", &self.prefix)
            .env("WINEPATH", &self.libraries)
            .env("WINEDEBUG", "-all")
            // Neither is asked for by a test, and wine would offer to fetch them.
            .env("WINEDLLOVERRIDES", "mscoree,mshtml=")
            .env_remove("DISPLAY");
    }
}

/// Without it every Rust program ends at its start, without a word.
fn missing_library(source: &Path, into: &Path) -> Result<(), String> {
    let library = into.join("bcryptprimitives.dll");
    let made = Command::new("x86_64-w64-mingw32-gcc")
        .args(["-shared", "-O1", "-o"])
        .args([&library, source])
        .arg("-ladvapi32")
        .status();
    match made {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!("{} could not be compiled", source.display())),
    }
}
