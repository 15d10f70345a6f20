//! Owns where the phone's own sources lie, and that Android opens `warifu:` links with this app.
//! Refuses to give the window a command: the list of those is empty.
//! Invariant: on a desktop nothing is built from here.

/// Among the activity's own words in the manifest of the generated project; any program may send such a link.
const LINKS: &str = r#"<intent-filter>
    <action android:name="android.intent.action.VIEW" />
    <category android:name="android.intent.category.DEFAULT" />
    <category android:name="android.intent.category.BROWSABLE" />
    <data android:scheme="warifu" />
</intent-filter>"#;

fn main() {
    let target = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if matches!(target.as_str(), "android" | "ios") {
        tauri_plugin::Builder::new(&[]).android_path("android").ios_path("ios").build();
    }
    if target == "android" {
        claim_links();
    }
}

/// Without a project there is nothing to write, and a project that is generated anew is written anew.
fn claim_links() {
    const PROJECT: &str = "TAURI_ANDROID_PROJECT_PATH";
    println!("cargo:rerun-if-env-changed={PROJECT}");
    if let Ok(project) = std::env::var(PROJECT) {
        println!("cargo:rerun-if-changed={project}/app/src/main/AndroidManifest.xml");
    }
    tauri_plugin::mobile::update_android_manifest("WARIFU LINKS", "activity", LINKS.to_owned())
        .expect("the generated project's manifest can be written");
}
