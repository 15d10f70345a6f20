//! Owns the proof that the app tells what its token was used for, as the centre saw it.
//! Refuses to know how the centre keeps uses.
//! Invariant: what the page says of a use is what the centre decided.

use warifu_core::wire::bank::Verdict;

use super::{Desk, open_about};

#[tokio::test(flavor = "multi_thread")]
async fn the_last_uses_are_told_with_the_true_causes_of_refusals() {
    let desk = Desk::set().await;
    let window = desk.in_use().await;
    let page = &window.page;
    let code = desk.next_code(page).await;
    assert_eq!(desk.judge("verify", &code).await, Verdict::Accepted);
    assert_eq!(desk.judge("verify", &code).await, Verdict::Used);
    let wrong = if code == "00000000" { "00000001" } else { "00000000" };
    assert_eq!(desk.judge("verify", wrong).await, Verdict::Wrong);
    open_about(page).await;
    page.read_until("uses", "利用開始").await;
    let said = page.read("uses").await;
    for wanted in
        ["ログイン", "受け付けました", "断りました：番号が違いました", "断りました：一度使われた番号でした"]
    {
        assert!(said.contains(wanted), "the uses do not say {wanted}:\n{said}");
    }
    window.close().await;
}
