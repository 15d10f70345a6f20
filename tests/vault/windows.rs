//! Owns the app's window over a TPM: what it says of the level, what it shows when the TPM is off, what its memory holds.
//! Refuses to know how the keys got into the TPM.
//! Invariant: the window, its web view and the keyring are the real ones.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use harness::page::Page;
use harness::phone;
use harness::tpm::{self, Tpm};
use warifu_core::wire::bank::Verdict;

use crate::desktops::{Desktop, issue, judged};
use crate::memory;
use crate::phones::{START_PASSWORD, Stage};
use crate::seeds::{Seeds, forms};

const MEMBER: &str = "m-0001";
const MINUTE: i64 = 60_000;

/// A desktop with a TPM of its own.
async fn with_tpm(stage: &Stage) -> (Desktop, Tpm) {
    let tpm = Tpm::make(stage.folder.path(), "tpm").await;
    let mut desktop = Desktop::new(stage, "tpm").await;
    desktop.session.set(tpm::VARIABLE, tpm.tcti());
    (desktop, tpm)
}

/// 端末情報, by the keyboard's way: the menu, then the entry.
async fn about(page: &Page) -> String {
    page.press("menu").await;
    page.press("open-about").await;
    page.read("vault-level").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_says_that_the_chip_computes_and_what_to_do_when_it_is_off() {
    let stage = Stage::set();
    let (desktop, mut tpm) = with_tpm(&stage).await;
    let ids = issue(&stage, MEMBER).await;
    let window = desktop.open().await;
    let page = &window.page;
    phone::set_up(page, &ids, START_PASSWORD).await;
    let code = phone::code(page).await;
    assert_eq!(judged(&stage, MEMBER, "activate", Some(code.clone())).await, Verdict::Accepted);
    assert_eq!(about(page).await, "セキュリティチップの中で計算");
    assert!(!page.sees("without-hardware").await);
    page.press("back").await;
    page.see("code").await;

    tpm.turn_off();
    desktop.set_clock(MINUTE);
    stage.clock.advance(MINUTE);
    page.see("hardware-silent").await;
    let said = page.all_text().await;
    for wanted in
        ["セキュリティチップが応答しません", "トークンも、口座も、組合での登録もそのままです", "再試行"]
    {
        assert!(said.contains(wanted), "the page does not say {wanted}:\n{said}");
    }
    tpm.turn_on().await;
    page.press("retry").await;
    page.see("code").await;
    let next = phone::other_code(page, &code).await;
    assert_eq!(judged(&stage, MEMBER, "verify", Some(next)).await, Verdict::Accepted);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_says_that_the_key_is_sealed_and_why_no_chip_computes() {
    let stage = Stage::set();
    let desktop = Desktop::new(&stage, "sealed").await;
    let ids = issue(&stage, MEMBER).await;
    let window = desktop.open().await;
    phone::set_up(&window.page, &ids, START_PASSWORD).await;
    assert_eq!(about(&window.page).await, "鍵束に封をして保管");
    let why = window.page.read("without-hardware").await;
    assert!(why.contains("TPM 2.0"), "{why}");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_code_no_memory_holds_a_key_at_level_hardware_computed_and_no_web_view_at_level_sealed() {
    for is_computed in [true, false] {
        let stage = Stage::set();
        let (mut desktop, tpm) = with_tpm(&stage).await;
        if !is_computed {
            desktop.session.set(tpm::VARIABLE, String::new());
        }
        // What is planted is found: in the app by its environment, in the web view by its page.
        let (planted, shown) = (rand::random::<[u8; 32]>().map(|byte| byte | 1), rand::random::<[u8; 32]>());
        desktop.session.set("WARIFU_QA_PLANTED", OsString::from_vec(planted.to_vec()));
        desktop.session.set("WARIFU_QA_OPEN_MEMORY", "1".to_owned());
        let ids = issue(&stage, MEMBER).await;
        let window = desktop.open().await;
        phone::set_up(&window.page, &ids, START_PASSWORD).await;
        let code = phone::code(&window.page).await;
        assert_eq!(judged(&stage, MEMBER, "activate", Some(code)).await, Verdict::Accepted);
        window.page.run(&format!("window.kept = '{}'", hex::encode(shown))).await;

        let seeds = Seeds::of(stage.centre.folder()).forms();
        let controls = [forms("planted", &planted), forms("shown", &shown)].concat();
        let mut looked_at = Vec::new();
        for program in memory::programs(window.group()) {
            let is_app = program.name == "warifu";
            let is_web_view = program.name.starts_with("WebKitWebP");
            if !is_app
                && !program.name.starts_with("WebKitWebP")
                && !program.name.starts_with("WebKitNetwork")
            {
                continue;
            }
            let control = program.holds(&controls);
            assert!(
                control.contains(if is_web_view { &"shown" } else { &"planted" }),
                "{program:?}: {control:?}"
            );
            if is_computed || !is_app {
                assert_eq!(program.holds(&seeds), [""; 0], "{program:?}");
            }
            looked_at.push(program.name);
        }
        assert_eq!(looked_at.len(), 3, "{looked_at:?}");
        window.close().await;
        drop(tpm);
    }
}
