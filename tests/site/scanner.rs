//! Owns the proof that a program which reads mails along and follows every link, as filters of mail do, changes nothing.
//! Refuses to know what the mails say.
//! Invariant: what is compared is every row of both databases, when no mail waits any more.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use harness::http;
use harness::line::Line;
use harness::portal::{CONFIRMATION_PASSWORD, Wishes};
use harness::process::until;
use reqwest::Method;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};

use crate::prober::Prober;
use crate::stage::{MAIL, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn a_scanner_that_follows_every_link_of_every_mail_changes_nothing() {
    let mut line = Line::lay().await;
    let download = format!("{}/download", line.url());
    let settings = vec![("WARIFU_SERVER_DOWNLOAD_URL", download.clone())];
    let stage = Stage::set_with(Wishes::default(), settings).await;
    line.lead_to(stage.portal.address());
    let mut scanner = Scanner { stage: &stage, followed: 0 };

    let mut member = Prober::new(&stage);
    member.sign_in().await;
    let mailed = member.apply(&stage).await;
    scanner.follow(1).await;
    // A page that a member opens is seen in the rows: their session was used.
    let before = everything(&stage);
    stage.clock.advance(1_000);
    member.get("/otp").await;
    assert_ne!(everything(&stage), before, "a change would not be found");
    member.confirm(&mailed).await;
    let guide = stage.mail.wait_for(MAIL, "トークン発行のご案内", 0).await;
    assert!(guide.links().contains(&download), "{:?}", guide.links());
    scanner.follow(2).await;
    let phone = member.enrol(&stage, "/otp").await;
    scanner.follow(3).await;
    member.activate(&stage, &phone).await;
    scanner.follow(4).await;
    let code = member.code(&stage, &phone);
    member.go_on("/limit", "/limit", &[("amount", "900000"), ("code", &code)]).await;
    let mail = "taro@new-home.example";
    let code = member.code(&stage, &phone);
    member.go_on("/details", "/details", &[("mail", mail), ("mail_again", mail), ("code", &code)]).await;
    // Each goes to two addresses.
    scanner.follow(8).await;

    let mut staff = Prober::new(&stage);
    staff.go_to_the_desk(&stage, "staff04").await;
    let new = [("new_id", "staff50"), ("name", "新 人"), ("mail", "new@bank.example"), ("role", "clerk")];
    staff.go_on("/staff/accounts/add", "/staff/accounts/add", &new).await;
    let grounds = [("identified", "phone"), ("identified_other", ""), ("reason", "携帯を失くした")];
    let path = |what: &str| format!("/staff/{what}?id=m-0001");
    staff.go_on(&path("suspend"), "/staff/suspend", &[("reason", "不審な操作")]).await;
    staff.go_on(&path("reinstate"), "/staff/reinstate", &grounds).await;
    staff.go_on(&path("release"), "/staff/release", &grounds).await;
    // The staff's own three, the invitation, 停止, 停止解除, and the release at two addresses.
    scanner.follow(16).await;
    let mut member = Prober::new(&stage);
    member.sign_in_with(&stage, &phone).await;
    member.go_on("/otp", "/otp/release/take-back", &[]).await;
    let code = member.code(&stage, &phone);
    let release = [("confirmation_password", CONFIRMATION_PASSWORD), ("code", &*code)];
    member.go_on("/otp/revoke", "/otp/revoke", &release).await;
    scanner.follow(19).await;
    assert!(scanner.followed >= 6, "{} links were followed", scanner.followed);
}

struct Scanner<'a> {
    stage: &'a Stage,
    followed: usize,
}

impl Scanner<'_> {
    /// Reads all mails once there are at least so many, and asks for every address in them, twice and in two ways.
    async fn follow(&mut self, at_least: usize) {
        let rest = async || {
            let mails = self.stage.mail.mails();
            let is_calm = mails.len() >= at_least && databases(self.stage).iter().all(|file| is_sent(file));
            is_calm.then_some(mails)
        };
        let mails =
            until(&format!("{at_least} mails and none on its way"), Duration::from_secs(60), rest).await;
        let before = everything(self.stage);
        for link in mails.iter().flat_map(harness::mail::Mail::links) {
            for method in [Method::HEAD, Method::GET, Method::GET] {
                let answer = http::client().request(method.clone(), &link).send().await;
                let answer = answer.unwrap_or_else(|why| panic!("{link}: {why}"));
                assert!(answer.status().is_success(), "{method} {link}: {}", answer.status());
            }
            self.followed += 1;
        }
        let after = everything(self.stage);
        for (before, after) in before.iter().zip(&after) {
            for (table, rows) in before {
                assert_eq!(Some(rows), after.get(table), "{table} has changed");
            }
        }
    }
}

/// The portal's and the centre's.
fn databases(stage: &Stage) -> [PathBuf; 2] {
    [stage.folder.path().join("portal/portal.db"), stage.centre.folder().join("warifu.db")]
}

fn everything(stage: &Stage) -> [BTreeMap<String, Vec<Vec<Value>>>; 2] {
    databases(stage).map(|file| rows(&file))
}

fn opened(file: &Path) -> Connection {
    let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE);
    let database = database.unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    database.busy_timeout(Duration::from_secs(20)).expect("a timeout can be set");
    database
}

/// Whether no mail waits in the outbox.
fn is_sent(file: &Path) -> bool {
    let sql = "SELECT count(*) FROM outbox WHERE state = 'queued'";
    opened(file).query_row(sql, [], |row| row.get::<_, i64>(0)).expect("an outbox can be counted") == 0
}

/// All rows of all tables.
fn rows(file: &Path) -> BTreeMap<String, Vec<Vec<Value>>> {
    let database = opened(file);
    let mut names =
        database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").expect("a statement");
    let names = names.query_map([], |row| row.get::<_, String>(0)).expect("rows");
    let names: Vec<String> = names.map(|name| name.expect("a name")).collect();
    assert!(names.len() > 5, "{}: {names:?}", file.display());
    let table = |name: String| {
        let mut all = database.prepare(&format!("SELECT * FROM {name}")).expect("a statement");
        let width = all.column_count();
        let read =
            |row: &rusqlite::Row<'_>| (0..width).map(|column| row.get(column)).collect::<Result<_, _>>();
        let rows: rusqlite::Result<Vec<Vec<Value>>> = all.query_map([], read).expect("rows").collect();
        (name, rows.expect("a row can be read"))
    };
    names.into_iter().map(table).collect()
}
