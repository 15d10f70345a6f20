//! Owns the proof that links and pasted texts fill the form and no more.
//! Refuses to know which program brings them.
//! Invariant: the password is typed by the member, always.

use std::path::Path;
use std::time::Duration;

use harness::phone;
use harness::process::{Process, until};

use super::Desk;

const LINK: &str = "warifu://setup?service_id=10112235&user_id=999800000001";

#[tokio::test(flavor = "multi_thread")]
async fn the_pasted_text_of_the_qr_fills_both_numbers_and_the_system_opens_links_with_the_app() {
    let desk = Desk::set().await;
    let window = desk.open().await;
    let page = &window.page;
    page.see("setup").await;
    for (text, wanted) in [(format!("{LINK}&start_password=1949"), ""), (LINK.to_owned(), "999800000001")] {
        let paste = format!(
            "const data = new DataTransfer();
            data.setData('text', '{text}');
            const event = new ClipboardEvent('paste', {{ clipboardData: data, bubbles: true, cancelable: true }});
            document.querySelector('[data-testid=\"user-id\"]').dispatchEvent(event);"
        );
        page.run(&paste).await;
        if !wanted.is_empty() {
            until("both numbers", Duration::from_secs(30), async || {
                (phone::digits(&page.value("user-id").await) == wanted).then_some(())
            })
            .await;
            assert_eq!(phone::digits(&page.value("service-id").await), "10112235");
        }
    }
    assert_eq!(page.value("start-password").await, "");

    println!("── the system's own way to open a link");
    let entry = desk.session.data().join("applications/example.warifu.app.desktop");
    until("the app's entry", Duration::from_secs(30), async || entry.exists().then_some(())).await;
    let said = std::fs::read_to_string(&entry).expect("an entry can be read");
    assert!(said.contains("MimeType=x-scheme-handler/warifu;"), "{said}");
    let mut command = desk.session.command(Path::new("gio"));
    command.arg("launch").arg(&entry).arg(LINK.replace("0001", "0002"));
    let opener = Process::start("opener", &mut command, desk.folder.path());
    until("the numbers of the link", Duration::from_secs(60), async || {
        (phone::digits(&page.value("user-id").await) == "999800000002").then_some(())
    })
    .await;
    drop(opener);
    window.close().await;
}
