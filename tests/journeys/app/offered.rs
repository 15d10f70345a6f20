//! Owns the proof that a link that comes where a token is already is told, and waits for the form of the next one.
//! Refuses to know which program brings it.
//! Invariant: nothing happens by a link alone.

use std::time::Duration;

use harness::phone;
use harness::process::{Process, until};
use harness::programs;

use super::{Desk, START_PASSWORD};

const LINK: &str = "warifu://setup?service_id=10112235&user_id=999800000001";

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_comes_where_a_token_is_is_told_and_fills_the_form_of_the_next_one() {
    let desk = Desk::set().await;
    let ids = desk.issue().await;
    let window = desk.open().await;
    let page = &window.page;
    phone::set_up(page, &ids, START_PASSWORD).await;

    println!("── while the code is on show");
    let start = |link: &str| {
        let mut command = desk.session.command(&programs::qa("warifu"));
        Process::start("opener", command.arg(link), desk.folder.path())
    };
    let opener = start(LINK);
    page.read_until("offered", "リンク").await;
    drop(opener);
    page.see("code-value").await;
    page.press("close-offered").await;
    until("the note to go", Duration::from_secs(30), async || (!page.sees("offered").await).then_some(()))
        .await;

    println!("── once more, and the member opens the form");
    let opener = start(&LINK.replace("0001", "0002"));
    page.read_until("offered", "リンク").await;
    drop(opener);
    page.press("add-offered").await;
    page.see("setup").await;
    assert_eq!(phone::digits(&page.value("user-id").await), "999800000002");
    assert_eq!(phone::digits(&page.value("service-id").await), "10112235");

    println!("── the form takes it once");
    page.press("back").await;
    page.see("tokens").await;
    assert!(!page.sees("offered").await);
    page.press("token").await;
    page.see("code").await;
    window.close().await;
}
