//! Owns the proof that tokens of several issues live side by side in one app, in its window too.
//! Refuses to know how slots are told apart.
//! Invariant: the centre judges every token's code for its own member.

use harness::phone;
use warifu_core::wire::bank::Verdict;

use crate::desktops::{Desktop, issue, judged};
use crate::phones::{START_PASSWORD, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn ten_tokens_live_side_by_side_and_an_eleventh_is_refused_with_its_page() {
    let stage = Stage::set();
    let desktop = Desktop::new(&stage, "one").await;
    assert_eq!(desktop.enrol(&issue(&stage, "m-0001").await).screen, "done");
    for number in 2..=10 {
        let ids = issue(&stage, &format!("m-{number:04}")).await;
        let seen = desktop.enrol_another(&ids);
        assert_eq!(seen.screen, "done", "number {number}");
    }
    let eleventh = issue(&stage, "m-0011").await;
    assert_eq!(desktop.enrol_another(&eleventh).screen, "vault-full");
    assert_eq!(stage.centre.status("m-0011").await["issue"]["attempts_left"], 5, "nothing was sent");
    for slot in 1..=10 {
        let code = desktop.look_at(slot).code;
        let member = format!("m-{slot:04}");
        assert_eq!(judged(&stage, &member, "activate", code).await, Verdict::Accepted, "slot {slot}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_token_is_added_chosen_and_removed_in_the_window() {
    let stage = Stage::set();
    let desktop = Desktop::new(&stage, "one").await;
    let window = desktop.open().await;
    let page = &window.page;
    phone::set_up(page, &issue(&stage, "m-0001").await, START_PASSWORD).await;
    let first = page.read("serial").await;

    page.press("menu").await;
    page.press("open-tokens").await;
    page.read_until("token", &first).await;
    page.press("add").await;
    page.see("setup").await;
    page.press("back").await;
    page.see("tokens").await;
    page.press("add").await;
    phone::set_up(page, &issue(&stage, "m-0002").await, START_PASSWORD).await;
    let second = page.read("serial").await;
    assert_ne!(first, second);
    window.close().await;

    // At the next start the member chooses.
    let window = desktop.open().await;
    let page = &window.page;
    let said = page.read("tokens").await;
    assert!(said.contains(&first) && said.contains(&second), "{said}");
    page.press("token").await;
    page.see("code").await;
    assert_eq!(page.read("serial").await, first);
    let code = phone::code(page).await;
    assert_eq!(judged(&stage, "m-0001", "activate", Some(code)).await, Verdict::Accepted);

    page.press("menu").await;
    page.press("open-remove").await;
    page.press("proceed").await;
    page.press("confirm").await;
    // One is left, and nobody is asked to choose.
    page.see("code").await;
    assert_eq!(page.read("serial").await, second);
    let code = phone::code(page).await;
    assert_eq!(judged(&stage, "m-0002", "activate", Some(code)).await, Verdict::Accepted);
    window.close().await;
}
