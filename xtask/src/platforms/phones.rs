//! Owns the checks of the sources in the phones' own languages.
//! Refuses to run them: there is no phone here.
//! Invariant: a folder without sources fails; nothing passes because nothing was looked at.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::tools::{self, Tools};
use crate::checkout::Checkout;

/// What of Tauri's Android library the app's Kotlin speaks to. The rest needs AndroidX.
const OF_TAURI: [&str; 6] = [
    "Logger.kt",
    "plugin/Invoke.kt",
    "plugin/InvalidPluginMethodException.kt",
    "plugin/JSArray.kt",
    "plugin/JSObject.kt",
    "plugin/PluginResult.kt",
];

/// Compiles the Kotlin against Android's classes and Tauri's own sources.
pub(crate) fn kotlin(here: &Checkout, tools: &Tools) -> Result<(), String> {
    let tauri = tools::source_of(here, "tauri")?.join("mobile/android/src/main/java/app/tauri");
    let mut command = Command::new("bash");
    command.arg(tools.kotlin()).args(["-nowarn", "-no-jdk", "-jvm-target", "1.8", "-classpath"]);
    command.arg(tools.android_jar()).arg("-d").arg(tools.folder("kotlin-out")?);
    command.args(sources(&device(here).join("android"), "kt")?);
    command.args(sources(&here.root().join("xtask/platforms/kotlin"), "kt")?);
    command.args(sources(&tauri.join("annotation"), "kt")?);
    command.args(OF_TAURI.map(|name| tauri.join(name)));
    done("The Kotlin compiler", &mut command)
}

/// Reads the manifest and the rules for backups.
pub(crate) fn xml(here: &Checkout) -> Result<(), String> {
    let read = "import sys, xml.dom.minidom as dom\nfor path in sys.argv[1:]: dom.parse(path)";
    let mut command = Command::new("/usr/bin/python3");
    command.args(["-c", read]).args(sources(&device(here).join("android/src"), "xml")?);
    done("The XML parser", &mut command)
}

/// Parses the Swift. Only Apple's compiler knows the types.
pub(crate) fn swift(here: &Checkout, tools: &Tools) -> Result<(), String> {
    let mut command = Command::new(tools.python());
    command.arg(here.root().join("xtask/platforms/parse_swift.py"));
    command.args(sources(&device(here).join("ios"), "swift")?);
    done("The Swift parser", &mut command)
}

fn device(here: &Checkout) -> PathBuf {
    here.root().join("src-tauri/plugins/device")
}

fn done(name: &str, command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("{name} found something; it stands above.")),
        Err(why) => Err(format!("{name} could not be started: {why}")),
    }
}

/// Every file below `folder` with this ending; hidden folders are others' work.
fn sources(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = folder.read_dir().map_err(|why| format!("{}: {why}", folder.display()))?;
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            if path.is_dir() && !is_hidden {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    if found.is_empty() { Err(format!("There is no .{ending} in {}", folder.display())) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_sources_is_no_pass() {
        let here = Checkout::find().unwrap();
        assert!(sources(&device(&here), "no-such-ending").is_err());
        assert!(sources(&device(&here).join("ios"), "swift").unwrap().len() >= 4);
    }

    #[test]
    fn the_phones_project_opens_links_as_the_desktops_does() {
        let here = Checkout::find().unwrap();
        let folder = here.root().join("src-tauri/mobile");
        let text = std::fs::read_to_string(folder.join("tauri.conf.json")).unwrap();
        let project: serde_json::Value = serde_json::from_str(&text).unwrap();
        let merged = project["bundle"]["iOS"]["infoPlist"].as_str().unwrap();
        let merged = std::fs::read_to_string(folder.join(merged)).unwrap();
        assert!(merged.contains("CFBundleURLSchemes") && merged.contains("<string>warifu</string>"));
        let filter = std::fs::read_to_string(device(&here).join("build.rs")).unwrap();
        assert!(filter.contains("android:scheme=\"warifu\""));
    }

    #[test]
    fn the_phones_project_names_the_same_app_as_the_desktops() {
        let here = Checkout::find().unwrap();
        let [desktop, phone] =
            ["src-tauri/tauri.conf.json", "src-tauri/mobile/tauri.conf.json"].map(|path| {
                let text = std::fs::read_to_string(here.root().join(path)).unwrap();
                serde_json::from_str::<serde_json::Value>(&text).unwrap()
            });
        for name in ["productName", "identifier"] {
            assert_eq!(desktop[name], phone[name], "{name}");
        }
    }
}
