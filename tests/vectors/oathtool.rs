//! Owns how `oathtool` (OATH Toolkit) is asked for codes of 60 s, 8 digits, SHA-256.
//! Refuses to know what they are compared with.
//! Invariant: a missing `oathtool` is a failure that says how to get it.

use std::process::Command;

/// The codes of `count` consecutive steps, the first of which holds `second`.
pub(crate) fn codes(key: &[u8; 32], second: u64, count: u64) -> Vec<String> {
    let answer = Command::new("oathtool")
        .args(["--totp=sha256", "--digits=8", "--time-step-size=60s"])
        .arg(format!("--window={}", count - 1))
        .arg(format!("--now=@{second}"))
        .arg(hex::encode(key))
        .output()
        .unwrap_or_else(|why| {
            panic!("oathtool could not be started ({why}); `cargo xtask doctor` says how to get it")
        });
    assert!(answer.status.success(), "oathtool: {}", String::from_utf8_lossy(&answer.stderr));
    let codes: Vec<String> = String::from_utf8(answer.stdout)
        .expect("oathtool prints digits")
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(codes.len() as u64, count);
    codes
}
