//! Owns what is fixed when the app is built: the centre's address, the root keys, the pages of the window.
//! Refuses to know anything of the running app.
//! Invariant: a `centre.toml` that cannot be honoured stops the build; plain HTTP is one such case.

use std::path::Path;
use std::{env, fs};

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CentreFile {
    url: String,
    roots: Vec<String>,
    demo: Demo,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Demo {
    root: String,
}

fn main() {
    println!("cargo:rerun-if-changed=centre.toml");
    // A new file in the folder counts too: tauri's own list names only the files that were there.
    println!("cargo:rerun-if-changed=../ui");
    println!("cargo:rerun-if-changed=../icons");
    compile_in_the_centre();
    say_whether_there_is_a_tpm_library();
    tauri_build::build();
}

/// The crate that speaks to TPMs has bindings for these alone.
fn say_whether_there_is_a_tpm_library() {
    println!("cargo::rustc-check-cfg=cfg(tpm)");
    let is = |name: &str, wanted: &[&str]| env::var(name).is_ok_and(|found| wanted.contains(&found.as_str()));
    let fits =
        is("CARGO_CFG_TARGET_OS", &["linux"]) && is("CARGO_CFG_TARGET_ARCH", &["x86_64", "aarch64", "arm"]);
    if fits && env::var_os("CARGO_FEATURE_TPM").is_some() {
        println!("cargo::rustc-cfg=tpm");
    }
}

fn compile_in_the_centre() {
    let text = fs::read_to_string("centre.toml").expect("src-tauri/centre.toml is readable");
    let file: CentreFile = toml::from_str(&text).expect("src-tauri/centre.toml has url, roots and [demo]");
    assert!(file.url.starts_with("https://"), "centre.toml: url has to begin with https://");
    assert!(!file.url.ends_with('/'), "centre.toml: url has no trailing slash");
    let mut roots: Vec<[u8; 32]> = file.roots.iter().map(|root| key(root)).collect();
    if env::var_os("CARGO_FEATURE_QA").is_some() {
        roots.push(key(&file.demo.root));
    }
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts");
    let code = format!(
        "pub(super) const URL: &str = {:?};\npub(super) const ROOTS: &[[u8; 32]] = &{roots:?};\n",
        file.url
    );
    fs::write(Path::new(&out).join("centre_toml.rs"), code).expect("OUT_DIR is writable");
}

fn key(text: &str) -> [u8; 32] {
    let bytes = hex::decode(text).expect("centre.toml: a root key is hexadecimal");
    bytes.try_into().expect("centre.toml: a root key has 64 hexadecimal digits")
}
