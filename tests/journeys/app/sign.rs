//! Owns the proof of 取引認証 in the window: what is shown is what is signed, by QR and by keypad.
//! Refuses to know the institution's page of transfers: it asks the centre as that page does.
//! Invariant: whether a code says yes is the centre's to say.

use harness::centre::request_id;
use harness::page::Page;
use harness::phone::digits;
use harness::process::Process;
use harness::programs;
use serde_json::{Value, json};
use warifu_core::wire::bank::Verdict;

use super::{Desk, MEMBER, open};

/// A transfer that waits for its code.
async fn register(desk: &Desk) -> Value {
    let transfer = json!({
        "request_id": request_id(), "kind": "transfer", "bank": "0009", "branch": "001", "account_type": "ordinary",
        "account": "1234567", "payee_kana": "タザワ　コジロウ", "amount": 300_000,
    });
    desk.centre.ask(MEMBER, "transactions", &transfer).await.expect()
}

async fn say_yes(desk: &Desk, transaction: &Value, code: &str) -> Value {
    let id = transaction["transaction_id"].as_str().expect("a transaction is named");
    let question = json!({ "request_id": request_id(), "code": code });
    let answer: Value = desk.centre.ask(MEMBER, &format!("transactions/{id}/sign"), &question).await.expect();
    answer["verdict"].clone()
}

/// The code, once it is on show.
pub(super) async fn code(page: &Page) -> String {
    let shown = harness::process::until("a code", std::time::Duration::from_secs(60), async || {
        Some(digits(&page.read("sign-code").await)).filter(|shown| shown.len() == 8)
    });
    shown.await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_is_shown_from_its_qr_and_only_its_own_code_says_yes() {
    let desk = Desk::set().await;
    let window = desk.in_use().await;
    let page = &window.page;
    let transaction = register(&desk).await;
    let qr = transaction["qr"].as_str().expect("a token in use reads a QR");

    println!("── one letter is another");
    let at = qr.len() - 30;
    let other = if &qr[at..=at] == "A" { "B" } else { "A" };
    let changed = format!("{}{other}{}", &qr[..at], &qr[at + 1..]);
    open(page, "open-sign").await;
    page.fill("sign-qr", &changed).await;
    page.press("submit").await;
    page.see("sign-refused").await;
    page.press("back").await;
    page.see("sign").await;
    assert_eq!(page.value("sign-qr").await, changed, "what was pasted is still there");

    println!("── what is shown, and its code");
    page.fill("sign-qr", qr).await;
    page.press("submit").await;
    page.see("confirm").await;
    assert!(!page.sees("sign-code").await, "no code before 確認しました");
    for (field, wanted) in [
        ("bank", "0009"),
        ("branch", "001"),
        ("account", "普通 1234567"),
        ("payee", "タザワ　コジロウ"),
        ("amount", "300,000円"),
    ] {
        assert_eq!(page.read(field).await, wanted, "{field}");
    }
    desk.clock.leave_at_least(20);
    page.press("confirm").await;
    let signed = code(page).await;
    let said = page.all_text().await;
    assert!(said.contains("だれにも教えないでください") && said.contains("1234567"), "{said}");
    assert_eq!(say_yes(&desk, &transaction, &signed).await, json!(Verdict::Accepted));

    println!("── it says yes to nothing else");
    let another = register(&desk).await;
    assert_eq!(say_yes(&desk, &another, &signed).await, json!(Verdict::Wrong));
    page.press("next").await;
    page.see("code").await;

    println!("── by a link");
    let link = another["qr"].as_str().expect("a token in use reads a QR");
    let mut command = desk.session.command(&programs::qa("warifu"));
    let opener = Process::start("opener", command.arg(link), desk.folder.path());
    page.see("confirm").await;
    assert_eq!(page.read("payee").await, "タザワ　コジロウ");
    drop(opener);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_qr_account_and_amount_are_typed() {
    let desk = Desk::set().await;
    let window = desk.in_use().await;
    let page = &window.page;
    let transaction = register(&desk).await;
    open(page, "open-sign").await;
    page.press("submit").await;
    page.read_until("sign-account-error", "口座番号").await;
    page.read_until("sign-amount-error", "金額").await;
    page.fill("sign-account", "１２３-４５６７").await;
    page.fill("sign-amount", "1,000,000,000,000").await;
    page.press("submit").await;
    page.read_until("sign-amount-error", "999,999,999,999円").await;

    println!("── what was typed stays, in the other language and on the way back");
    page.fill("sign-amount", "300,000").await;
    page.press("language").await;
    page.read_until("sign", "Approve a transfer").await;
    page.press("language").await;
    page.read_until("sign", "取引認証").await;
    page.press("submit").await;
    page.see("confirm").await;
    page.press("back").await;
    assert_eq!(page.value("sign-account").await, "1234567");
    assert_eq!(digits(&page.value("sign-amount").await), "300000");
    page.press("submit").await;
    page.see("confirm").await;
    assert_eq!(page.read("amount").await, "300,000円");
    desk.clock.leave_at_least(20);
    page.press("confirm").await;
    let signed = code(page).await;
    assert_eq!(say_yes(&desk, &transaction, &signed).await, json!(Verdict::Accepted));
    window.close().await;
}
