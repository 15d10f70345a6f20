//! Owns where the built programs lie.
//! Refuses to build them: `cargo xtask` does that before it starts a test.
//! Invariant: a program that is not there is a failure that says how to get it.

use std::path::PathBuf;

/// A program with the feature `qa`: from `WARIFU_BIN_DIR`, else from where this test was built.
pub fn qa(name: &str) -> PathBuf {
    present(folder("WARIFU_BIN_DIR", None).join(name), "cargo xtask test")
}

/// A program as members get it: from `WARIFU_PLAIN_BIN_DIR`, else where `cargo xtask test` keeps it.
pub fn plain(name: &str) -> PathBuf {
    present(folder("WARIFU_PLAIN_BIN_DIR", Some("../plain")).join(name), "cargo xtask test journeys")
}

fn folder(variable: &str, beside: Option<&str>) -> PathBuf {
    if let Some(folder) = std::env::var_os(variable) {
        return PathBuf::from(folder);
    }
    // …/target/debug/deps/test-1234 → …/target/debug
    let test = std::env::current_exe().expect("a running test has a file");
    let built = test.ancestors().nth(2).expect("cargo puts a test two folders deep");
    beside.map_or_else(|| built.to_owned(), |beside| built.join(beside))
}

fn present(file: PathBuf, how: &str) -> PathBuf {
    assert!(file.is_file(), "{} is not built; `{how}` builds it", file.display());
    file
}
