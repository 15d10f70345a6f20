//! Owns where members get the app, one entry per platform, with its size and checksum.
//! Refuses to know the page that shows them.
//! Invariant: an entry names an https address; its size and checksum are those of a file, or were said, never guessed.

use std::io::Read as _;
use std::path::PathBuf;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// What the app runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Android
    Android,
    /// iPhone
    Iphone,
    /// Windows
    Windows,
    /// macOS
    Macos,
    /// Linux
    Linux,
}

impl Platform {
    /// Every one, in the order in which a page names them.
    pub const ALL: [Self; 5] = [Self::Android, Self::Iphone, Self::Windows, Self::Macos, Self::Linux];
}

/// Where the app for a platform is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Download {
    /// For which platform.
    pub platform: Platform,
    /// Where it is.
    pub address: String,
    /// The very file, from which size and checksum are taken at start.
    pub file: Option<PathBuf>,
    /// Its size, when there is no `file`.
    pub bytes: Option<u64>,
    /// Its checksum in hexadecimal, when there is no `file`.
    pub sha256: Option<String>,
}

impl Download {
    /// Takes size and checksum from the file, or checks those that were said.
    pub(super) fn settle(mut self) -> Result<Self, String> {
        if !self.address.starts_with("https://") || self.address.contains(['"', '<', '>', ' ']) {
            return Err(format!("{} has to be an https:// address", self.address));
        }
        if let Some(file) = &self.file {
            let mut bytes = Vec::new();
            let read = std::fs::File::open(file).and_then(|mut opened| opened.read_to_end(&mut bytes));
            read.map_err(|error| format!("cannot read {}: {error}", file.display()))?;
            self.bytes = Some(bytes.len() as u64);
            self.sha256 = Some(hex::encode(Sha256::digest(&bytes)));
        }
        let is_sum = |sum: &str| sum.len() == 64 && sum.bytes().all(|b| b.is_ascii_hexdigit());
        match (&self.bytes, &self.sha256) {
            (Some(1..), Some(sum)) if is_sum(sum) => Ok(self),
            _ => Err(format!("{} needs a file, or its bytes and its sha256", self.address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> Download {
        Download {
            platform: Platform::Linux,
            address: address.to_owned(),
            file: None,
            bytes: Some(3),
            sha256: Some("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD".to_owned()),
        }
    }

    #[test]
    fn size_and_checksum_come_from_the_file_and_an_entry_without_them_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "abc").unwrap();
        let entry = Download {
            file: Some(file.path().to_owned()),
            bytes: None,
            sha256: None,
            ..of("https://a.example/x")
        };
        let settled = entry.settle().unwrap();
        assert_eq!(settled.bytes, Some(3));
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(settled.sha256.as_deref(), Some(known));

        assert!(of("https://a.example/x").settle().is_ok());
        for bad in [
            of("http://a.example/x"),
            of("https://a.example/\"x"),
            Download { sha256: None, ..of("https://a.example/x") },
            Download { bytes: Some(0), ..of("https://a.example/x") },
            Download { sha256: Some("abc".to_owned()), ..of("https://a.example/x") },
            Download { file: Some("/nowhere".into()), ..of("https://a.example/x") },
        ] {
            assert!(bad.settle().is_err());
        }
    }
}
