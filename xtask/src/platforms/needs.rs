//! Owns what the checks of other platforms need from the machine.
//! Refuses to be asked for by any other task: nobody who builds for this machine needs it.
//! Invariant: every need says why.

use crate::packages::{For, Need, Seen};

const COMPILER: &str =
    "rustc, cargo and the sources of the standard library, all three of one version and of Debian 12";

/// All of it.
pub(crate) const NEEDS: &[Need] = &[
    Need {
        what: "a Rust with the sources of its standard library",
        why: "compiles that library for each platform, so that none has to be fetched; stays beside the one of rustup",
        serves: &[For::Platforms],
        seen: Seen::Files(&[
            "/usr/bin/cargo",
            "/usr/bin/rustc",
            "/usr/lib/rustlib/src/rust/library/std/src/lib.rs",
        ]),
        debian: &["rustc-web", "cargo-web", "rust-web-src"],
        ubuntu: &[],
        elsewhere: COMPILER,
    },
    Need {
        what: "python3 with venv",
        why: "brings a C compiler for every platform, and a parser for Swift",
        serves: &[For::Platforms],
        seen: Seen::Module("ensurepip"),
        debian: &["python3-venv"],
        ubuntu: &[],
        elsewhere: "Python 3.9 or newer",
    },
    Need {
        what: "a C compiler for Windows",
        why: "compiles the TLS primitives for Windows, and links the tests",
        serves: &[For::Windows],
        seen: Seen::Program(&["x86_64-w64-mingw32-gcc"]),
        debian: &["gcc-mingw-w64-x86-64"],
        ubuntu: &[],
        elsewhere: "mingw-w64",
    },
    Need {
        what: "wine",
        why: "runs the tests of the core and of the app as Windows would",
        serves: &[For::Windows],
        seen: Seen::Files(&["/usr/lib/wine/wine64"]),
        debian: &["wine64"],
        ubuntu: &[],
        elsewhere: "wine 8 or newer",
    },
    Need {
        what: "npm",
        why: "brings the Kotlin compiler",
        serves: &[For::Android],
        seen: Seen::Program(&["npm"]),
        debian: &["npm"],
        ubuntu: &[],
        elsewhere: "Node.js 20 or newer with npm",
    },
    Need {
        what: "Java",
        why: "runs the Kotlin compiler",
        serves: &[For::Android],
        seen: Seen::Program(&["java"]),
        debian: &["default-jre-headless"],
        ubuntu: &[],
        elsewhere: "Java 17 or newer",
    },
];
