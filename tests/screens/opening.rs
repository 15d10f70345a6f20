//! Owns the proof that the app is opened again when the place where it meets its driver was taken.
//! Refuses to know what the app shows then.
//! Invariant: the first try fails as WebKit's does, by its own words and without an end.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use harness::clock::Clock;
use harness::programs;
use harness::session::Session;
use harness::window::Opening;

/// An app whose first start finds the meeting place taken, and those after it do not.
pub(crate) fn unlucky_app(folder: &Path) -> PathBuf {
    let app = folder.join("app");
    let text = format!(
        "#!/bin/sh\nif [ ! -e '{tried}' ]; then\n  touch '{tried}'\n  \
         echo 'Failed to start remote inspector server on 127.0.0.1:1: Address already in use' >&2\n  \
         exec sleep 600\nfi\nexec '{app}' \"$@\"\n",
        tried = tried(folder).display(),
        app = programs::qa("warifu").display()
    );
    std::fs::write(&app, text).expect("the test's folder can be written");
    std::fs::set_permissions(&app, Permissions::from_mode(0o755)).expect("its owner may say who runs it");
    app
}

/// The mark that its first start leaves.
fn tried(folder: &Path) -> PathBuf {
    folder.join("tried")
}

#[tokio::test]
async fn an_app_whose_meeting_place_was_taken_is_opened_again() {
    let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
    let app = unlucky_app(folder.path());
    let (session, clock) = (Session::open(folder.path()).await, Clock::new(folder.path()));
    let centre = "http://127.0.0.1:9";
    let window = Opening { session: &session, centre, clock: &clock, folder: folder.path() }.open(&app).await;
    assert!(tried(folder.path()).exists(), "the first try was made");
    window.page.see("setup").await;
    window.close().await;
}
