//! Owns the pictures that a path leaves for people to look at.
//! Refuses to judge them.
//! Invariant: they are numbered in the order of the path, and none of an earlier run is left among them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::page::Page;

/// A folder of pictures.
pub struct Pictures {
    folder: PathBuf,
    taken: AtomicUsize,
}

impl Pictures {
    /// Opens the folder: `WARIFU_PICTURES`, else `target/journey` of the checkout.
    pub fn open() -> Self {
        let folder = std::env::var_os("WARIFU_PICTURES")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/journey"), PathBuf::from);
        std::fs::create_dir_all(&folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
        for old in folder.read_dir().expect("the folder was just made").flatten() {
            if old.path().extension().is_some_and(|ending| ending == "png") {
                std::fs::remove_file(old.path()).expect("an old picture can be removed");
            }
        }
        Self { folder, taken: AtomicUsize::new(0) }
    }

    /// Takes one.
    pub async fn take(&self, page: &Page, name: &str) {
        let number = self.taken.fetch_add(1, Ordering::Relaxed) + 1;
        let file = self.folder.join(format!("{number:02}-{name}.png"));
        std::fs::write(&file, page.picture().await).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
        println!("   {}", file.display());
    }
}
