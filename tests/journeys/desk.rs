//! Owns the journeys of the desk: an account that an administrator makes, and what its owner then sees of all members.
//! Refuses to know the portal inside.
//! Invariant: the centre's log is the real one, and so is the damage that its check finds.

use crate::staff::{self, STAFF_PASSWORD};
use crate::stage::Stage;

const NEW_MAIL: &str = "new@bank.example";
const OWN_PASSWORD: &str = "only-i-know-this-one";

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_makes_an_auditor_who_reads_the_days_figures_and_has_the_centres_log_checked() {
    let stage = Stage::set(None).await;
    let page = &stage.browser.page;

    println!("── an account is made");
    staff::begin(&stage, page, "staff04", STAFF_PASSWORD).await;
    page.press("nav-accounts").await;
    page.see("screen-staff-accounts").await;
    page.press("add").await;
    page.fill("new-id", "staff77").await;
    page.fill("name", "角館 新").await;
    page.fill("mail", NEW_MAIL).await;
    page.press("submit").await;
    page.see("errors").await;
    page.run("document.querySelector('[data-testid=role]').value = 'auditor'").await;
    page.press("submit").await;
    page.see("account-staff77").await;
    let mail = stage.mail.wait_for(NEW_MAIL, "職員用の画面のご案内", 0).await;
    let line =
        mail.text.lines().find(|line| line.contains("パスワード　")).expect("the mail names a password");
    let password = line.split('　').next_back().expect("a line has words").trim().to_owned();
    assert!(!page.all_text().await.contains(&password), "nobody else is shown the password");
    page.press("sign-out").await;
    page.see("screen-staff-sign-in").await;

    println!("── its owner signs in, chooses another password and has a token of their own");
    page.go(&format!("{}/staff/sign-in", stage.portal.url)).await;
    staff::sign_in_as(page, "staff77", &password).await;
    page.see("screen-staff-password").await;
    page.fill("old-password", &password).await;
    page.fill("new-password", OWN_PASSWORD).await;
    page.fill("new-password-again", OWN_PASSWORD).await;
    page.press("submit").await;
    let own = staff::begin_token(&stage, page).await;
    page.press("nav-figures").await;
    page.see("chart").await;
    // The code that activated the administrator's token, and the own one.
    assert_eq!((page.read("activated").await, page.read("accepted").await), ("2".to_owned(), "2".to_owned()));
    page.press("nav-expiring").await;
    page.see("no-tokens").await;

    println!("── the centre's log");
    page.press("nav-audit").await;
    page.see("row").await;
    page.press("check").await;
    page.see("check-whole").await;
    let database = rusqlite::Connection::open(stage.centre.folder().join("warifu.db")).expect("a file");
    damage(&database);
    page.press("nav-audit").await;
    page.press("check").await;
    page.see("check-broken").await;
    page.press("nav-log").await;
    page.see("line").await;
    assert!(page.all_text().await.contains("異常"));

    println!("── the next sign-in asks for a code, and a disabled account is out");
    page.press("sign-out").await;
    staff::sign_in_as(page, "staff77", OWN_PASSWORD).await;
    page.see("screen-staff-code").await;
    stage.clock.next_step();
    page.fill("code", &own.code(stage.clock.step())).await;
    page.press("submit").await;
    page.see("screen-staff-search").await;
}

/// As somebody with the database's file could: one row says something else.
fn damage(database: &rusqlite::Connection) {
    database.busy_timeout(std::time::Duration::from_secs(20)).expect("a timeout can be set");
    let triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'";
    let mut names = database.prepare(triggers).expect("a statement");
    let names: Vec<String> =
        names.query_map([], |row| row.get(0)).expect("rows").map(|name| name.expect("a name")).collect();
    for name in names {
        database.execute(&format!("DROP TRIGGER {name}"), []).expect("a trigger can be dropped");
    }
    let sql = "UPDATE audit SET outcome = 'refused'
               WHERE (chain, seq) = (SELECT chain, max(seq) FROM audit WHERE action = 'activate')";
    assert_eq!(database.execute(sql, []).expect("a row can be changed"), 1);
}
