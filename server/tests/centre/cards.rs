//! Owns the proof that an OPAQUE key is changed without a pause, by the commands that an operator runs.
//! Refuses to know where keys lie.
//! Invariant: whoever was issued before, during or after the change initialises.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use warifu_core::enrol::device::Refused;
use warifu_core::ids::UserId;
use warifu_core::wire::device::ServiceCard;
use warifu_server::demo;

use super::stage::{PASSWORD, Stage, begin};

fn card(arguments: &[&str]) -> Result<String, String> {
    let run = Command::new(env!("CARGO_BIN_EXE_warifu-server")).arg("card").args(arguments).output().unwrap();
    let said = String::from_utf8(if run.status.success() { run.stdout } else { run.stderr }).unwrap();
    if run.status.success() { Ok(said) } else { Err(said) }
}

struct Desk<'a> {
    stage: &'a Stage,
    folder: tempfile::TempDir,
}

impl Desk<'_> {
    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn centre(&self) -> &str {
        self.stage.centre().to_str().unwrap()
    }

    fn rotate(&self, more: &[&str]) -> Result<String, String> {
        let arguments = ["rotate", "--folder", self.centre(), "--service-id", demo::SERVICE_ID];
        card(&[&arguments, more].concat())
    }

    fn draft(&self, name: &str) -> Value {
        let out = self.file(name);
        let from = ["draft", "--folder", self.centre(), "--service-id", demo::SERVICE_ID];
        card(&[&from[..], &["--centre-url", "https://otp.example.jp", "--out", &out]].concat()).unwrap();
        serde_json::from_slice(&std::fs::read(out).unwrap()).unwrap()
    }

    fn sign(&self, draft: &str, signed: &str) -> Result<String, String> {
        let (root, draft, out) = (self.file("root.key"), self.file(draft), self.file(signed));
        card(&["sign", "--root", &root, "--draft", &draft, "--out", &out])
    }

    fn install(&self, signed: &str) -> Result<String, String> {
        let root = hex::encode(demo::root().verifying_key().to_bytes());
        card(&["install", "--folder", self.centre(), "--card", &self.file(signed), "--root", &root])
    }
}

fn write_root(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(file, hex::encode(demo::root().to_bytes())).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// What a device makes of the centre's answer when its card names only some of the keys.
async fn agree_by(stage: &Stage, user_id: &UserId, card: &ServiceCard) -> Result<(), Refused> {
    let started = begin(user_id, PASSWORD);
    let m2 = stage.send_m1(&started).await;
    started.agree(&m2, card, stage.now(), &mut rand::rngs::OsRng).map(|_| ())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opaque_key_is_changed_without_a_pause() {
    let stage = Stage::set().await;
    let desk = Desk { stage: &stage, folder: tempfile::tempdir().unwrap() };
    write_root(&desk.folder.path().join("root.key"));
    let old_card = stage.card().await;
    let (before, waiting) = (stage.issue("m-before").await, stage.issue("m-waiting").await);

    assert!(desk.rotate(&["--finish"]).unwrap_err().contains("under way"));
    desk.rotate(&[]).unwrap();
    assert!(desk.rotate(&[]).unwrap_err().contains("under way"));
    assert!(desk.rotate(&["--finish"]).unwrap_err().contains("card"));
    // Until a card names the new key, devices know the old one alone.
    let between = stage.issue("m-between").await;
    assert!(agree_by(&stage, &between, &old_card).await.is_ok());

    let draft = desk.draft("draft.json");
    assert_eq!(draft["opaque_keys"].as_array().unwrap().len(), 2);
    desk.sign("draft.json", "card.json").unwrap();
    desk.install("card.json").unwrap();
    let both = stage.card().await;
    assert!(both.seq > old_card.seq && both.opaque_keys.contains(&old_card.opaque_keys[0]));
    let after = stage.issue("m-after").await;
    assert_eq!(agree_by(&stage, &after, &old_card).await, Err(Refused::Centre));
    for user_id in [&before, &between, &after] {
        stage.enrol(user_id).await;
    }

    assert!(desk.rotate(&["--finish"]).unwrap_err().contains("1 open issues"));
    assert!(agree_by(&stage, &waiting, &old_card).await.is_ok());
    stage.ask("m-waiting", "cancel", json!({})).await.good();
    desk.rotate(&["--finish"]).unwrap();
    let mut last: ServiceCard = serde_json::from_value(desk.draft("last.json")).unwrap();
    assert_eq!(last.opaque_keys.len(), 1);
    assert_ne!(last.opaque_keys, old_card.opaque_keys);
    let finally = stage.issue("m-finally").await;
    last.expires = both.expires;
    assert!(agree_by(&stage, &finally, &last).await.is_ok());
    stage.enrol(&finally).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_card_is_neither_signed_nor_installed() {
    let stage = Stage::set().await;
    let desk = Desk { stage: &stage, folder: tempfile::tempdir().unwrap() };
    write_root(&desk.folder.path().join("root.key"));
    let mut newer = desk.draft("older.json");
    newer["seq"] = (newer["seq"].as_u64().unwrap() + 1).into();
    std::fs::write(desk.file("newer.json"), newer.to_string()).unwrap();

    desk.sign("older.json", "older.card").unwrap();
    desk.sign("newer.json", "newer.card").unwrap();
    assert!(desk.sign("newer.json", "again.card").unwrap_err().contains("signed before"));
    assert!(desk.sign("older.json", "again.card").unwrap_err().contains("signed before"));
    desk.install("newer.card").unwrap();
    desk.install("newer.card").unwrap();
    assert!(desk.install("older.card").unwrap_err().contains("older"));
    assert_eq!(json!(stage.card().await.seq), newer["seq"]);
}
