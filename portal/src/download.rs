//! Owns アプリのダウンロード, which everybody may see: where the app is for each platform, and how to check it.
//! Refuses to know who asks, but for the system that their browser names.
//! Invariant: every platform is named, also those for which there is nothing yet; nothing here depends on a session.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use crate::App;
use crate::agent;
use crate::bilingual::{Text, both};
use crate::config::{Download, Platform};
use crate::language::Reader;
use crate::page::{Shell, render};
use crate::routes::Page;

#[derive(Template)]
#[template(path = "pages/download.html")]
struct Downloads {
    shell: Shell,
    entries: Vec<Entry>,
}

/// One platform.
struct Entry {
    test_id: &'static str,
    name: &'static str,
    is_this: bool,
    offer: Option<Offer>,
    check: Text,
}

/// Where the app is, its size and its checksum.
struct Offer {
    address: String,
    size: Text,
    sha256: String,
}

/// `GET /download`
pub(crate) async fn show_download(State(app): State<App>, reader: Reader, headers: HeaderMap) -> Page {
    let visiting = agent::system(&headers).and_then(platform);
    let entries = entries(&app.config.downloads, visiting);
    render(StatusCode::OK, &Downloads { shell: Shell::bare(&app, &reader), entries })
}

/// The visiting device's first.
fn entries(downloads: &[Download], visiting: Option<Platform>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Platform::ALL
        .into_iter()
        .map(|platform| {
            let (test_id, name, check) = words(platform);
            let offer = downloads.iter().find(|one| one.platform == platform).map(offer);
            Entry { test_id, name, is_this: visiting == Some(platform), offer, check }
        })
        .collect();
    entries.sort_by_key(|entry| !entry.is_this);
    entries
}

fn platform(system: &str) -> Option<Platform> {
    match system {
        "Android" => Some(Platform::Android),
        "iPhone" | "iPad" => Some(Platform::Iphone),
        "Windows" => Some(Platform::Windows),
        "Mac" => Some(Platform::Macos),
        "Linux" => Some(Platform::Linux),
        _ => None,
    }
}

fn offer(download: &Download) -> Offer {
    let bytes = download.bytes.unwrap_or_default();
    let tenths = bytes.div_ceil(100_000);
    let megabytes = format!("{}.{} MB", tenths / 10, tenths % 10);
    let size = Text::new(format!("{megabytes}（{bytes}バイト）"), format!("{megabytes} ({bytes} bytes)"));
    let sha256 = download.sha256.clone().unwrap_or_default().to_lowercase();
    Offer { address: download.address.clone(), size, sha256 }
}

fn words(platform: Platform) -> (&'static str, &'static str, Text) {
    match platform {
        Platform::Android => (
            "download-android",
            "Android",
            both(
                "ファイルのチェックサムを確かめてから入れてください。端末に「提供元不明」と出たときは、このページから取ったファイルであることをお確かめください。",
                "Check the checksum of the file before you install it. If your device says that the source is unknown, make sure that the file is from this page.",
            ),
        ),
        Platform::Iphone => (
            "download-iphone",
            "iPhone",
            both(
                "App Storeのアプリの開発元の名前が、当組合からのご案内と同じことをお確かめください。",
                "Check that the developer’s name in the App Store is the one that we have told you.",
            ),
        ),
        Platform::Windows => (
            "download-windows",
            "Windows",
            both(
                "PowerShellで「Get-FileHash ファイル名」と入力し、表示された値が下のSHA-256と同じことをお確かめください。",
                "In PowerShell, enter “Get-FileHash” and the name of the file, and check that the value is the SHA-256 above.",
            ),
        ),
        Platform::Macos => (
            "download-macos",
            "macOS",
            both(
                "ターミナルで「shasum -a 256 ファイル名」と入力し、表示された値が下のSHA-256と同じことをお確かめください。",
                "In Terminal, enter “shasum -a 256” and the name of the file, and check that the value is the SHA-256 above.",
            ),
        ),
        Platform::Linux => (
            "download-linux",
            "Linux",
            both(
                "端末で「sha256sum ファイル名」と入力し、表示された値が下のSHA-256と同じことをお確かめください。",
                "In a terminal, enter “sha256sum” and the name of the file, and check that the value is the SHA-256 above.",
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_visiting_devices_platform_comes_first_and_what_is_missing_is_said() {
        let sum = "a".repeat(64);
        let linux = Download {
            platform: Platform::Linux,
            address: "https://a.example/warifu.deb".to_owned(),
            file: None,
            bytes: Some(12_345_678),
            sha256: Some(sum.clone()),
        };
        let entries = entries(&[linux], platform("Linux"));
        assert_eq!(entries.len(), 5);
        assert!(entries[0].is_this && entries[0].name == "Linux");
        let html = Downloads { shell: Shell::sample(), entries }.render().unwrap();
        for part in ["12.4 MB", &sum, "https://a.example/warifu.deb", "お使いの端末", "まだ配布していません"]
        {
            assert!(html.contains(part), "{part} is missing");
        }
        assert_eq!(super::entries(&[], None)[0].name, "Android");
    }
}
